"""The PDF: a standard, the same bytes each time, and whatever a text contains stays text."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_desk import CODE, NAME

from xinyong.services.creditreport import document, glyphs, numbers

HOSTILE = '#import "x": * $a$ \\ *粗* _斜_ <b> @ref `code` [x] #panic() "引号" // 注释 = 标题 - 列表'


def record(n: int, *fields: tuple[str, str]) -> dict[str, Any]:
    return {"title": f"潼示罚〔2026〕{n}号", "state": "有效期内", "fields": [list(f) for f in fields]}


def body(*records: dict[str, Any], name: str = NAME) -> dict[str, Any]:
    items = [{"code": "XZCF", "name": "行政处罚", "records": list(records)}] if records else []
    return {
        "number": "5001522026112364S36D1N6RVK3", "number_shown": "500152-20261123-64S3-6D1N-6RVK-3",
        "title": "公共信用信息报告", "subtitle": "", "version": "V2.0", "form": "legal", "issuer": "示例中心",
        "issued_at": "2026-11-23T09:30:00+08:00", "data_date": "2026-11-23", "purpose": "其他", "purpose_note": "",
        "ground": "本人查询", "choices": {"domains": [], "begins": None, "ends": None},
        "verify": "http://127.0.0.1:8000/verify/5001522026112364S36D1N6RVK3",
        "subject": {"name": name, "code": CODE, "kind": "法人及非法人组织", "former_names": [], "tags": []},
        "counts": [{"name": "行政管理", "count": len(records)}],
        "sections": [{"title": "一、行政管理信息", "fields": [], "items": items, "count": len(records),
                      "empty": "" if records else "在查询范围内未查询到此类信息。"}],
        "advice_title": "信用状况提升建议", "advice": ["请按期履行。"],
        "queried": [{"code": "XZCF", "name": "行政处罚", "count": len(records), "updated": ""}],
        "not_queried": ["其他"], "notes": ["只载事实。"],
    }  # fmt: skip


def words(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def pages(pdf: bytes) -> int:
    found = re.search(rb"<xmpTPg:NPages>(\d+)<", pdf)
    assert found
    return int(found[1])


def test_it_declares_pdf_a_2b_and_embeds_every_font() -> None:
    pdf = document.render(body(record(1, ("处罚内容", "罚款"))))
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"/OutputIntent" in pdf and b"/Encrypt" not in pdf and b"/JavaScript" not in pdf
    fonts = re.findall(rb"/Type\s*/FontDescriptor", pdf)
    assert len(fonts) == len(re.findall(rb"/FontFile3", pdf)) >= 2


def test_the_same_content_gives_the_same_bytes() -> None:
    first = document.render(body(record(1, ("处罚内容", "罚款"))))
    document.render(body())
    assert document.render(body(record(1, ("处罚内容", "罚款")))) == first


def test_another_process_gives_the_same_bytes() -> None:
    import hashlib
    import json
    import sys

    content = body(record(1, ("处罚内容", "罚款")))
    program = (
        "import sys, json, hashlib\nfrom xinyong.services.creditreport import document\n"
        "print(hashlib.sha256(document.render(json.load(sys.stdin))).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(content), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(document.render(content)).hexdigest()


def test_hostile_text_is_printed_as_it_stands(tmp_path: Path) -> None:
    said = words(document.render(body(record(1, ("违法事实", HOSTILE)), name=HOSTILE)), tmp_path)
    plain = re.sub(r"\s+", "", said)
    assert plain.count(re.sub(r"\s+", "", HOSTILE)) >= 2


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_no_text_keeps_a_report_from_being_made(text: str) -> None:
    assert document.render(body(record(1, ("违法事实", text)), name=text)).startswith(b"%PDF")


def test_a_character_no_font_has_is_replaced_and_said_to_be() -> None:
    assert glyphs.printable("示例𠮷某") == f"示例{glyphs.MISSING}某"
    assert glyphs.printable("潼南区〔2026〕①℃龘") == "潼南区〔2026〕①℃龘"


def test_hundreds_of_records_fill_pages_and_lose_none(tmp_path: Path) -> None:
    many = [
        record(n, ("违法行为类型", "未按规定公示年度报告"), ("违法事实", "经查" * 30)) for n in range(1, 231)
    ]
    pdf = document.render(body(*many))
    said = re.sub(r"\s+", "", words(pdf, tmp_path))
    assert pages(pdf) > 20
    assert all(f"潼示罚〔2026〕{n}号" in said for n in range(1, 231))


def test_one_record_may_be_longer_than_a_page(tmp_path: Path) -> None:
    pdf = document.render(body(record(1, ("违法事实", "事实。" * 2000), ("处罚内容", "最后一项"))))
    assert pages(pdf) >= 3 and "最后一项" in words(pdf, tmp_path)


def test_the_qr_code_is_that_of_the_verification_page(tmp_path: Path) -> None:
    """Every dark module of the code's matrix is dark on the page as it is printed, every light one light."""
    import segno
    from PIL import Image

    path = tmp_path / "report.pdf"
    path.write_bytes(document.render(body()))
    run = ["pdftoppm", "-r", "300", "-f", "1", "-l", "1", "-gray", "-png", "-singlefile", str(path)]
    subprocess.run([*run, str(tmp_path / "page")], check=True)
    page = Image.open(tmp_path / "page.png").convert("L").point(lambda v: 255 if v < 30 else 0)
    right = page.crop((page.width * 3 // 4, 0, page.width, page.height // 2))
    box = right.getbbox()
    assert box is not None
    code, matrix = right.crop(box), segno.make(body()["verify"], error="m", mask=document.MASK).matrix
    step = code.width / len(matrix)
    seen = [[bool(code.getpixel((int((x + 0.5) * step), int((y + 0.5) * step)))) for x in range(len(matrix))]
            for y in range(len(matrix))]  # fmt: skip
    assert seen == [[bool(v) for v in row] for row in matrix]


def test_a_missing_font_is_a_fault_and_not_an_empty_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from xinyong.kernel.errors import Fault

    document._fonts.cache_clear()
    monkeypatch.setattr(glyphs, "fonts", lambda: (tmp_path / "a.otf", tmp_path / "b.otf"))
    try:
        with pytest.raises(Fault, match="缺少报告字体"):
            document._fonts()
    finally:
        document._fonts.cache_clear()


# numbers


@settings(max_examples=100, deadline=None)
@given(chance=st.binary(min_size=8, max_size=8), place=st.integers(0, 26), other=st.integers(1, 31))
def test_a_slip_in_one_character_is_told_by_the_check_character(
    chance: bytes, place: int, other: int
) -> None:
    number = numbers.number(date(2026, 11, 23), chance)
    at = numbers.ALPHABET.index(number[place])
    wrong = number[:place] + numbers.ALPHABET[(at + other) % 32] + number[place + 1 :]
    assert numbers.canonical(number) == number and numbers.canonical(wrong) is None


def test_a_number_is_read_however_it_is_typed() -> None:
    number = numbers.number(date(2026, 11, 23), b"\x00" * 8)
    shown = numbers.shown(number)
    assert shown.startswith("500152-20261123-")
    for typed in (shown, shown.lower(), f" {shown} ", shown.replace("0", "o"), shown.replace("-", " ")):
        assert numbers.canonical(typed) == number


@pytest.mark.parametrize("typed", ["", "500152", "../../etc/passwd", "五" * 27, "!" * 27])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert numbers.canonical(typed) is None


def test_numbers_of_one_day_share_nothing_that_could_be_counted_up() -> None:
    import secrets

    drawn = {numbers.number(date(2026, 11, 23), secrets.token_bytes(8)) for _ in range(200)}
    assert len({number[14:20] for number in drawn}) == 200
