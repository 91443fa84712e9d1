"""Short cuts must never change an answer: each is held against the plain way."""

from __future__ import annotations

import re
import struct
from uuid import UUID

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.archive import binary_copy
from xinyong.kernel import amounts, canonical, digests, text
from xinyong.kernel.detect import find_prohibited, prohibited_series
from xinyong.kernel.distinct import few_distinct, handed_out
from xinyong.kernel.literals import required_literals

ODD = st.sampled_from(
    list(text.TRIMMED)
    + list('\x00\x07\x1f\x7f\x80\x9f\u2028\ufdd0\uffff\U0001ffff\U00020bb7·“”，、￥甲a1"\r')
)
CELLS = st.text(st.one_of(ODD, st.characters(codec="utf-8")), max_size=5)
PLAIN = st.text(st.sampled_from(list(" \u3000甲乙，。、“”·￥a1")), max_size=6)


def needs_something(value: str) -> bool:
    return text.clean(value) != value or text.contains_control(value)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4), st.sampled_from(",;\t"))
def test_a_block_with_an_untidy_cell_is_never_called_tidy(rows, separator):
    cut = [[c for c in row if not {separator, "\n", "\r", '"'} & set(c)] for row in rows]
    block = "\r\n".join(separator.join(row) for row in cut)
    if any(needs_something(cell) for row in cut for cell in row):
        assert not text.block_is_tidy(block.encode(), ord(separator))


@given(st.lists(CELLS, max_size=5))
def test_a_column_with_an_untidy_cell_is_never_called_tidy(cells):
    if any(needs_something(cell) for cell in cells):
        assert not text.column_is_tidy(pl.Series(cells, dtype=pl.String))


@given(st.lists(st.one_of(st.none(), PLAIN), max_size=6))
def test_a_column_of_ordinary_cells_is_called_tidy(cells):
    tidy = not any(needs_something(cell) for cell in cells if cell)
    assert text.column_is_tidy(pl.Series(cells, dtype=pl.String)) is tidy


@pytest.mark.parametrize("offset", range(-4, 3))
@pytest.mark.parametrize(
    "bad", [" ,", ", ", "\u3000\n", ",\u3000", "\xa0", "\ufeff", "\u200b", "\x00", "\r,"]
)
def test_an_untidy_cell_across_the_seam_of_two_chunks_is_found(bad, offset):
    block = b"a" * (text._CHUNK + offset) + bad.encode() + b"a" * 9
    assert not text.block_is_tidy(block, ord(","))


WORDS = st.text(st.sampled_from("ab甲乙kS"), min_size=1, max_size=3)
PATTERNS = st.recursive(
    st.one_of(WORDS, WORDS.map(lambda w: f"[{w}]"), st.just("."), st.just(r"\b")),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda p: f"(?:{p[0]}|{p[1]})"),
        inner.map(lambda p: f"(?i:{p})"),
        inner.map(lambda p: f"(?:{p})" + "{0,2}"),
        inner.map(lambda p: f"({p})+"),
    ),
    max_leaves=6,
)


@given(
    st.lists(PATTERNS, min_size=1, max_size=3),
    st.text(st.sampled_from("abABkKsS\u212a\u017f甲乙"), max_size=8),
)
@settings(max_examples=100)
def test_whatever_matches_holds_one_of_the_required_words(patterns, value):
    words = required_literals(patterns)
    if words is not None and any(re.search(p, value) for p in patterns):
        assert any(word in value for word in words)


def test_the_words_of_a_pattern_are_the_rare_ones():
    assert required_literals(["(患有|确诊)[一-龥]{0,12}(病|症)"]) == {"患有", "确诊"}
    assert required_literals(["(?i)hiv"]) == {"hiv", "hiV", "hIv", "hIV", "Hiv", "HiV", "HIv", "HIV"}
    assert required_literals(["[甲乙]"]) is None
    assert required_literals(["甲", "."]) is None


@given(st.lists(st.one_of(st.none(), st.text(st.sampled_from("病史患有炎甲HIVhiv"), max_size=8)), max_size=8))
def test_prohibited_content_of_a_column_is_that_of_its_texts(values):
    patterns = ["病史", "(患有|罹患).{0,3}(病|炎)", "(?i)hiv"]
    found = prohibited_series(pl.Series(values, dtype=pl.String), patterns)
    assert found.to_list() == [bool(v and find_prohibited(v, patterns)) for v in values]


@given(st.lists(st.sampled_from([None, "1.50", "0", "x", "5000元", "-1", " 2 "]), min_size=1, max_size=8))
@settings(max_examples=20)
def test_amounts_handed_out_by_value_are_those_of_each_row(values):
    column = pl.Series(values * 600, dtype=pl.String)
    expected = [amounts.normalise_amount(v) if v is not None else (None, None) for v in values] * 600
    fixed, errors = amounts.parse_amount_series(column)
    assert list(zip(fixed.to_list(), errors.to_list(), strict=True)) == expected


def test_few_values_are_found_and_many_are_not():
    few = pl.Series(["a", None, "b", "a"] * 2000)
    assert sorted(few_distinct(few)) == ["a", "b"]
    assert few_distinct(pl.Series([str(i) for i in range(8000)])) is None
    assert few_distinct(pl.Series(["a"] * 10)) is None
    images = pl.Series([None, 7])
    assert handed_out(few, pl.Series(["a", "b"]), images).to_list() == [None, None, 7, None] * 2000


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 2**64 - 1), max_size=12))
def test_repeated_keys_are_those_that_stood_further_up(few, many):
    for keys in (few, many):
        expected = [key in keys[:at] for at, key in enumerate(keys)]
        assert digests.repeated(np.array(keys, np.uint64)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2**64 - 1)), min_size=1, max_size=12))
def test_of_equal_keys_in_a_block_the_last_counts(pairs):
    keys, values = (np.array(x, np.uint64) for x in zip(*pairs, strict=True))
    block = digests.Block.build(1, keys, values.reshape(-1, 1))
    assert dict(zip(block.keys.tolist(), block.values[:, 0].tolist(), strict=True)) == dict(pairs)
    assert block.keys.tolist() == sorted(set(keys.tolist()))


@given(st.lists(st.uuids(), max_size=5))
def test_an_id_split_and_joined_is_itself(ids):
    halves = digests.split_id(pl.Series([i.hex for i in ids], dtype=pl.String))
    assert [digests.join_id(int(h), int(w)) for h, w in halves] == [i.hex for i in ids]


@given(
    st.lists(st.tuples(*[st.one_of(st.none(), PLAIN)] * 3), min_size=1, max_size=4),
    st.sets(st.sampled_from("bd")),
)
def test_fields_that_hold_nothing_may_be_named_when_packing(rows, empty):
    fields = ["a", "b", "c", "d", "e"]
    columns = {f: [r[i % 3] if f not in "bd" else None for r in rows] for i, f in enumerate(fields)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(fields, pl.String))
    packed = frame.select(canonical.pack_expr("L", fields, empty).alias("p"))["p"]
    assert packed.to_list() == [canonical.pack("L", fields, row) for row in frame.iter_rows(named=True)]


def test_a_row_for_binary_copy_has_every_field_with_its_length():
    ids = pl.Series([UUID(int=7).hex])
    raw = binary_copy.rows(
        [
            binary_copy.octets(binary_copy.unhexed(ids), 16),
            binary_copy.numbers(3, ">i2", 1),
            binary_copy.days(pl.Series(["2000-01-03"]).str.to_date()),
            binary_copy.days(pl.Series([None], dtype=pl.Date)),
        ],
        ["甲".encode()],
    )
    assert raw == struct.pack(">hi16sihiiii3s", 5, 16, UUID(int=7).bytes, 2, 3, 4, 2, -1, 3, "甲".encode())


def test_arrays_for_binary_copy_begin_where_they_are_told_to():
    one, two, three = (UUID(int=n).bytes for n in (1, 2, 3))
    ids = np.frombuffer(one + two + three, "V16")
    pair, single = binary_copy.arrays(ids, np.array([0, 2]), 2950)
    assert pair == struct.pack(">iiIiii16si16s", 1, 0, 2950, 2, 1, 16, one, 16, two)
    assert single == struct.pack(">iiIiii16s", 1, 0, 2950, 1, 1, 16, three)
