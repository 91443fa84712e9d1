"""Accounts: who may log in, in which role, for whom. Every change is one action with its audit entry.

The system administrator opens an account, the security administrator gives it its role: neither can do both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from xinyong.foundation import audit, locks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

ROLES = {
    "public": "公众",
    "subject": "信用主体",
    "department": "部门信息员",
    "department_reviewer": "部门审核员",
    "center": "信用中心业务员",
    "center_reviewer": "信用中心审核员",
    "bank": "金融机构",
    "agency": "信用服务机构",
    "counter": "政务大厅窗口",
    "auditor": "审计员（只读）",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
}
HELD = tuple(role for role in ROLES if role != "public")  # what an account can be
STAFF = tuple(role for role in HELD if role != "subject")
ADMINS = ("system_admin", "security_admin", "audit_admin")
OF_A_PROVIDER = ("department", "department_reviewer", "bank", "agency")
LONGEST_NAME = 150
NAMING_LOCK = locks.ACCOUNT_NAMES


@dataclass(frozen=True, slots=True)
class Opening:
    """What an account begins with. `role` empty: it waits for the security administrator."""

    username: str
    display_name: str = ""
    role: str = ""
    proposed_role: str = ""
    provider: str = ""
    subject_code: str = ""
    email: str = ""
    claimed_code: str = ""
    password: str = ""  # hashed already; empty: nobody can log in with it
    chosen: bool = (
        False  # the password is the holder's own choice; else it must be changed at the first login
    )


def create(c: psycopg.Connection[Any], new: Opening, by: Who, at: datetime) -> int:
    """Open an account; returns its number. Refused: unknown role, no code where the role needs one, name taken."""
    _check_name(new.username)
    check_role(new.role or new.proposed_role or "subject", new.provider)
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [NAMING_LOCK])  # two names may differ in case only
        if c.execute("SELECT 1 FROM account WHERE lower(username) = lower(%s)", [new.username]).fetchone():
            raise Refused("actor_taken", f"用户名“{new.username}”已被占用；请换一个。")
        number = _insert(c, new, by, at)
        told = {"role": new.role, "proposed_role": new.proposed_role, "code": _code(new)}
        audit.record(c, by, at, "account.create", new.username, told)
    return number


def _code(new: Opening) -> str:
    return new.provider or new.subject_code or new.claimed_code


def _insert(c: psycopg.Connection[Any], new: Opening, by: Who, at: datetime) -> int:
    row = c.execute(
        "INSERT INTO account (username, display_name, role, proposed_role, provider, subject_code, claimed_code,"
        " email, password, is_active, is_superuser, must_change_password, created, created_by, granted_by, verified, verified_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, false, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            new.username,
            new.display_name or new.username,
            new.role,
            new.proposed_role,
            new.provider,
            new.subject_code,
            new.claimed_code,
            new.email,
            new.password or "!",
            bool(new.role),
            bool(new.password) and not new.chosen,
            at,
            by.name,
            by.name if new.role else "",
            at if new.subject_code else None,
            by.name if new.subject_code else "",
        ],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _check_name(username: str) -> None:
    if not username.strip() or len(username) > LONGEST_NAME or not username.isprintable():
        raise Refused(
            "bad_username", f"用户名不能为空，不能超过 {LONGEST_NAME} 字，也不能含有不可见字符；请改正。"
        )


def check_role(role: str, provider: str) -> None:
    """Refused: a role nobody can hold; a department or institution without its code."""
    if role not in HELD:
        raise Refused("role", f"角色“{role}”不认识；请用 {'、'.join(HELD)} 之一。")
    if role in OF_A_PROVIDER and not provider:
        raise Refused("provider", "这个角色要写明所属单位的统一社会信用代码；请加 --provider。")


@dataclass(frozen=True, slots=True)
class Held:
    """An account as the actions below find it."""

    id: int
    username: str
    role: str
    proposed_role: str
    provider: str
    claimed_code: str
    created_by: str
    active: bool


def held(c: psycopg.Connection[Any], number: int) -> Held:
    """The account, its row locked until the transaction ends. Refused: none."""
    row = c.execute(
        "SELECT id, username, role, proposed_role, provider, claimed_code, created_by, is_active FROM account"
        " WHERE id = %s FOR UPDATE",
        [number],
    ).fetchone()
    if row is None:
        raise Refused("unknown_account", "没有这个账户；请返回列表重新选择。")
    return Held(*row)


def grant_role(
    c: psycopg.Connection[Any], number: int, role: str, by: Who, at: datetime, *, provider: str | None = None
) -> None:
    """Give the role, and say for which body; the account begins to work.

    Refused: one's own account, one that one opened oneself, a body without which the role is nothing.
    """
    account = held(c, number)
    _other_eyes(account, by)
    body = account.provider if provider is None else provider
    check_role(role, body)
    given = "role = %s, provider = %s, proposed_role = '', is_active = true, granted_by = %s"
    _set(c, number, given, [role, body, by.name])
    end_sessions(c, number)  # what they were opened for may no longer be allowed
    told = {"role": role, "provider": body, "before": account.role, "provider_before": account.provider}
    audit.record(c, by, at, "role.grant", account.username, told)


def _other_eyes(account: Held, by: Who) -> None:
    if account.username == by.name:
        raise Refused("own_account", "不能给自己授予角色；请由另一位安全管理员办理。")
    if account.created_by == by.name:
        raise Refused("same_person", "开立账户和授予角色不能是同一人；请由另一位安全管理员办理。")


def set_active(c: psycopg.Connection[Any], number: int, active: bool, by: Who, at: datetime) -> None:
    """Stop or resume an account. Refused: one's own; one without a role."""
    account = held(c, number)
    if account.username == by.name:
        raise Refused("own_account", "不能停用或恢复自己的账户；请由另一位安全管理员办理。")
    if active and not account.role:
        raise Refused("no_role", "这个账户还没有角色；请先授予角色。")
    _set(c, number, "is_active = %s", [active])
    end_sessions(c, number)
    audit.record(c, by, at, "account.activate" if active else "account.deactivate", account.username, {})


def reset_password(c: psycopg.Connection[Any], number: int, hashed: str, by: Who, at: datetime) -> None:
    """Set a one-time password (hashed already), to be changed at the next login."""
    account = held(c, number)
    _set(c, number, "password = %s, must_change_password = true", [hashed])
    end_sessions(c, number)
    audit.record(c, by, at, "account.password", account.username, {})


def reset_second_factor(c: psycopg.Connection[Any], number: int, by: Who, at: datetime) -> None:
    """Forget all second factors; the next login sets one up anew. Refused: one's own."""
    account = held(c, number)
    if account.username == by.name:
        raise Refused("own_account", "不能重置自己的第二道验证；请由另一位安全管理员办理。")
    c.execute("DELETE FROM mfa_authenticator WHERE user_id = %s", [number])
    end_sessions(c, number)
    audit.record(c, by, at, "account.factor", account.username, {})


def edit(
    c: psycopg.Connection[Any], number: int, display_name: str, email: str, by: Who, at: datetime
) -> None:
    """Change how the holder is called and reached."""
    account = held(c, number)
    _set(c, number, "display_name = %s, email = %s", [display_name, email])
    audit.record(c, by, at, "account.edit", account.username, {"display_name": display_name})


def unlock(c: psycopg.Connection[Any], number: int, by: Who, at: datetime) -> None:
    """What failed before counts no more."""
    account = held(c, number)
    c.execute(
        "INSERT INTO account_attempt (at, username, origin, kind, succeeded) VALUES (%s, %s, %s, 'unlock', true)",
        [at, account.username.lower(), by.origin],
    )
    audit.record(c, by, at, "account.unlock", account.username, {})


def verify_subject(c: psycopg.Connection[Any], number: int, basis: str, by: Who, at: datetime) -> None:
    """Bind a subject's account to the code it claims, seen on paper. Refused: nothing claimed, no basis stated."""
    account = held(c, number)
    if account.role != "subject" or not account.claimed_code:
        raise Refused("nothing_claimed", "这个账户没有待核验的统一社会信用代码；请返回列表重新选择。")
    if not basis.strip():
        raise Refused("no_basis", "请写明核验了什么材料，例如营业执照原件和经办人身份证明。")
    _set(
        c,
        number,
        "subject_code = claimed_code, claimed_code = '', verified = %s, verified_by = %s",
        [at, by.name],
    )
    told = {"code": account.claimed_code, "basis": basis.strip()}
    audit.record(c, by, at, "account.verify", account.username, told)


def end_session(c: psycopg.Connection[Any], digest: str, by: Who, at: datetime) -> None:
    """End the session whose key has this SHA-256 (the key itself is a secret). Refused: it is not there any more."""
    row = c.execute(
        "DELETE FROM account_session s USING account a WHERE a.id = s.account_id"
        " AND encode(sha256(convert_to(s.session_key, 'UTF8')), 'hex') = %s RETURNING a.username",
        [digest],
    ).fetchone()
    if row is None:
        raise Refused("no_session", "这个会话已经结束；请刷新列表。")
    audit.record(c, by, at, "session.end", row[0], {})


def end_sessions(c: psycopg.Connection[Any], number: int) -> None:
    c.execute("DELETE FROM account_session WHERE account_id = %s", [number])


def _set(c: psycopg.Connection[Any], number: int, assignments: str, values: list[Any]) -> None:
    c.execute(f"UPDATE account SET {assignments} WHERE id = %s", [*values, number])
