"""待核: rows that are in nobody's archive until a person of their provider decides, one by one, in place.

Accepted, a row goes in as its own code says, by the path of every file: a small submission that follows the
first. Returned, it waits no longer; the department mends it and hands it in with another file.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Item
from xinyong.collection import door, intake, messages, receipts, rejects
from xinyong.collection.deciding import Decided, HeldRow, waiting
from xinyong.collection.intake import Request
from xinyong.collection.keying import NATURAL
from xinyong.collection.receipts import Receipt
from xinyong.collection.settle import NEW
from xinyong.disclosure import showing
from xinyong.foundation import audit, home, keys
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical
from xinyong.kernel.errors import NotPermitted, Refused

OWN = ("department", "department_reviewer")
CENTRE = ("center", "center_reviewer")
RETURNED = "x"
CLOSE = """
INSERT INTO closure (submission, line, sheet, closed_by, outcome) VALUES (%s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A row that waits. `values`: field name → text, personal data masked; `taken_away`: by registration data."""

    submission: int
    line: int
    sheet: str
    item: str
    item_name: str
    filename: str
    received_on: date
    provider: str
    rule: str
    problem: str
    suggestion: str
    taken_away: bool
    values: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """What `xinyong held list --json` prints of each."""
        return {**asdict(self), "received_on": self.received_on.isoformat()}


def list_held(
    c: psycopg.Connection[Any], provider: str, book: Rulebook | None = None, limit: int = 1_000
) -> list[Held]:
    """Rows of a provider (its code; empty: of all) that nobody has decided, oldest submission first."""
    book = book or load_rulebook(home.local_rulebook())
    layouts = registry.layouts(c)
    rows = waiting(c, provider, limit=limit)
    return [_described(row, book, layouts) for row in rows]


def _described(row: HeldRow, book: Rulebook, layouts: Mapping[str, Any]) -> Held:
    item = book.item(row.item_code, row.received_on)
    values = canonical.unpack(row.payload, layouts)
    kind = item.by_role("subject_kind")
    natural = (
        item.subject_kinds == (NATURAL,) or bool(kind) and values.get(kind.code if kind else "") == NATURAL
    )
    shown = showing.shown(item, values, "department", natural=natural)
    names = {f.code: f.name for f in item.fields}
    problem, advice = messages.text_of(row.reason, item)
    if row.born:
        problem, advice = messages.TAKEN_AWAY
    return Held(
        submission=row.submission,
        line=row.line,
        sheet=row.sheet,
        item=item.code,
        item_name=item.name,
        filename=row.filename,
        received_on=row.received_on,
        provider=row.provider,
        rule=row.reason,
        problem=problem,
        suggestion=row.suggestion or advice,
        taken_away=bool(row.born),
        values={names[code]: text for code, text in shown.items()},
    )


def decide(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    submission: int,
    line: int,
    sheet: str,
    accept: bool,
    reason: str,
    book: Rulebook | None = None,
) -> Receipt | None:
    """Accept the row: the receipt of the small submission that takes it in. Return it: None.

    `c` must hold no locks: what is accepted goes through a transaction of its own, as every file does.
    NotPermitted: neither the provider's person nor the centre's. Refused: no reason, the row waits no longer,
    or it cannot go in as it stands (the sentence says why); nothing was changed.
    """
    first = receipts.load(c, submission)
    _allowed(who, first, reason)
    row = _row(c, submission, line, sheet)
    if not accept:
        _return(c, who, now, row, reason.strip())
        return None
    book = book or load_rulebook(home.local_rulebook())
    with _file(c, first, row, book) as path:
        mode = first.mode if first.mode == "补录" else door.MODES[0]
        decided = Decided(submission, line, sheet, row.reason, reason.strip())
        request = Request(path, first.item, who, now, first.provider, mode, first.received_on, decided)
        return intake.intake(request, book)


def _allowed(who: Who, first: Receipt, reason: str) -> None:
    if who.role not in (*OWN, *CENTRE) or who.role in OWN and who.provider != first.provider:
        raise NotPermitted("not_yours", f"批次 {first.submission} 的待核行由报送单位或信用中心办理。")
    if not reason.strip():
        raise Refused("no_reason", "办理待核行要写明理由；请补填后重试。")


def _row(c: psycopg.Connection[Any], submission: int, line: int, sheet: str) -> HeldRow:
    rows = waiting(c, place=(submission, line, sheet))
    if not rows:
        where = f"工作表“{sheet}”第 {line} 行" if sheet else f"第 {line} 行"
        raise Refused("not_held", f"批次 {submission} {where}没有待核，或已经办结；请刷新待核清单。")
    return rows[-1]


def _return(c: psycopg.Connection[Any], who: Who, now: datetime, row: HeldRow, reason: str) -> None:
    with c.transaction():
        publication.lock_item(c, row.item)
        _row(c, row.submission, row.line, row.sheet)
        c.execute(CLOSE, [row.submission, row.line, row.sheet, publication.next_batch(c), RETURNED])
        detail = {"submission": row.submission, "line": row.line, "sheet": row.sheet, "reason": reason}
        audit.record(c, who, now, "held.return", str(row.submission), detail)
        audit.emit(c, now, "collection.held_returned", detail)


# the row as a file


@contextmanager
def _file(c: psycopg.Connection[Any], first: Receipt, row: HeldRow, book: Rulebook) -> Iterator[Path]:
    """One row under its headers, in a file of its own that is gone afterwards."""
    cells = _cells(c, first, row, book)
    folder = Path(tempfile.mkdtemp(f".{os.getpid()}.new", "held-", home.folder("tmp")))
    path = folder / f"待核-{row.submission}-{row.line}.csv"
    try:
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as f:
            writer = csv.writer(f)
            writer.writerow(header for header, _ in cells)
            writer.writerow(text for _, text in cells)
        yield path
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()


def _cells(c: psycopg.Connection[Any], first: Receipt, row: HeldRow, book: Rulebook) -> list[tuple[str, str]]:
    """Headers and cells. As they came, if they are kept; else, and for what was a record already, what is stored."""
    item = book.item(first.item, first.received_on)
    told = [] if row.born else rejects.row_at(c, first, row.line, row.sheet, item, book)
    working = {code: header for header, code in door.EXTRA_HEADERS.items()}
    if not told:
        told = [(f.code, text) for f, text in _stored(c, row, item)]
    given = {code: text for code, text in told if code in working and text.strip()}
    if not given.get("_op") and not given.get("_prior"):
        told = [(code, text) for code, text in told if code != "_op"] + [("_op", NEW)]
    return [(working.get(code, code), text) for code, text in told]


def _stored(c: psycopg.Connection[Any], row: HeldRow, item: Item) -> list[tuple[Any, str]]:
    values = canonical.unpack(row.payload, registry.layouts(c))
    return [(f, keys.unseal(values.get(f.code, ""))) for f in item.fields if row.born or f.code in values]
