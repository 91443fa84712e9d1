"""With the installation and each upgrade: bars that a file lifted before its record was sealed stay lifted."""

from __future__ import annotations

from datetime import UTC, datetime

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import sealed
from xinyong.foundation import database, home
from xinyong.foundation.audit import SYSTEM
from xinyong.regulation.measures.kept import SQL


def prepare() -> None:
    with database.connect_app() as c:
        if records := [row[0] for row in c.execute(SQL["based_on"]).fetchall()]:
            book = load_rulebook(home.local_rulebook())
            sealed.keep_withdrawals(c, records, SYSTEM, datetime.now(UTC), book)
