"""Identifiers of the fictitious district, computed from the text of the standards.

GB 32100-2015 with amendment 1 (18-character code), GB 11714 (organisation code), GB 11643 (ID card),
ISO 7064 MOD 11,10 (15-digit registration number). Written independently of the platform on purpose:
what the platform's own check digits get wrong must not be wrong here in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PLACEHOLDER = "0" * 17 + "X"
# The city never had a district 9999, so no real person can bear such a number; the province is a real one,
# because a number whose first two digits are no province is wrong for that reason alone.
PERSON_REGION = "509999"
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECKS = "0X987654321"  # index: weighted sum mod 11
_ID_CHECKS = "10X98765432"

Letters = NDArray[np.uint8]


def org_check(body: str) -> str:
    """Check character of an 8-character organisation code body (GB 11714)."""
    total = sum(_ORG_ALPHABET.index(c) * w for c, w in zip(body, _ORG_WEIGHTS, strict=True))
    return _ORG_CHECKS[total % 11]


def uscc_check(first17: str) -> str:
    """Check character of the first 17 characters (GB 32100)."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(first17, _USCC_WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def uscc(prefix: str, region: str, body: str) -> str:
    """An 18-character code: two characters of department and kind, six of region, eight of body."""
    first17 = prefix + region + body + org_check(body)
    return first17 + uscc_check(first17)


def uscc_with_bad_org_check(prefix: str, region: str, body: str) -> str:
    """A code whose own check character is right and whose embedded organisation code is wrong."""
    wrong = "5" if org_check(body) != "5" else "6"
    first17 = prefix + region + body + wrong
    return first17 + uscc_check(first17)


def regno(region: str, sequence: int) -> str:
    """A 15-digit registration number: region, eight digits, MOD 11,10 check digit."""
    first14 = f"{region}{sequence:08d}"
    product = 10
    for digit in first14:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return first14 + str((11 - product) % 10)


def person_id(birth: str, sequence: int) -> str:
    """An 18-character ID number of nobody: impossible region, given birth date (YYYYMMDD)."""
    first17 = f"{PERSON_REGION}{birth}{sequence % 1000:03d}"
    total = sum(int(c) * w for c, w in zip(first17, _ID_WEIGHTS, strict=True))
    return first17 + _ID_CHECKS[total % 11]


def uscc_column(prefixes: list[str], regions: list[str], bodies: list[str]) -> list[str]:
    """`uscc` for whole columns at once; for the big bench files."""
    letters = _letters([p + r + b for p, r, b in zip(prefixes, regions, bodies, strict=True)], 16)
    checks = np.frombuffer(_ORG_CHECKS.encode(), np.uint8)
    org = checks[_table(_ORG_ALPHABET)[letters[:, 8:]] @ np.array(_ORG_WEIGHTS) % 11]
    first17 = np.column_stack([letters, org])
    total = _table(ALPHABET)[first17] @ np.array(_USCC_WEIGHTS) % 31
    last = np.frombuffer(ALPHABET.encode(), np.uint8)[(31 - total) % 31]
    whole = np.ascontiguousarray(np.column_stack([first17, last]))
    return [code.decode() for code in whole.view("S18").ravel().tolist()]


def _letters(texts: list[str], width: int) -> Letters:
    return np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), width)


def _table(alphabet: str) -> NDArray[np.int64]:
    values = np.zeros(128, np.int64)
    values[np.frombuffer(alphabet.encode(), np.uint8)] = np.arange(len(alphabet))
    return values
