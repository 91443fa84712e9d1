"""The rulebook meets the database: small numbers for items, layouts of canonical rows, editions in use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from xinyong.catalog.model import Item
from xinyong.kernel import canonical

# A conflict would use up one of 32,767 numbers each time, and every intake comes here.
INSERT_ITEM = """
INSERT INTO catalog_item (code) SELECT %(code)s::text
WHERE NOT EXISTS (SELECT 1 FROM catalog_item WHERE code = %(code)s) ON CONFLICT DO NOTHING
"""


def register(c: psycopg.Connection[Any], items: Iterable[Item]) -> None:
    """Make items known to the database. Idempotent; a new item needs no migration."""
    for item in items:
        c.execute(INSERT_ITEM, {"code": item.code})
        number = item_number(c, item.code)
        c.execute(
            "INSERT INTO catalog_edition (item_id, version, source, digest, in_force_from, loaded)"
            " VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
            [number, item.version, item.source, item.digest, item.in_force_from],
        )
        fields = [f.code for f in item.fields]
        c.execute(
            "INSERT INTO catalog_layout (layout, fields) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [canonical.layout_id(item.code, fields), fields],
        )


def item_number(c: psycopg.Connection[Any], code: str) -> int:
    row = c.execute("SELECT id FROM catalog_item WHERE code = %s", [code]).fetchone()
    assert row is not None
    return int(row[0])


def item_codes(c: psycopg.Connection[Any]) -> dict[int, str]:
    return dict(c.execute("SELECT id, code FROM catalog_item").fetchall())


def layouts(c: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Layout id → field codes, all that ever were."""
    return dict(c.execute("SELECT layout, fields FROM catalog_layout").fetchall())
