"""Beijing time: every day that is counted or shown is a day of this clock, whatever clock the machine keeps."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day_of(moment: datetime) -> date:
    """The day on which a moment (with its zone) falls."""
    return moment.astimezone(BEIJING).date()
