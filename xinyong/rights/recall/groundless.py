"""依据失效: whom a record is about, and who decided it, are told that what it rests on is no longer in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis, identity
from xinyong.disclosure.basis import Standing
from xinyong.disclosure.marks import Mark
from xinyong.disclosure.measures import ENDED
from xinyong.kernel.beijing import day_of
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.recall import wording
from xinyong.rights.reminders import whom

SUBJECT, UNIT = "ENTRY_GROUNDLESS", "ENTRY_GROUNDLESS_UNIT"
NAMELESS = "另一条记录"


def tell(c: psycopg.Connection[Any], records: Sequence[str], now: datetime, book: Rulebook) -> None:
    """Of records that have just lost their basis: each subject and each unit once, in the caller's transaction.

    The unit is told which basis, not what became of it: that is between its subject and who decided it.
    """
    if not records:
        return
    today = day_of(now)
    found, borne = basis.standing(c, records, today, book), basis.open_of(c, records, today, book)
    lost = {r: [m for m in borne[r] if m.lost] for r in records}
    grounds = basis.standing(c, {m.value for some in lost.values() for m in some}, today, book)
    find = whom.finder(c)
    for record in records:
        one, about = found[record], f"groundless:{record}"
        values = wording.named(one, book, today)
        subject = identity.by_number(c, one.subject).subject
        if subject:  # of a person the keyed hash, by which its accounts are found
            what = _grounds(lost[record], grounds, book, today, said=True)
            notify(c, now, SUBJECT, Recipient("subject", subject.value), values | {"ground": what}, about)
        what = _grounds(lost[record], grounds, book, today, said=False)
        to = whom.recipient(find(one.authority, ""))
        notify(c, now, UNIT, to, values | {"ground": what}, about)


def _grounds(
    lost: Sequence[Mark], grounds: Mapping[str, Standing], book: Rulebook, today: date, *, said: bool
) -> str:
    """The bases that are no longer in force, by document; `said`: with what became of them."""
    parts = (
        f"{_ground(grounds[m.value], book, today)}{ENDED.get(m.lost, '已不再有效') if said else ''}"
        for m in lost
    )
    return "、".join(dict.fromkeys(parts))


def _ground(one: Standing, book: Rulebook, today: date) -> str:
    if not one.item or not one.values:  # sealed away, erased or ended
        return NAMELESS
    known = wording.named(one, book, today)
    return f"{known['item']}（文号：{known['document']}）"


__all__ = ["tell"]
