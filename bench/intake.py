"""A department file in: against a bare COPY of the same file, and against pandera with Django's bulk_create.

python -m bench.intake [--quick | --full]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import (
    Cost,
    Line,
    against,
    bare_copy,
    copy_of_database,
    scratch,
    settle_down,
    table,
    take,
    timed,
)

SUBJECTS, SEED = 100_000, 1
USUAL_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Size:
    rows: int
    held: int  # records that lie there already, for the two incremental cases
    rounds: int
    memory: tuple[int, ...]


SIZES = {
    "quick": Size(100_000, 100_000, 1, (50_000, 500_000)),
    "usual": Size(1_000_000, 1_000_000, 2, (100_000, 1_000_000)),
    "full": Size(1_000_000, 10_000_000, 3, (1_000_000, 10_000_000)),
}


class Files:
    """The files of one run, made once."""

    def __init__(self, place: Path) -> None:
        from sampledistrict.big import big_registration

        self.place = place
        self.registration = place / "registration.csv"
        big_registration(self.registration, subjects=SUBJECTS, seed=SEED)

    def penalties(self, rows: int, name: str = "", **options: Any) -> Path:
        from sampledistrict.big import big_xzcf

        path = self.place / f"penalties{name}-{rows}.csv"
        if not path.exists():
            big_xzcf(path, rows=rows, seed=SEED, subjects=SUBJECTS, **options)
        return path

    def in_other_bytes(self, path: Path) -> Path:
        """The same rows, and a line of nothing at the end."""
        other = path.with_suffix(".other.csv")
        with path.open("rb") as source, other.open("wb") as out:
            while data := source.read(1 << 22):
                out.write(data)
            out.write(b"\r\n")
        return other


def run(size: Size) -> list[Line]:
    from xinyong.catalog.loading import load_rulebook

    with scratch() as place:
        files, book = Files(place), load_rulebook()
        take(files.registration, "DJZC", book)
        settle_down()
        path = files.penalties(size.rows)
        lines = _first_and_again(files, path, size, book)
        lines.append(_gb18030(files, size, book))
        lines.append(_usual(path, book))
        lines += _memory(files, size)  # before the files' rows are known for good
        lines += _into_many(files, size, book)
    return lines


def _first_and_again(files: Files, path: Path, size: Size, book: Any) -> list[Line]:
    first, same_bytes, same_rows = [], [], []
    other = files.in_other_bytes(path)
    for _ in range(size.rounds):
        with copy_of_database():
            first.append((bare_copy(path), timed(lambda: _taken(path, book, new=True))))
            same_rows.append((bare_copy(path), timed(lambda: _taken(other, book, new=False))))
            same_bytes.append((bare_copy(path), timed(lambda: _taken(path, book, new=True))))
    rows = f"{size.rows:,} rows"
    return [
        against(f"First load, {rows}", first, "≤ 3 (goal 2.5)"),
        against("Same file again", same_bytes, "≤ 1.3", "known by the hash of its bytes"),
        against("Same rows in other bytes", same_rows, "≤ 1.3", "every row read, checked and compared"),
    ]


def _taken(path: Path, book: Any, new: bool) -> None:
    receipt = take(path, "XZCF", book)
    if bool(receipt.new) is not new:
        raise AssertionError(f"{path.name}: {receipt.new} new rows")


def _gb18030(files: Files, size: Size, book: Any) -> Line:
    path = files.penalties(size.rows, "-gb18030", encoding="gb18030")
    pairs = []
    for _ in range(size.rounds):
        with copy_of_database():
            rival = bare_copy(path, encoding="GB18030")
            pairs.append((rival, timed(lambda: _taken(path, book, new=True))))
    return against("First load in GB18030", pairs, "shown", "COPY with ENCODING 'GB18030'")


def _into_many(files: Files, size: Size, book: Any) -> list[Line]:
    """Into a table that holds many records: 1 % changed rows of what is there, and as many new rows."""
    os.environ["XINYONG_DATABASE_NAME"] = "xinyong"
    for start in range(0, size.held, size.rows):
        part = files.penalties(size.rows, f"-{start}", start=start)
        take(part, "XZCF", book)
        part.unlink()
    settle_down()
    changed = files.penalties(size.rows, "-changed", change_fraction=0.01)
    fresh = files.penalties(size.rows, "-fresh", start=size.held)
    held = f"{size.held:,} records"
    result = []
    for path, what, aim in ((changed, "1 % changed rows", "≤ 2"), (fresh, "First load", "≤ 4")):
        pairs = []
        for _ in range(size.rounds):
            with copy_of_database():
                pairs.append((bare_copy(path), timed(lambda path=path: take(path, "XZCF", book))))
        result.append(against(f"{what} into {held}", pairs, f"{aim} at 10,000,000"))
    return result


# the usual way


def _usual(path: Path, book: Any) -> Line:
    """pandera on the frame, then a Django model per row and bulk_create; on a sample, and stretched."""
    from xinyong.foundation import setup

    setup.django()
    sample = path.with_suffix(".sample.csv")
    with path.open("rb") as source, sample.open("wb") as out:
        out.writelines(line for line, _ in zip(source, range(USUAL_ROWS + 1), strict=False))
    with copy_of_database():
        usual = timed(lambda: _pandera_and_bulk_create(sample, book))
        ours = timed(lambda: take(path, "XZCF", book))
    rows = sum(1 for _ in path.open("rb")) - 1
    stretched = Cost(*(getattr(usual, k) * rows / USUAL_ROWS for k in ("wall", "client", "server")))
    return Line(
        "pandera and bulk_create",
        f"{ours.wall:.1f} s",
        f"{stretched.wall:.1f} s",
        stretched.wall / ours.wall,
        "≥ 8",
        f"rival on {USUAL_ROWS:,} rows, stretched to {rows:,}; its rows get no identity, versions or hashes",
    )


def _pandera_and_bulk_create(path: Path, book: Any) -> None:
    import polars as pl
    from django.db import connections, models

    from bench.checking import pandera_schema, validated

    frame = pl.read_csv(path, infer_schema=False)
    names = [f"c{i}" for i in range(frame.width)]
    validated(pandera_schema(frame.columns, book), frame)
    fields: dict[str, Any] = {n: models.TextField(null=True) for n in names}
    meta = type("Meta", (), {"app_label": "bench", "db_table": "bench_usual"})
    model = type("Usual", (models.Model,), {**fields, "Meta": meta, "__module__": __name__})
    with connections["owner"].schema_editor() as editor:
        editor.create_model(model)
    rows = (model(**dict(zip(names, row, strict=True))) for row in frame.iter_rows())
    model.objects.using("owner").bulk_create(rows, batch_size=2_000)


# memory


def _memory(files: Files, size: Size) -> list[Line]:
    peaks = []
    for rows in size.memory:
        path = files.penalties(rows)
        with copy_of_database():
            peaks.append(_peak(path))
    few, many = (f"{n:,}" for n in size.memory)
    return [
        Line(
            f"Peak memory, {many} rows",
            f"{peaks[1]:,.0f} MB",
            f"{peaks[0]:,.0f} MB at {few} rows",
            peaks[1] / peaks[0],
            "≤ 2,048 MB, flat",
            "of the process that takes the file in",
        )
    ]


def _peak(path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake", "--one", str(path)], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    if not told["new"]:
        raise AssertionError(f"{path.name}: nothing was taken in")
    return float(told["peak_mb"])


def _one(path: Path) -> None:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import setup

    setup.ready()
    start = time.perf_counter()
    receipt = take(path, "XZCF", load_rulebook())
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    peak = int(status.split()[0]) / 1024
    print(json.dumps({"seconds": time.perf_counter() - start, "peak_mb": peak, "new": receipt.new}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=Path)
    for name in ("quick", "full"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    if options.one:
        _one(options.one)
        return
    print(table(run(SIZES["quick" if options.quick else "full" if options.full else "usual"])))


if __name__ == "__main__":
    main()
