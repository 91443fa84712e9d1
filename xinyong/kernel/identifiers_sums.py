"""The check-digit sums of the identifiers, one string at a time. Callers see to length and alphabet."""

from __future__ import annotations

from datetime import date

from xinyong.kernel import identifiers_tables as tables

_OLDEST, _NEWEST = 1850, 2099  # years that can stand in a birth date at all


def is_digits(text: str) -> bool:
    """ASCII digits only: `str.isdigit` takes superscripts and other scripts too."""
    return text.isascii() and text.isdigit()


def uscc_sum(code: str) -> int:
    """Weighted sum of all 18 characters modulo 31 (GB 32100); 0 is right. Characters outside count 0."""
    values = tables.USCC_VALUES
    return (
        sum(values.get(char, 0) * weight for char, weight in zip(code, tables.USCC_WEIGHTS, strict=True)) % 31
    )


def uscc_check_passes(code: str) -> bool:
    return uscc_sum(code) == 0


def org_check_passes(code: str) -> bool:
    """Nine characters of 0–9 A–Z (GB 11714): C9 = 11 − Σ mod 11, where 10 is X and 11 is 0."""
    check = tables.ORG_CHECK_VALUES.get(code[8])
    body = sum(
        tables.ORG_VALUES[char] * weight for char, weight in zip(code, tables.ORG_WEIGHTS, strict=False)
    )
    return check is not None and (body + check) % 11 == 0


def person_check_char(code: str) -> str:
    """The 18th character to the first 17 digits (GB 11643)."""
    total = sum(int(char) * weight for char, weight in zip(code, tables.ID_WEIGHTS, strict=False))
    return tables.ID_CHECK_CHARS[total % 11]


def regno_check_passes(code: str) -> bool:
    """Fifteen digits, ISO 7064 MOD 11,10."""
    product = 10
    for char in code[:14]:
        product = ((product + int(char)) % 10 or 10) * 2 % 11
    return (product + int(code[14])) % 10 == 1


def birth_date(digits: str) -> date | None:
    """`YYYYMMDD` as a date; None when it is none or lies outside 1850–2099."""
    if len(digits) != 8 or not is_digits(digits) or not _OLDEST <= int(digits[:4]) <= _NEWEST:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
