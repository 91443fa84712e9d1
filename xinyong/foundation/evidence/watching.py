"""How the evidence log is doing, for those who look after it; and a verification asked for on a page.

A verification of a large log takes minutes, so a job does it. Its steps and its end are rows of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.foundation import audit, database
from xinyong.foundation.audit import Who
from xinyong.foundation.evidence import anchoring, checking, notes, sealing
from xinyong.foundation.evidence.checking import Result
from xinyong.foundation.evidence.sealing import SQL, Sealed
from xinyong.kernel.errors import Refused, XinyongError
from xinyong.kernel.merkle import ALGORITHMS

BOUND = timedelta(
    seconds=120
)  # a sealing starts every minute; what is older than this was not sealed in time
DAYS = 14  # of growth
STEPS = 50  # rows of progress in a verification
SILENT = timedelta(minutes=10)  # without a step a verification counts as broken off
TOLD = 200  # findings kept with a verification


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody outside who keeps our checkpoints. `size`: what it has signed of every tree. `at`: since when.

    `keyed`: its signatures can be checked. `ahead`: it has more than the log, which has lost something.
    """

    name: str
    size: int
    at: datetime | None
    behind: int
    keyed: bool
    ahead: bool


@dataclass(frozen=True, slots=True)
class State:
    newest: Sealed
    unsealed: int
    since: datetime | None
    overdue: bool
    keepers: list[Keeper]
    growth: list[
        tuple[date, int, int, int]
    ]  # day of Beijing, size at its end, checkpoints, the first's number; newest first


@dataclass(frozen=True, slots=True)
class Check:
    """A verification. `state`: running, sound, unsound, failed (it could not be done), broken (it stopped)."""

    id: int
    at: datetime
    actor: str
    state: str
    done: int
    size: int
    ended: datetime | None
    result: dict[str, Any]


def state(c: psycopg.Connection[Any], now: datetime) -> State:
    newest = sealing.last(c)
    waiting, since = sealing.unsealed(c)
    growth = c.execute(SQL["growth"], {"since": now - timedelta(days=DAYS)}).fetchall()
    overdue = since is not None and now - since > BOUND
    return State(newest, waiting, since, overdue, keepers(c, newest), growth)


def keepers(c: psycopg.Connection[Any], newest: Sealed) -> list[Keeper]:
    """Every anchor that is configured, and up to where it keeps both trees."""
    known = {(k.anchor, k.algorithm): k for k in anchoring.kept(c)}
    return [
        _keeper(place, [known.get((place.name, a)) for a in ALGORITHMS], newest.size)
        for place in anchoring.anchors()
    ]


def _keeper(place: anchoring.Anchor, kept: list[anchoring.Kept | None], size: int) -> Keeper:
    witness = isinstance(place, anchoring.Witness)
    good = [k if k and k.genuine and (k.root or not witness or k.size > size) else None for k in kept]
    signed = min(k.size if k else 0 for k in good)
    at = max((k.at for k in good if k), default=None)
    ahead = any(k.size > size for k in kept if k)
    keyed = not isinstance(place, anchoring.Witness) or place.key is not None
    return Keeper(place.name, signed, at, max(0, size - signed), keyed, ahead)


def begin(c: psycopg.Connection[Any], who: Who, now: datetime) -> int:
    """Ask for a verification; its number. Refused: one is under way. The caller has made sure that `who` may."""
    running = next((x for x in checks(c, now, 1) if x.state == "running"), None)
    if running is not None:
        raise Refused("check_running", "已有一次核验正在进行；请等它结束后再开始。")
    row = c.execute(SQL["add_check"], [now, who.name, who.role]).fetchone()
    assert row is not None
    audit.record(c, who, now, "evidence.verify", str(row[0]), {})
    audit.emit(c, now, "foundation.evidence_check", {"check": row[0]})
    return int(row[0])


def run(number: int, clock: Callable[[], datetime]) -> bool | None:
    """Do it; whether all is as it was sealed, None if it could not be done. Done once, however often it is called."""
    with database.connect_app(autocommit=True) as c, database.connect_app(autocommit=True) as told:
        if told.execute(SQL["ended_check"], [number]).fetchone():
            return None
        size, step = sealing.last(c).size, [0]

        def progress(done: int) -> None:
            if done >= step[0]:
                told.execute(SQL["add_step"], [number, clock(), done, size])
                step[0] = done + max(1, size // STEPS)

        progress(0)
        try:
            found = checking.verify(c, notes.ours(c, clock()), progress=progress)
        except XinyongError as e:
            told.execute(SQL["end_check"], [number, clock(), None, Jsonb({"error": e.sentence})])
            return None
        told.execute(SQL["end_check"], [number, clock(), found.sound, Jsonb(_kept(found))])
        return found.sound


def _kept(r: Result) -> dict[str, Any]:
    since = r.unsealed_since.isoformat() if r.unsealed_since else None
    told = {"size": r.size, "checked": r.checked, "erased": r.erased, "unsealed": r.unsealed, "since": since}
    findings = [asdict(f) for f in r.findings[:TOLD]]
    return {**told, "kinds": dict(r.kinds), "findings": findings, "found": len(r.findings)}


def checks(c: psycopg.Connection[Any], now: datetime, limit: int = 10) -> list[Check]:
    """Newest first."""
    return [_check(row, now) for row in c.execute(SQL["checks"], {"limit": limit, "number": None}).fetchall()]


def check(c: psycopg.Connection[Any], number: int, now: datetime) -> Check | None:
    row = c.execute(SQL["checks"], {"limit": 1, "number": number}).fetchone()
    return _check(row, now) if row else None


def _check(row: tuple[Any, ...], now: datetime) -> Check:
    number, at, actor, step, done, size, ended, sound, result = row
    if ended is not None:
        state = {True: "sound", False: "unsound", None: "failed"}[sound]
    else:
        state = "broken" if now - (step or at) > SILENT else "running"
    return Check(number, at, actor, state, done or 0, size or 0, ended, result or {})
