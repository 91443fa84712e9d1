"""对我的措施: what organs registered against the subject, by which law, until when, what ends it, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import ids
from xinyong.disclosure.basis import Standing
from xinyong.regulation.measures import queries, words
from xinyong.regulation.measures.kept import Ground
from xinyong.regulation.measures.standing import Registered
from xinyong.website import lending
from xinyong.website.own.asking import Page, paged
from xinyong.website.public.asking import book

SHOWN = 20  # on a page
TAGS = {"in_force": "mark", "overrun": "mark", "lifted": "good", "ended": "good", "mistaken": "good"}


@dataclass(frozen=True, slots=True)
class Basis:
    """A record that a measure rests on. `repair`, `object`: addresses, empty where there is nothing to apply for."""

    title: str
    state: str
    lifts: bool
    repair: str
    object: str


@dataclass(frozen=True, slots=True)
class Line:
    """A measure as its subject reads it."""

    number: str
    name: str
    state: str
    tag: str
    organ: str
    document: str
    decided: date
    law: str
    reason: str
    term: str
    begins: date
    until: date | None
    sentence: str
    heard: str
    bases: tuple[Basis, ...]
    current: bool


class Measures(Page):
    """What is in force first; what is over stays readable."""

    action, title, template = queries.OWN, "对我的措施", "own/measures.html"

    def get(self) -> HttpResponse:
        now, today = self.moment()
        found = lending.ask(lambda c: queries.mine(c, self.who, now, today, book()))
        lines = sorted((line(r, today) for r in found), key=lambda x: not x.current)
        page = paged(lines, self.number(), SHOWN)
        count = sum(x.current for x in lines)
        return self.page({"paged": page, "total": len(lines), "current": count, "remedy": words.REMEDY})


def line(r: Registered, today: date) -> Line:
    m = r.measure
    bases = tuple(_basis(g, s, r, today) for g, s in zip(m.grounds, r.bases, strict=True))
    return Line(
        m.number, m.rule.name, words.state(r), TAGS.get(r.state, ""), m.organ_name, m.document, m.decided,
        words.law(m.rule), m.reason, words.term(m), m.begins, r.window.until if r.current else None,
        words.sentence(r, book()), m.heard, bases, r.current,
    )  # fmt: skip


def _basis(g: Ground, s: Standing, r: Registered, today: date) -> Basis:
    there = s.state == "in_force" and r.current
    query = f"?record={ids.public_id(g.record)}"
    repairable = there and book().item(s.item, today).repair_route != "none"
    told: dict[str, Any] = {
        "repair": reverse("own-repair-new") + query if repairable else "",
        "object": reverse("own-objection-new") + query if there else "",
    }
    return Basis(words.title(g, book()), words.basis_state(s), s in r.lifting, **told)


__all__ = ["Measures"]
