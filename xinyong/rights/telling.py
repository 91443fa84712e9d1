"""Telling who is concerned of a case: the subject, the unit that decides, the centre."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import psycopg

from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.rights.casework import Case
from xinyong.rights.limits import Limit
from xinyong.rights.notices.actions import Recipient, notify

To = Literal["subject", "authority", "centre", "holder"]
HANDED = {"repair": "pushed", "objection": "forwarded"}  # the step by which the unit got it from the centre


def tell(c: psycopg.Connection[Any], now: datetime, to: To, template: str, case: Case, **values: str) -> None:
    """In the transaction of what is told. The `holder` is the unit once it was handed the case, before that the centre."""
    unit, centre = Recipient("provider", case.authority), Recipient("role", "center")
    whom = {
        "subject": Recipient("subject", case.value),
        "authority": unit,
        "centre": centre,
        "holder": unit if case.last(HANDED.get(case.kind, "")) else centre,
    }
    notify(c, now, template, whom[to], {"case": case.shown, **values}, f"case:{case.number}")


def due(limit: Limit | None) -> str:
    """The last day, with how sure the rule behind it is; "": nothing is due."""
    return f"{limit.due}{CONFIDENCE[limit.confidence]}" if limit else ""


__all__ = ["To", "due", "tell"]
