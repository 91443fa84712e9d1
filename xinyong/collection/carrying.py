"""What an item's rows mean to one another: key, kind, and what a file without a column leaves untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xinyong.catalog.model import Item
from xinyong.collection.reading import Source
from xinyong.kernel import canonical

# What describes the subject and not the decision: it goes with the subject.
OF_THE_SUBJECT = frozenset({
    "subject_name", "subject_kind", "uscc", "regno", "orgcode", "taxno", "instno", "socno",
    "person_id_type", "person_id", "legal_rep", "legal_rep_id_type", "legal_rep_id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """An item, and of each sheet of a file the fields that it has no column for."""

    item: Item
    absent: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def key_fields(self) -> list[str]:
        """Field codes of the business key."""
        named = {part: self.item.by_role(part) for part in self.item.business_key if part != "subject"}
        return [f.code if f else part for part, f in named.items()]

    @property
    def subject_in_key(self) -> bool:
        return "subject" in self.item.business_key

    @property
    def telling_fields(self) -> list[str]:
        """Required fields that say what was decided: two rows of a file that differ there are two decisions.

        Of a registration or a ledger only the classes: the rest changes, and the last word counts.
        """
        words = self.item.kind == "records"
        required = (f for f in self.item.fields if f.required is True and not f.role)
        return [f.code for f in required if f.code_set or words and f.type == "text"]

    def carried(
        self, row: Mapping[str, Any], known: Mapping[str, str], layouts: Mapping[str, Any], same_subject: bool
    ) -> dict[str, Any] | None:
        """The row with what its sheet has no column for taken from the known record; None: nothing to take.

        Not taken: what describes another subject, and what must be empty beside what the row says.
        """
        absent = self.absent.get(row["_sheet"], frozenset())
        stored = {k: known[k] for k in absent if k in known and (same_subject or k not in self._personal)}
        if not stored:
            return None
        layout = row["_payload"].split(canonical.SEPARATOR, 1)[0]
        values = {**stored, **canonical.unpack(row["_payload"], layouts)}
        wrong = [f.code for f in self.item.fields if f.code in stored and f.empty_when is not None
                 and f.empty_when.holds(values)]  # fmt: skip
        kept = {k: v for k, v in values.items() if k not in wrong}
        return {**row, **self._dates(kept), "_payload": canonical.pack(layout, layouts[layout], kept)}

    @property
    def _personal(self) -> set[str]:
        return {f.code for f in self.item.fields if f.role in OF_THE_SUBJECT}

    def _dates(self, values: Mapping[str, str]) -> dict[str, date | None]:
        """As `Keyer.keyed` has them."""
        day = {role: self._day(values, role) for role in ("decided", "valid_from", "valid_to")}
        return {
            "_decided": day["decided"],
            "_from": day["valid_from"] or day["decided"],
            "_to": day["valid_to"],
        }

    def _day(self, values: Mapping[str, str], role: str) -> date | None:
        f = self.item.by_role(role)
        text = values.get(f.code, "") if f else ""
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            return None


def reading(item: Item, source: Source) -> Reading:
    """What a file's sheets lack."""
    every = frozenset(f.code for f in item.fields)
    return Reading(item, {h.sheet or "": every - set(h.fields.values()) for h in source.headers})
