import random
from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from identifier_codes import (
    ALPHABET,
    KNOWN,
    PAIRS,
    REGIONS,
    anything,
    garbage,
    org_check,
    person_id,
    person_ids,
    regno,
    replaced,
)
from identifier_codes import uscc as make

from xinyong.kernel import identifiers, identifiers_batch
from xinyong.kernel.identifiers import Identification

TODAY = date(2026, 3, 5)
EXCEPTIONS = frozenset({replaced(make(), 17, "0"), replaced(make("92"), 17, "1")})
columns = st.lists(st.one_of(st.none(), anything, st.sampled_from(sorted(EXCEPTIONS))), max_size=25)
numbers = st.text("0123456789", min_size=14, max_size=14).map(regno)
orgcodes = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8).map(
    lambda body: f"{body}-{org_check(body)}"
)


def assert_same(raw: str | None, row: dict[str, object], one: Identification | None) -> None:
    if one is None:
        assert row["normalized"] is row["valid"] is row["reason"] is None
        assert not any(row.values())
        return
    said = {name for name, value in row.items() if value is True} - {"valid", "is_placeholder"}
    assert (row["normalized"], row["valid"], row["reason"]) == (one.normalized, one.valid, one.reason), raw
    assert said == set(one.warnings), raw


def compare(raws: list[str | None], frame: pl.DataFrame, ones: list[Identification | None]) -> None:
    assert frame.height == len(raws)
    for raw, row, one in zip(raws, frame.iter_rows(named=True), ones, strict=True):
        assert_same(raw, row, one)


@given(columns)
@settings(deadline=None, max_examples=100)
def test_a_column_of_unified_codes_gets_the_answers_of_single_codes(raws: list[str | None]) -> None:
    frame = identifiers_batch.check_uscc_batch(
        pl.Series(raws, dtype=pl.String), regions=REGIONS, exceptions=EXCEPTIONS
    )
    ones = [
        None if raw is None else identifiers.check_uscc(raw, regions=REGIONS, exceptions=EXCEPTIONS)
        for raw in raws
    ]
    compare(raws, frame, ones)
    assert frame["is_placeholder"].to_list() == [
        one is not None and one.kind == "placeholder" for one in ones
    ]


@given(columns)
@settings(deadline=None, max_examples=100)
def test_a_column_of_defective_codes_gets_the_repairs_of_single_codes(raws: list[str | None]) -> None:
    ones = [identifiers.check_uscc(raw, regions=REGIONS) for raw in raws if raw is not None]
    wrong = [one for one in ones if not one.valid]
    codes = pl.Series([one.normalized for one in wrong], dtype=pl.String)
    repairs = identifiers_batch.candidates_batch(codes, regions=REGIONS)
    assert repairs.to_list() == [list(one.candidates) for one in wrong]


@given(
    st.lists(
        st.one_of(st.none(), person_ids, person_ids.map(lambda n: n[:6] + n[8:17]), anything), max_size=25
    )
)
@settings(deadline=None, max_examples=100)
def test_a_column_of_id_cards_gets_the_answers_of_single_ones(raws: list[str | None]) -> None:
    frame = identifiers_batch.check_person_id_batch(pl.Series(raws, dtype=pl.String), as_of=TODAY)
    compare(
        raws, frame, [None if raw is None else identifiers.check_person_id(raw, as_of=TODAY) for raw in raws]
    )


@given(st.lists(st.one_of(st.none(), orgcodes, orgcodes.map(str.lower), anything), max_size=25))
@settings(deadline=None, max_examples=100)
def test_a_column_of_organisation_codes_gets_the_answers_of_single_ones(raws: list[str | None]) -> None:
    frame = identifiers_batch.check_orgcode_batch(pl.Series(raws, dtype=pl.String))
    compare(raws, frame, [None if raw is None else identifiers.check_orgcode(raw) for raw in raws])


@given(
    st.lists(
        st.one_of(st.none(), numbers, numbers.map(lambda n: f" {n[:3]}-{n[3:]}"), garbage, anything),
        max_size=25,
    )
)
@settings(deadline=None, max_examples=100)
def test_a_column_of_registration_numbers_gets_the_answers_of_single_ones(raws: list[str | None]) -> None:
    frame = identifiers_batch.check_regno_batch(pl.Series(raws, dtype=pl.String))
    compare(raws, frame, [None if raw is None else identifiers.check_regno(raw) for raw in raws])


def test_thousands_of_wrong_codes_get_the_repairs_of_single_codes() -> None:
    rng = random.Random(7)
    codes = [
        make(rng.choice(PAIRS), rng.choice(KNOWN), "".join(rng.choices(ALPHABET, k=8))) for _ in range(3000)
    ]
    codes += [make("13", "210319", "900307" + "".join(rng.choices(ALPHABET, k=2))) for _ in range(100)]
    wrong = [replaced(code, rng.randrange(18), rng.choice(ALPHABET + "OIZSV")) for code in codes]
    ones = [identifiers.check_uscc(code, regions=REGIONS) for code in wrong]
    frame = identifiers_batch.check_uscc_batch(pl.Series(wrong), regions=REGIONS)
    assert frame["reason"].to_list() == [one.reason for one in ones]
    repairs = identifiers_batch.candidates_batch(
        frame.filter(~pl.col("valid"))["normalized"], regions=REGIONS
    )
    assert repairs.to_list() == [list(one.candidates) for one in ones if not one.valid]


def test_leap_days_are_birth_dates_in_leap_years_only() -> None:
    cards = [person_id(f"500223{year}0229123") for year in (1896, 1900, 1996, 1999, 2000, 2024, 2025)]
    frame = identifiers_batch.check_person_id_batch(pl.Series(cards), as_of=TODAY)
    assert frame["valid"].to_list() == [True, False, True, False, True, True, False]


def test_a_long_column_worked_off_in_blocks_gets_the_same_answers() -> None:
    few = [
        make(),
        make()[:17],
        replaced(make(), 17, "0"),
        make().lower(),
        None,
        "0" * 17 + "X",
        make("N1"),
        "测",
    ]
    small = identifiers_batch.check_uscc_batch(pl.Series(few), regions=REGIONS)
    large = identifiers_batch.check_uscc_batch(pl.Series(few * 20_000), regions=REGIONS)
    assert large.unique().height == small.unique().height
    assert large.tail(len(few)).equals(small)


def test_an_empty_column_gives_an_empty_answer() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert identifiers_batch.check_uscc_batch(empty, regions=REGIONS).height == 0
    assert identifiers_batch.candidates_batch(empty, regions=REGIONS).to_list() == []


def test_the_column_handed_in_is_not_changed() -> None:
    raws = [make().lower(), "500223900307123", "D2143569-X", "x", None]
    column = pl.Series("normalized", raws)
    identifiers_batch.check_uscc_batch(column, regions=REGIONS)
    identifiers_batch.check_person_id_batch(column, as_of=TODAY)
    identifiers_batch.check_orgcode_batch(column)
    identifiers_batch.check_regno_batch(column)
    identifiers_batch.candidates_batch(column, regions=REGIONS)
    assert column.to_list() == raws
