"""The canonical row and its leaf: batch equals single, unpacking is the inverse, a stranger can recompute."""

from __future__ import annotations

from hashlib import sha256

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel import canonical

FIELDS = ["A_MC", "A_RQ", "A_BZ"]
LAYOUT = canonical.layout_id("A", FIELDS)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
rows = st.lists(st.fixed_dictionaries({f: st.none() | texts for f in FIELDS}), min_size=1, max_size=5)


@given(rows)
def test_a_frame_is_packed_as_each_row_is(given_rows):
    frame = pl.DataFrame(given_rows, schema=dict.fromkeys(FIELDS, pl.String))
    packed = frame.select(canonical.pack_expr(LAYOUT, FIELDS)).to_series().to_list()
    assert packed == [canonical.pack(LAYOUT, FIELDS, row) for row in given_rows]


@given(rows)
def test_unpacking_is_the_inverse(given_rows):
    for row in given_rows:
        packed = canonical.pack(LAYOUT, FIELDS, row)
        assert canonical.unpack(packed, {LAYOUT: FIELDS}) == {k: v for k, v in row.items() if v}


@given(texts, st.binary(min_size=16, max_size=16))
def test_the_leaf_is_sha256_of_the_salts_hex_and_the_row(payload, salt):
    expected = sha256(salt.hex().encode() + payload.encode()).digest()
    assert canonical.leaf(salt, payload) == expected
    frame = pl.DataFrame({"s": [salt.hex()], "p": [payload]})
    assert frame.select(canonical.leaf_expr("s", "p")).item() == expected.hex()


def test_salts_differ_by_row_and_by_secret():
    one, other = canonical.salts("secret", 7, 3), canonical.salts("another", 7, 3)
    assert len({*one, *other}) == 6 and all(len(s) == 16 for s in [*one, *other])
    assert not {*one} & {*canonical.salts("secret", 10, 3)}


def test_layouts_are_named_by_their_fields():
    assert canonical.layout_id("A", FIELDS) != canonical.layout_id("A", FIELDS[::-1])
    with pytest.raises(KeyError):
        canonical.unpack(canonical.pack(LAYOUT, FIELDS, {}), {})
