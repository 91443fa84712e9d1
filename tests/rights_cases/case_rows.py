"""Rows of lists: an entry among the abnormal, an entry on a list of serious misconduct."""

from __future__ import annotations

from case_desk import CODE, MARKET, NAME


def abnormal() -> dict[str, str]:
    return {
        "YC_MC": NAME, "YC_LB": "法人及非法人组织", "YC_SHXYM": CODE, "YC_LX": "经营异常名录",
        "YC_LRYY": "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告", "YC_LRRQ": "2026-07-06",
        "YC_JG": "潼南区市场监督管理局", "YC_JGDM": MARKET,
    }  # fmt: skip


def serious() -> dict[str, str]:
    return {
        "YZ_MC": NAME, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": CODE, "YZ_MDMC": "市场监督管理严重违法失信名单",
        "YZ_YJ": "《市场监督管理严重违法失信名单管理办法》第五条", "YZ_SY": "受到较重行政处罚",
        "YZ_WSH": "潼示列〔2025〕1号", "YZ_LRRQ": "2025-07-06", "YZ_GLQX": "2028-07-05", "YZ_JG": "潼南区市场监督管理局",
        "YZ_JGDM": MARKET,
    }  # fmt: skip
