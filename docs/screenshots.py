"""`python docs/screenshots.py [folder [home]]`: photograph the main pages on the sample district, for docs/界面.md.

Everything in the pictures is invented: the sample district is made in a home of its own, which is gone afterwards;
a home that is given stays, and serves the next time.
Chromium is needed, and the packages of `make test`.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "website"))

import browsing
import processes
import signing_in

IMAGES = Path(__file__).resolve().parent / "images"
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
SUBJECTS, COLOURS, LARGEST = 1_500, 128, 200_000
DEPARTMENT = "11500152YY0000239R"
Shots = list[tuple[str, str, str, str]]  # name, role, path, size


@contextmanager
def district(kept: Path | None) -> Iterator[Any]:
    """The sample district, taken in."""
    place = kept or Path(tempfile.mkdtemp(prefix="xinyong-shots-"))
    os.environ |= {"XINYONG_HOME": str(place), "LANGUAGE": "zh_CN"}
    from xinyong.cli import demo
    from xinyong.foundation import cluster, setup

    try:
        if not (place / "sample").exists():
            demo.demo(subjects=SUBJECTS, seed=1, as_json=False)
        setup.django(whole=True)
        yield place
    finally:
        from django.db import connections

        connections.close_all()
        cluster.release()
        if kept is None:
            shutil.rmtree(place, ignore_errors=True)


def busiest(c: Any) -> tuple[str, str, str]:
    """Code, public id and name of an enterprise of which much is in public."""
    row = c.execute(
        "SELECT s.value, s.public_id::text, n.name FROM public_listing l JOIN credit_subject s ON s.id = l.subject"
        " JOIN subject_name n ON n.subject_id = s.id WHERE l.col = 'penalties' GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchone()
    assert row is not None
    return str(row[0]), str(row[1]), str(row[2])


def people(code: str) -> dict[str, str]:
    """A session for each role: its key."""
    given = {"department": {"provider": DEPARTMENT}, "department_reviewer": {"provider": DEPARTMENT},
             "subject": {"subject_code": code}}  # fmt: skip
    names = {"department": "示例信息员", "department_reviewer": "示例审核员", "subject": "示例企业", "center": "示例业务员",
             "audit_admin": "示例审计管理员", "auditor": "示例审计员"}  # fmt: skip
    from xinyong.foundation.models import Account

    known = {a.username: a for a in Account.objects.filter(username__in=names.values())}
    accounts = {
        r: known.get(n) or signing_in.open_account(r, n, display_name=n, **given.get(r, {}))
        for r, n in names.items()
    }
    return {r: signing_in.signed_in(a).cookies["sessionid"].value for r, a in accounts.items()}


def looked(c: Any, code: str, book: Any) -> None:
    """A few looks at the enterprise, so that its page of looks says something."""
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import PUBLIC, Who

    now = datetime.now(UTC)
    others = [Who("示例信息员", "department", DEPARTMENT, "", "食品经营许可审批核查"),
              Who("示例业务员", "center", "", "", "接待主体来访"), PUBLIC, PUBLIC]  # fmt: skip
    for hours, who in enumerate(others, 2):
        at = now - timedelta(hours=hours)
        queries.archive(c, code, queries.Question(who, at, now.date()), book)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def handed_in(place: Path, book: Any) -> str:
    """A department's file with errors in it, taken in as from the page: the address of its verdict."""
    from xinyong.collection import uploads
    from xinyong.foundation import database
    from xinyong.foundation.audit import Who

    source = max((place / "sample" / "files" / "SCJG").glob("*_XZCF.csv"))
    raw = source.read_bytes()
    text = raw.decode(
        "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8" if _is_utf8(raw) else "gb18030"
    )
    lines = re.sub(r"〔(\d{4})〕", r"〔\1〕9", text).splitlines(keepends=True)[:41]
    data = "".join(lines).replace("91500152", "91500125", 2).encode()
    who = Who("示例信息员", "department", DEPARTMENT)
    with database.connect_app(autocommit=True) as c:
        number = uploads.receive(c, who, datetime.now(UTC), [data], "2026年11月行政处罚.csv", "XZCF")
    uploads.take(number)
    return f"/console/department/submit/{number}"


def shots(subject: str, record: str, verdict: str) -> Shots:
    return [
        ("public-home", "public", "/", "desk"),
        ("public-home-phone", "public", "/", "phone"),
        ("public-home-elder-phone", "elder", "/", "phone"),
        ("public-penalties", "public", "/publicity/penalties", "desk"),
        ("public-penalties-phone", "public", "/publicity/penalties", "phone"),
        ("public-subject", "public", f"/subject/{subject}", "desk"),
        ("public-record", "public", record, "desk"),
        ("own-home", "subject", "/own/", "desk"),
        ("own-home-phone", "subject", "/own/", "phone"),
        ("own-looks", "subject", "/own/looks", "desk"),
        ("department-submit", "department", "/console/department/submit", "desk"),
        ("department-verdict", "department", verdict, "desk"),
        ("centre-overview", "center", "/console/centre/?month=2026-06", "desk"),
        ("centre-quality", "center", "/console/centre/quality?month=2026-06", "desk"),
        ("audit-looks", "audit_admin", "/console/admin/looks", "desk"),
    ]


def photograph(address: str, keys: dict[str, str], wanted: Shots, folder: Path) -> None:
    with browsing.browser() as chromium:
        for name, role, path, size in wanted:
            width, height = SIZES[size]
            context = chromium.new_context(
                base_url=address,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                viewport={"width": width, "height": height},
            )
            cookie = (
                {"sessionid": keys[role]} if role in keys else {"display": "elder"} if role == "elder" else {}
            )
            context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookie.items()])
            page = context.new_page()
            page.goto(path)
            page.wait_for_load_state("networkidle")
            time.sleep(0.6)  # charts are drawn
            page.screenshot(path=folder / f"{name}.png")
            compress(folder / f"{name}.png")
            context.close()


def compress(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    assert path.stat().st_size < LARGEST, path


@contextmanager
def served() -> Iterator[str]:
    port = processes.free_port()
    server = processes.start("serve", "--port", str(port), "--workers", "1")
    try:
        processes.PATIENCE = 300.0  # the lists are made first
        processes.until(lambda: processes.body(f"http://127.0.0.1:{port}/healthz"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=30)


def main(folder: Path = IMAGES, kept: Path | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with district(kept) as place:
        from xinyong.catalog.loading import load_rulebook
        from xinyong.foundation import database

        book = load_rulebook()
        with database.connect_app(autocommit=True) as c:
            code, public_id, _ = busiest(c)
            looked(c, code, book)
        keys, verdict = people(code), handed_in(place, book)
        with served() as address:
            listed = processes.body(f"{address}/publicity/penalties")
            record = listed.split('href="/record/', 1)[1].split('"', 1)[0]
            photograph(address, keys, shots(public_id, f"/record/{record}", verdict), folder)


if __name__ == "__main__":
    main(*(Path(text) for text in sys.argv[1:3]))
