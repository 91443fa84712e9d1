"""Identifiers against published examples and a library nobody here wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from sampledistrict import codes

BODIES = st.text(codes.ALPHABET, min_size=8, max_size=8)
PREFIXES = st.sampled_from(["11", "12", "51", "52", "53", "91", "92", "93", "31", "71", "81"])


def test_the_examples_of_the_standards_come_out() -> None:
    assert codes.uscc("91", "350100", "M000100Y") == "91350100M000100Y43"
    assert codes.uscc("91", "500152", "MA6A0B1C") == "91500152MA6A0B1C1B"
    assert codes.org_check("D2143569") == "X"
    assert codes.regno("110108", 1) == "110108000000016"


@given(PREFIXES, BODIES)
def test_codes_pass_the_library(prefix: str, body: str) -> None:
    assert uscc.is_valid(codes.uscc(prefix, "500152", body))


@given(PREFIXES, BODIES)
def test_an_odd_code_is_right_as_a_whole_and_wrong_inside(prefix: str, body: str) -> None:
    odd = codes.uscc_with_bad_org_check(prefix, "500152", body)
    assert uscc.is_valid(odd)
    assert odd[16] != codes.org_check(odd[8:16])


@given(st.dates().map(lambda day: day.strftime("%Y%m%d").zfill(8)), st.integers(0, 999))
def test_id_numbers_have_a_right_check_digit_and_a_region_of_nowhere(birth: str, serial: int) -> None:
    number = codes.person_id(birth, serial)
    assert ric.calc_check_digit(number) == number[17]
    assert number.startswith("509999")
    with pytest.raises((ValidationError, KeyError)):
        ric.get_birth_place(number)


@given(st.lists(st.tuples(PREFIXES, BODIES), min_size=1, max_size=20))
def test_a_column_of_codes_equals_one_by_one(pairs: list[tuple[str, str]]) -> None:
    prefixes, bodies = [p for p, _ in pairs], [b for _, b in pairs]
    column = codes.uscc_column(prefixes, ["500223"] * len(pairs), bodies)
    assert column == [codes.uscc(p, "500223", b) for p, b in pairs]


@pytest.mark.parametrize("sequence", [0, 7, 60_000_001, 99_999_999])
def test_registration_numbers_meet_the_definition_of_mod_11_10(sequence: int) -> None:
    number = codes.regno("500223", sequence)
    product = 10
    for digit in map(int, number[:14]):
        total = (product + digit) % 10
        product = (total if total else 10) * 2 % 11
    assert len(number) == 15
    assert (product + int(number[14])) % 10 == 1
