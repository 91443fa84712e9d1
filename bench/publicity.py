"""Publicity windows of many records, against the same records one by one and against bare reading.

All columns are given: windows, reported dates compared, due dates of undecided degrees, and every purpose of
sharing. The rivals: `kernel.publicity.window` and `sharing` row by row (of a part, extrapolated), and reading
the same table from a Parquet file with nothing computed.

    python -m bench.publicity [--rows 1000000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from bench.common import Line, table
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure.rules import ruleset
from xinyong.kernel.publicity import Facts, Ruleset, sharing, window
from xinyong.kernel.publicity_frame import SCHEMA, windows

ROUNDS, PART = 5, 20_000
TODAY, CHANNEL = date(2026, 11, 1), "credit_china"
KINDS = [
    "罚款",
    "警告",
    "警告;罚款",
    "没收违法所得;罚款",
    "吊销许可证件",
    "通报批评",
    "限制从业",
    "暂扣许可证件",
]


def records(rows: int, seed: int = 7) -> pl.DataFrame:
    """Penalties of eight years as they come: most without a degree reported, some marked."""
    draw = np.random.default_rng(seed)

    def pick(values: list[Any], shares: list[float] | None = None) -> Any:
        return np.array(values, object)[draw.choice(len(values), rows, p=shares)].tolist()

    first = (date(2018, 6, 1) - date(1970, 1, 1)).days
    decided = first + draw.integers(0, 3050, rows)
    gone = pl.Series(np.full(rows, None), dtype=pl.Date)
    frame = {
        "item": ["XZCF"] * rows,
        "decided": decided,
        "needs_degree": [True] * rows,
        "degree": pick(["", "轻微", "一般", "严重"], [0.2, 0.3, 0.4, 0.1]),
        "domain": pick(["", "食品安全", "消防", "生态环境", "安全生产"]),
        "procedure": pick(["", "简易程序", "普通程序"]),
        "kinds": pick(KINDS),
        "fine": draw.integers(0, 10**8, rows),
        "instrument_dated": decided + draw.integers(0, 9, rows),
        "first_public": decided + draw.integers(1, 30, rows),
        "valid_to": decided + 1096,
        "reported_until": decided + 1095,
        "retained_until": decided + 1826,
        "stop": pick(["", "repaired", "withdrawn"], [0.9, 0.08, 0.02]),
        "closed": [""] * rows,
        "duties": pick(["", "met", "unmet"], [0.5, 0.4, 0.1]),
        "necessary": [False] * rows,
    }
    rest = {name: gone for name in SCHEMA if name not in frame}
    return pl.DataFrame({**frame, **rest}).with_columns(
        pl.col(name).cast(pl.Int32).cast(dtype)
        if dtype == pl.Date and name in frame
        else pl.col(name).cast(dtype)
        for name, dtype in SCHEMA.items()
    )


def one_by_one(rows: list[dict[str, Any]], rules: Ruleset) -> None:
    purposes = list(dict.fromkeys(r.purpose for r in rules.sharing))
    for row in rows:
        facts = Facts(**row)
        window(facts, rules, CHANNEL, TODAY)
        for purpose in purposes:
            sharing(facts, rules, purpose, TODAY)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(rows: int) -> list[Line]:
    rules, frame = ruleset(load_rulebook()), records(rows)
    part = frame.head(PART).to_dicts()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.parquet"
        frame.write_parquet(path)
        taken = []
        for _ in range(ROUNDS):  # in turn, so that a busy moment hits all of them
            ours = seconds(lambda: windows(frame, rules, CHANNEL, TODAY))
            slow = seconds(lambda: one_by_one(part, rules)) * rows / len(part)
            bare = seconds(lambda: pl.read_parquet(path))
            taken.append((ours, slow, bare))
    return [_line("one by one", 1, taken), _line("reading the same table", 2, taken)]


def _line(rival: str, column: int, taken: list[tuple[float, float, float]]) -> Line:
    ours, theirs = median(t[0] for t in taken), median(t[column] for t in taken)
    ratio = median(t[0] / t[column] for t in taken)
    return Line("publicity windows", f"{ours:.2f} s", f"{theirs:.2f} s", ratio, "≤ 5 s per million", rival)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    print(table(run(parser.parse_args().rows)))
