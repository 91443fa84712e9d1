"""Who acts in these tests, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sampledistrict.codes import person_id, uscc
from xinyong.foundation.audit import Who

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = NOW.date()
CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER = uscc("91", "500152", "YY000088")
BANK = uscc("91", "500152", "YY000777")
AUTHORITY = "11500152YY0000239R"
POLICE = uscc("11", "500152", "YY000911")
PERSON = person_id("19800101", 1)
OWNER, NEIGHBOUR = Who("示例企业", "subject", CODE), Who("示例邻居", "subject", OTHER)
HERSELF = Who("示例某本人", "subject", PERSON)
OFFICER = Who("示例办案员", "department", POLICE, purpose="办理示例案件")
CLERK = Who("示例行员", "bank", BANK, purpose="贷前审查")
CENTRE, SECOND = Who("示例业务员", "center"), Who("示例审核员", "center_reviewer")
WINDOW = Who("示例窗口员", "counter", purpose="凭本人证件办理")
AUDITOR, AUDIT = Who("示例审计员", "auditor"), Who("示例审计管理员", "audit_admin")
OUTSIDERS = ("public", "subject", "bank", "agency", "counter", "system_admin", "security_admin")


def days(n: int) -> datetime:
    return NOW + timedelta(days=n)


def registered(name: str = NAME, code: str = CODE) -> dict[str, str]:
    return {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
