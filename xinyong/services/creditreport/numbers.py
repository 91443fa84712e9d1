"""A report's number: division, day, twelve random characters and a check character.

Sixty random bits cannot be guessed; the check character (Luhn's method to base 32) tells a slip of the pen
from a number that does not exist, without asking the database.
"""

from __future__ import annotations

from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nobody mistakes them
DIVISION = "500152"  # 潼南区, GB/T 2260
RANDOM_BYTES = 8
_HEAD, _LOT = 14, 12
LENGTH = _HEAD + _LOT + 1
_READ_AS = str.maketrans("ILOU", "110V")


def number(day: date, chance: bytes) -> str:
    """The number of a report of `day`; `chance`: 8 random bytes, of which 60 bits are used."""
    drawn = int.from_bytes(chance[:RANDOM_BYTES], "big") >> 4
    lot = "".join(ALPHABET[(drawn >> 5 * i) & 31] for i in reversed(range(_LOT)))
    body = f"{DIVISION}{day:%Y%m%d}{lot}"
    return body + check_character(body)


def check_character(body: str) -> str:
    total = 0
    for i, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 - i % 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def canonical(text: str) -> str | None:
    """The number as kept, however it was typed (spaces, hyphens, case, I for 1); None: it cannot be one."""
    plain = "".join(text.split()).replace("-", "").replace("－", "").upper().translate(_READ_AS)
    if len(plain) != LENGTH or any(character not in ALPHABET for character in plain):
        return None
    return plain if check_character(plain[:-1]) == plain[-1] else None


def shown(plain: str) -> str:
    """`500152-20261123-7K3M-QX9T-2FHW-P`"""
    cuts = (0, 6, 14, 18, 22, 26, 27)
    return "-".join(plain[a:b] for a, b in zip(cuts, cuts[1:], strict=False))
