"""Repairs of a defective unified social credit code, for one code at a time.

A candidate passes both check digits, carries a lawful first pair and a known division. Order: look-alikes,
adjacent swaps, other single characters, each from left to right. A code one character short or long is
repaired by one insertion or deletion. The sum modulo 31 changes linearly, so each place has exactly one
character to try.
"""

from __future__ import annotations

from collections.abc import Iterator

from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions
from xinyong.kernel.identifiers_sums import (
    birth_date,
    is_digits,
    org_check_passes,
    uscc_check_passes,
    uscc_sum,
)

_INVERSES = tuple(pow(weight, -1, 31) for weight in tables.USCC_WEIGHTS)
_MAPPED = str.maketrans(tables.ILLEGAL_LOOKALIKES)


def repairs(code: str, regions: Regions) -> tuple[str, ...]:
    """At most ten candidates for a normalised code; none for what looks like a person's number (privacy)."""
    if looks_like_person(code, regions):
        return ()
    match len(code):
        case 17:
            tried = _insertions(code)
        case 18:
            tried = _same_length(code)
        case 19:
            tried = (code[:place] + code[place + 1 :] for place in range(19))
        case _:
            return ()
    passing = dict.fromkeys(text for text in tried if _passes(text, regions))
    return tuple(passing)[: tables.MAX_CANDIDATES]


def looks_like_person(code: str, regions: Regions) -> bool:
    """The first fourteen are a division and a date, as on an ID card."""
    return is_digits(code[:14]) and birth_date(code[6:14]) is not None and regions.known(code[:6])


def _same_length(code: str) -> Iterator[str]:
    wrong = [place for place, char in enumerate(code) if char not in tables.USCC_VALUES]
    if len(wrong) > 1:
        yield code.translate(_MAPPED)
        return
    changed = [(place, _solved(code, place)) for place in wrong or range(18)]
    alike = [(place, char) for place, char in changed if tables.LOOKALIKES.get(code[place]) == char]
    yield from (_replaced(code, *change) for change in alike)
    yield from (code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(17))
    yield from (_replaced(code, *change) for change in changed if change not in alike)


def _insertions(code: str) -> Iterator[str]:
    for place in range(18):
        gap = f"{code[:place]}?{code[place:]}"
        yield _replaced(gap, place, _solved(gap, place))


def _solved(code: str, place: int) -> str:
    """The one character at `place` that makes the sum right."""
    value = tables.USCC_VALUES.get(code[place], 0)
    return tables.USCC_ALPHABET[(value - uscc_sum(code) * _INVERSES[place]) % 31]


def _replaced(code: str, place: int, char: str) -> str:
    return code[:place] + char + code[place + 1 :]


def _passes(code: str, regions: Regions) -> bool:
    return (
        all(char in tables.USCC_VALUES for char in code)
        and code[1] in tables.DEPARTMENTS.get(code[0], "")
        and regions.known(code[2:8])
        and org_check_passes(code[8:17])
        and uscc_check_passes(code)
    )
