from datetime import date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel

from xinyong.kernel.dates import parse_date, parse_date_series

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SHAPES = [
    "{0}/{1}/{2}",
    "{0}-{1:02}-{2:02}",
    "{0}/{1:02}/{2:02}",
    "{0}.{1}.{2}",
    "{0}年{1}月{2}日",
    "{0}{1:02}{2:02}",
    "{0} 年 {1} 月 {2} 日",
]
CLOCKS = [
    "",
    " 00:00:00",
    "T08:30",
    " 9:05",
    "T23:59:59.123",
    " 24:00",
    " 10:61",
    "T16:00:00Z",
    "T16:00:00+08:00",
    " 01:00:00-0500",
    "x",
]
NUMBERS = st.tuples(st.integers(1890, 2105), st.integers(0, 13), st.integers(0, 32))
SPELLED = st.builds(
    lambda parts, shape, clock: shape.format(*parts) + clock,
    NUMBERS,
    st.sampled_from(SHAPES),
    st.sampled_from(CLOCKS),
)
WIDE = str.maketrans("0123456789/-.", "０１２３４５６７８９／－．")
JUNK = st.text(alphabet="0123456789-/.年月日 T:Z+　１", max_size=14)
VALUES = (
    st.none()
    | SPELLED
    | SPELLED.map(lambda text: text.translate(WIDE))
    | JUNK
    | st.integers(0, 99999).map(str)
)


@given(st.lists(VALUES, max_size=12))
def test_a_column_is_read_as_its_values_are(values):
    read = parse_date_series(pl.Series("d", values, dtype=pl.String))
    assert read.to_list() == [None if value is None else parse_date(value) for value in values]
    assert (read.dtype, read.name) == (pl.Date, "d")


@given(DAYS, st.sampled_from(SHAPES), st.sampled_from(["", " 00:00:00", "T08:30", " 9:05", "T23:59:59.123"]))
def test_every_day_is_read_in_every_spelling(day, shape, clock):
    assert parse_date(shape.format(day.year, day.month, day.day) + clock) == day


@given(st.integers(20000, 73050))
def test_excel_serials_agree_with_openpyxl(serial):
    assert parse_date(str(serial)) == from_excel(serial).date()


@given(st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 30)), st.integers(-12 * 60, 14 * 60))
def test_a_moment_with_a_zone_is_read_as_its_day_in_beijing(moment, minutes):
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(aware.isoformat()) == aware.astimezone(timezone(timedelta(hours=8))).date()


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2025/2/29",
        "2026年13月1日",
        "20260001",
        "26-3-5",
        "2026-3",
        "1899-12-31",
        "2100-01-01",
        "19999",
        "80001",
        "74000",
        "2026/3-5",
        "2026-03-05 25:00",
        "二〇二六年三月五日",
        "2026-03-0510:00",
        "9999-12-31T23:00:00-05:00",
        "0000-01-01",
        "",
        " ",
    ],
)
def test_what_names_no_possible_day_is_no_date(text):
    assert parse_date(text) is None


def test_digits_of_other_scripts_are_no_date():
    assert parse_date("٢٠٢٦-٠٣-٠٥") is None


def test_full_width_digits_are_read():
    assert parse_date("２０２６／３／５") == date(2026, 3, 5)


def test_a_leap_day_and_the_end_of_time_are_read():
    assert (parse_date("2024-2-29"), parse_date("2099/12/31")) == (date(2024, 2, 29), date(2099, 12, 31))


def test_an_empty_column_and_one_of_nulls_are_read():
    assert parse_date_series(pl.Series([], dtype=pl.String)).to_list() == []
    assert parse_date_series(pl.Series([None, None], dtype=pl.String)).to_list() == [None, None]


def test_ten_characters_that_are_no_date_are_no_date_in_a_column_either():
    values = [
        "2026-03-05",
        "2100-01-01",
        "1899-12-31",
        "2026-00-10",
        "2026-02-29",
        "+026-01-01",
        "2026-1 -01",
    ]
    assert parse_date_series(pl.Series(values)).to_list() == [date(2026, 3, 5)] + [None] * 6


def test_a_mixed_column_is_read_whole():
    values = ["2026/03/05", "2026-03-05", "45000", "2026年3月5日", None, "2026-03-05 00:00:00", "不详"]
    day = date(2026, 3, 5)
    assert parse_date_series(pl.Series(values)).to_list() == [
        day,
        day,
        date(2023, 3, 15),
        day,
        None,
        day,
        None,
    ]
