"""Telling who is concerned of a case: the subject, the unit that decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from xinyong.rights.casework import Case
from xinyong.rights.notices import actions as notices


def subject(c: psycopg.Connection[Any], now: datetime, template: str, case: Case, **values: str) -> None:
    """In the transaction of what is told."""
    to = notices.Recipient("subject", case.value)
    notices.notify(c, now, template, to, {"case": case.shown, **values}, f"case:{case.number}")


def authority(c: psycopg.Connection[Any], now: datetime, template: str, case: Case, **values: str) -> None:
    to = notices.Recipient("provider", case.authority)
    notices.notify(c, now, template, to, {"case": case.shown, **values}, f"case:{case.number}")


def centre(c: psycopg.Connection[Any], now: datetime, template: str, case: Case, **values: str) -> None:
    to = notices.Recipient("role", "center")
    notices.notify(c, now, template, to, {"case": case.shown, **values}, f"case:{case.number}")


__all__ = ["authority", "centre", "subject"]
