"""Take a folder of department files on, in the order of its manifest, and reconcile.

manifest.json: [{path, item, provider, mode, received, rows, expect}], truth.jsonl (optional): what should become
of each row, {file, line, sheet?, fate, defects}. Totals per item are checked against the manifest's.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.collection.intake import Request, intake, silent
from xinyong.collection.receipts import COUNTS, Receipt
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault, Refused

TAKEN = ("new", "corrected", "revoked")
FATE_WORDS = {"n": "new", "d": "duplicate", "c": "corrected", "r": "revoked", "h": "held", "x": "rejected"}


@dataclass
class Outcome:
    """What became of a whole folder."""

    files: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    mismatches: list[str] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(t["rows"] for t in self.totals.values())


def take_on(
    folder: Path,
    book: Rulebook,
    who: Who,
    now: Any,
    progress: Callable[[str, int, int], None] | None = None,
) -> Outcome:
    """Hand in every file of `folder`. A refused file is noted and the next one taken."""
    entries = _manifest(folder)
    outcome = Outcome()
    for n, entry in enumerate(entries):
        if progress:
            progress(entry["path"], n, len(entries))
        _one(folder, entry, book, who, now, outcome)
    return outcome


def _manifest(folder: Path) -> list[dict[str, Any]]:
    path = folder / "manifest.json"
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as e:
        raise Refused(
            "manifest", f"{folder} 里没有可读的 manifest.json（{e}）；请指定示例区或接收目录。"
        ) from e
    assert isinstance(found, list)
    return found


def _one(folder: Path, entry: dict[str, Any], book: Rulebook, who: Who, now: Any, outcome: Outcome) -> None:
    outcome.files += 1
    day = date.fromisoformat(entry["received"])
    request = Request(
        folder / entry["path"], entry["item"], who, now(), entry["provider"], entry["mode"], day
    )
    try:
        receipt = intake(request, book, silent)
    except (Refused, Fault) as e:
        outcome.refused.append({"path": entry["path"], "code": e.code, "sentence": e.sentence})
        if entry["expect"] == "taken":
            outcome.mismatches.append(f"{entry['path']}：应收下，却被退回：{e.sentence}")
        return
    outcome.receipts[entry["path"]] = receipt
    if entry["expect"] != "taken":
        outcome.mismatches.append(f"{entry['path']}：应整份退回（{entry['expect']}），却收下了")
    elif entry.get("rows") is not None and receipt.rows != entry["rows"]:
        outcome.mismatches.append(f"{entry['path']}：清单 {entry['rows']} 行，实收 {receipt.rows} 行")
    outcome.totals[receipt.item].update(_counts(receipt))


def _counts(receipt: Receipt) -> dict[str, int]:
    """Of bytes received before nothing is new: what was taken then is a duplicate now."""
    found = {name: getattr(receipt, name) for name in COUNTS}
    if receipt.already_received:
        found["duplicates"] += sum(found[name] for name in TAKEN)
        found |= dict.fromkeys((*TAKEN, "warnings", "late"), 0)
    return found


def fates_of(c: psycopg.Connection[Any], submission: int) -> str:
    row = c.execute("SELECT fates FROM submission_fates WHERE submission_id = %s", [submission]).fetchone()
    return bytes(row[0]).decode() if row else ""


@dataclass
class Scores:
    """Intake held against the truth file: by expected and real fate, and by kind of defect."""

    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(n for (expected, real), n in self.fates.items() if expected == real)


def against_truth(c: psycopg.Connection[Any], folder: Path, outcome: Outcome) -> Scores:
    """Row by row: the fate it should have had and the fate it had."""
    scores = Scores()
    for path, rows in _truth(folder):
        receipt = outcome.receipts.get(path)
        if receipt is None:
            continue
        again = receipt.already_received
        for expected, fate in zip(rows, fates_of(c, receipt.submission), strict=True):
            _score(scores, path, expected, FATE_WORDS["d" if again and fate in "ncr" else fate])
    return scores


def _score(scores: Scores, path: str, expected: dict[str, Any], real: str) -> None:
    scores.fates[(expected["fate"], real)] += 1
    for defect in expected["defects"]:
        scores.injected[defect] += 1
        scores.caught[defect] += expected["fate"] == real
    if expected["fate"] != real:
        scores.wrong.append({"file": path, "line": expected["line"], "should": expected, "was": real})


def _truth(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with open(folder / "truth.jsonl", encoding="utf-8") as f:
        for line in f:
            entry = json.loads(line)
            rows[entry["file"]].append(entry)
    yield from rows.items()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the reconciliation: what the old system counts and what stands here now."""

    item: str
    stock: int
    taken: int
    duplicates: int
    corrected: int
    revoked: int
    held: int
    rejected: int

    @property
    def explained(self) -> bool:
        """Every record of the stock has a fate."""
        fates = (self.taken, self.duplicates, self.corrected, self.revoked, self.held, self.rejected)
        return self.stock == sum(fates)


def control_totals(folder: Path) -> dict[str, int]:
    """Item → records, as the old system counts them (control-totals.csv: 事项,年份,记录数); empty without it."""
    totals: Counter[str] = Counter()
    if not (folder / "control-totals.csv").exists():
        return {}
    with open(folder / "control-totals.csv", encoding="utf-8-sig", newline="") as f:
        for row in csv.DictReader(f):
            totals[row["事项"]] += int(row["记录数"])
    return dict(totals)


def reconcile(folder: Path, outcome: Outcome) -> list[Line]:
    """Stock against taken, item by item; nothing is allowed to be unexplained."""
    lines = []
    for item, stock in sorted(control_totals(folder).items()):
        t = outcome.totals.get(item, Counter())
        fates = (t["new"], t["duplicates"], t["corrected"], t["revoked"], t["held"], t["rejected"])
        lines.append(Line(item, stock, *fates))
    return lines
