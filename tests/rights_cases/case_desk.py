"""An enterprise with adverse records, and the people who deal with its repairs and objections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sampledistrict.codes import uscc
from xinyong.foundation.audit import Who

CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER, OTHER_NAME = uscc("91", "500152", "YY000088"), "重庆示例丙丁餐饮有限公司"
AUTHORITY = "11500152YY0000132E"  # who decided; repaired here
MARKET = "11500152YY0000239R"  # a market regulator: what it decided is repaired elsewhere
DECIDED_BY = {
    "CF_CFJG": "潼南区城市管理局", "CF_CFJGDM": AUTHORITY, "CF_SJLY": "潼南区城市管理局", "CF_SJLYDM": AUTHORITY,
}  # fmt: skip
BY_MARKET = {
    "CF_CFJG": "潼南区市场监督管理局", "CF_CFJGDM": MARKET, "CF_SJLY": "潼南区市场监督管理局", "CF_SJLYDM": MARKET,
}  # fmt: skip
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday
TODAY = NOW.date()
OWNER, NEIGHBOUR = Who("示例企业", "subject", CODE), Who("示例邻居", "subject", OTHER)
CLERK = Who("示例信息员", "department", AUTHORITY, purpose="办理")
REVIEWER = Who("示例审核员", "department_reviewer", AUTHORITY, purpose="办理")
OUTSIDER = Who("外部门审核员示例", "department_reviewer", "11500152YY000001XA", purpose="办理")
CENTRE = Who("示例业务员", "center", purpose="办理")
CENTRE_REVIEWER = Who("示例中心审核员", "center_reviewer", purpose="办理")
WINDOW = Who("示例窗口", "counter", purpose="本人到场办理修复")
AUDITOR = Who("示例审计员", "auditor", purpose="核对")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20) + b"\0\0\0\0IEND\xaeB`\x82"
JPG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"
FIRST = "潼示罚〔2026〕1号"
BASIS = "国家发展改革委令第36号第三章"
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
    """`say` (who) asks the archive; the rest are the acts of the procedures, by usual people at usual times."""

    district: Any
    write: Any
    make: Any

    @property
    def c(self) -> Any:
        return self.district.app

    @property
    def book(self) -> Any:
        return self.district.book

    def take(self, item: str, *rows: dict[str, str], **options: Any) -> None:
        path = self.write(list(rows), f"{next(_files)}.csv")
        receipt = self.district.intake(path, item, **({"mode": "补录"} | options))
        assert (receipt.rejected, receipt.held) == (0, 0), receipt.rules

    def penalty(self, number: str = FIRST, **changes: str) -> str:
        """A penalty half a year old, of degree 一般: public, and long enough for repair. Its record id."""
        usual = {"CF_WSH": number, "KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
        row = self.make(**{**usual, **changes})
        self.take("XZCF", row)
        return self.record(number, row["CF_XDR_SHXYM"])

    def record(self, number: str, code: str = CODE) -> str:
        found = self.told(code)
        return next(k for k, r in found.items() if number in r["fields"].values())

    def told(self, code: str = CODE, who: Who = CENTRE, today: date = TODAY) -> dict[str, Any]:
        from xinyong.disclosure import queries

        q = queries.Question(who, NOW, today)
        return {
            r.get("record", r["public_id"]): r for r in queries.archive(self.c, code, q, self.book).records
        }

    def address(self, record: str) -> str:
        from xinyong.disclosure import ids

        return ids.public_id(record)

    def public(self, today: date = TODAY, code: str = CODE) -> list[dict[str, Any]]:
        from xinyong.foundation.audit import PUBLIC

        return [r for r in self.told(code, PUBLIC, today).values() if r["item"] != "DJZC"]

    def uploads(self, *materials: str) -> tuple[Any, ...]:
        from xinyong.rights.materials import Upload

        wanted = materials or ("MATERIAL_COMMITMENT", "MATERIAL_PROOF")
        return tuple(Upload(m, f"{m}.pdf", PDF + m.encode() + b"%%EOF") for m in wanted)

    def apply(
        self, *records: str, who: Who = OWNER, code: str = CODE, at: datetime = NOW, **more: Any
    ) -> Any:
        """The one case of an application."""
        cases = self.apply_all(*records, who=who, code=code, at=at, **more)
        assert len(cases) == 1
        return cases[0]

    def apply_all(
        self, *records: str, who: Who = OWNER, code: str = CODE, at: datetime = NOW, **more: Any
    ) -> Any:
        from xinyong.rights.repair import actions

        usual = {"statement": "已缴清罚款", "contact": "13800000000", "public": True, "files": self.uploads()}
        addresses = tuple(self.address(r) for r in records)
        asked = actions.Application(addresses, **{**usual, **more})
        with self.c.transaction():
            return actions.apply(self.c, who, at, at.date(), code, asked, self.book)

    def pushed(self, *records: str, at: datetime = NOW) -> Any:
        from xinyong.rights.repair import actions

        case = self.apply(*records, at=at)
        return actions.push(self.c, CENTRE, at, case.number, self.book)

    def accepted(self, *records: str, at: datetime = NOW) -> Any:
        from xinyong.rights.repair import actions

        return actions.accept(self.c, CLERK, at, self.pushed(*records, at=at).number, self.book)

    def decide(
        self, case: Any, *granted: str, who: Who = REVIEWER, at: datetime = NOW, c: Any = None, **more: Any
    ) -> Any:
        from xinyong.rights.repair import actions

        reason, basis = more.pop("reason", "义务已全部履行"), more.pop("basis", BASIS)
        said = actions.Decision(granted, reason, basis, more.pop("despite", False))
        return actions.decide(c or self.c, who, at, case.number, said, self.book)

    def granted(self, *records: str, at: datetime = NOW) -> Any:
        return self.decide(self.accepted(*records, at=at), *records, at=at, despite=True)

    def do(
        self, name: str, who: Who, case: Any, *given: Any, at: datetime = NOW, ground: str = "false_materials"
    ) -> Any:
        """An act of repair by name. `ground`: of a withdrawal, where one is noticed or decided."""
        from xinyong.rights.repair import actions

        more = {"ground": ground} if name in ("notice", "revoke") else {}
        return getattr(actions, name)(self.c, who, at, case.number, *given, self.book, **more)

    def object(
        self, *records: str, who: Who = OWNER, code: str = CODE, at: datetime = NOW, **more: Any
    ) -> Any:
        from xinyong.rights.objection import actions

        usual = {"about": "record", "statement": "罚款金额有误，应为 0.1 万元"}
        asked = actions.Objecting(tuple(self.address(r) for r in records), **{**usual, **more})
        with self.c.transaction():
            [case] = actions.submit(self.c, who, at, at.date(), code, asked, self.book)
        return case

    def answer(self, name: str, who: Who, case: Any, *given: Any, at: datetime = NOW) -> Any:
        """An act of an objection by name."""
        from xinyong.rights.objection import actions

        return getattr(actions, name)(self.c, who, at, case.number, *given, self.book)

    def load(self, case: Any) -> Any:
        from xinyong.rights import casework

        return casework.load(self.c, case.number)

    def notices(self, kind: str = "") -> list[str]:
        rows = self.c.execute(
            "SELECT template FROM notice WHERE %s IN ('', kind) ORDER BY id", [kind]
        ).fetchall()
        return [r[0] for r in rows]
