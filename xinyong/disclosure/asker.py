"""Who asks, and what that lets them see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from xinyong.catalog.model import Disclosure
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted, Refused

ROLES = {
    "public": "公众",
    "subject": "信用主体",
    "department": "部门信息员",
    "department_reviewer": "部门审核员",
    "center": "信用中心业务员",
    "center_reviewer": "信用中心审核员",
    "auditor": "审计员",
}
STAFF = ("department", "department_reviewer", "center", "center_reviewer", "auditor")
SEES: dict[str, tuple[Disclosure, ...]] = {
    "public": ("public",),
    "subject": ("public", "government", "authorised"),
    **{role: ("public", "government", "authorised") for role in STAFF},  # authorised fields only masked
}


@dataclass(frozen=True, slots=True)
class Ground:
    """On what ground the asker sees what it sees; goes into the look log."""

    text: str


def actor(c: psycopg.Connection[Any], name: str, purpose: str) -> Who:
    """A known user with a purpose. Refused: unknown user, no purpose."""
    row = c.execute("SELECT name, role, provider FROM actor WHERE name = %s", [name]).fetchone()
    if row is None:
        known = [r[0] for r in c.execute("SELECT name FROM actor ORDER BY name LIMIT 10")]
        raise Refused(
            "unknown_user",
            f"没有用户“{name}”（现有：{'、'.join(known) or '无'}）；请先用 xinyong actor add 登记，或核对用户名。",
        )
    if not purpose.strip():
        raise Refused("no_purpose", "查询非公开信息要说明用途；请用 --purpose 写明，例如 --purpose 行政审批核查。")
    return Who(row[0], row[1], row[2], purpose=purpose.strip())


def ground(who: Who, owns: bool) -> str:
    """The ground on which `who` may look at a subject. NotPermitted: none."""
    if who.role == "public":
        return "依法公开"
    if who.role == "subject":
        if owns:
            return "本人查询"
        raise NotPermitted("not_yours", "只能查询本主体的信用档案；查询他人请经其授权。")
    if who.role in STAFF:
        return "履行法定职责"
    raise NotPermitted("no_ground", f"“{ROLES.get(who.role, who.role)}”查询须有信用主体的有效授权；请先取得授权。")


__all__ = ["PUBLIC", "ROLES", "SEES", "STAFF", "actor", "ground"]
