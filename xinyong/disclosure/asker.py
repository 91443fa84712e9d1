"""Who asks, and what that lets them see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Disclosure, Duty, Field
from xinyong.disclosure import authorisations, duties
from xinyong.disclosure.authorisations import Authorisation
from xinyong.foundation import accounts, home
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted, Refused

ROLES = accounts.ROLES
STAFF = ("department", "department_reviewer", "center", "center_reviewer", "auditor")
SEES: dict[str, tuple[Disclosure, ...]] = {
    "public": ("public",),
    "subject": ("public", "government", "authorised"),
    **dict.fromkeys(STAFF, ("public", "government", "authorised")),  # authorised fields only masked
    **dict.fromkeys(("bank", "agency", "counter"), ("public", "government", "authorised")),
}
AUTHORISED = ("bank", "agency")  # nothing without the subject's authorisation
IN_PERSON = "本人到场"


def actor(c: psycopg.Connection[Any], name: str, purpose: str) -> Who:
    """A known user with a purpose. Refused: unknown user, no purpose."""
    row = c.execute(
        "SELECT username, role, CASE WHEN role = 'subject' THEN subject_code ELSE provider END FROM account"
        " WHERE username = %s AND is_active",
        [name],
    ).fetchone()
    if row is None:
        known = [r[0] for r in c.execute("SELECT username FROM account WHERE is_active ORDER BY 1 LIMIT 10")]
        raise Refused(
            "unknown_user",
            f"没有用户“{name}”（现有：{'、'.join(known) or '无'}）；请先用 xinyong actor 登记，或核对用户名。",
        )
    if not purpose.strip():
        raise Refused(
            "no_purpose", "查询非公开信息要说明用途；请用 --purpose 写明，例如 --purpose 行政审批核查。"
        )
    return Who(row[0], row[1], row[2], purpose=purpose.strip())


def add_actor(c: psycopg.Connection[Any], name: str, role: str, provider: str, by: Who, at: datetime) -> None:
    """Register who may ask. Refused: unknown role, name taken."""
    mine = {"subject_code": provider} if role == "subject" else {"provider": provider}
    if role == "subject" and not provider:
        raise Refused("provider", "这个角色要写明所属单位的统一社会信用代码；请加 --provider。")
    accounts.create(c, accounts.Opening(name, role=role, **mine), by, at)


def unit_of(who: Who) -> str:
    """The unit a look is made for, as the look keeps it; empty: none. A subject's own code is no unit's."""
    return "" if who.role in ("public", "subject") else who.provider


@dataclass(frozen=True, slots=True)
class Asked:
    """What a look claims. `values`: keys of the subject; `items` empty: all that the ground allows."""

    values: frozenset[str] = frozenset()
    items: tuple[str, ...] = ()
    duty: str = ""
    authorisation: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a look is lawful, and what bounds the answer."""

    text: str
    duty: Duty | None = None
    authorisation: Authorisation | None = None
    items: tuple[str, ...] = ()  # asked for; empty: all that are allowed

    def covers(self, item: str) -> bool:
        if self.items and item not in self.items:
            return False
        if self.authorisation is not None:
            return item in self.authorisation.items
        return self.duty is None or self.duty.covers(item)

    def shows(self, f: Field) -> bool:
        return self.duty is None or self.duty.shows(f)

    @property
    def use(self) -> str:
        """For which purpose of the sharing rules; empty: for none of them."""
        return self.duty.use if self.duty else ""


NO_GROUND = Ground("拒绝")


def ground(
    c: psycopg.Connection[Any], who: Who, owns: bool, asked: Asked, book: Rulebook, today: date
) -> Ground:
    """The ground on which `who` may look at a subject; an authorisation stays locked until the transaction ends.

    NotPermitted: none (个人信息保护法第十三条、第三十四条).
    """
    if who.role == "public":
        return Ground("依法公开", items=asked.items)
    if who.role == "subject":
        if owns:
            return Ground("本人查询", items=asked.items)
        raise NotPermitted("not_yours", "只能查询本主体的信用档案；查询他人请经其授权。")
    if who.role in STAFF:
        duty = duties.stated(who, asked.duty, asked.items, book, today)
        return Ground("履行法定职责", duty=duty, items=asked.items)
    if who.role == "counter":
        return _in_person(who, asked)
    if who.role in AUTHORISED:
        return _authorised(c, who, asked, today)
    raise NotPermitted("no_ground", f"“{ROLES.get(who.role, who.role)}”的职责不含查询信用档案。")


def may_search(who: Who, duty: str, today: date) -> Ground:
    """The ground on which `who` may look for subjects by name. NotPermitted: none; a bank asks by code."""
    if who.role in STAFF:
        book = load_rulebook(home.local_rulebook())
        return Ground("履行法定职责", duty=duties.stated(who, duty, (), book, today))
    if who.role in ("public", "subject"):
        return Ground("依法公开")
    if who.role == "counter":
        return _in_person(who, Asked())
    raise NotPermitted("no_ground", "本角色不能按名称检索非公开的主体；有信用主体授权的，请用其代码查询。")


def _in_person(who: Who, asked: Asked) -> Ground:
    """The person stands at the window; the clerk answers for having checked who it is."""
    if not who.purpose.strip():
        raise NotPermitted("no_purpose", "窗口代本人查询要说明用途；请核对本人证件并填写用途后重试。")
    return Ground(IN_PERSON, items=asked.items)


def _authorised(c: psycopg.Connection[Any], who: Who, asked: Asked, today: date) -> Ground:
    if not who.provider:
        raise NotPermitted("no_provider", "本账号没有登记所属机构，不能使用授权；请联系系统管理员补登。")
    found = authorisations.live(
        c, who.provider, asked.values, who.purpose, asked.items, today, asked.authorisation
    )
    return Ground("信用主体授权", authorisation=found, items=asked.items)


__all__ = [
    "NO_GROUND",
    "PUBLIC",
    "ROLES",
    "SEES",
    "STAFF",
    "Asked",
    "Ground",
    "actor",
    "add_actor",
    "ground",
    "may_search",
    "unit_of",
]
