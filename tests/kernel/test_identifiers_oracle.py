"""Against a library and tables that nobody here wrote."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identifier_codes import ALPHABET, REGIONS, places, replaced, usccs
from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from xinyong.catalog.regions import load_regions
from xinyong.kernel import identifiers_tables
from xinyong.kernel.identifiers import check_person_id, check_regno, check_uscc

SHARED = Path(os.environ.get("XINYONG_SHARED", Path(__file__).parents[3] / "shared")) / "data"


def shared_rows(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"reference table {name} not found; set XINYONG_SHARED to the folder that holds data/")
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_departments_and_kinds_are_those_of_the_reference_table() -> None:
    ours = {
        (first, second) for first, seconds in identifiers_tables.DEPARTMENTS.items() for second in seconds
    }
    assert ours == {(row["dept_code"], row["type_code"]) for row in shared_rows("gb32100/dept_and_type.csv")}
    assert len(ours) == 36


@given(usccs, places, st.sampled_from(ALPHABET))
def test_unified_codes_of_the_departments_it_knows_are_judged_as_stdnum_judges_them(
    code: str, place: int, char: str
) -> None:
    for one in (code, replaced(code, place, char)):
        if one[0] in "159" and one[1] in "123":  # stdnum refuses letters in front and does not know the rest
            assert check_uscc(one, regions=REGIONS).valid == stdnum_uscc.is_valid(one)


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 999), st.sampled_from("0123456789X"))
def test_id_cards_are_judged_as_stdnum_judges_them(day: date, number: int, check: str) -> None:
    front = f"110105{day:%Y%m%d}{number:03}"
    for code in (front + check, front + ric.calc_check_digit(front + "0")):
        assert check_person_id(code, as_of=date(2026, 3, 5)).valid == ric.is_valid(code)


@given(st.integers(19000000, 20209999))
def test_birth_dates_are_possible_where_stdnum_finds_them_possible(digits: int) -> None:
    code = f"110105{digits}001"
    code += ric.calc_check_digit(code + "0")
    try:
        ric.get_birth_date(code)
        possible = True
    except ValidationError:
        possible = False
    assert check_person_id(code, as_of=date(2026, 3, 5)).valid == possible


@given(st.text("0123456789", min_size=15, max_size=15))
def test_registration_numbers_are_judged_as_stdnums_mod_11_10_judges_them(number: str) -> None:
    for code in (number, number[:14] + mod_11_10.calc_check_digit(number[:14])):
        assert check_regno(code).valid == mod_11_10.is_valid(code)


def test_every_division_of_the_reference_table_is_current() -> None:
    assert {row["code"] for row in shared_rows("gbt2260/divisions.csv")} == load_regions().current - {
        "100000"
    }


def test_every_code_of_the_change_events_is_known() -> None:
    rows = shared_rows("gbt2260/change_events.csv")
    codes = {row[side] for row in rows for side in ("old_code", "new_code")} - {""}
    assert codes == (codes & load_regions().current) | load_regions().historical


@pytest.mark.parametrize("code", ["500223", "510227", "512123", "512625", "500105", "500112"])
def test_former_codes_of_tongnan_and_its_neighbours_are_historical(code: str) -> None:
    assert load_regions().standing(code) == "historical"
