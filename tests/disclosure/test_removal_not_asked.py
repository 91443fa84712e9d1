"""Whose entry leaves a list by its removal is not asked whether duties are met: the court said so itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from enterprises import CODE, NAME, NOW, TODAY, Case

from xinyong.disclosure import ending, listing_job

PUBLISHED = date(2024, 11, 27)  # two years of publicity end five working days after TODAY


def entry(case: Case, **changes: str) -> str:
    """A judgment debtor's entry; its record id."""
    row = {
        "BZX_MC": NAME, "BZX_LB": "法人及非法人组织", "BZX_SHXYM": CODE, "BZX_AH": "（2024）渝0152执1号",
        "BZX_YJWH": "（2024）渝0152民初1号", "BZX_YJDW": "示例法院", "BZX_LARQ": "2024-11-01", "BZX_YW": "支付货款",
        "BZX_LXQK": "全部未履行", "BZX_QX": "有履行能力而拒不履行", "BZX_FBRQ": f"{PUBLISHED}", "BZX_JG": "示例法院",
        "BZX_JGDM": "11500152YY0000239R",
    }  # fmt: skip
    case.take("SXBZX", row | changes)
    return next(r["record"] for r in case.archive(CODE).records if r["item"] == "SXBZX")


@pytest.mark.parametrize(("removal", "asked"), [("", True), (f"{TODAY + timedelta(days=4)}", False)])
def test_a_removal_within_the_window_is_not_asked_about(case: Case, removal: str, asked: bool) -> None:
    record = entry(case, BZX_YCRQ=removal)
    listing_job.refresh(case.district.app, case.district.book, TODAY, NOW)
    assert "SXBZX" in case.public().counts  # still public, and ending soon
    found = ending.ending(case.district.app, case.district.book, TODAY)
    assert [e.record for e in found] == ([record] if asked else [])
