"""Telling who is concerned of a case: the subject, the unit that decides, the centre."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import psycopg

from xinyong.rights.casework import Case
from xinyong.rights.notices.actions import Recipient, notify

To = Literal["subject", "authority", "centre"]


def tell(c: psycopg.Connection[Any], now: datetime, to: To, template: str, case: Case, **values: str) -> None:
    """In the transaction of what is told."""
    whom = {
        "subject": Recipient("subject", case.value),
        "authority": Recipient("provider", case.authority),
        "centre": Recipient("role", "center"),
    }
    notify(c, now, template, whom[to], {"case": case.shown, **values}, f"case:{case.number}")


__all__ = ["To", "tell"]
