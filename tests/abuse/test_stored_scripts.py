"""A department's file full of markup: text on every page that shows it, for everybody, in every format."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from zlib import crc32

import pytest
from abused import AUTHORITY, WRONG, Town, as_role, lately, penal, registered
from signing_in import browser
from walking import browsing

from sampledistrict.codes import uscc

MARK = "xss17"
PAYLOAD = f"\"'><script>{MARK}()</script><img src=x onerror={MARK}()><svg onload={MARK}()>{{{{7*7}}}}{{% now 'Y' %}}"
SHORT = f"<img src=x onerror={MARK}()>"
HOSTILE = uscc("91", "500152", "YY000666")
FILE = f"<svg onload={MARK}()>示例.csv"
ALIVE = ("script", "img", "svg", "iframe", "object", "embed", "base", "form", "link", "meta", "style")


class Reader(HTMLParser):
    """What of a page a browser would run or load, if a cell of ours had become markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.alive: list[str] = []
        self.texts: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script" and "src" not in given and given.get("type") != "application/json"
        bad = [
            f"{k}={v}"
            for k, v in attrs
            if k.startswith("on") or k == "style" or (v or "").startswith("javascript:")
        ]
        if tag in ALIVE and MARK in str(given):
            bad.append(str(given))
        self.alive += [f"<{tag} {b}>" for b in bad]

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.alive.append(f"script: {data[:80]}")
        self.texts.append(data)


def read(answer: Any) -> tuple[list[str], bool]:
    """What is alive in a page, and whether it shows what the department wrote."""
    reader = Reader()
    page = answer.content.decode()
    reader.feed(page)
    return reader.alive, MARK in page


@pytest.fixture(scope="module")
def hostile(town: Town) -> Town:
    """Every free text of a penalty, a header, the name of the file and of the subject are markup."""
    name = f"重庆示例{SHORT}有限公司"
    assert town.hand_in([registered(name, HOSTILE)], "登记二.csv", "DJZC").new == 1
    text = dict.fromkeys(("CF_WFXW", "CF_SY", "CF_YJ", "CF_NR"), PAYLOAD)
    text |= dict.fromkeys(("CF_FRDB", "CF_CFJG"), SHORT)
    general = {"CF_JDRQ": lately(150), "CF_YXQ": "2099-06-18", "CF_XDR_MC": name, "CF_XDR_SHXYM": HOSTILE}
    rows = [
        penal(**text, **general, KZ_SXCD="一般", CF_WSH=f"潼示罚〔2026〕61号{SHORT}"),
        penal(**text, **general, CF_WSH=f"潼示罚〔2026〕62号{SHORT}"),
        penal(**{**text, **general, "CF_XDR_SHXYM": WRONG}, CF_WSH=f"潼示罚〔2026〕63号{SHORT}"),
    ]
    path = town.write_csv([r | {SHORT: PAYLOAD} for r in rows], "hostile.csv")
    receipt = town.district.intake(path, "XZCF", provider=AUTHORITY, filename=FILE)
    assert receipt.new == 2 and receipt.rejected == 1, receipt
    held = town.write_csv([{**rows[0], "CF_JDRQ": lately(151)}], "held.csv")
    again = town.district.intake(held, "XZCF", provider=AUTHORITY, filename=FILE)
    assert again.held == 1
    town.owned |= {"submission": str(receipt.submission), "held": str(again.submission)}
    town.relist()
    return town


def public_pages(town: Town) -> list[str]:
    record = re.search(
        r'href="(/record/[^"]+)"', browser().get(f"/publicity/penalties?q={SHORT}").content.decode()
    )
    record = record or re.search(
        r'href="(/record/[^"]+)"', browser().get("/publicity/penalties").content.decode()
    )
    assert record
    subject = f"/subject/{town.public_id(HOSTILE)}"
    return ["/", "/publicity/penalties", f"/publicity/penalties?q={SHORT}", record[1], subject, f"{subject}?class=行政管理信息",
            "/search?q=示例", f"/search?q={PAYLOAD}", f"/search?q=潼示罚〔2026〕61号{SHORT}", f"/verify?number={SHORT}",
            f"/verify/{town.owned['report']}", f"/c/search?q={SHORT}"]  # fmt: skip


def test_on_the_public_site_markup_is_text(hostile: Town) -> None:
    seen = 0
    for path in public_pages(hostile):
        alive, shown = read(browser().get(path))
        assert alive == [], path
        seen += shown
    assert seen >= 6


def console_pages(town: Town) -> list[tuple[str, str]]:
    one, held, at = town.owned["submission"], town.owned["held"], "/console/department/"
    found = [("department", at + p) for p in (
        "", "submissions", f"submissions/{one}", f"submissions/{one}/undo", "mend", f"mend/{one}", f"mend/{one}/row?line=4",
        "held", f"held/{held}/row?line=2", f"records?item=XZCF&number=潼示罚〔2026〕61号{SHORT}", f"submissions?q={SHORT}",
        "quality", "submit")]  # fmt: skip
    found += [("department_reviewer", at + "review"), ("department_reviewer", at + f"submissions/{one}")]
    centre = ("", "quality", "scores", "codes", "codes/1", "codes/1/dismiss", f"codes?code={SHORT}")
    found += [("center", f"/console/centre/{p}") for p in centre] + [("center", at + "submissions")]
    found += [
        ("auditor", at + "submissions"),
        ("audit_admin", "/console/admin/audit"),
        ("audit_admin", "/console/admin/looks"),
    ]
    found += [
        ("audit_admin", f"/console/admin/audit?actor={SHORT}"),
        ("center", f"/report/issue?purpose={SHORT}"),
    ]
    found += [
        ("subject", f"/own/{p}") for p in ("", "looks", "notices", "authorisations", "objections", "repairs")
    ]
    return found + [("subject", "/report/own")]


def test_inside_markup_is_text_for_every_role(hostile: Town) -> None:
    as_role("center").post("/console/centre/codes/scan", {})
    given = {
        "department": {"provider": AUTHORITY},
        "department_reviewer": {"provider": AUTHORITY},
        "subject": {"subject_code": HOSTILE},
    }
    clients = {r: as_role(r, **given.get(r, {})) for r in {r for r, _ in console_pages(hostile)}}
    seen = 0
    for role, path in console_pages(hostile):
        answer = clients[role].get(path)
        assert answer.status_code in (200, 400, 404), (path, answer.status_code)
        alive, shown = read(answer)
        assert alive == [], (role, path)
        seen += shown
    assert seen >= 12


def test_what_was_typed_wrong_comes_back_as_text(hostile: Town) -> None:
    client = as_role("department")
    one = hostile.owned["submission"]
    for path in (f"/console/department/mend/{one}/row?line=4", "/console/department/entry/XZCF"):
        typed = dict.fromkeys(penal(), PAYLOAD) | {"CF_XDR_SHXYM": WRONG}
        alive, shown = read(client.post(path, typed))
        assert alive == [] and shown, path
    for path in ("/login/", "/login/register"):
        typed = {
            "login": PAYLOAD,
            "password": "x",
            "username": PAYLOAD,
            "display_name": PAYLOAD,
            "code": PAYLOAD,
        }
        alive, shown = read(browser().post(path, typed))
        assert alive == [] and shown, path


def test_a_report_holds_markup_as_text_in_json_and_prints(hostile: Town) -> None:
    client = as_role("subject", subject_code=HOSTILE)
    made = client.post("/report/own", {"use": "政府采购"})
    number = made.url.rpartition("/")[2]
    body = json.loads(client.get(f"/report/file/{number}/json").content)
    assert SHORT in json.dumps(body, ensure_ascii=False).replace('\\"', '"')
    assert client.get(f"/report/file/{number}/pdf").content.startswith(b"%PDF")
    alive, shown = read(browser().get(f"/verify/{number}"))
    assert alive == [] and shown


def test_over_the_api_markup_is_json_that_no_browser_takes_for_a_page(hostile: Town) -> None:
    for path in (
        f"/api/v1/subjects/{HOSTILE}",
        f"/api/v1/subjects/{HOSTILE}/archive",
        "/api/v1/search?q=示例",
    ):
        answer = browser().get(path)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and MARK in answer.content.decode()


@pytest.mark.parametrize(
    "number",
    ['"><script>xss17()</script>', '#import "/etc/passwd"', '#eval("1+1")', "$ sum $", "*粗*", "@label"],
)
def test_a_name_is_no_markup_of_the_typesetter_either(town: Town, number: str) -> None:
    name, code = f"重庆示例{number}有限公司", uscc("91", "500152", f"YY{crc32(number.encode()) % 100_000:06}")
    assert town.hand_in([registered(name, code)], "排版.csv", "DJZC").new == 1
    client = as_role("subject", subject_code=code)
    made = client.post("/report/own", {"use": "政府采购"})
    assert made.status_code == 302, made.content.decode()[:2000]
    assert client.get(made.url.replace("done", "file") + "/pdf").content.startswith(b"%PDF")


def test_a_real_browser_runs_none_of_it(hostile: Town) -> None:
    paths, ran = public_pages(hostile), []
    with browsing.serving() as address, browsing.browser() as chromium:
        page = chromium.new_context(base_url=address).new_page()
        page.on("pageerror", lambda e: ran.append(str(e)))
        page.on("dialog", lambda d: ran.append(d.message))
        page.on(
            "console",
            lambda m: ran.append(m.text) if MARK in m.text or "Content Security" in m.text else None,
        )
        page.on("request", lambda r: ran.append(r.url) if r.url.endswith("/x") else None)
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("load")
    assert ran == []
