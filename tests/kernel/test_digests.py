"""Digest blocks answer as one dictionary would, however they are split and merged."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel.digests import Block, Known, digest_expr, join_id, merge, record_id_expr, split_id

keys = st.integers(1, 40)
pairs = st.lists(st.tuples(keys, st.integers(0, 1000)), max_size=30)


def block(born, given_pairs):
    k = np.array([p[0] for p in given_pairs], np.uint64)
    return Block.build(born, k, np.array([[p[1]] for p in given_pairs], np.uint64).reshape(-1, 1))


def known_of(batches):
    known = Known(1)
    for born, batch in enumerate(batches):
        known.add(block(born, batch))
    return known


def answers(known, asked):
    found, values = known.look_up(np.array(asked, np.uint64))
    return [int(v[0]) if f else None for f, v in zip(found, values, strict=True)]


@given(st.lists(pairs, max_size=6), st.lists(keys, max_size=40))
def test_the_newest_block_speaks_for_a_key(batches, asked):
    expected = {}
    for batch in batches:
        expected.update(batch)
    assert answers(known_of(batches), asked) == [expected.get(k) for k in asked]


@given(st.lists(pairs.filter(bool), min_size=1, max_size=6), st.integers(1, 6), st.lists(keys, max_size=40))
def test_merging_the_youngest_blocks_changes_no_answer(batches, last, asked):
    known = known_of(batches)
    merged = Known(1, [*known.blocks[:-last], merge(known.blocks[-last:])])
    assert answers(merged, asked) == answers(known, asked)


@given(pairs.filter(bool))
def test_a_block_survives_the_way_through_the_database(given_pairs):
    b = block(3, given_pairs)
    again = Block.from_bytes(3, len(b.keys), b.to_bytes())
    assert (again.keys == b.keys).all() and (again.values == b.values).all()


@given(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=5))
def test_record_ids_split_and_join(ids):
    halves = split_id(pl.Series(ids))
    assert [join_id(int(h), int(w)) for h, w in halves] == ids


def test_digests_are_xxh3_as_published_and_never_zero():
    # XXH3-64 with seed 0 of "" and "a", from the reference implementation's published vectors
    frame = pl.DataFrame({"t": ["", "a"]}).select(digest_expr("t"))
    assert frame.to_series().to_list() == [0x2D06800538D394C2, 0xE6C632B61E964E1F]


def test_record_ids_of_one_day_begin_alike_and_differ_by_key():
    frame = pl.DataFrame({"k": ["a", "b"], "d": [date(2026, 11, 18)] * 2})
    first, second = frame.select(record_id_expr("k", "d")).to_series().to_list()
    assert first[:8] == second[:8] == str(0x10000 + (date(2026, 11, 18) - date(1970, 1, 1)).days).zfill(8)
    assert first != second and len(first) == 32
