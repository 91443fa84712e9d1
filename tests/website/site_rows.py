"""Rows the site's tests hand in."""

from __future__ import annotations

CODE = "91500152YY00000282"
NAME = "重庆示例甲乙商贸有限公司"


def registered(name: str = NAME, code: str = CODE, **more: str) -> dict[str, str]:
    row = {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
    return {**row, **more}
