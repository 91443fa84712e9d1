"""The receipt of a submission: what was received, when, by whom, what became of it, and hashes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from xinyong.foundation.evidence import entries
from xinyong.kernel.errors import Fault, Refused

COUNTS = (
    "rows",
    "new",
    "duplicates",
    "corrected",
    "revoked",
    "held",
    "rejected",
    "warnings",
    "late",
    "missing",
)


@dataclass(slots=True)
class Receipt:
    submission: int
    item: str
    item_digest: str
    edition: str
    provider: str
    mode: str
    filename: str
    sha256: str
    size: int
    received_at: datetime
    received_on: date
    received_by: str
    outcome: str = "taken"
    vault_name: str = ""
    follows: int | None = None
    undoes: int | None = None
    reason: str = ""
    rows: int = 0
    new: int = 0
    duplicates: int = 0
    corrected: int = 0
    revoked: int = 0
    held: int = 0
    rejected: int = 0
    warnings: int = 0
    late: int = 0
    missing: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    already_received: bool = False
    seconds: float = 0.0

    @property
    def accepted(self) -> int:
        return self.new + self.corrected + self.revoked

    def check(self) -> None:
        """rows = new + duplicates + corrected + revoked + held + rejected, or nothing is published."""
        parts = self.new + self.duplicates + self.corrected + self.revoked + self.held + self.rejected
        if parts != self.rows:
            raise Fault(
                "totals",
                f"合计不符：共 {self.rows} 行，各类之和 {parts} 行；本次没有任何改动，请联系维护人员。",
            )

    def as_json(self) -> dict[str, Any]:
        """What `xinyong intake --json` prints."""
        return {
            "submission": self.submission,
            "item": self.item,
            "rows": self.rows,
            "accepted": self.accepted,
            **{name: getattr(self, name) for name in COUNTS if name != "rows"},
            "rules": self.rules,
            "already_received": self.already_received,
            "seconds": round(self.seconds, 3),
            "provider": self.provider,
            "mode": self.mode,
            "outcome": self.outcome,
            "received_at": self.received_at.isoformat(),
            "received_by": self.received_by,
            "sha256": self.sha256,
            "follows": self.follows,
            "columns": self.columns,
            "notes": self.notes,
        }

    def told(self) -> dict[str, Any]:
        """What its leaf in the evidence log is made of."""
        names = (
            "submission",
            "item",
            "item_digest",
            "edition",
            "provider",
            "mode",
            "outcome",
            "filename",
            "sha256",
        )
        more = ("size", "received_by", "follows", "undoes", "reason", "rules", *COUNTS)
        told = {name: getattr(self, name) for name in (*names, *more)}
        return told | {"received_at": self.received_at.astimezone(UTC), "received_on": self.received_on}


INSERT = """
INSERT INTO submission (id, item, item_code, item_digest, edition, provider, mode, outcome, filename,
    sha256, vault_name, size, received_at, received_on, received_by, follows, undoes, reason, rows, new,
    duplicates, corrected, revoked, held, rejected, warnings, late, missing, rules, columns, notes)
VALUES (%(submission)s, %(number)s, %(item)s, %(item_digest)s, %(edition)s, %(provider)s, %(mode)s,
    %(outcome)s, %(filename)s, %(sha256)s, %(vault_name)s, %(size)s, %(received_at)s, %(received_on)s,
    %(received_by)s, %(follows)s, %(undoes)s, %(reason)s, %(rows)s, %(new)s, %(duplicates)s, %(corrected)s,
    %(revoked)s, %(held)s, %(rejected)s, %(warnings)s, %(late)s, %(missing)s, %(rules)s, %(columns)s, %(notes)s)
"""


def save(c: psycopg.Connection[Any], receipt: Receipt, number: int) -> None:
    values = asdict(receipt)
    for name in ("rules", "columns", "notes"):
        values[name] = Jsonb(values[name])
    c.execute(INSERT, {**values, "number": number})
    entries.enter(c, receipt.received_at, "receipt", receipt.submission, receipt.told())
    entries.enter_many(c, receipt.received_at, "record", receipt.submission)


def _from_row(row: dict[str, Any]) -> Receipt:
    row = dict(row)
    row["submission"], row["item"] = row.pop("id"), row.pop("item_code")
    return Receipt(**row)


def load(c: psycopg.Connection[Any], submission: int) -> Receipt:
    """Refused: no such submission."""
    with c.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM submission WHERE id = %s", [submission]).fetchone()
    if row is None:
        raise Refused("no_submission", f"没有批次 {submission}；请用回执上的批次号重试。")
    return _from_row(row)


SAME_BYTES = """
SELECT * FROM submission s
WHERE sha256 = %(sha256)s AND item_code = %(item)s AND mode = %(mode)s AND outcome = 'taken'
  AND (%(provider)s = '' OR provider = %(provider)s)
  AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id)
  AND NOT (s.duplicates > 0 AND EXISTS (
      SELECT 1 FROM submission u WHERE u.item = s.item AND u.outcome = 'undo' AND u.id > s.id))
ORDER BY id LIMIT 1
"""


def already(c: psycopg.Connection[Any], sha256: str, item: str, provider: str, mode: str) -> Receipt | None:
    """The receipt of the same bytes handed in before and not undone.

    Not if rows of it were duplicates and an undo since may have taken back what they repeated.
    """
    asked = {"sha256": sha256, "item": item, "provider": provider, "mode": mode}
    with c.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SAME_BYTES, asked).fetchone()
    if row is None:
        return None
    receipt = _from_row(row)
    receipt.already_received = True
    return receipt
