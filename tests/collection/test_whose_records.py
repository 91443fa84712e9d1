"""The way from a subject to its records: `subject_record` leads to all of them, however they came to it."""

from __future__ import annotations

from importlib import import_module
from uuid import UUID

import numpy as np
import pytest

from sampledistrict.codes import uscc
from xinyong.archive import versions

WRITTEN = """
SELECT subject, item, replace(record_id::text, '-', '') FROM record_version WHERE kind <> 'R'
"""
POSTED = "SELECT subject, item, replace(record_id::text, '-', '') FROM subject_record"


def ids(count: int, first: int = 0) -> np.ndarray:
    return np.frombuffer(b"".join((first + n).to_bytes(16, "big") for n in range(count)), "V16")


@pytest.mark.parametrize("counts", [(1,), (64,), (65,), (2, 129, 1), (1, 1, 1)])
def test_every_record_is_posted_once_under_its_subject_in_rows_of_at_most_64(district, counts):
    subjects = np.repeat(np.arange(1, len(counts) + 1), counts)
    records = ids(len(subjects))
    mixed = np.random.default_rng(1).permutation(len(subjects))
    parts = [versions.Written(subjects[half], records[half]) for half in np.array_split(mixed, 2)]
    with district.connect() as c:
        versions.post(c, parts, batch=7, item=3)
        found = c.execute("SELECT subject, item, born, record_id FROM subject_record").fetchall()
        rows = c.execute("SELECT subject, cardinality(records) FROM subject_records ORDER BY id").fetchall()
    assert sorted(found) == sorted(
        (int(s), 3, 7, UUID(bytes=bytes(r))) for s, r in zip(subjects, records, strict=True)
    )
    assert max(n for _, n in rows) <= 64
    assert [s for s, _ in rows] == sorted(s for s, _ in rows)
    assert len(rows) == sum(-(-n // 64) for n in counts)


def test_a_record_moved_by_a_correction_is_found_under_its_new_subject(district, penalty, write_csv):
    other = {"CF_XDR_MC": "重庆示例丙丁商贸有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YYB00001")}
    district.intake(write_csv([penalty(), penalty(CF_WSH="二")]), "XZCF")
    record = district.one("SELECT record_id FROM record_version WHERE line = 2").hex
    district.intake(write_csv([penalty(**other, 操作="更正", 原记录号=record)], "b.csv"), "XZCF")
    with district.connect() as c:
        written, posted = set(c.execute(WRITTEN).fetchall()), set(c.execute(POSTED).fetchall())
    assert len({subject for subject, _, id_ in written if id_ == record}) == 2
    assert written <= posted
    assert [r["record"] for r in district.archive(other["CF_XDR_SHXYM"]).records] == [record]


def test_an_upgraded_database_posts_what_was_written_before(district, penalty, write_csv):
    district.intake(write_csv([penalty(CF_WSH=f"第{n}号") for n in range(70)]), "XZCF")
    with district.owner() as c:
        before = set(c.execute(POSTED).fetchall())
        c.execute("TRUNCATE subject_records")
        c.execute(import_module("xinyong.archive.migrations.0004_faster_load").POSTED)
        sizes = [n for (n,) in c.execute("SELECT cardinality(records) FROM subject_records ORDER BY 1")]
        assert set(c.execute(POSTED).fetchall()) == before
    assert sizes == [6, 64]
