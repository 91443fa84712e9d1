"""重错码治理进度: by department, what was sent, answered, corrected and how long the oldest waits; and the rate."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from xinyong.collection.quality import cases, code_defects, queries, scorecard
from xinyong.collection.quality.cases import Case
from xinyong.website import lending
from xinyong.website.console.base import Column, Connection, Row, Text
from xinyong.website.console.centre.made import MadeList, counting
from xinyong.website.console.department import parts

FORMULA = "DQ_CODE_ERRORS"


class Progress(MadeList):
    action, title, export_action = "codes.read", "重错码治理进度", "codes.read"
    template = "console/centre/codes_progress.html"
    intro = "下发以后一直跟到数据改正：部门答复不算完，复查不再发现才销号。"
    columns = (
        Column("name", "责任单位"),
        Column("sent", "下发", "number"),
        Column("open", "未办结", "number"),
        Column("answered", "其中已答复", "number"),
        Column("corrected", "已更正", "number"),
        Column("dismissed", "不是重错码", "number"),
        Column("rate", "纠正率"),
        Column("oldest", "最久未办（天）", "number"),
    )
    filters = (Text("name", "责任单位", "true"),)
    empty = "没有下发过重错码任务。"

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self)
        found: dict[str, list[Case]] = defaultdict(list)
        for k in cases.listed(c, asked):
            found[k.provider].append(k)
        rows = [_row(scorecard.name_of(p, asked.book), mine, asked.now) for p, mine in found.items()]
        return sorted(rows, key=lambda r: (-r["open"], r["name"]))

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        part = (template or self.template).endswith("rows.html")
        told = {} if part else {"figure": lending.ask(self._figure)}
        return super().page({**context, **told}, status, template)

    def _figure(self, c: Connection) -> Any:
        """The rate over all codes in stock, against 1 / 10,000 (plan, 专栏一)."""
        asked = counting(self)
        counts = code_defects.find(c, asked).counts()
        return next(
            (f for f in queries.figures_of(counts, asked.book, parts.today()) if f.id == FORMULA), None
        )


def _row(name: str, mine: list[Case], at: datetime) -> Row:
    told = cases.tally(mine)
    due = told["sent"] - told["dismissed"]
    waiting = [k.found_at for k in mine if k.open]
    return {
        **told, "name": name, "answered": sum(k.state == "answered" for k in mine),
        "rate": f"{told['corrected'] * 1000 // due / 10:.1f}%" if due else "",
        "oldest": (at - min(waiting)).days if waiting else None,
    }  # fmt: skip


__all__ = ["Progress"]
