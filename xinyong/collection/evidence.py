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
STRANGERS = {
    "receipt": """
SELECT s.id::text FROM submission s WHERE NOT EXISTS (
    SELECT 1 FROM evidence_entry e WHERE e.kind = 'receipt' AND e.ref = s.id::text) ORDER BY s.id LIMIT 10
"""
}
