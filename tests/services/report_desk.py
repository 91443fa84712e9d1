"""Who asks for reports about whom, and the desk where they are issued."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of

CODE = "91500152YY00000282"
OTHER = "91500152YY0000714C"
NAME = "重庆示例甲乙商贸有限公司"
PERSON_ID = "110105199003077710"
PERSON = "示例丙丁"

OWNER = Who("示例企业", "subject", CODE, "web", "")
COUNTER = Who("窗口甲", "counter", "", "web", "本人申请")
CENTER = Who("信用中心业务员", "center", "", "web", "核查")
DEPARTMENT = Who("部门信息员", "department", "11500152YY0000239R", "web", "审批核查")
BANK = Who("示例银行", "bank", "91500152YY0000706H", "web", "贷前审查")
AUDITOR = Who("审计员", "auditor", "", "web", "审计")


def registration(**changes: str) -> dict[str, str]:
    row = {
        "DJ_MC": NAME, "DJ_LB": "法人及非法人组织", "DJ_ZTLX": "企业法人", "DJ_SHXYM": CODE, "DJ_FRDB": "示例甲",
        "DJ_QYLX": "有限责任公司", "DJ_CLRQ": "2020-01-06", "DJ_HZRQ": "2020-01-06", "DJ_ZS": "重庆市潼南区示例路1号",
        "DJ_ZT": "存续", "DJ_DJJG": "潼南区市场监督管理局", "DJ_DJJGDM": "11500152YY0000239R",
        "DJ_LYDW": "潼南区市场监督管理局", "DJ_LYDWDM": "11500152YY0000239R",
    }  # fmt: skip
    return {**row, **changes}


@dataclass
class Office:
    """The report service on a test's own database, at a moment the test chooses."""

    district: Any
    now: datetime
    connection: Any

    @property
    def today(self) -> date:
        return day_of(self.now)

    def later(self, **more: int) -> Office:
        return replace(self, now=self.now + timedelta(**more))

    def issue(self, who: Who = OWNER, code: str = CODE, **options: Any) -> Any:
        from xinyong.services.creditreport.actions import Order, issue

        order = Order(code, options.pop("purpose", "政府采购"), **options)
        return issue(self.connection, who, order, self.now, self.today, self.district.book)

    def remake(self, number: str, who: Who = OWNER) -> Any:
        from xinyong.services.creditreport.actions import remake

        return remake(self.connection, number, who, self.now, self.today, self.district.book)

    def verify(self, number: str) -> Any:
        from xinyong.services.creditreport.queries import verify

        return verify(self.connection, number, self.now, self.today, self.district.book)

    def body(self, **options: Any) -> dict[str, Any]:
        import json

        found: dict[str, Any] = json.loads(self.issue(**options).json)
        return found
