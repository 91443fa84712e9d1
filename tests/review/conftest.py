"""Hands for the review tests: one registration row, and undoing as the centre's clerk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Row = dict[str, str]


@pytest.fixture
def registration() -> Callable[..., Row]:
    """One correct 登记注册 row by Chinese header; give what should differ."""

    def make(**changes: str) -> Row:
        row = {
            "主体名称": "重庆示例甲乙商贸有限公司",
            "主体类别": "法人及非法人组织",
            "登记主体类型": "企业法人",
            "统一社会信用代码": "91500152YY00000282",
            "成立日期": "2019-03-05",
            "核准日期": "2020-01-02",
            "经营状态": "存续",
            "登记机关": "潼南区市场监督管理局",
        }
        return {**row, **changes}

    return make


@pytest.fixture
def undo(district: Any) -> Callable[[Any], Any]:
    """Take a whole submission back, today, with a reason."""

    def take_back(receipt: Any) -> Any:
        from xinyong.collection.undo import undo as reverse
        from xinyong.foundation.audit import Who

        c = district.connect(autocommit=False)
        return reverse(c, receipt.submission, "误报", Who("甲", "center"), datetime.now(UTC))

    return take_back
