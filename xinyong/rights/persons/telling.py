"""Who is told of a challenge to a look and of a person's request. What a confidentiality hold does is told to nobody."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import home, named_sql
from xinyong.foundation.events import Event, Handler
from xinyong.kernel.beijing import BEIJING
from xinyong.rights.notices.actions import Recipient, has_account, notify
from xinyong.rights.persons import challenges, dues, requests
from xinyong.rights.persons.challenges import AUDIT, Challenge
from xinyong.rights.persons.requests import Request

SQL = named_sql.load(Path(__file__).parent / "sql" / "telling.sql")
SHORT = 8  # signs of a number by which people name it
OUTCOMES = {"granted": "同意删除，正在执行", "refused": "不予删除", "done": "已删除", "handed": "已提供副本"}
HANDED = "凭本人证件或者本人账号办理；不是您本人办理的，请马上向信用中心反映"


def handle(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    number, book = str(event.body["number"]), load_rulebook(home.local_rulebook())
    if event.kind.startswith("rights.person_"):
        _person(c, event.kind.removeprefix("rights.person_"), requests.one(c, number), now, book)
    else:
        _CHALLENGES[event.kind](c, challenges.one(c, number), now, book)


def explainer(c: psycopg.Connection[Any], k: Challenge) -> Recipient:
    """The unit that looked; of a look of the centre's own, of nobody's or of a unit without an account, the centre."""
    if k.handler != AUDIT and has_account(c, k.unit):
        return Recipient("provider", k.unit)
    return Recipient("role", "center")


def _challenged(c: psycopg.Connection[Any], k: Challenge, now: datetime, book: Rulebook) -> None:
    to = explainer(c, k)
    looked = f"{k.looked_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    values = {"case": k.number[:SHORT], "looked": looked, "due": dues.of_explanation(k, book)}
    template = "LOOK_CHALLENGED" if to.kind == "provider" else "LOOK_CHALLENGED_CENTRE"
    notify(c, now, template, to, values, about_challenge(k))


def _explained(c: psycopg.Connection[Any], k: Challenge, now: datetime, book: Rulebook) -> None:
    """Whoever answers."""
    audit = k.handler == AUDIT
    to = Recipient("role", "audit_admin" if audit else "center_reviewer")
    values = {"case": k.number[:SHORT], "due": dues.of_answer(k, book)}
    notify(c, now, "LOOK_EXPLAINED_AUDIT" if audit else "LOOK_EXPLAINED", to, values, about_challenge(k))


def _answered(c: psycopg.Connection[Any], k: Challenge, now: datetime, book: Rulebook) -> None:
    """The subject that challenged, under the code it logged in with."""
    row = c.execute(SQL["challenger"], {"number": k.number}).fetchone()
    if row is None or not row[0]:
        return
    values = {"case": k.number[:SHORT], "reason": k.answer or ""}
    notify(c, now, "LOOK_ANSWERED", Recipient("subject", row[0]), values, about_challenge(k))


def _person(c: psycopg.Connection[Any], what: str, r: Request, now: datetime, book: Rulebook) -> None:
    """The person, by the hash of its number; a copy is told of when it is handed over, a deletion at every step."""
    case, about, to = r.number[:SHORT], about_request(r), Recipient("subject", r.value)
    if what in OUTCOMES:
        reason = {"granted": r.said, "refused": r.said, "done": r.basis}.get(what) or HANDED
        values = {"case": case, "result": OUTCOMES[what], "reason": reason}
        notify(c, now, "PERSON_ANSWERED", to, values, about)
    elif what == "asked" and r.kind == "deletion":
        values = {"case": case, "due": dues.of_request(r, book)}
        notify(c, now, "PERSON_RECEIVED", to, values, about)
        notify(c, now, "PERSON_WAITING", Recipient("role", "center_reviewer"), values, about)


def about_challenge(k: Challenge) -> str:
    return f"challenge:{k.number}"


def about_request(r: Request) -> str:
    return f"person:{r.number}"


_CHALLENGES = {
    "rights.look_challenged": _challenged,
    "rights.challenge_explained": _explained,
    "rights.challenge_answered": _answered,
}
PERSONS = tuple(f"rights.person_{what}" for what in ("asked", *OUTCOMES))
HANDLER = Handler("personal", (*_CHALLENGES, *PERSONS), handle)

__all__ = ["HANDLER", "SHORT", "about_challenge", "about_request", "explainer", "handle"]
