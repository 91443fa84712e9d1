"""失信提醒: when an adverse record comes in, its subject is told what it is, how to object and when to repair it.

Only subjects that log in are told; all others find the same on their page the day they do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import queries
from xinyong.disclosure.queries import Question
from xinyong.foundation import home
from xinyong.foundation.audit import Who
from xinyong.foundation.events import Event, Handler
from xinyong.kernel.beijing import day_of
from xinyong.rights.notices.actions import SQL, Recipient, notify, subject_key

NOTIFIER = "失信提醒"  # under which the look log has it; no account bears it
EACH = 3  # more than these in one batch are told in one notice
STOPPED = ("repaired", "withdrawn", "groundless", "shielded")


def handle(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    """Tell every subject with an account whose adverse records this batch brought."""
    book = load_rulebook(home.local_rulebook())
    today = day_of(now)
    adverse = {i.code for i in book.current_items(today) if i.polarity == "negative"}
    numbers = [n for n, code in registry.item_codes(c).items() if code in adverse]
    merged = merges.known(c, publication.last(c))
    codes = _codes(c, merged)
    told = [subject for winner in codes for subject in merged.members(winner)]
    asked = {"born": event.body["submission"], "items": numbers, "subjects": told}
    mine: dict[int, set[str]] = {}
    for subject, records in c.execute(SQL["arrived"], asked).fetchall():
        mine.setdefault(merged.winner(subject), set()).update(r.hex for r in records)
    for winner, records in sorted(mine.items()):
        for code in codes[winner]:
            _tell(c, code, records, event, now, book)


def _codes(c: psycopg.Connection[Any], merged: merges.Merges) -> dict[int, list[str]]:
    """Subject → codes of those that log in for it. Merged ones count as what they were merged into."""
    accounts = c.execute(SQL["accounts"], {"kind": "subject", "code": ""}).fetchall()
    by_value = {subject_key(row[1]): row[1] for row in accounts}
    found: dict[int, list[str]] = {}
    for number, value in c.execute(SQL["subjects"], {"values": list(by_value)}).fetchall():
        found.setdefault(merged.winner(number), []).append(by_value[value])
    return found


def _tell(
    c: psycopg.Connection[Any], code: str, records: set[str], event: Event, now: datetime, book: Rulebook
) -> None:
    """What the subject itself would be shown; what was stopped meanwhile is not told."""
    who = Who(NOTIFIER, "center", origin="worker", purpose="向本主体发送失信提醒")
    answer = queries.archive(c, code, Question(who, now, day_of(now)), book)
    found = [r for r in answer.records if r["record"] in records]
    found = [r for r in found if r["clocks"]["publicity"]["state"] not in STOPPED]
    to = Recipient("subject", code)
    if len(found) > EACH:
        about = f"submission:{event.body['submission']}"
        _once(c, now, "MISCONDUCT_MANY", to, {"number": str(len(found))}, about)
        return
    for record in found:
        item = book.item(record["item"], day_of(now))
        _once(c, now, "MISCONDUCT", to, _values(record, item, book), f"record:{record['record']}")


def _once(
    c: psycopg.Connection[Any],
    now: datetime,
    template: str,
    to: Recipient,
    values: Mapping[str, str],
    about: str,
) -> None:
    """A record that ended and came again is not told twice."""
    asked = {"about": about, "kind": to.kind, "value": subject_key(to.value), "template": template}
    if c.execute(SQL["told"], asked).fetchone() is None:
        notify(c, now, template, to, values, about)


def _values(record: Mapping[str, Any], item: Item, book: Rulebook) -> dict[str, str]:
    window = record["clocks"]["publicity"]
    provider = book.provider_by_code(record["provider"])
    named = _field(record, item, ("authority_name",)) or (provider.name if provider else "认定单位")
    return {
        "authority": named,
        "decided": record["decided"] or "（未注明日期）",
        "item": item.name,
        "document": _field(record, item, ("doc_no",)) or "无",
        "publicity": window["sentence"],
        "repair": _repair(item, window["earliest_repair"]),
    }


def _field(record: Mapping[str, Any], item: Item, roles: Sequence[str]) -> str:
    fields = (item.by_role(role) for role in roles)
    return next((text for f in fields if f and (text := record["fields"].get(f.name, ""))), "")


def _repair(item: Item, earliest: str | None) -> str:
    if item.repair_route == "none":
        return "这类信息没有单独的修复程序，情况变化的可以申请更新。"
    if earliest:
        return f"纠正失信行为、履行完义务的，自{earliest}起可以申请信用修复。"
    return "可以申请信用修复的最早日期目前不能算出，请在“我要修复”查看。"


HANDLER = Handler("misconduct", ("collection.submission",), handle)

__all__ = ["HANDLER", "NOTIFIER", "handle"]
