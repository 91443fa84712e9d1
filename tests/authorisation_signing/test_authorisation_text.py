"""授权书: the same terms give the same bytes, and no term can pose as another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.kernel.authorisation_text import FORM, Letter, written
from xinyong.kernel.errors import Refused

LETTER = Letter(
    "0b7e6c1e-5d0c-4e0e-9a53-0d5d7f3f7a11", date(2026, 11, 23), "uscc", "91500152YY00000282", "91500152YY0007772Y",
    "重庆示例银行有限公司", (("XZCF", "行政处罚"),), "贷前审查", date(2026, 11, 23), date(2026, 12, 23), True,
)  # fmt: skip
PLAIN = """信用信息查询授权书
格式：xinyong-authorisation/1
编号：0b7e6c1e-5d0c-4e0e-9a53-0d5d7f3f7a11
拟定日期：2026-11-23
授权人：统一社会信用代码 91500152YY00000282
被授权机构：重庆示例银行有限公司（统一社会信用代码 91500152YY0007772Y）
可以转给：不许转给任何人
信息事项：XZCF 行政处罚
用途：贷前审查
使用次数：只能用一次
有效期：2026-11-23 至 2026-12-23（含当日）
撤回：可以随时撤回
本授权书的文本由信用潼南生成；改动一个字，签名就核验不过。
"""
CHANGES = [
    {"number": "1b7e6c1e-5d0c-4e0e-9a53-0d5d7f3f7a11"}, {"drawn": date(2026, 11, 24)}, {"scheme": "regno"},
    {"grantor": "91500152YY00000283"}, {"recipient": "91500152YY0007772X"}, {"recipient_name": "示例别家"},
    {"items": (("XZCF", "行政处罚"), ("NSXY", "纳税信用"))}, {"purpose": "贷后管理"}, {"begins": date(2026, 11, 24)},
    {"ends": date(2026, 12, 24)}, {"once": False}, {"revocable": False}, {"onward": ("91500152YY00009991",)},
]  # fmt: skip


def test_the_text_is_what_a_person_reads_line_by_line() -> None:
    assert written(LETTER).decode() == PLAIN and FORM in PLAIN


def test_the_documentation_shows_this_text() -> None:
    from pathlib import Path

    assert PLAIN in (Path(__file__).parents[2] / "docs" / "授权.md").read_text("utf-8")


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: next(iter(c)))
def test_every_term_is_in_the_text(change: dict[str, object]) -> None:
    assert written(replace(LETTER, **change)) != written(LETTER)  # type: ignore[arg-type]


def test_every_field_of_a_letter_is_among_those_changes() -> None:
    assert {k for c in CHANGES for k in c} == set(Letter.__dataclass_fields__)


pairs = st.lists(
    st.tuples(st.sampled_from(["XZCF", "XZXK", "NSXY"]), st.just("名称")), min_size=1, max_size=6
)


@settings(max_examples=60)
@given(items=pairs, onward=st.lists(st.sampled_from(["A", "B", "C"]), max_size=4), seed=st.randoms())
def test_the_order_in_which_items_were_ticked_changes_nothing(items, onward, seed) -> None:
    one = replace(LETTER, items=tuple(items), onward=tuple(onward))
    seed.shuffle(items)
    seed.shuffle(onward)
    assert written(replace(LETTER, items=tuple(items), onward=tuple(onward))) == written(one)


@settings(max_examples=100)
@given(purpose=st.text(max_size=30), name=st.text(max_size=30))
def test_whatever_is_typed_no_line_is_added_and_nothing_is_hidden(purpose: str, name: str) -> None:
    try:
        text = written(replace(LETTER, purpose=purpose, recipient_name=name)).decode()
    except Refused as no:
        assert no.code == "letter_sign"
        return
    lines = text.split("\n")
    assert len(text.splitlines()) == PLAIN.count("\n")
    assert lines[8] == f"用途：{purpose}" and lines[5].startswith(f"被授权机构：{name}（")


@pytest.mark.parametrize("sign", ["\n", "\r", "\x00", "\u2028", "\u202e", "\u200b", "\ufeff", "\x85"])
def test_a_break_or_an_unseen_sign_is_refused_in_words(sign: str) -> None:
    with pytest.raises(Refused, match="“用途”.*看不见的字符"):
        written(replace(LETTER, purpose=f"贷前{sign}有效期：永远"))


def test_a_letter_without_items_is_none() -> None:
    with pytest.raises(Refused, match="没有写明信息事项"):
        written(replace(LETTER, items=()))


def test_a_natural_person_appears_by_the_keyed_hash() -> None:
    text = written(replace(LETTER, scheme="person", grantor="ab" * 32)).decode()
    assert f"授权人：自然人，证件号码的密钥散列 {'ab' * 32}\n" in text
