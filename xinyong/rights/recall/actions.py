"""Taking records back: from whom, what they are told, and who has confirmed.

A recall is numbered when it becomes visible (one writer at a time), so that whoever follows the numbers misses none.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.disclosure import ids
from xinyong.foundation import audit, events, keys, locks
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import SYSTEM, Who
from xinyong.kernel.errors import Refused
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.recall import deliveries, hosts
from xinyong.rights.recall.deliveries import SQL

LOCK = locks.RECALL
TASK = "rights:push_recalls"
PART = 500  # records in one recall
LATE_RECEIPTS = timedelta(minutes=15)
APART = ("repaired", "withdrawn", "resumed")  # what a batch said of records, besides correcting them
SETTLED = "settled"  # and of those that something else stops for a time: the beginning of several causes, by the day
SECRET = "xyw_"
KINDS = {  # kind → what is said of it
    "repaired": "已修复，停止使用",
    "withdrawn": "已撤回，停止使用",
    "shielded": "临时屏蔽，期内停止使用",
    "ended": "决定已撤销、记录已撤回，所依据的决定失效，或者保存期届满，停止使用",
    "removed": "已经移出名单、名录，或者名单的管理期限届满，不再按在列处理；可以重新获取",
    "corrected": "内容已更正，请重新获取",
    "erased": "已依规删除，请一并删除",
    "sealed": "保存期届满，已转入封存档案，停止使用",
    "disputed": "正在异议处理中，使用时请标注",
    "answered": "异议已办结，请重新获取",
    "resumed": "停止使用的情形已经结束，可以重新获取",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """`cause`: names it once and for all. `records` (32 hex digits), or `born`: the batch that changed them."""

    cause: str
    kind: str
    decided: datetime
    until: date | None = None
    records: Sequence[str] = ()
    born: int | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """As its receiver reads it; `records`: public numbers."""

    id: int
    at: datetime
    kind: str
    decided: datetime
    until: date | None
    records: tuple[str, ...]
    reports: tuple[str, ...]
    confirmed: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "issued_at": self.at.isoformat(),
            "decided_at": self.decided.isoformat(),
            "kind": self.kind,
            "text": KINDS[self.kind],
            "until": self.until.isoformat() if self.until else None,
            "records": list(self.records),
            "reports": list(self.reports),
            "confirmed_at": self.confirmed.isoformat() if self.confirmed else None,
        }


def of_batch(born: int, kind: str) -> str:
    """The name of a cause: what a batch did to records."""
    return f"batch:{born}:{kind}"


def issue(c: psycopg.Connection[Any], why: Cause, now: datetime) -> list[int]:
    """Recall records from everyone who was given them, in the caller's transaction; the recalls' numbers.

    Done again it adds only what was missing. Institutions without a system of their own get a notice.
    """
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    told = {
        "cause": why.cause,
        "kind": why.kind,
        "decided": why.decided,
        "until": why.until,
        "born": why.born,
    }
    c.execute(SQL["add_cause"], told | {"records": list(why.records) or None, "at": now})
    return _issue(c, why, now, "infinity")


def _issue(c: psycopg.Connection[Any], why: Cause, now: datetime, before: datetime | str) -> list[int]:
    """`before`: receipts noted later than this saw what was decided. The first time it is no bound: a clock may be wrong."""
    asked: dict[str, Any] = {"cause": why.cause, "at": now, "size": PART}
    if why.born is None:
        rows = c.execute(SQL["issue_records"], asked | {"records": list(why.records), "before": before})
    else:
        apart = [of_batch(why.born, kind) for kind in APART]
        settled = f"{of_batch(why.born, SETTLED)}:%"
        asked |= {"born": why.born, "ended": why.kind == "ended", "apart": apart, "settled": settled}
        rows = c.execute(SQL["issue_changed"], asked)
    made = rows.fetchall()
    if made:
        detail = {"cause": why.cause, "kind": why.kind, "recalls": len(made)}
        audit.record(c, SYSTEM, now, "recall.issue", why.cause, detail)
        audit.emit(c, now, "rights.recall", detail)
        _tell(c, why, now, made)
        events.wake(c, TASK)
    return [int(row[0]) for row in made]


def _tell(
    c: psycopg.Connection[Any], why: Cause, now: datetime, made: Sequence[tuple[int, int, int]]
) -> None:
    """Institutions to which nothing is sent by machine."""
    counts: dict[int, int] = defaultdict(int)
    for _, receiver, number in made:
        counts[receiver] += number
    for receiver, provider in c.execute(SQL["unserved"], {"ids": list(counts)}).fetchall():
        values = {"records": str(counts[receiver]), "reason": KINDS[why.kind]}
        notify(
            c, now, "RECALL_ISSUED", Recipient("provider", provider), values, f"recall:{why.cause}:{receiver}"
        )


def sweep(c: psycopg.Connection[Any], now: datetime, failed: Failed | None = None) -> int:
    """Recall what an answer under way handed out while its record was being stopped. Returns how many recalls.

    `failed`: where causes that could not be carried through are noted; None: the first of them ends it.
    """
    made = 0
    for cause, kind, decided, until, records, born, at in c.execute(
        SQL["recent"], {"since": now - LATE_RECEIPTS}
    ).fetchall():
        why = Cause(cause, kind, decided, until, [r.hex for r in records or ()], born)
        with apart(failed, cause), c.transaction():
            c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            made += len(_issue(c, why, now, at))
    return made


def feed(c: psycopg.Connection[Any], receivers: Sequence[int], after: int, limit: int) -> list[Recall]:
    """Recalls after the one numbered `after`, oldest first, confirmed ones too."""
    asked = {"receivers": list(receivers), "after": after, "limit": limit}
    return read(c, "feed", asked)


def read(c: psycopg.Connection[Any], statement: str, asked: Mapping[str, Any]) -> list[Recall]:
    with c.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(SQL[statement], asked).fetchall()
    return [_recall(row) for row in rows]


def _recall(row: Mapping[str, Any]) -> Recall:
    records = tuple(ids.public_id(r.hex) for r in row["records"])
    return Recall(
        row["id"], row["at"], row["kind"], row["decided"], row["until"], records, tuple(row["reports"]),
        row["confirmed"],
    )  # fmt: skip


def confirm(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: int, receivers: Sequence[int], way: str
) -> datetime:
    """Note that a receiver has done what a recall asks; when it first did. Said again, nothing changes.

    The caller has asked for the permission. Refused: not one of its recalls.
    """
    with c.transaction():
        asked = {"id": number, "receivers": list(receivers), "at": now, "by": who.name, "way": way}
        row = c.execute(SQL["one"], asked).fetchone()
        if row is None:
            raise Refused("no_recall", f"没有编号为 {number} 的召回，或它不是发给贵单位的；请核对编号。")
        if row[1] is None and c.execute(SQL["confirm"], asked).rowcount:
            audit.record(c, who, now, "recall.confirm", str(number), {"way": way})
            return now
        row = c.execute(SQL["one"], asked).fetchone()  # set before, or by another just now
        assert row is not None
        return row[1]  # type: ignore[no-any-return]


def subscribe(
    c: psycopg.Connection[Any], who: Who, now: datetime, receiver: int, url: str
) -> tuple[int, str]:
    """Have recalls sent to `url` from now on, in place of an earlier one. Its number, and the secret, told this once.

    It begins with the oldest that is not confirmed. Refused: an address to which nothing may be sent.
    """
    hosts.allowed(url)
    secret = SECRET + secrets.token_urlsafe(32)
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _end(c, who, now, [receiver], "改用新的地址")
        asked = {"receiver": receiver, "at": now, "by": who.name, "url": url, "secret": keys.seal(secret)}
        row = c.execute(SQL["subscribe"], asked).fetchone()
        assert row is not None
        c.execute(SQL["push"], {"subscription": row[0], "receiver": receiver})
        audit.record(c, who, now, "recall.subscribe", str(row[0]), {"url": url})
        events.wake(c, TASK)
    return int(row[0]), secret


def unsubscribe(c: psycopg.Connection[Any], who: Who, now: datetime, receivers: Sequence[int]) -> int:
    """Nothing is sent any more; the recalls stay in the feed. How many subscriptions ended."""
    with c.transaction():
        return _end(c, who, now, receivers, "退订")


def _end(c: psycopg.Connection[Any], who: Who, now: datetime, receivers: Iterable[int], reason: str) -> int:
    live = c.execute(SQL["live"], {"receivers": list(receivers)}).fetchall()
    for number, *_ in live:
        c.execute(SQL["unsubscribe"], {"id": number, "at": now, "by": who.name, "reason": reason})
        c.execute(SQL["stop_push"], {"id": number})
        audit.record(c, who, now, "recall.unsubscribe", str(number), {"reason": reason})
    return len(live)


def subscription(c: psycopg.Connection[Any], receivers: Sequence[int]) -> list[tuple[int, str, datetime]]:
    """Live subscriptions: number, address, since when."""
    return c.execute(SQL["live"], {"receivers": list(receivers)}).fetchall()


def nudge(c: psycopg.Connection[Any], who: Who, now: datetime, receiver: int) -> None:
    """Send a receiver at once what it has not confirmed. The caller has asked for the permission.

    Refused: it has no address, or nothing is waiting.
    """
    with c.transaction():
        if not c.execute(SQL["nudge"], {"receiver": receiver}).rowcount:
            raise Refused("no_push", "这个接收方没有登记推送地址，或没有待确认的召回；请联系其管理人员。")
        audit.record(c, who, now, "recall.nudge", str(receiver), {})
        events.wake(c, TASK)


__all__ = [
    "KINDS", "Cause", "Recall", "confirm", "deliveries", "feed", "issue", "nudge", "of_batch", "subscribe", "subscription",
    "sweep", "unsubscribe",
]  # fmt: skip
