"""All benches, one table. Every ratio is of two things measured in turn in the same run.

    python -m bench.run [--quick | --full] [--write]     (make bench)

`--write` puts the table into docs/performance.md, between its two marks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench import (
    archive_scale,
    checking,
    common,
    evidence,
    identifiers,
    intake,
    publicity,
    recall,
    report,
    website,
)
from bench.common import Line

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEALED = {"quick": (100_000, 1_000_000), "usual": (1_000_000, 10_000_000), "full": (1_000_000, 10_000_000)}
CHECKED_ROWS = {"quick": 240_000, "usual": 1_000_000, "full": 1_000_000}


def measured(size: str) -> list[Line]:
    return [
        *_apart(intake.run, intake.SIZES[size]),
        _identifiers(),
        *checking.run(CHECKED_ROWS[size]),
        *archive_scale.run(archive_scale.SIZES[size]),
        *_apart(evidence.run, *SEALED[size]),
        *publicity.run(CHECKED_ROWS[size]),
        *report.run(),
        *_apart(recall.run),
        *_apart(website.run, website.SIZES[size]),
    ]


def _apart(work: Callable[..., list[Line]], *given: Any) -> list[Line]:
    """In a process of its own: one process serves one home."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _identifiers() -> Line:
    found = identifiers.measure()
    return Line(
        "Unified codes checked, diagnosed and repaired",
        f"{found['ours_per_second']:,} codes/s",
        f"{found['stdnum_per_second']:,} codes/s",
        float(found["ratio"]),
        "≥ 100",
        "python-stdnum's loop, which only says yes or no; 5 % of the codes are defective",
    )


def written(lines: list[Line], size: str, loads: tuple[float, float]) -> str:
    command = "python -m bench.run" + ("" if size == "usual" else f" --{size}")
    return "\n".join(
        [
            f"- Machine: {common.machine()}",
            f"- Command: `{command}`, {datetime.now(UTC):%Y-%m-%d}",
            f"- Load of the machine before and after: {loads[0]:.1f}, {loads[1]:.1f}"
            " (above 0 before it began, others were working on it)",
            "",
            common.table(lines),
        ]
    )


def _write(text: str) -> None:
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("quick", "full", "write"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    size = "quick" if options.quick else "full" if options.full else "usual"
    before = common.load()
    text = written(measured(size), size, (before, common.load()))
    print(text)
    if options.write:
        _write(text)
        print(f"→ {PAGE}", file=sys.stderr)


if __name__ == "__main__":
    main()
