"""A registered enterprise with penalties, the people who decide on them, and a twin that has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from xinyong.disclosure import queries
from xinyong.foundation.audit import PUBLIC, Who

CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
AUTHORITY = "11500152YY0000239R"  # who decided, as the fixture `penalty` writes it
TODAY, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 2, tzinfo=UTC)
REVIEWER = Who("部门审核员示例", "department_reviewer", AUTHORITY, purpose="认定")
OUTSIDER = Who("外部门审核员示例", "department_reviewer", "11500152YY000001XA", purpose="认定")
CENTRE = Who("中心审核员示例", "center_reviewer", purpose="代录")
AUDITOR = Who("审计员示例", "auditor", purpose="核对")
_files = count(1)


@dataclass
class Case:
    """One enterprise in the archive, and how to add to it and ask about it."""

    district: Any
    write: Callable[..., Path]
    make: Callable[..., dict[str, str]]

    def register(self, code: str = CODE, name: str = NAME) -> None:
        row = {
            "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
            "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
        }  # fmt: skip
        self.take("DJZC", row)

    def take(self, item: str, *rows: dict[str, str], mode: str = "补录") -> None:
        receipt = self.district.intake(self.write(list(rows), f"{next(_files)}.csv"), item, mode=mode, at=NOW)
        assert (receipt.rejected, receipt.held) == (0, 0), receipt.rules

    def penalty(self, **changes: str) -> str:
        """Hand in a penalty; its record id."""
        row = self.make(**changes)
        self.take("XZCF", row)
        found = self.archive(row["CF_XDR_SHXYM"]).records
        return next(r["record"] for r in found if row["CF_WSH"] in r["fields"].values())

    def question(self, who: Who = PUBLIC, today: date = TODAY, **options: Any) -> queries.Question:
        return queries.Question(who, NOW, today, **options)

    def archive(self, code: str = CODE, who: Who | None = None, **options: Any) -> Any:
        asker = who or Who("业务员示例", "center", purpose="核查")
        return queries.archive(self.district.app, code, self.question(asker, **options), self.district.book)

    def public(self, code: str = CODE, **options: Any) -> Any:
        return self.archive(code, PUBLIC, **options)

    def documents(self, code: str = CODE, **options: Any) -> list[str]:
        """Numbers of the penalties that the public sees."""
        found = self.public(code, **options).records
        return [r["fields"]["行政处罚决定书文号"] for r in found if r["item"] == "XZCF"]

    def record(self, number: str, who: Who = PUBLIC, **options: Any) -> Any:
        return queries.record(self.district.app, number, self.question(who, **options), self.district.book)

    def clocks(self, record: str, **options: Any) -> dict[str, Any]:
        found = self.archive(**options).records
        return next(r["clocks"] for r in found if r["record"] == record)
