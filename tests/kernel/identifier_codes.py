"""Identifiers for tests, made from the standards' text alone: nothing of the product's own sums is used."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from xinyong.catalog.regions import load_regions

REGIONS = load_regions()
KNOWN = sorted(REGIONS.current | REGIONS.historical)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PAIRS = (
    "11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1"
).split()


def org_check(body: str) -> str:
    total = sum(int(char, 36) * weight for char, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def uscc_check(body: str) -> str:
    total = sum(ALPHABET.index(char) * 3**place for place, char in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def uscc(pair: str = "91", region: str = "500152", body: str = "YY000001") -> str:
    front = pair + region + body + org_check(body)
    return front + uscc_check(front)


def person_id(front: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return front + "10X98765432"[sum(int(d) * w for d, w in zip(front, weights, strict=True)) % 11]


def regno(front: str) -> str:
    product = 10
    for digit in front:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return front + str((11 - product) % 10)


def replaced(code: str, place: int, char: str) -> str:
    return code[:place] + char + code[place + 1 :]


usccs = st.builds(
    uscc,
    st.sampled_from(PAIRS),
    st.integers(0, len(KNOWN) - 1).map(KNOWN.__getitem__),
    st.text(ALPHABET, min_size=6, max_size=6).map(lambda tail: "YY" + tail),
)
places = st.integers(0, 17)
substituted = st.builds(replaced, usccs, places, st.sampled_from(ALPHABET + "OIZSV-*测"))
swapped = st.builds(
    lambda code, i: code[:i] + code[i : i + 2][::-1] + code[i + 2 :], usccs, st.integers(0, 16)
)
shortened = st.builds(lambda code, i: code[:i] + code[i + 1 :], usccs, places)
lengthened = st.builds(
    lambda code, i, char: code[:i] + char + code[i:], usccs, places, st.sampled_from(ALPHABET)
)
misread = usccs.map(lambda code: code.replace("0", "O").replace("1", "I").replace("5", "S"))
wide = usccs.map(lambda code: "".join(chr(ord(char) + 0xFEE0) for char in code))
padded = st.builds(
    lambda left, code, right: left + code.lower() + right,
    st.sampled_from(["", " ", "\t", "\u3000", "\u202a"]),
    usccs,
    st.sampled_from(["", "\r\n", "\xa0", "\ufeff", "-"]),
)
person_ids = st.builds(
    lambda region, day, number: person_id(f"{region}{day:%Y%m%d}{number:03}"),
    st.sampled_from(["110105", "500223", "510227", "990000"]),
    st.dates(date(1700, 1, 1), date(2200, 1, 1)),
    st.integers(0, 999),
)
garbage = st.one_of(
    st.text(max_size=24),
    st.text(ALPHABET + "OIZSV -", min_size=14, max_size=20),
    st.text("0123456789X", min_size=8, max_size=19),
    st.sampled_from(["", "0" * 17 + "X", "0" * 17 + "x", "0" * 18, "ß" * 9, "\0" * 18, "ﬁ" * 6]),
)
anything = st.one_of(
    usccs, substituted, swapped, shortened, lengthened, misread, wide, padded, person_ids, garbage
)
