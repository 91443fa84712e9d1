"""谁看过我: the look log as its subject may read it, and what a subject is told of its own records and grants.

A person who looked is not named: the office is, and the role. The public's looks are counted, never listed.
What a confidentiality hold covers is left out while the hold stands, and says so afterwards (`disclosure.holds`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from xinyong.archive import merges, publication
from xinyong.disclosure import holds, identity
from xinyong.disclosure.identity import Located
from xinyong.foundation import keys, named_sql
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted

_RAW = named_sql.load(Path(__file__).parent / "sql" / "looks.sql")
SQL = _RAW | {"looks_of": holds.of_look(_RAW["looks_of"].replace("/*held*/", holds.SQL["held"]))}
OWN, REFUSED = "本人查询", "拒绝"  # grounds, as the log has them
WHAT = {
    "archive": "信用档案", "record": "单条记录", "sealed": "封存档案", "measures": "登记的措施",
    "case": "修复申请、异议涉及的信息",
}  # fmt: skip
_WRITTEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `unit`: unified code of the office or institution it was made for, empty if unknown.

    `machine`: a name that no account and no token bears, as those under which the platform looks by itself; show it
    to nobody as it stands, it only tells which work it was. `authorisation`: its number, if that was the ground.
    """

    at: datetime
    role: str
    unit: str
    machine: str
    what: str
    records: int
    purpose: str
    ground: str
    duty: str
    authorisation: str
    id: int = 0
    kept: str = ""  # until when, for whom and on what basis it was kept from its subject; over by now

    @property
    def reference(self) -> str:
        """By which its subject names it: tells nothing, leads nobody else anywhere."""
        return _block(self.id.to_bytes(16, "big"), encrypt=True).hex()

    @property
    def own(self) -> bool:
        return self.role == "subject" and self.ground == OWN

    @property
    def refused(self) -> bool:
        return self.ground == REFUSED


@dataclass(frozen=True, slots=True)
class Use:
    """One look by an authorisation."""

    at: datetime
    what: str
    records: int
    purpose: str


def mine(c: psycopg.Connection[Any], who: Who) -> Located:
    """The subject that `who` logs in for; `.subject` is None while nothing was collected about it.

    NotPermitted: whoever is not a subject with a code. Whoever has now what was once this code is another.
    """
    if who.role != "subject" or not who.provider:
        raise NotPermitted("not_yours", "只有信用主体本人能查看这些内容；请用本主体的账号登录。")
    found = identity.by_code(c, who.provider, None)
    if found.subject is None or not found.subject.is_of(who.provider):
        return found._replace(subject=None)
    return found


def looks_of(
    c: psycopg.Connection[Any],
    who: Who,
    *,
    page: int = 1,
    size: int = 50,
    others: bool = False,
    today: date | None = None,
) -> list[Seen]:
    """Looks at `who`'s own archive and at the subjects merged into it, newest first; refused ones too.

    Those under a hold that stands on `today` (None: the database's day) are not among them.

    Up to `size` + 1 rows of the page (from 1), so that one more tells of a next page. `others`: without its own.
    NotPermitted: see `mine`.
    """
    subjects = _members(mine(c, who))
    skip = (page - 1) * size
    asked = {"others": others, "upto": skip + size + 1, "limit": size + 1, "skip": skip, "only": None}
    return _seen(c, subjects, today, asked)


def look_of(c: psycopg.Connection[Any], who: Who, reference: str, today: date) -> Seen | None:
    """One look at `who`'s own archive by its reference; None: another's, one under a hold, none at all."""
    return look_at(c, _members(mine(c, who)), reference, today)


def look_at(c: psycopg.Connection[Any], subjects: list[int], reference: str, today: date) -> Seen | None:
    """The same for subjects the caller has made sure of."""
    if not _WRITTEN.fullmatch(reference):
        return None
    number = int.from_bytes(_block(bytes.fromhex(reference), encrypt=False), "big")
    if number >= 1 << 63:
        return None
    asked = {"others": False, "upto": 1, "limit": 1, "skip": 0, "only": number}
    return next(iter(_seen(c, subjects, today, asked)), None)


def looks_at(c: psycopg.Connection[Any], subjects: list[int], today: date, limit: int) -> list[Seen]:
    """The newest looks at subjects the caller has made sure of: for a copy of all that is kept about a person."""
    asked = {"others": False, "upto": limit, "limit": limit, "skip": 0, "only": None}
    return _seen(c, subjects, today, asked)


def _seen(
    c: psycopg.Connection[Any], subjects: list[int], today: date | None, asked: Mapping[str, Any]
) -> list[Seen]:
    values = {**asked, "subjects": subjects, "own": OWN, "today": today}
    found = [Seen(*row) for row in c.execute(SQL["looks_of"], values).fetchall()]
    over = [h for h in holds.of_subjects(c, subjects) if h.approved_at] if found else []
    return [replace(s, kept=_kept(s, over)) for s in found] if over else found


def _kept(seen: Seen, over: list[holds.Hold]) -> str:
    """The look shows, so no hold on it stands any more."""
    for h in over:
        if h.covered(seen.unit, seen.at):
            return f"依法保密至 {h.ends}：{h.organ_name} {h.document}"
    return ""


def _block(number: bytes, *, encrypt: bool) -> bytes:
    """One block of AES-256 under a key of its own is a permutation, as with the public numbers of records."""
    cipher = Cipher(algorithms.AES(keys.derived("look-number")), modes.ECB())
    made = cipher.encryptor() if encrypt else cipher.decryptor()
    return made.update(number) + made.finalize()


def public_looks(c: psycopg.Connection[Any], who: Who, since: datetime) -> list[tuple[date, int]]:
    """Days on which the public was shown `who`'s own archive, and how often, newest first. NotPermitted: see `mine`."""
    asked = {"subjects": _members(mine(c, who)), "since": since, "refused": REFUSED}
    return [(day, number) for day, number in c.execute(SQL["public_looks"], asked).fetchall()]


def _members(found: Located) -> list[int]:
    return list(found.merged.members(found.subject.id)) if found.subject else []


def uses(c: psycopg.Connection[Any], numbers: Iterable[int], limit: int = 20) -> Mapping[int, list[Use]]:
    """Internal number of an authorisation → the newest `limit` looks by it. The caller has made sure whose they are."""
    found: dict[int, list[Use]] = defaultdict(list)
    for number, *row in c.execute(SQL["uses"], {"ids": list(numbers), "limit": limit}).fetchall():
        found[number].append(Use(*row))
    return found


def called(c: psycopg.Connection[Any], codes: Iterable[str], today: date) -> dict[str, str]:
    """Unified code → current name, of those that the public may know (registered, no natural person)."""
    known_at = publication.last(c)
    rows = c.execute(SQL["numbers_of"], {"codes": list(codes)}).fetchall()
    merged = merges.known(c, known_at)
    asked = {"subjects": merged.winners(r[0] for r in rows), "known_at": known_at}
    listed = c.execute(identity.SQL["listing"], asked).fetchall()
    subjects = {s.id: s for r in listed if (s := identity.subject_of(r)) and identity.visible(s, PUBLIC)}
    names = identity.names_of(c, subjects.values(), known_at, merged, today)
    whole = {code: merged.winner(number) for number, code in rows}
    return {code: names[s][0]["name"] for code, s in whole.items() if s in subjects and names[s]}


def arrivals(c: psycopg.Connection[Any], records: Iterable[str]) -> dict[str, datetime]:
    """Record id (32 hex digits) → when it first became known. Of records the asker has just been shown."""
    return dict(c.execute(SQL["arrivals"], {"records": list(records)}).fetchall())


def versions(c: psycopg.Connection[Any], records: Iterable[str]) -> dict[str, int]:
    """Record id → its newest published version. Of records the asker has just been shown."""
    return dict(c.execute(SQL["versions"], {"records": list(records)}).fetchall())


__all__ = [
    "WHAT", "Seen", "Use", "arrivals", "called", "look_at", "look_of", "looks_at", "looks_of", "mine", "public_looks", "uses",
    "versions",
]  # fmt: skip
