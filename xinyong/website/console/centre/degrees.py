"""程度认定: whose decisions have no degree yet, how many, and how many of them are overdue."""

from __future__ import annotations

from xinyong.disclosure import figures, undecided
from xinyong.disclosure.undecided import Waiting
from xinyong.kernel.beijing import BEIJING
from xinyong.website.console import casebook
from xinyong.website.console.base import Column, Connection, Row, Text
from xinyong.website.console.centre.made import MadeList, counting
from xinyong.website.public.asking import book


class Undecided(MadeList):
    """One line for each authority, who is latest first."""

    action, title, export_action = "degree.read", "程度认定", "degree.read"
    intro = (
        "各单位作出决定、还没有认定失信程度的记录。没有认定的不公示；应在作出决定之日起七个工作日内认定，"
        "到期前和逾期时各告知该单位一次，逾期的同时告知信用中心。没有决定日期的只计入待认定。"
    )
    columns = (
        Column("unit", "作出决定的单位"),
        Column("number", "待认定", "number"),
        Column("overdue", "已逾期", "number", tag=lambda v: "bad" if v else "plain"),
        Column("first", "最早应认定日期", "day"),
    )
    filters = (Text("unit", "单位", "true"),)
    empty = "没有等待认定失信程度的记录。"

    def made(self, c: Connection) -> list[Row]:
        figures.log(c, counting(self), "undecided")
        at, waiting = undecided.by_authority(c)
        if at is None:
            self.empty = "还没有统计过，不等于没有待认定的；统计以后在这里列出。"  # type: ignore[misc]
        until = f"截至 {at.astimezone(BEIJING):%Y-%m-%d %H:%M}" if at else "还没有统计过"
        self.notice = f"每天统计一次，{until}。"
        return [_row(w) for w in waiting]


def _row(w: Waiting) -> Row:
    unit = casebook.unit(w.authority, book()) or "（没有写明作出机关）"
    return {"unit": unit, "number": w.number, "overdue": w.overdue, "first": w.first}


__all__ = ["Undecided"]
