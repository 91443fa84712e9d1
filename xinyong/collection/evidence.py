"""Receipts as leaves."""

from __future__ import annotations

from typing import Any

import psycopg

from xinyong.collection import receipts
from xinyong.kernel.errors import Refused


def receipt(c: psycopg.Connection[Any], submission: str) -> dict[str, Any] | None:
    try:
        return receipts.load(c, int(submission)).told()
    except Refused:
        return None


SOURCES = {"receipt": receipt}
