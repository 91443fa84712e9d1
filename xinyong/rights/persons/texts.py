"""到期清空: what people wrote, and what notices say, goes when its time is over, by rule, with a record of it.

What stays of a matter is that there was one, its steps, who decided and why, and a hash in the place of each text. Each
matter has its own line in the register of erasures, so that `verify` tells it from tampering. Never earlier than the
rule, never while the matter is open. Each batch is one transaction: a killed run goes on where it ended. Within it each
matter has a savepoint: one that can't be emptied holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import RetentionRule
from xinyong.foundation import audit, database, erasures, named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import Ground
from xinyong.foundation.evidence.own import GONE, Own
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.publicity import add_months
from xinyong.rights import evidence, moves
from xinyong.rights.notices.actions import SQL as NOTICES

SQL = named_sql.load(Path(__file__).parent / "sql" / "texts.sql")
AT_ONCE = 500  # matters of one transaction
NOTICES_AT_ONCE = 5_000
CASE, PERSON, NOTICE = "CASE_TEXT", "PERSON_TEXT", "NOTICE_TEXT"  # ids in retention.yaml
MATTERS: dict[str, tuple[str, tuple[Own, ...]]] = {
    "case": (CASE, (evidence.CASE, evidence.STEP, evidence.FILE)),
    "look_challenge": (PERSON, (evidence.CHALLENGE,)),
    "person_request": (PERSON, (evidence.REQUEST,)),
}  # kind → its rule, and the tables whose rows its statement names, in that order


def dispose(
    book: Rulebook, today: date, who: Who, now: datetime, failed: Failed | None = None
) -> dict[str, int]:
    """Empty everything due before `today`; how many matters and notices of each kind. Idempotent.

    `failed`: where matters that can't be emptied are noted; None: the first of them ends it.
    """
    done = dict.fromkeys([*MATTERS, "notice", "number"], 0)
    for kind in MATTERS:
        with apart(failed, kind):
            done[kind] = sum(_matters(kind, book, today, who, now, failed))
    with apart(failed, "notice"):
        done["notice"] = sum(_notices(book, today, who, now))
    with apart(failed, "number"):
        done["number"] = forget_numbers(who, now)
    return done


def _before(rule: RetentionRule, today: date) -> datetime | None:
    """What ended before this moment has been kept for as long as the rule says; None: it is kept without limit."""
    if rule.months is None:
        return None
    return datetime.combine(add_months(today, -rule.months), time(), BEIJING)


def _matters(
    kind: str, book: Rulebook, today: date, who: Who, now: datetime, failed: Failed | None
) -> Iterator[int]:
    rule = book.retention[MATTERS[kind][0]]
    before = _before(rule, today)
    found, after = AT_ONCE if before else 0, 0
    while found == AT_ONCE:
        asked = {
            "before": before, "limit": AT_ONCE, "closing": list(moves.CLOSING), "reopening": list(moves.REOPENING),
            "after": after,
        }  # fmt: skip
        emptied = 0
        with database.connect_owner() as c:
            rows = c.execute(SQL[kind], asked).fetchall()
            for after, number, *ids in rows:  # noqa: B007  what failed is not met again in this run
                with apart(failed, f"{kind}:{number}"), c.transaction():
                    _empty(c, kind, number, ids, rule, who, now)
                    emptied += 1
            _note(c, rule, kind, emptied, who, now)
        found = len(rows)
        yield emptied


def _empty(
    c: psycopg.Connection[Any],
    kind: str,
    number: str,
    ids: list[list[int]],
    rule: RetentionRule,
    who: Who,
    now: datetime,
) -> None:
    tables = MATTERS[kind][1]
    leaves = sorted(leaf for own, rows in zip(tables, ids, strict=True) for leaf in own.empty(c, rows))
    ground = Ground(rule.id, rule.basis.instrument, rule.basis.article)
    erasures.register(c, now, who.name, f"{kind}:{number}", ground, {"texts": True, "leaves": leaves})


def _note(
    c: psycopg.Connection[Any], rule: RetentionRule, what: str, count: int, who: Who, now: datetime
) -> None:
    if count:
        basis = rule.basis
        told = {"what": what, "count": count, "instrument": basis.instrument, "article": basis.article}
        audit.record(c, who, now, "erase.texts", rule.id, told)


def _notices(book: Rulebook, today: date, who: Who, now: datetime) -> Iterator[int]:
    rule = book.retention[NOTICE]
    before = _before(rule, today)
    found = NOTICES_AT_ONCE if before else 0
    while found == NOTICES_AT_ONCE:
        asked = {"before": before, "gone": GONE, "limit": NOTICES_AT_ONCE}
        with database.connect_owner() as c:
            found = c.execute(SQL["notice"], asked).rowcount
            _note(c, rule, "notice", found, who, now)
        yield found


def forget_numbers(who: Who, now: datetime) -> int:
    """Mobile numbers that another has replaced: they go at once; here those that two changes at once have left."""
    with database.connect_owner() as c:
        found = c.execute(NOTICES["forget"], {"account": None}).rowcount
        if found:
            audit.record(c, who, now, "erase.numbers", "", {"count": found})
    return found


__all__ = ["dispose", "forget_numbers"]
