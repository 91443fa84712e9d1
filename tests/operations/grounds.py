"""Who erases, when and on what ground, in these tests."""

from __future__ import annotations

from datetime import UTC, datetime

from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import Ground

GROUND = Ground("REC_PENALTY", "PIPL", "第四十七条")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
REVIEWER = Who("信用中心审核员", "center")
