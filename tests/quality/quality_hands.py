"""Hands of the quality tests: hand a file in on a day, mend what went back, count a month."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

from xinyong.collection.quality import queries
from xinyong.disclosure.figures import Counting
from xinyong.foundation.audit import Who

SCJG, CZJ = "11500152YY0000239R", "11500152YY0000087D"
NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
TODAY = date(2026, 11, 30)
NOVEMBER = date(2026, 11, 1)
CENTRE = Who("中心甲", "center", purpose="月报")


def month(district, provider="", who=CENTRE, first=NOVEMBER):
    return queries.month(district.app, Counting(who, NOW, TODAY, district.book, provider), first)


def hand_in(district, path, day="2026-11-20", item="XZCF", provider="SCJG"):
    return district.intake(path, item, provider=provider, received_on=date.fromisoformat(day), at=NOW)


def earlier(rows):
    """The same decisions, made in October."""
    return [{**r, "CF_JDRQ": "2026-10-12", "CF_YXQ": "2029-10-12"} for r in rows]


def mend(district, submission, tmp_path, changes, name="mended.csv"):
    """The rejects file of a submission with some cells put right."""
    from xinyong.collection.rejects import rejects

    path = tmp_path / name
    rejects(district.connect(autocommit=False), submission, district.book, path)
    with open(path, encoding="utf-8-sig", newline="") as f:
        found = list(csv.DictReader(f))
    for row in found:
        row |= changes(row)
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, list(found[0]))
        out.writeheader()
        out.writerows(found)
    return path
