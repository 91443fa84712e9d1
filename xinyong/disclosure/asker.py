"""Who asks, and what that lets them see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from xinyong.catalog.model import Disclosure
from xinyong.foundation import audit
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
    **dict.fromkeys(STAFF, ("public", "government", "authorised")),  # authorised fields only masked
}


def actor(c: psycopg.Connection[Any], name: str, purpose: str) -> Who:
    """A known user with a purpose. Refused: unknown user, no purpose."""
    row = c.execute("SELECT name, role, provider FROM actor WHERE name = %s", [name]).fetchone()
    if row is None:
        known = [r[0] for r in c.execute("SELECT name FROM actor ORDER BY name LIMIT 10")]
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
    if role not in ROLES or role == "public":
        known = "、".join(r for r in ROLES if r != "public")
        raise Refused("role", f"角色“{role}”不认识；请用 {known} 之一。")
    if role in ("department", "department_reviewer", "subject") and not provider:
        raise Refused("provider", "这个角色要写明所属单位的统一社会信用代码；请加 --provider。")
    added = c.execute(
        "INSERT INTO actor (name, role, provider, created) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (name) DO NOTHING RETURNING id",
        [name, role, provider, at],
    ).fetchone()
    if added is None:
        raise Refused("actor_taken", f"用户名“{name}”已被占用；请换一个。")
    audit.record(c, by, at, "actor.add", name, {"role": role, "provider": provider})


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
    raise NotPermitted(
        "no_ground", f"“{ROLES.get(who.role, who.role)}”查询须有信用主体的有效授权；请先取得授权。"
    )


__all__ = ["PUBLIC", "ROLES", "SEES", "STAFF", "actor", "add_actor", "ground"]
