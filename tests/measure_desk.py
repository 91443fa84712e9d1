"""An enterprise with adverse records, the organs that decide on measures against it, and those who may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sampledistrict.codes import person_id, uscc
from xinyong.foundation.audit import Who

CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER, OTHER_NAME = uscc("91", "500152", "YY000088"), "重庆示例丙丁餐饮有限公司"
FINANCE, FINANCE_NAME = "11500152YY0000087D", "重庆市潼南区财政局"
LABOUR, LABOUR_NAME = "11500152YY00000958", "重庆市潼南区人力资源和社会保障局"
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday
TODAY = NOW.date()
FINANCE_REVIEWER = Who("财政审核员示例", "department_reviewer", FINANCE, purpose="办理")
FINANCE_COLLEAGUE = Who("财政另一审核员示例", "department_reviewer", FINANCE, purpose="办理")
FINANCE_CLERK = Who("财政信息员示例", "department", FINANCE, purpose="办理")
LABOUR_REVIEWER = Who("人社审核员示例", "department_reviewer", LABOUR, purpose="办理")
HOMELESS = Who("无单位审核员示例", "department_reviewer", "", purpose="办理")
OWNER, NEIGHBOUR = Who("示例企业", "subject", CODE), Who("示例邻居", "subject", OTHER)
CENTRE = Who("示例业务员", "center", purpose="核对")
AUDITOR = Who("示例审计员", "auditor", purpose="核对")
BANK = Who("示例银行员", "bank", OTHER, purpose="贷前")
PERSON = person_id("19800101", 1)
PROCUREMENT, WAGES, LISTED, ANNUAL = (
    "MEA_PROCUREMENT_BAR",
    "MEA_WAGES_LISTED",
    "MEA_LISTED",
    "MEA_LISTED_ANNUAL",
)
_files = count(1)


def days(n: int) -> datetime:
    return NOW + timedelta(days=n)


def registered(code: str = CODE, name: str = NAME) -> dict[str, str]:
    return {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip


@dataclass
class Desk:
    """`register` files a measure with usual terms; give what should differ."""

    district: Any
    write: Any
    make: Any

    @property
    def c(self) -> Any:
        return self.district.app

    @property
    def book(self) -> Any:
        return self.district.book

    def take(self, item: str, *rows: dict[str, str], **options: Any) -> Any:
        path = self.write(list(rows), f"{next(_files)}.csv")
        receipt = self.district.intake(path, item, **({"mode": "补录"} | options))
        assert (receipt.rejected, receipt.held) == (0, 0), receipt.rules
        return receipt

    def penalty(self, number: str = "潼财罚〔2026〕1号", **changes: str) -> str:
        """A penalty of the finance bureau under the procurement law, half a year old. Its record id."""
        usual = {
            "CF_WSH": number, "KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18",
            "CF_YJ": "《中华人民共和国政府采购法》第七十七条", "CF_CFJG": FINANCE_NAME, "CF_CFJGDM": FINANCE,
            "CF_SJLY": FINANCE_NAME, "CF_SJLYDM": FINANCE,
        }  # fmt: skip
        row = self.make(**{**usual, **changes})
        self.take("XZCF", row)
        return self.record(number)

    def listing(
        self, number: str = "潼人社列〔2025〕1号", code: str = CODE, name: str = NAME, **changes: str
    ) -> str:
        """An entry on the list of those who owe wages, for three years. Its record id."""
        usual = {
            "YZ_MC": name, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": code, "YZ_MDMC": "拖欠农民工工资失信联合惩戒对象名单",
            "YZ_YJ": "《保障农民工工资支付条例》第四十八条", "YZ_SY": "拖欠农民工工资", "YZ_WSH": number,
            "YZ_LRRQ": "2025-07-06", "YZ_GLQX": "2028-07-05", "YZ_JG": LABOUR_NAME, "YZ_JGDM": LABOUR,
        }  # fmt: skip
        self.take("YZSX", {**usual, **changes})
        return self.record(number)

    def abnormal(self, number: str = "潼示异〔2026〕1号", **changes: str) -> str:
        usual = {
            "YC_MC": NAME, "YC_LB": "法人及非法人组织", "YC_SHXYM": CODE, "YC_LX": "经营异常名录", "YC_WSH": number,
            "YC_LRYY": "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告", "YC_LRRQ": "2026-07-06",
            "YC_JG": "潼南区市场监督管理局", "YC_JGDM": "11500152YY0000239R",
        }  # fmt: skip
        self.take("JYYC", {**usual, **changes})
        return self.record(number)

    def record(self, number: str) -> str:
        """The id of the record with this document number, whosever it is."""
        rows = self.district.owner().execute(
            "SELECT replace(record_id::text, '-', '') FROM record_version WHERE payload LIKE %s ORDER BY born DESC LIMIT 1",
            [f"%{number}%"],
        )
        return str(rows.fetchone()[0])

    def terms(self, *records: str, **changes: Any) -> Any:
        from xinyong.regulation.measures.actions import Terms

        usual = Terms(
            PROCUREMENT, CODE, records, FINANCE, "潼财采〔2026〕8号", date(2026, 6, 20), "未提出", date(2026, 7, 1),
            date(2026, 7, 1), months=24, reason="提供虚假材料谋取中标", competent=True,
        )  # fmt: skip
        return replace(usual, **changes)

    def wages(self, *records: str, **changes: Any) -> Any:
        """Terms of a measure that follows the wages list."""
        usual = {"rule": WAGES, "organ": LABOUR, "document": "潼人社惩〔2025〕2号", "months": None, "reason": "拖欠工资",
                 "notified_on": date(2025, 7, 8), "decided": date(2025, 7, 20), "begins": date(2025, 7, 20)}  # fmt: skip
        return self.terms(*records, **{**usual, **changes})

    def register(
        self, terms: Any, who: Who = FINANCE_REVIEWER, at: datetime = NOW, today: date = TODAY, c: Any = None
    ) -> Any:
        from xinyong.regulation.measures import actions

        return actions.register(c or self.c, who, at, today, terms, self.book)

    def barred(self, **changes: Any) -> Any:
        """A bar from procurement, resting on a penalty. The measure."""
        return self.register(self.terms(self.penalty(), **changes))

    def followed(self, *records: str, **changes: Any) -> Any:
        """A measure that follows the wages list. The measure."""
        return self.register(self.wages(*(records or (self.listing(),)), **changes), LABOUR_REVIEWER)

    def do(self, name: str, who: Who, number: str, *given: Any, at: datetime = NOW, c: Any = None) -> Any:
        """An act by name: lift, mistaken, extend."""
        from xinyong.regulation.measures import actions

        return getattr(actions, name)(c or self.c, who, at, at.date(), number, *given, self.book)

    def state(self, measure: Any, today: date = TODAY) -> Any:
        """As it stands that day."""
        from xinyong.regulation.measures import kept
        from xinyong.regulation.measures.standing import one_snapshot, states

        with one_snapshot(self.c):
            return states(self.c, [kept.load(self.c, measure.number)], today, self.book)[0]

    def said(self, measure: Any, today: date = TODAY) -> str:
        from xinyong.regulation.measures import words

        return words.sentence(self.state(measure, today), self.book)

    def mark(
        self, kind: str, *records: str, organ: str = FINANCE, value: str = "", until: date | None = None, c: Any = None,
    ) -> Any:  # fmt: skip
        from xinyong.disclosure import actions

        who = Who("审核员示例", "department_reviewer", organ, purpose="办理")
        return actions.mark(c or self.c, who, NOW, kind, records, "理由示例", "文书示例", value, until)

    def unmark(self, act: Any, organ: str = FINANCE, c: Any = None) -> None:
        from xinyong.disclosure import actions

        who = Who("审核员示例", "department_reviewer", organ, purpose="办理")
        for number in act.marks.values():
            actions.close_mark(c or self.c, who, NOW, number, "恢复示例", "文书示例")

    def looks(self) -> list[tuple[Any, ...]]:
        """(who, what) of looks at measures, oldest first."""
        return self.c.execute(
            "SELECT actor, ground, records FROM look WHERE what = 'measures' ORDER BY id"
        ).fetchall()
