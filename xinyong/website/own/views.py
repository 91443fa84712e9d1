"""我的信用, 谁看过我, 失信提醒: pages that only tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from xinyong.disclosure import looks
from xinyong.disclosure.looks import Seen
from xinyong.foundation.accounts import ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.rights.persons import challenges
from xinyong.rights.persons.challenges import Challenge
from xinyong.services.creditreport.actions import REMAKER
from xinyong.services.creditreport.queries import VERIFIER
from xinyong.website import lending
from xinyong.website.own import telling
from xinyong.website.own.asking import Page, neighbours, paged, unit_name
from xinyong.website.own.telling import Entry
from xinyong.website.public.asking import book

RECORDS, LOOKS, NOTICES = 20, 50, 20  # on a page
PUBLIC_DAYS = 90
OFFICES = {"center": "区信用中心", "center_reviewer": "区信用中心", "counter": "区政务服务大厅信用窗口"}
MACHINE = {REMAKER: "再次出具已出具过的信用报告", VERIFIER: "核验信用报告是否仍为最新情况"}


class Home(Page):
    """Everything on one page: each record with its clocks, adverse ones first."""

    action, title, template = "own.archive", "我的信用", "own/home.html"

    def get(self) -> HttpResponse:
        answer, today = self.archive()
        if answer is None or not answer.found:
            return self.page({"subject": None, "code": self.who.provider})
        found = telling.entries(answer, book(), today)
        page = paged(found, self.number(), RECORDS)
        told = {
            "subject": answer.subject,
            "former": answer.names[1:],
            "today": today,
            "counts": telling.counts(found),
            "total": len(found),
            "paged": page,
            "groups": telling.grouped(page.rows),
        }
        return self.page(told)


class _Adverse(Page):
    """Pages about the adverse records."""

    def adverse(self) -> list[Entry]:
        answer, today = self.archive()
        return [e for e in telling.entries(answer, book(), today) if e.negative] if answer else []


@dataclass(frozen=True, slots=True)
class Notice:
    entry: Entry
    arrived: datetime | None


class Notices(_Adverse):
    """失信提醒, worked out of the archive each time: which adverse records arrived, and what can be done."""

    action, title, template = "own.notice", "失信提醒", "own/notices.html"

    def get(self) -> HttpResponse:
        found = self.adverse()
        came = lending.ask(lambda c: looks.arrivals(c, [e.id for e in found])) if found else {}
        notices = [Notice(e, at.astimezone(BEIJING) if (at := came.get(e.id)) else None) for e in found]
        notices.sort(key=lambda n: n.arrived.timestamp() if n.arrived else 0.0, reverse=True)
        return self.page({"paged": paged(notices, self.number(), NOTICES), "total": len(notices)})


@dataclass(frozen=True, slots=True)
class Look:
    """A look as a line of the page."""

    at: datetime
    by: str
    role: str
    what: str
    purpose: str
    ground: str
    refused: bool
    own: bool
    authorisation: str
    reference: str
    kept: str  # until when it was kept from the subject, and for whom; empty: it never was
    challenge: Challenge | None
    state: str  # of the challenge


class Looks(Page):
    """谁看过我: offices and roles, never the names of those who work there; the public counted by day."""

    action, title, template = "own.looks", "谁看过我", "own/looks.html"

    def get(self) -> HttpResponse:
        _, today = self.moment()
        number, others = self.number(), self.request.GET.get("by") == "others"
        since = datetime(today.year, today.month, today.day, tzinfo=BEIJING) - timedelta(days=PUBLIC_DAYS - 1)

        def asked(c: Any) -> Any:
            rows = looks.looks_of(c, self.who, page=number, size=LOOKS, others=others, today=today)
            names = looks.called(c, {r.unit for r in rows if r.unit}, today)
            disputed = {k.look: k for k in challenges.of_subject(c, self.who)}
            return rows, names, looks.public_looks(c, self.who, since), disputed

        rows, names, public, disputed = lending.ask(asked)
        duties = {d.id: d.name for d in book().duties_on(today)}
        lines = [line(r, names, duties, disputed.get(r.id), today) for r in rows[:LOOKS]]
        page = neighbours(lines, number, len(rows) > LOOKS, {"by": "others"} if others else {})
        told = {"paged": page, "others": others, "public": public, "days": PUBLIC_DAYS}
        return self.page({**told, "public_total": sum(n for _, n in public)})


def line(
    r: Seen, names: Mapping[str, str], duties: Mapping[str, str], disputed: Challenge | None, today: date
) -> Look:
    """A look in words."""
    what = looks.WHAT.get(r.what, r.what) + ("" if r.refused else f"，{r.records} 条")
    ground = "没有取得依据，已拒绝" if r.refused else r.ground
    if r.duty and not r.refused:
        ground += f"：{duties.get(r.duty, r.duty)}"
    return Look(
        r.at.astimezone(BEIJING), _by(r, names), "" if r.role == "subject" else ROLES.get(r.role, r.role), what,
        MACHINE.get(r.machine, r.purpose), ground, r.refused, r.own, r.authorisation, r.reference, r.kept, disputed,
        disputed.state(today) if disputed else "",
    )  # fmt: skip


def _by(r: Seen, names: Mapping[str, str]) -> str:
    if r.role == "subject":
        return "本主体" if r.own else "其他信用主体"
    if r.unit:
        return unit_name(r.unit, names)
    if r.machine in MACHINE:
        return "本平台自动办理"
    return OFFICES.get(r.role, "没有登记单位")
