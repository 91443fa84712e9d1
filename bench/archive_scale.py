"""How the archive of one subject and the search for a name grow with what is stored.

Ten records per subject; the middle of many questions, each asked as an officer of the centre and logged.

    python -m bench.archive_scale [--quick | --full]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.common import Line, scratch, settle_down, table, take
from sampledistrict.big import big_registration, big_xzcf

PER_SUBJECT, PART, QUESTIONS = 10, 1_000_000, 200
SIZES = {"quick": (10_000, 100_000), "usual": (100_000, 1_000_000), "full": (100_000, 1_000_000, 10_000_000)}


def run(sizes: tuple[int, ...]) -> list[Line]:
    measured = [_apart(size) for size in sizes]
    return [_line(what, sizes, [m[what] for m in measured]) for what in measured[0]]


def _apart(size: int) -> dict[str, float]:
    """In a process of its own: one process serves one home."""
    command = [sys.executable, "-m", "bench.archive_scale", "--one", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    print(f"{size:,} records: {found}", file=sys.stderr)
    return found


def _at(size: int) -> dict[str, float]:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database

    with scratch() as place:
        book, subjects = load_rulebook(), size // PER_SUBJECT
        big_registration(place / "registration.csv", subjects=subjects)
        take(place / "registration.csv", "DJZC", book)
        for start in range(0, size, PART):
            _penalties(place / "penalties.csv", min(PART, size), start, subjects, book)
        settle_down()
        with database.connect_app(autocommit=True) as c:
            return _asked(c, book)


def _penalties(path: Path, rows: int, start: int, subjects: int, book: Any) -> None:
    big_xzcf(path, rows=rows, start=start, subjects=subjects, defect_fraction=0)
    take(path, "XZCF", book)
    path.unlink()


def _asked(c: Any, book: Any) -> dict[str, float]:
    from xinyong.disclosure import queries

    rng = random.Random(1)
    known = c.execute(
        "SELECT s.value, n.name FROM credit_subject s JOIN subject_name n ON n.subject_id = s.id"
    ).fetchall()
    some = rng.choices(known, k=QUESTIONS)
    question = _question()
    words = {
        "Search by six characters of a name": [_middle(name, 6) for _, name in some],
        "Search by two characters": [_middle(name, 2) for _, name in some],
        "Search by code": [code for code, _ in some],
    }
    result = {
        f"Archive of one subject (some {PER_SUBJECT} records)": _each(
            [code for code, _ in some], lambda code: queries.archive(c, code, question, book)
        )
    }
    for what, texts in words.items():
        result[what] = _each(texts, lambda text: queries.search(c, text, question))
    return result


def _middle(name: str, length: int) -> str:
    """Characters of the part that tells names apart."""
    at = name.index("示例") + 2
    return name[at : at + length]


def _question() -> Any:
    from xinyong.disclosure.queries import Question
    from xinyong.foundation.audit import Who

    return Question(Who("bench", "center", purpose="bench"), datetime.now(UTC), date.today())


def _each(arguments: list[str], work: Callable[[str], Any]) -> float:
    """The middle, in milliseconds."""
    times = []
    for argument in arguments:
        start = time.perf_counter()
        work(argument)
        times.append(time.perf_counter() - start)
    return median(times) * 1000


def _line(what: str, sizes: tuple[int, ...], milliseconds: list[float]) -> Line:
    shown = ", ".join(f"{t:.1f} ms at {n:,}" for t, n in zip(milliseconds, sizes, strict=True))
    return Line(
        what,
        shown,
        "",
        milliseconds[-1] / milliseconds[0],
        "shown",
        "last against first, by number of records",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=int)
    for name in ("quick", "full"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_at(options.one), ensure_ascii=False))
        return
    print(table(run(SIZES["quick" if options.quick else "full" if options.full else "usual"])))


if __name__ == "__main__":
    main()
