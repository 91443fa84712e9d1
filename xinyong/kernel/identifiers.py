"""Identifiers of subjects, one at a time: normalise, check, say which part fails, propose repairs.

| kind      | identifier                          | source                             |
|-----------|-------------------------------------|------------------------------------|
| uscc      | unified social credit code          | GB 32100-2015 with amendment 1     |
| orgcode   | organisation code, 8 + 1            | GB 11714                           |
| regno     | business registration number, 15    | GS15-2006, ISO 7064 MOD 11,10      |
| person_id | ID card, 18 or (before 1999) 15     | GB 11643-1999                      |

`identifiers_batch` gives the same answers for whole columns; a property test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions
from xinyong.kernel.identifiers_repair import looks_like_person, repairs
from xinyong.kernel.identifiers_sums import (
    birth_date,
    is_digits,
    org_check_passes,
    person_check_char,
    regno_check_passes,
    uscc_check_passes,
)
from xinyong.kernel.identifiers_tables import Reason

Kind = Literal["uscc", "orgcode", "regno", "person_id", "placeholder", "unknown"]

_WIDTH = str.maketrans(tables.FULL_WIDTH)
_SPACES = str.maketrans("", "", tables.SPACES)
_HYPHENS = str.maketrans("", "", tables.HYPHENS)
_CASE = str.maketrans(tables.LOWER_CASE)


@dataclass(frozen=True, slots=True)
class Identification:
    """The answer about one identifier.

    `reason` names the first part that fails. `warnings` never make a code invalid: `normalized_width`,
    `_space`, `_hyphen`, `_case` (what was changed on the way to `normalized`), `region_unknown`,
    `region_historical`, `org_check_digit`, `exception_confirmed`, `birth_date` (beside reason `alphabet`:
    the eight digits are no birth date), `upgraded_15` (an old ID card, written as 18 in `normalized`),
    `unverified` (let through unchecked).
    """

    input: str
    kind: Kind
    valid: bool
    reason: Reason | None
    warnings: tuple[str, ...]
    normalized: str
    candidates: tuple[str, ...] = ()


def normalize(raw: str, *, keep_hyphens: bool = False) -> tuple[str, tuple[str, ...]]:
    """Half width, no spaces, no hyphens, upper case; and which of the four changed something."""
    steps = (("width", _WIDTH), ("space", _SPACES), ("hyphen", _HYPHENS), ("case", _CASE))
    text, changed = raw, []
    for name, table in steps:
        if name == "hyphen" and keep_hyphens:
            continue
        before, text = text, text.translate(table)
        if text != before:
            changed.append(f"normalized_{name}")
    return text, tuple(changed)


def identify(
    raw: str, *, as_of: date, regions: Regions, exceptions: frozenset[str] = frozenset()
) -> Identification:
    """Guess the kind from length and shape, then check as that kind.

    18 characters are a unified code unless more speaks for an ID card (see `_is_rather_person`); 17 and 19
    are a unified code of the wrong length; 9 an organisation code; 15 digits a registration number, or an
    old ID card when only that fits. Whoever knows the kind asks `check_…` instead.
    """
    text, changed = normalize(raw)
    match len(text):
        case 18 if _is_rather_person(text, regions, exceptions):
            return check_person_id(raw, as_of=as_of)
        case 17 | 18 | 19:
            return check_uscc(raw, regions=regions, exceptions=exceptions)
        case 15 if is_digits(text):
            return _check_fifteen(raw, as_of)
        case 9:
            return check_orgcode(raw)
        case length:
            return Identification(
                raw, "unknown", False, "alphabet" if length == 15 else "length", changed, text
            )


def check_uscc(raw: str, *, regions: Regions, exceptions: frozenset[str] = frozenset()) -> Identification:
    """Check a unified social credit code (GB 32100-2015, amendment 1).

    `exceptions`: normalised codes that the registration authority has confirmed although their check digit
    fails. The embedded organisation code's own check digit and the division are warnings, since lawful old
    codes break both; a division that is not six digits is an error.
    """
    code, changed = normalize(raw)
    if code == tables.PLACEHOLDER:
        return Identification(raw, "placeholder", False, "placeholder", changed, code)
    reason = _uscc_reason(code)
    found = _uscc_warnings(code, regions) if reason in (None, "check_digit") else ()
    if reason == "check_digit" and code in exceptions:
        reason, found = None, (*found, "exception_confirmed")
    candidates = repairs(code, regions) if reason else ()
    return Identification(raw, "uscc", reason is None, reason, changed + found, code, candidates)


def check_orgcode(raw: str) -> Identification:
    """Check an organisation code (GB 11714); the hyphen before the check character is its printed form."""
    code, changed = normalize(raw)
    if _has_printed_hyphen(raw):
        changed = tuple(name for name in changed if name != "normalized_hyphen")
    reason = _orgcode_reason(code)
    return Identification(raw, "orgcode", reason is None, reason, changed, code)


def check_regno(raw: str) -> Identification:
    """Check a 15-digit registration number (MOD 11,10); any other form is let through as `unverified`.

    Numbers of foreign-invested firms and of the years before 2007 are shorter or carry letters and hyphens.
    """
    code, changed = normalize(raw)
    if len(code) == 15 and is_digits(code):
        reason: Reason | None = None if regno_check_passes(code) else "check_digit"
        return Identification(raw, "regno", reason is None, reason, changed, code)
    code, changed = normalize(raw, keep_hyphens=True)
    if not code:
        return Identification(raw, "regno", False, "length", changed, code)
    return Identification(raw, "regno", True, None, (*changed, "unverified"), code)


def check_person_id(raw: str, *, as_of: date) -> Identification:
    """Check an ID card number (GB 11643-1999) as of a date; a 15-digit one is brought to 18 in `normalized`.

    No repairs are ever proposed: a corrected number would be another person's.
    """
    code, changed = normalize(raw)
    if len(code) == 15 and is_digits(code):
        code = f"{code[:6]}19{code[6:]}"
        code += person_check_char(code)
        changed = (*changed, "upgraded_15")
    reason = _person_reason(code, as_of)
    if reason == "birth_date":
        return Identification(raw, "person_id", False, "alphabet", (*changed, "birth_date"), code)
    return Identification(raw, "person_id", reason is None, reason, changed, code)


def _uscc_reason(code: str) -> Reason | None:
    if len(code) != 18:
        return "length"
    if any(char not in tables.USCC_VALUES for char in code):
        return "alphabet"
    if code[0] not in tables.DEPARTMENTS:
        return "authority"
    if code[1] not in tables.DEPARTMENTS[code[0]]:
        return "category"
    if not is_digits(code[2:8]):
        return "region"
    return None if uscc_check_passes(code) else "check_digit"


def _uscc_warnings(code: str, regions: Regions) -> tuple[str, ...]:
    standing = regions.standing(code[2:8])
    found = () if standing == "current" else (f"region_{standing}",)
    return found if org_check_passes(code[8:17]) else (*found, "org_check_digit")


def _orgcode_reason(code: str) -> Reason | None:
    if len(code) != 9:
        return "length"
    if any(char not in tables.ORG_VALUES for char in code):
        return "alphabet"
    return None if org_check_passes(code) else "org_check_digit"


def _has_printed_hyphen(raw: str) -> bool:
    text, _ = normalize(raw, keep_hyphens=True)
    return len(text) == 10 and text[8] == "-" and "-" not in text[:8] + text[9:]


def _person_reason(code: str, as_of: date) -> Reason | Literal["birth_date"] | None:
    if len(code) != 18:
        return "length"
    if not is_digits(code[:17]) or code[17] not in tables.ORG_CHECK_VALUES:
        return "alphabet"
    if code[:2] not in tables.ID_PROVINCES:
        return "region"
    born = birth_date(code[6:14])
    if born is None or born > as_of:
        return "birth_date"
    return None if person_check_char(code) == code[17] else "check_digit"


def _is_rather_person(code: str, regions: Regions, exceptions: frozenset[str]) -> bool:
    """Weigh what speaks for an ID card against what speaks for a unified code; a tie is a unified code.

    For the card: digits 7–14 are a date of 1850–2099; digits 1–6 are a division; given one of the two, its
    check character. For the code: known department, kind and division; its check character. So one wrong
    character rarely turns either into the other, and a wrong ID card is no company by 1 chance in 31.
    """
    if code in exceptions or code == tables.PLACEHOLDER:
        return False
    born, place = birth_date(code[6:14]) is not None, regions.known(code[:6])
    checked = is_digits(code[:17]) and person_check_char(code) == code[17]
    for_card = born + place + (checked and (born or place))
    reason = _uscc_reason(code)
    for_code = (reason is None) + (reason in (None, "check_digit") and regions.known(code[2:8]))
    return for_card > for_code


def _check_fifteen(raw: str, as_of: date) -> Identification:
    number = check_regno(raw)
    card = check_person_id(raw, as_of=as_of)
    return card if card.valid and not number.valid else number


__all__ = [
    "Identification",
    "Kind",
    "Reason",
    "check_orgcode",
    "check_person_id",
    "check_regno",
    "check_uscc",
    "identify",
    "looks_like_person",
    "normalize",
]
