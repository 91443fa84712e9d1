"""The report as PDF/A-2b, by typst. Everything said goes in as JSON data: no word is ever read as markup.

The same content gives the same bytes with the same template, fonts and typst; `layout()` names the three.
"""

from __future__ import annotations

import io
import json
import threading
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import segno
import typst

from xinyong.kernel.errors import Fault
from xinyong.services.creditreport import glyphs
from xinyong.services.creditreport.contents import NUMERALS

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
STANDARD = "a-2b"
FAMILIES = ("Noto Sans SC", "Noto Serif SC")
MASK = 4  # any of the eight may be used; choosing the best takes longer than all the rest of the code
RECYCLE_AFTER = 500  # documents of one compiler; its caches start anew then
WIDE_TEXT, WIDE_LABEL = 26, 20  # half-widths beyond which a field has a line of its own
PRINTED = 32  # hexadecimal digits of a checkpoint's root
COMPACT_TEXT = 900  # characters up to which a record is kept on one page
PLATFORM = "信用中国（重庆潼南）"
GROUND_TEXT = {"本人查询": "信用主体本人申请", "本人到场": "本人到场申请（窗口代办）"}
_mine = threading.local()


@cache
def _fonts() -> typst.Fonts:
    """Fault: a font is missing; typst would leave every word out without an error."""
    folders = sorted({str(path.parent) for path in glyphs.fonts()})
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    missing = [name for name in FAMILIES if name not in found.families()]
    if missing:
        raise Fault("report_font", f"缺少报告字体 {'、'.join(missing)}；请重新安装 pylopdf-fonts-zh-cn。")
    return found


@cache
def layout() -> str:
    """Changes with template, fonts or typst: then earlier reports can't be made again byte for byte."""
    parts = [TEMPLATE.read_bytes(), typst.__version__.encode(), Path(__file__).read_bytes()]
    parts += [path.read_bytes() for path in glyphs.fonts()]
    return sha256(b"".join(sha256(p).digest() for p in parts)).hexdigest()[:16]


def render(body: dict[str, Any]) -> bytes:
    """The PDF of a report's content (`contents.compose(…).body`)."""
    at = datetime.fromisoformat(body["issued_at"])
    pdf = _compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(_printable(view(body)), ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(pdf, bytes)
    return pdf


def _compiler() -> typst.Compiler:
    """One per thread, sharing the fonts."""
    used = getattr(_mine, "used", RECYCLE_AFTER)
    if used >= RECYCLE_AFTER:
        _mine.compiler = typst.Compiler(TEMPLATE, font_paths=_fonts(), ignore_system_fonts=True)
        used = 0
    _mine.used = used + 1
    compiler: typst.Compiler = _mine.compiler
    return compiler


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return glyphs.printable(value)
    if isinstance(value, dict):
        return {k: _printable(v) for k, v in value.items()}
    return [_printable(v) for v in value] if isinstance(value, list) else value


def view(body: dict[str, Any]) -> dict[str, Any]:
    """The content as the template wants it: labels, pairs, the QR matrix."""
    at = datetime.fromisoformat(body["issued_at"])
    return {
        "title": body["title"],
        "subtitle": body["subtitle"],
        "version": body["version"],
        "platform": PLATFORM,
        "number": body["number"],
        "number_shown": body["number_shown"],
        "issuer": body["issuer"],
        "subject": body["subject"]["name"],
        "tags": body["subject"]["tags"],
        "head": [{"label": k, "text": v} for k, v in _head(body, at) if v],
        "qr": _qr(body["verify"]),
        "verify": body["verify"],
        "counts": body["counts"],
        "sections": [_section(s) for s in body["sections"]] + _advice(body),
        "queried": [q | {"updated": _day(q["updated"]) or "暂无"} for q in body["queried"]],
        "not_queried": body["not_queried"],
        "notes": body["notes"],
        "issued_on": _day(at.date().isoformat()),
    }


def _head(body: dict[str, Any], at: datetime) -> list[tuple[str, str]]:
    subject, choices = body["subject"], body["choices"]
    period = "至".join(
        _day(choices[k]) or default for k, default in (("begins", "最早"), ("ends", "数据截至日"))
    )
    code = "证件号码" if body["form"] == "natural" else "统一社会信用代码"
    return [
        (code, subject["code"]),
        ("曾用名", "、".join(subject["former_names"])),
        ("报告编号", body["number_shown"]),
        ("生成时间", f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}"),
        ("数据截至", _day(body["data_date"])),
        ("报告用途", body["purpose"] + (f"（{body['purpose_note']}）" if body["purpose_note"] else "")),
        ("查询依据", GROUND_TEXT.get(body["ground"], body["ground"])),
        ("所选领域", "、".join(choices["domains"])),
        ("所选时间", period if choices["begins"] or choices["ends"] else ""),
        ("出具单位", body["issuer"]),
        ("存证检查点", _checkpoint(body.get("checkpoint"))),
    ]


def _checkpoint(found: dict[str, Any] | None) -> str:
    """Number, size and the first half of the root: 128 bits, which nobody can make a second log to."""
    if not found:
        return ""
    root = found["roots"]["sha256"][:PRINTED]
    groups = " ".join(root[i : i + 4] for i in range(0, len(root), 4))
    return f"第 {found['number']} 号，{found['size']} 条，{groups}"


def _day(text: str | None) -> str:
    if not text:
        return ""
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _qr(address: str) -> str:
    """A drawing (SVG) of the code; the page around it is its quiet zone."""
    held = io.BytesIO()
    segno.make(address, error="m", mask=MASK).save(held, kind="svg", xmldecl=False, border=0, omitsize=True)
    return held.getvalue().decode()


def _section(s: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": s["title"],
        "rows": _rows(s["fields"]),
        "groups": [
            {"name": g["name"], "count": len(g["records"]), "records": [_record(r) for r in g["records"]]}
            for g in s["items"]
        ],
        "text": [],
        "empty": s["empty"],
    }


def _advice(body: dict[str, Any]) -> list[dict[str, Any]]:
    if not body["advice"]:
        return []
    title = f"{NUMERALS[len(body['sections'])]}、{body['advice_title']}"
    return [{"title": title, "rows": [], "groups": [], "text": body["advice"], "empty": ""}]


def _record(r: dict[str, Any]) -> dict[str, Any]:
    size = sum(len(text) for _, text in r["fields"])
    return {
        "title": r["title"],
        "state": r["state"],
        "rows": _rows(r["fields"]),
        "compact": size <= COMPACT_TEXT,
    }


def _rows(fields: list[list[str]]) -> list[dict[str, Any]]:
    short = [(label.replace("统一社会信用代码", "代码"), text) for label, text in fields]
    return [
        {"label": label, "text": text, "wide": _width(text) > WIDE_TEXT or _width(label) > WIDE_LABEL}
        for label, text in short
    ]


def _width(text: str) -> int:
    """In half-widths: a Chinese character takes two."""
    return len(text) + sum(character > "\u2e7f" for character in text)
