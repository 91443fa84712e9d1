"""Telling somebody something: a notice in the inbox, and a reminder by e-mail or SMS that says only that there is one.

Write the notice in the transaction of what it tells; delivery follows by a job once that is committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg

from xinyong.catalog.book import Rulebook, in_force
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.templates import NoticeTemplate
from xinyong.foundation import accounts, events, home, keys, named_sql
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Fault
from xinyong.kernel.identifiers import check_person_id
from xinyong.rights import casework
from xinyong.rights.notices import channels

SQL = named_sql.load(Path(__file__).parent / "sql" / "notices.sql")
TASK = "rights:send_notices"
HASHED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom. `value`: a subject's code (unified code, registration or ID number), a provider's code, a role's id."""

    kind: Literal["subject", "provider", "role"]
    value: str


def notify(
    c: psycopg.Connection[Any],
    now: datetime,
    template: str,
    to: Recipient,
    values: Mapping[str, str],
    about: str,
) -> int:
    """Write a notice in the caller's transaction and queue what goes outside. Returns its number.

    `template`: an id of notices.yaml in force today; `values`: one for each of its places; `about`: what it is
    about (a case, a record), never shown. Fault: unknown template, a value missing, nobody to tell. A subject
    without an account may be told all the same: the notice waits in the inbox.
    """
    wanted = template_of(load_rulebook(home.local_rulebook()), template, now)
    key = key_of(to)
    row = c.execute(SQL["add"], {
        "at": now, "template": wanted.id, "version": wanted.version, "kind": to.kind, "value": key,
        "title": wanted.title, "body": keys.seal(_body(wanted, values)), "page": wanted.page, "about": about,
    }).fetchone()  # fmt: skip
    assert row is not None
    if wanted.channels and _queue(c, now, int(row[0]), to, key, wanted):
        events.wake(c, TASK)
    return int(row[0])


def template_of(book: Rulebook, name: str, now: datetime) -> NoticeTemplate:
    """The period of a template in force on the day of `now` in Beijing. Fault: none."""
    found = in_force(book.notices.get(name, ()), day_of(now))
    if found is None:
        raise Fault("notice_template", f"今天没有有效的通知模板“{name}”；请在 notices.yaml 中补充后重试。")
    return found


def _body(template: NoticeTemplate, values: Mapping[str, str]) -> str:
    missing = sorted(template.places - values.keys())
    if missing:
        raise Fault("notice_value", f"通知模板 {template.id} 缺少 {'、'.join(missing)}；请联系平台维护人员。")
    return template.filled({k: _plain(v) for k, v in values.items()})


def _plain(value: str) -> str:
    """One line, of a length that a page can bear; whole whatever may be given as a reason: by reading it's served."""
    text = " ".join(str(value).split())
    return text if len(text) <= casework.LONGEST else text[: casework.LONGEST - 1] + "…"


def key_of(to: Recipient) -> str:
    """How a recipient stands in the table: a person's number only as a keyed hash. Fault: nobody."""
    value = to.value.strip()
    if not value or to.kind == "role" and value not in accounts.ROLES:
        raise Fault("notice_nobody", "通知没有写明收件人；请联系平台维护人员。")
    return subject_key(value) if to.kind == "subject" else value


def subject_key(code: str) -> str:
    person = check_person_id(code, as_of=date.max)
    return keys.hmac_hex("person", person.normalized.upper()) if person.valid else code


def _queue(
    c: psycopg.Connection[Any], now: datetime, notice: int, to: Recipient, key: str, template: NoticeTemplate
) -> bool:
    """One sending for each channel and account that has an address there."""
    found = False
    for channel in filter(channels.configured, template.channels):
        for account in _reachable(c, channel, to, key):
            asked = {"notice": notice, "channel": channel, "account": account, "at": now}
            if row := c.execute(SQL["sending"], asked).fetchone():
                c.execute(SQL["queue"], {"sending": row[0]})
                found = True
    return found


def has_account(c: psycopg.Connection[Any], unit: str) -> bool:
    """Whether anybody of the unit (unified code) reads what it is told here."""
    return (
        bool(unit) and c.execute(SQL["accounts"], {"kind": "provider", "code": unit}).fetchone() is not None
    )


def _reachable(c: psycopg.Connection[Any], channel: str, to: Recipient, key: str) -> list[str]:
    """Names of the accounts that have an address there."""
    hashed = to.kind == "subject" and bool(HASHED.fullmatch(key))
    code = "" if hashed else to.value.strip()  # of a person known by a hash: look through all
    rows = c.execute(SQL["accounts"], {"kind": to.kind, "code": code}).fetchall()
    if hashed:
        rows = [row for row in rows if subject_key(row[1]) == key]
    if channel == "email":
        return [name for name, _, email in rows if email]
    numbers = c.execute(SQL["contacts"], {"accounts": [row[0] for row in rows]}).fetchall()
    return [name for name, sealed in numbers if sealed]


__all__ = ["Recipient", "has_account", "notify", "subject_key", "template_of"]
