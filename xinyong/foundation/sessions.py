"""Sessions in a table of our own: whose they are, since when, from where, last used when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

ORIGIN, STARTED, SEEN = "_origin", "_started", "_seen"


class SessionStore(DatabaseStore):
    """A session ends after `SESSION_IDLE` without use and after `SESSION_LONGEST` in any case."""

    @classmethod
    def get_model_class(cls) -> Any:
        from xinyong.foundation.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        made = super().create_model_instance(data)
        now = timezone.now()
        made.account_id = _number(data.get("_auth_user_id"))
        made.started = _moment(data.get(STARTED), now)
        made.last_seen = _moment(data.get(SEEN), now)
        made.origin = str(data.get(ORIGIN, ""))
        made.expire_date = min(
            made.last_seen + settings.SESSION_IDLE, made.started + settings.SESSION_LONGEST
        )
        return made


def _number(text: Any) -> int | None:
    return int(text) if text else None


def _moment(seconds: Any, otherwise: Any) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(float(seconds), UTC) if seconds else otherwise
