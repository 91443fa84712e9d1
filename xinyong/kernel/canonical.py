"""The canonical row: what a record says, as the one text its leaf hash is made of.

    layout U+001F value U+001F value …        (UTF-8, one value per field, absent: empty)

`layout` names the ordered field codes by content, so a stranger can tell which value is which
years later: `ITEM:xxxxxxxx`, the eight digits being the head of SHA-256 of the codes joined by commas.
Values hold no U+001F (intake refuses control characters), so the text is unambiguous.

leaf = SHA-256( hex(salt) ‖ canonical row ), salt 16 random bytes, hex in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from hashlib import sha256, shake_256

import polars as pl
import polars_hash as plh

SEPARATOR = "\x1f"
REVOKED = "revoked"


def layout_id(item: str, fields: Sequence[str]) -> str:
    return f"{item}:{sha256(','.join(fields).encode()).hexdigest()[:8]}"


def pack(layout: str, fields: Sequence[str], values: Mapping[str, str | None]) -> str:
    return SEPARATOR.join([layout, *((values.get(f) or "") for f in fields)])


def unpack(payload: str, layouts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Field code → value, absent fields left out.

    Raises KeyError for a layout that `layouts` does not hold.
    """
    layout, *values = payload.split(SEPARATOR)
    return {f: v for f, v in zip(layouts[layout], values, strict=True) if v}


def pack_expr(layout: str, fields: Sequence[str], empty: Set[str] = frozenset()) -> pl.Expr:
    """`pack` for a whole frame; null is absent. Fields in `empty` hold nothing, so that they cost nothing."""
    parts: list[pl.Expr] = []
    fixed = layout
    for field in fields:
        fixed += SEPARATOR
        if field not in empty:
            parts += [pl.lit(fixed), pl.col(field).fill_null("")]
            fixed = ""
    return pl.concat_str([*parts, pl.lit(fixed)])


def revocation(reason: str, batch: int) -> str:
    """The canonical row of a version that ends a record."""
    return SEPARATOR.join([REVOKED, str(batch), reason])


def leaf(salt: bytes, payload: str) -> bytes:
    return sha256(salt.hex().encode() + payload.encode()).digest()


def salts(secret: str, first: int, count: int) -> list[bytes]:
    """16 bytes for each of `count` rows from `first` on, from a secret that is thrown away after the batch.

    SHAKE256 (FIPS 202) of the secret and the number of the first row: a call for other rows gives others.
    """
    stream = shake_256(f"{secret}:{first}".encode()).digest(16 * count)
    return [stream[at : at + 16] for at in range(0, len(stream), 16)]


def leaf_expr(salt_hex: str, payload: str) -> pl.Expr:
    """64 hex digits; `salt_hex` and `payload` name columns."""
    return plh.concat_str(pl.col(salt_hex), pl.col(payload)).chash.sha2_256()
