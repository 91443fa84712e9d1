"""The applicant reads who has its case in hand, by when, and by when there is a result, each with how sure it is."""

from __future__ import annotations

import re
from typing import Any

from case_desk import CENTRE, CLERK, CODE, NEIGHBOUR, NOW, OTHER, OTHER_NAME, OWNER, TODAY, Desk, registered
from test_concerned_pages import person, text

UNIT, SITE_HAS_IT = "重庆市潼南区城市管理局", "区信用中心"
REPORTED, SAMPLE = "（据报道，原文待核）", "（样例，待确认）"


def rows(client: Any, address: str) -> dict[str, str]:
    """Heading → text of the table at the head of a case's page."""
    found = re.findall(r"<th[^>]*>(.*?)</th><td[^>]*>(.*?)</td>", text(client.get(address)), re.S)
    return {re.sub(r"<[^>]*>", "", k): re.sub(r"<[^>]*>", "", v).strip() for k, v in found}


def test_at_each_step_of_a_repair(site: Desk) -> None:
    from xinyong.rights.repair import actions

    owner = person("subject", "示例企业", subject_code=CODE)
    case = site.apply(site.penalty())
    at = f"/own/repairs/{case.number}"
    told = rows(owner, at)
    assert told["由谁办理"] == SITE_HAS_IT
    assert told["办理期限"] == f"2026-11-24（材料完备性核对）{SAMPLE}"
    assert told["结果期限"] == f"2026-12-07（反馈结果）{REPORTED}"
    site.do("ask_more", CENTRE, case, "缺缴款收据")
    told = rows(owner, at)
    assert told["由谁办理"].startswith("您") and "办理期限" not in told
    assert told["结果期限"] == f"材料补齐之日起 10 个工作日{REPORTED}"
    actions.supplement(site.c, OWNER, NOW, case.number, site.uploads("MATERIAL_PROOF"), True, site.book)
    assert rows(owner, at)["由谁办理"] == SITE_HAS_IT
    site.do("push", CENTRE, case)
    told = rows(owner, at)
    assert told["由谁办理"] == UNIT and told["结果期限"].startswith("2026-12-07（反馈结果）")
    site.do("decline", CLERK, case, "不是本单位的决定", "信用修复管理办法")
    told = rows(owner, at)
    assert told["由谁办理"] == UNIT and "结果期限" not in told


def test_at_each_step_of_an_objection(site: Desk) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    case = site.object(site.penalty())
    at = f"/own/objections/{case.number}"
    told = rows(owner, at)
    assert told["由谁办理"] == SITE_HAS_IT
    assert told["结果期限"] == f"2026-12-02（办结）{SAMPLE}"
    site.answer("forward", CENTRE, case, "")
    assert rows(owner, at)["由谁办理"] == UNIT


def test_while_standing_is_checked_it_is_the_credit_centre(site: Desk) -> None:
    from xinyong.rights.objection import concerned

    site.take("DJZC", registered(OTHER, OTHER_NAME))
    asked = concerned.Concern(
        site.address(site.penalty()), "match", "误写了我单位的名称", "不是该主体", site.uploads("MATERIAL_EVIDENCE")
    )  # fmt: skip
    case = concerned.submit(site.c, NEIGHBOUR, NOW, TODAY, asked, site.book)
    neighbour = person("subject", "示例邻居", subject_code=OTHER)
    assert rows(neighbour, f"/own/objections/{case.number}")["由谁办理"] == SITE_HAS_IT
