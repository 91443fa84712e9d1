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


AUTHORITY = {"name": "重庆市潼南区市场监督管理局", "code": "11500152YY0000239R"}


def permit(number: str = "潼市监许〔2026〕1号", **more: str) -> dict[str, str]:
    row = {
        "XK_XDR_MC": NAME, "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": CODE, "XK_FRDB": "示例甲",
        "XK_XKWS": "食品经营许可决定书", "XK_WSH": number, "XK_XKLB": "普通", "XK_XKZS": "食品经营许可证",
        "XK_NR": "准予从事预包装食品销售", "XK_JDRQ": "2026-05-18", "XK_YXQZ": "2026-05-18",
        "XK_YXQZI": "2099-12-31", "XK_XKJG": AUTHORITY["name"], "XK_XKJGDM": AUTHORITY["code"], "XK_ZT": "1",
        "XK_LYDW": AUTHORITY["name"], "XK_LYDWDM": AUTHORITY["code"],
    }  # fmt: skip
    return {**row, **more}


def abnormal(**more: str) -> dict[str, str]:
    row = {
        "YC_MC": NAME, "YC_LB": "法人及非法人组织", "YC_SHXYM": CODE, "YC_LX": "经营异常名录",
        "YC_LRYY": "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告", "YC_LRRQ": "2026-07-06",
        "YC_JG": AUTHORITY["name"], "YC_JGDM": AUTHORITY["code"],
    }  # fmt: skip
    return {**row, **more}
