"""Lock-out: who fails too often must wait, also somebody who does not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from xinyong.kernel.errors import Refused
from xinyong.website import lending

WINDOW = timedelta(minutes=15)
BY_NAME = 5
BY_ORIGIN = 30  # an office may share one address
REGISTRATIONS = 5  # of one address in a window
ADDED = "INSERT INTO account_attempt (at, username, origin, kind, succeeded) VALUES (%s, %s, %s, %s, %s)"
BY_NAME_FAILED = """
SELECT count(*) FROM account_attempt WHERE username = %(name)s AND NOT succeeded AND at > greatest(%(since)s,
    (SELECT coalesce(max(at), '-infinity') FROM account_attempt WHERE username = %(name)s AND succeeded))
"""
BY_ORIGIN_FAILED = (
    "SELECT count(*) FROM account_attempt WHERE origin = %s AND at > %s AND kind = %s AND NOT succeeded"
)


def note(username: str, origin: str, kind: str, *, succeeded: bool) -> None:
    """One try. A second factor that was right ends the count; a password alone does not."""
    values = [datetime.now(UTC), username.lower(), origin, kind, succeeded]
    lending.ask(lambda c: c.execute(ADDED, values))


def check(username: str, origin: str) -> None:
    """Refused: the name or the address has failed too often of late."""
    since = datetime.now(UTC) - WINDOW
    asked = {"name": username.lower(), "since": since}
    named = lending.ask(lambda c: c.execute(BY_NAME_FAILED, asked).fetchone())
    placed = lending.ask(lambda c: c.execute(BY_ORIGIN_FAILED, [origin, since, "password"]).fetchone())
    if (named and named[0] >= BY_NAME) or (placed and placed[0] >= BY_ORIGIN):
        minutes = int(WINDOW.total_seconds() // 60)
        raise Refused(
            "locked_out", f"连续出错次数过多，已暂停登录；请 {minutes} 分钟后重试，或请安全管理员解除锁定。"
        )


def check_registrations(origin: str) -> None:
    """Refused: the address has asked for too many accounts of late."""
    since = datetime.now(UTC) - WINDOW
    row = lending.ask(lambda c: c.execute(BY_ORIGIN_FAILED, [origin, since, "register"]).fetchone())
    if row and row[0] >= REGISTRATIONS:
        raise Refused("too_many_registrations", "这个网络地址近期申请的账号过多；请 15 分钟后重试。")
