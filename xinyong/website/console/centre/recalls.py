"""召回: whom the centre waits for, how long it took; and where an institution's people confirm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import ids
from xinyong.foundation.audit import Who
from xinyong.rights.recall import actions, chasing, listed
from xinyong.rights.recall.actions import KINDS
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Day, FormView, ListView, Row, Text
from xinyong.website.errors import error_page
from xinyong.website.public.asking import today

STATES = [("waiting", "未确认"), ("confirmed", "已确认")]
KIND_CHOICES = list(KINDS.items())
OUTCOMES = {"sent": "已送达，待确认", "confirmed": "已送达并确认", "failed": "没有送达，会重试"}
SHOWN = 20  # numbers on a page


def span(seconds: Any) -> str:
    """A length of time in words. A clock set back gives less than nothing; it is shown as nothing."""
    left = timedelta(seconds=max(0.0, float(seconds)))
    hours, rest = divmod(left.seconds, 3600)
    if left.days:
        return f"{left.days} 天 {hours} 小时"
    if hours:
        return f"{hours} 小时 {rest // 60} 分"
    return f"{rest // 60} 分 {rest % 60} 秒" if rest >= 60 else f"{left.total_seconds():.1f} 秒"


def _kind(kind: Any) -> str:
    return KINDS[kind]


class Causes(ListView):
    """One line for each decision: how many were told, how many have not confirmed, how long it took altogether."""

    action, title, export_action = "recall.read", "召回", "recall.read"
    intro = "记录停止使用或更正后，凡是通过接口、报告收到过的系统和机构都会收到召回，并须确认。用时：从作出决定到最后一个确认。"
    source = listed.CAUSES
    columns = (
        Column(
            "decided",
            "决定时间",
            "moment",
            link=lambda r: f"{reverse('centre-recall-list')}?cause={r['cause']}",
        ),
        Column("kind", "情形", show=_kind),
        Column("receivers", "接收方", "number"),
        Column("waiting", "未确认", "number"),
        Column("last", "最后确认", "moment"),
        Column("took", "用时", show=span),
    )
    filters = (
        Choice("kind", "情形", "kind = %(kind)s", KIND_CHOICES),
        Choice("state", "确认", "(waiting = 0) = (%(state)s = 'confirmed')", STATES),
        Day("since", "决定不早于", "decided >= %(since)s"),
        Day("until", "决定不晚于", "decided < %(until)s::date + 1"),
    )
    order, unique = "decided DESC", "cause"
    empty = "没有召回。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("谁还没有确认", f"{reverse('centre-recall-list')}?state=waiting")]


class Recalls(ListView):
    """One line for each receiver of each decision."""

    action, title, export_action = "recall.read", "召回的接收方", "recall.read"
    source = listed.RECALLS
    columns = (
        Column("id", "编号", "number"),
        Column("name", "接收方", sort=False, link=lambda r: _push_link(r)),
        Column("kind", "情形", show=_kind),
        Column("records", "记录", "number"),
        Column("decided", "决定时间", "moment"),
        Column("at", "发出时间", "moment"),
        Column("pushed", "推送", show=lambda v: OUTCOMES[v], sort=False),
        Column("confirmed", "确认时间", "moment"),
        Column("took", "用时", show=span),
    )
    filters = (
        Choice("state", "确认", "(confirmed IS NOT NULL) = (%(state)s = 'confirmed')", STATES),
        Choice("kind", "情形", "kind = %(kind)s", KIND_CHOICES),
        Text(
            "receiver_name",
            "系统或单位代码",
            "system ILIKE %(receiver_name)s OR provider ILIKE %(receiver_name)s",
            like=True,
        ),
        Text("cause", "决定编号", "cause = %(cause)s"),
    )
    order = "id DESC"
    empty = "没有符合条件的召回。"

    def rows(self, c: Connection, asked: Any) -> list[Row]:
        may = access.may(self.who.role, "recall.push")
        found = super().rows(c, asked)
        names = listed.names(c, today())
        return [_named(row, may, names) for row in found]

    def stream(self, c: Connection, asked: Any) -> Any:
        names = listed.names(c, today())
        return (_named(row, False, names) for row in super().stream(c, asked))

    def buttons(self) -> list[tuple[str, str]]:
        return [("按决定看", reverse("centre-recalls"))]


def _named(row: Row, may_push: bool, names: Mapping[str, str]) -> Row:
    """`names`: of institutions that are no providers of the rulebook."""
    name = chasing.called(row["provider"], row["system"], names)
    return row | {"name": name, "may_push": may_push}


def _push_link(row: Mapping[str, Any]) -> str:
    waits = row["confirmed"] is None and row["may_push"]
    return reverse("centre-recall-push", args=[row["receiver"]]) if waits else ""


class Push(FormView):
    """Send a receiver at once what it has not confirmed."""

    action, title, submit = "recall.push", "立即推送", "立即推送"
    intro = (
        "把这个接收方没有确认的召回从最早的一件起重新推送。没有登记推送地址的，请联系其管理人员收取并确认。"
    )

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        actions.nudge(c, self.who, at, self.kwargs["receiver"])

    def about(self) -> dict[str, Any]:
        found, names = lending.ask(lambda c: (self._receiver(c), listed.names(c, today())))
        facts = [("接收方", chasing.called(*found, names))] if found else []
        return {"back": reverse("centre-recall-list") + "?state=waiting", "facts": facts}

    def _receiver(self, c: Connection) -> tuple[str, str] | None:
        return listed.receiver(c, self.kwargs["receiver"])

    def get(self) -> HttpResponse:
        return error_page(404) if lending.ask(self._receiver) is None else super().get()

    def target(self, answer: Any) -> str:
        return reverse("centre-recall-list") + "?state=waiting"


def _of_provider(who: Who) -> tuple[str, dict[str, Any]]:
    """An institution's people see what its systems and its people were given."""
    return ("provider = %(own)s AND provider <> ''", {"own": who.provider})


class Mine(ListView):
    """What an institution has to let go of."""

    action, title = "recall.confirm", "召回确认"
    intro = "贵单位通过接口或报告获取过的信息，有的已停止使用或已更正。请停止使用留存的内容（已更正的重新获取），再逐件确认。"
    source = listed.RECALLS
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("console-recall", args=[r["id"]])),
        Column("kind", "情形", show=_kind),
        Column("records", "记录", "number"),
        Column("system", "系统"),
        Column("at", "发出时间", "moment"),
        Column("confirmed", "确认时间", "moment"),
    )
    filters = (Choice("state", "确认", "(confirmed IS NOT NULL) = (%(state)s = 'confirmed')", STATES),)
    order = "id DESC"
    empty = "没有需要确认的召回。"

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        return _of_provider(who)


class Confirm(FormView):
    """One recall of the asker's institution, and its confirmation."""

    action, title, submit = "recall.confirm", "召回确认", "已处理，确认"
    template = "console/centre/recall.html"

    def _one(self, c: Connection) -> Row | None:
        return listed.of_provider(c, self.who.provider, self.kwargs["number"])

    def about(self) -> dict[str, Any]:
        row = lending.ask(self._one)
        assert row is not None
        numbers = [ids.public_id(r.hex) for r in row["numbers"][:SHOWN]]
        more = f" 等 {row['records']} 条" if row["records"] > SHOWN else ""
        confirmed = row["confirmed"]
        facts = [("情形", KINDS[row["kind"]]), ("记录编号", "、".join(numbers) + more),
                 ("所在报告", "、".join(row["reports"]) or "没有"), ("系统", row["system"] or "由工作人员获取")]  # fmt: skip
        if confirmed:
            facts.append(("确认时间", Column("at", "", "moment").text({"at": confirmed})))
        return {"facts": facts, "confirmed": confirmed, "back": reverse("console-recalls")}

    def get(self) -> HttpResponse:
        return error_page(404) if lending.ask(self._one) is None else super().get()

    def post(self) -> HttpResponse:
        return error_page(404) if lending.ask(self._one) is None else super().post()

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        row = self._one(c)
        assert row is not None
        actions.confirm(c, self.who, at, row["id"], [row["receiver"]], "page")

    def target(self, answer: Any) -> str:
        return reverse("console-recalls")


__all__ = ["Causes", "Confirm", "Mine", "Push", "Recalls", "span"]
