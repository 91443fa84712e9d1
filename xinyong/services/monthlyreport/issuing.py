"""发出月报: the month as PDF and workbook, kept byte for byte; a corrected one is issued again, beside the first."""

from __future__ import annotations

import tempfile
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from xinyong.catalog import permissions
from xinyong.collection.quality import monthly
from xinyong.collection.quality.workbook import Report
from xinyong.disclosure.figures import Counting
from xinyong.foundation import audit, home, locks, named_sql
from xinyong.kernel.errors import Refused
from xinyong.services.monthlyreport import document

SQL = named_sql.load(Path(__file__).parent / "sql" / "monthly.sql")
ISSUE = "score.issue"
LONGEST_NOTE = 300
KINDS = ("pdf", "xlsx")
LOCK = locks.MONTHLY_REPORTS


def pdf(c: psycopg.Connection[Any], counting: Counting, first: date) -> bytes:
    """The month as it stands now; the export is in the audit trail. NotPermitted: as `queries.month`."""
    month, listed = monthly.gather(c, counting, first)
    made = document.render(month, counting, listed)
    told = {"month": f"{first:%Y-%m}", "provider": counting.provider, "rows": len(month.lines)}
    with c.transaction():
        audit.record(c, counting.who, counting.now, "quality.export", f"归集月报-{first:%Y-%m}.pdf", told)
    return made


def issue(c: psycopg.Connection[Any], counting: Counting, first: date, note: str) -> int:
    """Send the month's report out; its number. NotPermitted. Refused: no words, the month is not over."""
    permissions.require(counting.book.permissions, counting.who, ISSUE)
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Refused("no_reason", f"发出月报要写明说明（不超过 {LONGEST_NOTE} 字），例如：通报各部门。")
    if first >= counting.today.replace(day=1):
        raise Refused(
            "month_not_over", f"{first:%Y-%m} 还没有过完，不能发出月报；请等月末以后，或选以前的月份。"
        )
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        files, cards = _files(c, counting, first)
        digests = {f"{kind}_sha256": sha256(files[kind]).hexdigest() for kind in KINDS}
        asked = {"month": first, "at": counting.now, "by": counting.who.name, "note": note}
        asked |= {**files, **digests, "cards": Jsonb(cards)}
        row = c.execute(SQL["issue"], asked).fetchone()
        assert row is not None
        told = {"month": f"{first:%Y-%m}", "note": note, **digests}
        audit.record(c, counting.who, counting.now, ISSUE, str(row[0]), told)
        audit.emit(c, counting.now, "quality.monthly_issued", {"issue": row[0], "month": f"{first:%Y-%m}"})
    return int(row[0])


def _files(
    c: psycopg.Connection[Any], counting: Counting, first: date
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Both files and the departments' cards, from one reading: they say the same."""
    month, listed = monthly.gather(c, counting, first)
    with tempfile.TemporaryDirectory(dir=home.folder("tmp")) as folder:
        path = Path(folder) / "monthly.xlsx"
        with Report(path, monthly.title_of(month, counting), counting.now) as report:
            monthly.fill(report, month, counting, listed)
        files = {"pdf": document.render(month, counting, listed), "xlsx": path.read_bytes()}
    return files, document.cards_of(month, counting)


def cards(c: psycopg.Connection[Any], provider: str) -> list[dict[str, Any]]:
    """A department's own card in each report that was sent out: id, month, at, by, card."""
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["cards"], {"provider": provider}).fetchall()


def file(c: psycopg.Connection[Any], number: int, kind: str) -> tuple[date, bytes] | None:
    """(month, bytes) of what was sent out; None: there is none."""
    if kind not in KINDS:
        return None
    row = c.execute(SQL["file"], {"id": number, "kind": kind}).fetchone()
    return (row[0], bytes(row[1])) if row else None


__all__ = ["KINDS", "SQL", "cards", "file", "issue", "pdf"]
