"""Personal data in free text, and data about a natural person that must not be kept at all.

Found are mainland ID numbers, mobile numbers, bank cards and addresses down to the dwelling, also in full
width and with one space or hyphen between digits. What carries a check digit is proved by it; the rest is
recognised by its shape, so a finding masks a public copy and warns, and never refuses a row.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import polars as pl

from xinyong.kernel import identifiers_sums as sums
from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.literals import required_literals
from xinyong.kernel.masking import CARD_KEPT, MASK, MOBILE_KEPT, PERSON_ID_KEPT
from xinyong.kernel.text import flags, replace_where, to_half_width, to_half_width_series

Kind = Literal["person_id", "mobile", "bank_card", "address"]


class Finding(NamedTuple):
    """One piece of personal data: text[start:end]."""

    kind: Kind
    start: int
    end: int


# All patterns but the two coarse ones read half-width text; conversion keeps every position.
_SEPARATORS = " \u00a0\u2002\u2003\u2009\u200b\\-\u2010-\u2015\u2212"
_DIGITS = re.compile(rf"(?<![0-9])[0-9]{{2}}(?:[{_SEPARATORS}]?[0-9]){{0,17}}")
_CHECK_X = re.compile(rf"[{_SEPARATORS}]?[Xx]")
_USCC = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NP-RTUWXYa-hj-np-rtuwxy]{18}(?![0-9A-Za-z])")
_BEFORE_DOCUMENT_NUMBER = re.compile(r"[第字〕\])】}][ ]?$")
_BEFORE_REGISTRATION_NUMBER = re.compile(r"(?:注册号|登记号|执照号码?|执照编号)[^0-9]{0,3}$")

# The first two digits a mobile number, an ID number or a card can have. 63 literals: with 65 or more the
# regular expression engine gives up its fast literal search and takes four times as long.
_STARTS = "1[1-9]|2[1-3]|3[1-7]|[4-69][0-9]|71|8[1-3]"
# Issuers begin with 35, 4, 5, 6 or 9; all that begins 91 to 93 is left to the unified codes of firms.
_CARD_START = "35|[4-6][0-9]|9[04-9]"
_CARD = re.compile(_CARD_START)
_PROVINCE = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
_FIRST_GROUP = 3

_SIGN = "[0-9A-Za-z一二三四五六七八九十百零〇]"
_TAIL = "(?:-[0-9A-Za-z]{1,4}){0,3}"
_NUM = f"{_SIGN}{{1,6}}{_TAIL}"
_FIRST_SIGN = "[1-9一二三四五六七八九十]"
_REST = r"[^,.;:!?，．；：！？。、\n]"
_HOUSE = f"{_NUM}号{_REST}{{0,12}}?"
_BLOCK = f"{_NUM}(?:号楼|栋|幢|座)"
_ADDRESS_PATTERN = "|".join(
    (
        f"(?:{_HOUSE})?(?:{_BLOCK}{_REST}{{0,4}}?)?{_NUM}单元{_REST}{{0,6}}?{_NUM}[室户号]?",
        f"(?:{_HOUSE})?{_BLOCK}(?:{_NUM}[层楼])?(?:{_NUM}[室户号]|[0-9]{{1,3}}-[0-9]{{1,4}}(?:-[0-9]{{1,4}})?)",
        f"(?:{_HOUSE})?{_BLOCK}{_REST}{{0,8}}?{_NUM}室",
        f"{_HOUSE}{_NUM}室",
        f"(?:[1-9][0-9]?|[一二三四五六七八九十]{{1,3}})(?:村民小组|居民小组|组|社){_FIRST_SIGN}{_SIGN}{{0,5}}{_TAIL}号",
    )
)
_ADDRESS = re.compile(_ADDRESS_PATTERN)
_ADDRESS_WORDS = f"室|单元|[栋幢座]|号楼|组|社{_FIRST_SIGN}"

_WIDE_SIGNS = "[０-９]|[Ａ-Ｊ]|[Ｋ-Ｔ]|[Ｕ-Ｚ]|[ａ-ｊ]|[ｋ-ｔ]|[ｕ-ｚ]|－|\u3000"
_ADDRESS_HINT_PATTERN = f"{_SIGN}(?:室|栋|幢|座|号楼|单元)|[组社]{_SIGN}"
_ADDRESS_HINT = re.compile(_ADDRESS_HINT_PATTERN)
_COARSE_DIGITS = f"(?:{_STARTS})[0-9{_SEPARATORS}\u3000\uff0d]{{9}}"
_COARSE_WORDS = f"[０-９]|{_ADDRESS_WORDS}"
_NEXT = f"[{_SEPARATORS}]?[0-9]"
_FINE_KINDS = (
    f"(?:(?:00)?86)?1[3-9][0-9](?:{_NEXT}){{8}}",
    f"(?:{_PROVINCE})[0-9](?:{_NEXT}){{12}}",
    f"(?:{_PROVINCE})[0-9](?:{_NEXT}){{3}}[{_SEPARATORS}]?(?:18|19|20)(?:{_NEXT}){{9}}[{_SEPARATORS}]?[0-9Xx]",
    f"(?:{_CARD_START})[0-9]{{2}}(?:{_NEXT}){{12,15}}",
)
_LOOSE_DIGITS = "|".join(_FINE_KINDS)
_FINE_DIGITS = rf"(?:\A|[^0-9])(?:{_LOOSE_DIGITS})(?:[^0-9]|\z)"


def find_personal(text: str) -> list[Finding]:
    """Personal data in a text, in order and without overlap.

    A number that is a valid unified social credit code is none, unless it is a valid ID number as well; a
    document number (字第…号, 〔2024〕…号) counts only as an ID number of 18 characters.
    """
    half = to_half_width(text)
    numbers = list(_numbers(half))
    if not _ADDRESS_HINT.search(half):
        return numbers
    places = [Finding("address", *found.span()) for found in _ADDRESS.finditer(half)]
    return sorted(
        numbers + [place for place in places if not _overlaps(place, numbers)], key=lambda f: f.start
    )


def _overlaps(one: Finding, others: Sequence[Finding]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


def _numbers(text: str) -> Iterator[Finding]:
    codes = [match.span() for match in _USCC.finditer(text) if _is_unified_code(match[0].upper())]
    at = 0
    while match := _DIGITS.search(text, at):
        finding = _number_at(text, match, codes)
        at = finding.end if finding else _group_end(text, match.start())
        if finding:
            yield finding


def _is_unified_code(code: str) -> bool:
    return (
        code[1] in tables.DEPARTMENTS.get(code[0], "")
        and (code[2:4] in tables.ID_PROVINCES or code[2:4] == "10")
        and sums.uscc_check_passes(code)
    )


def _group_end(text: str, at: int) -> int:
    while at < len(text) and text[at] in "0123456789":
        at += 1
    return at


def _number_at(text: str, match: re.Match[str], codes: list[tuple[int, int]]) -> Finding | None:
    """The finding that begins at one group of digits, the surest kind first."""
    start = match.start()
    places = [place for place in range(start, match.end()) if text[place] in "0123456789"]
    if end := _person_id_end(text, places):
        return Finding("person_id", start, end)
    if any(begin <= start < stop for begin, stop in codes):
        return None
    for kind, first, count in _candidates(text, places):
        end = places[first + count - 1] + 1
        if not _is_document_number(text, start, end):
            return Finding(kind, places[first], end)
    return None


def _candidates(text: str, places: list[int]) -> Iterator[tuple[Kind, int, int]]:
    """(kind, first digit, number of digits) of what the digits can be, longest first."""
    digits = "".join(text[place] for place in places)
    for count in range(min(len(digits), 19), 15, -1):
        if _ends(text, places, count) and _is_card(digits[:count]) and _together(places, 0, 4):
            yield "bank_card", 0, count
    if _ends(text, places, 15) and _is_old_person_id(text, places, digits[:15]):
        yield "person_id", 0, 15
    for first in (0, 2, 4):
        if digits[:first] in ("", "86", "0086") and _is_mobile(text, places, digits, first):
            yield "mobile", first, 11


def _ends(text: str, places: list[int], count: int) -> bool:
    """Whether a group of digits ends with the count-th digit."""
    if len(places) < count:
        return False
    after = places[count - 1] + 1
    return after == len(text) or text[after] not in "0123456789"


def _together(places: list[int], first: int, count: int) -> bool:
    """Whether the first digits stand side by side: 138 1234 5678, but not the day and month of 1-15 2024."""
    return places[first + count - 1] - places[first] == count - 1


def _person_id_end(text: str, places: list[int]) -> int:
    """Where a valid 18-character ID number that begins here ends; 0 if there is none."""
    if len(places) < 17 or not _together(places, 0, _FIRST_GROUP):
        return 0
    end = places[16] + 1
    check = _CHECK_X.match(text, end)
    end = check.end() if check else places[17] + 1 if len(places) > 17 else 0
    if not end or (end < len(text) and text[end].isascii() and text[end].isalnum()):
        return 0
    body = "".join(text[place] for place in places[:17])
    return end if _is_person_id(body + text[end - 1].upper()) else 0


def _is_person_id(code: str) -> bool:
    return (
        code[:2] in tables.ID_PROVINCES
        and sums.birth_date(code[6:14]) is not None
        and sums.person_check_char(code) == code[17]
    )


def _is_old_person_id(text: str, places: list[int], code: str) -> bool:
    """Fifteen digits with a birth date of the last century, and not introduced as a registration number."""
    before = text[max(0, places[0] - 12) : places[0]]
    return (
        _together(places, 0, _FIRST_GROUP)
        and code[:2] in tables.ID_PROVINCES
        and sums.birth_date("19" + code[6:12]) is not None
        and not _BEFORE_REGISTRATION_NUMBER.search(before)
    )


def _is_mobile(text: str, places: list[int], digits: str, first: int) -> bool:
    return (
        _ends(text, places, first + 11)
        and digits[first] == "1"
        and digits[first + 1] in "3456789"
        and _together(places, first, _FIRST_GROUP)
    )


def _is_card(digits: str) -> bool:
    """Issuer of a bank (ISO/IEC 7812) and the Luhn check digit."""
    if not _CARD.match(digits):
        return False
    odd = sum(int(char) for char in digits[::-2])
    even = sum(sum(divmod(2 * int(char), 10)) for char in digits[-2::-2])
    return (odd + even) % 10 == 0


def _is_document_number(text: str, start: int, end: int) -> bool:
    return (
        text.startswith("号", end)
        and _BEFORE_DOCUMENT_NUMBER.search(text[max(0, start - 2) : start]) is not None
    )


def mask_personal(text: str, *, addresses: bool = True) -> str:
    """The text with every finding masked by ＊, length unchanged; `addresses` False leaves addresses to be read.

    Kept: of an ID number the first three and last two characters, of a mobile number the first three and last
    four, of a card the last four; an address is masked from the house number on.
    """
    while found := [f for f in find_personal(text) if addresses or f.kind != "address"]:
        chars = list(text)
        for finding in found:
            start, end = _hidden(text, finding)
            chars[start:end] = MASK * (end - start)
        text = "".join(chars)
    return text


_KEPT: dict[Kind, tuple[int, int]] = {
    "person_id": PERSON_ID_KEPT,
    "mobile": MOBILE_KEPT,
    "bank_card": CARD_KEPT,
    "address": (0, 0),
}


def _hidden(text: str, finding: Finding) -> tuple[int, int]:
    """The part to mask: what lies between the digits kept in front and behind."""
    kind, start, end = finding
    if kind == "address":
        return start, end
    signs = [place for place in range(start, end) if to_half_width(text[place]) in "0123456789Xx"]
    front, back = _KEPT[kind]
    return signs[front], signs[-back - 1] + 1


def suspicious_series(series: pl.Series) -> pl.Series:
    """Which texts of a String series `find_personal` must look at: none with a finding is left out.

    Two literal searches over everything, then exact patterns on the few that remain.
    """
    mask = flags(series, _COARSE_DIGITS) | flags(series, _COARSE_WORDS)
    if not mask.any():
        return mask
    some = _half_width_where_it_matters(series.filter(mask))
    digits = _flags_in_turn(some, (_LOOSE_DIGITS, _FINE_DIGITS))
    places = _flags_in_turn(some, (_ADDRESS_WORDS, _ADDRESS_HINT_PATTERN, _ADDRESS_PATTERN))
    return replace_where(mask, mask, digits | places)


def _half_width_where_it_matters(series: pl.Series) -> pl.Series:
    """Full-width punctuation, which every Chinese text has, makes no difference to the patterns."""
    mask = flags(series, _WIDE_SIGNS)
    if not mask.any():
        return series
    return replace_where(series, mask, to_half_width_series(series.filter(mask)))


def _flags_in_turn(series: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Which values match all patterns, the cheap ones first and each on what the one before has left."""
    mask = flags(series, patterns[0])
    if len(patterns) == 1 or not mask.any():
        return mask
    return replace_where(mask, mask, _flags_in_turn(series.filter(mask), patterns[1:]))


def find_prohibited(text: str, patterns: Sequence[str]) -> list[str]:
    """What in a text matches the patterns of prohibited content (宗教信仰, 血型, …), each wording once.

    Patterns are regular expressions without look-around and back-references, so that both forms read them
    alike; one that matches the empty text matches nothing here and everything in the other form.
    """
    if not patterns:
        return []
    return list(dict.fromkeys(match[0] for match in re.finditer(_any_of(patterns), text) if match[0]))


def prohibited_series(series: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Whether `find_prohibited` finds anything in each text of a String series; null is false."""
    if not patterns:
        return pl.repeat(False, len(series), dtype=pl.Boolean, eager=True)
    return _flags_in_turn(series, _in_turn(tuple(patterns)))


@lru_cache(maxsize=8)
def _in_turn(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The words without which nothing can match, where there are such, then the patterns themselves."""
    words = required_literals(patterns)
    sieve = ("|".join(re.escape(word) for word in sorted(words)),) if words else ()
    return (*sieve, _any_of(patterns))


_FLAGS = re.compile(r"\(\?([a-z]+)\)")


def _any_of(patterns: Sequence[str]) -> str:
    """One pattern of all; flags at the start of one (`(?i)`) hold for that one alone, as Python wants it said."""
    flags = [_FLAGS.match(pattern) for pattern in patterns]
    return "|".join(
        f"(?{found[1]}:{pattern[found.end() :]})" if found else f"(?:{pattern})"
        for found, pattern in zip(flags, patterns, strict=True)
    )
