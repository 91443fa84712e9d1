"""With the installation and each upgrade: which handler wants which events."""

from __future__ import annotations

from xinyong.foundation import database, events


def prepare() -> None:
    with database.connect_app() as c:
        events.register(c)
