"""Rows that the digests could not clear: compared one by one, by real key and real values."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl
import psycopg

from xinyong.archive import versions
from xinyong.archive.documents import Documents
from xinyong.archive.versions import Following, Version
from xinyong.collection.carrying import Reading
from xinyong.kernel import canonical
from xinyong.kernel.digests import U64, Known, digest_expr
from xinyong.kernel.documents import fold_document

NEW, REVISE, REVOKE = "新增", "更正", "撤销"
OPERATIONS = (NEW, REVISE, REVOKE)

OWNERS = """
SELECT DISTINCT ON (v.record_id) replace(v.record_id::text, '-', ''), s.provider
FROM record_version v JOIN submission s ON s.id = v.born
WHERE v.record_id = ANY(%s::uuid[]) ORDER BY v.record_id, v.seq
"""


SEVERAL = (
    "同一文件里，同一文书、当事人和日期已有一行，而必填的内容不同；"
    "是一文多项请并为一行（类别用分号隔开），是更正请填“操作=更正”"
)


LEFT = (
    "记录 {number} 原来用这个编号，后已更正为别的编号；若这一行是另一决定，请填“操作=新增”；"
    "若要改回，请填“操作=更正、原记录号={number}”"
)


@dataclass(slots=True)
class Settled:
    """What became of the suspects: fate and reason per global row number, and versions to add."""

    fates: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, tuple[str, str]] = field(default_factory=dict)  # rule, suggestion
    versions: list[Following] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    digests: list[tuple[int, int]] = field(default_factory=list)  # key8, row8
    documents: list[tuple[int | None, str]] = field(default_factory=list)  # doc8, record id


class Settler:
    """Decides suspects in the order of their lines. Rows are dicts with the columns of `Keyer`."""

    def __init__(
        self,
        c: psycopg.Connection[Any],
        batch: int,
        item: int,
        layouts: Mapping[str, Sequence[str]],
        documents: Known,
        reading: Reading,
        provider: str,
    ) -> None:
        self.c, self.batch, self.item, self.layouts = c, batch, item, layouts
        self.documents = Documents(documents)
        self.reading, self.provider = reading, provider
        self.key_fields, self.telling_fields = reading.key_fields, reading.telling_fields
        self.owners: dict[str, str] = {}
        self.said: set[str] = set()  # known records that a row of this file repeated
        self.latest: dict[str, Version] = {}
        self.alias: dict[str, str] = {}
        self.out = Settled()

    def settle(self, suspects: pl.DataFrame) -> Settled:
        if suspects.height:
            self._fetch(suspects)
            for row in suspects.sort("_g").iter_rows(named=True):
                self._decide(row)
            self._doubt_aliases()
        return self.out

    def _doubt_aliases(self) -> None:
        """What a record's other keys said of it holds no longer; rows under them are compared for real."""
        changed = {f.version.record_id for f in self.out.versions if f.version.seq > 1}
        aliases = versions.aliases_of(self.c, changed) if changed else {}
        self.out.digests[:0] = [(int(d), 0) for d in record_digests(list(aliases))]

    def _fetch(self, suspects: pl.DataFrame) -> None:
        ids = suspects["_record"].to_list()
        named = record_ids_among(suspects["_prior"])
        self.alias = versions.aliases(self.c, [*ids, *named])
        self.documents.read(documents_of(suspects))
        documented = [r for records in self.documents.records.values() for r in records]
        wanted = [*ids, *named, *self.alias.values(), *documented]
        self.latest = versions.latest(self.c, wanted, self.item)
        if named:
            owned = [self.alias.get(r, r) for r in named]
            self.owners = dict(self.c.execute(OWNERS, [owned]).fetchall())

    def _under(self, document: int | None) -> list[Version]:
        """The live records under a document; erased ones only if there is no other."""
        found = (self._alive(record_id) for record_id in self.documents.under(document))
        alive = list({v.record_id: v for v in found if v is not None}.values())
        return [v for v in alive if v.payload is not None] or alive

    def _alive(self, record_id: str) -> Version | None:
        """By record number. A record that had the number as a key only counts if no live one has it as its own."""
        for known in (record_id, self.alias.get(record_id)):
            version = self.latest.get(known or "")
            if version is not None and version.kind != "R":
                return version
        return None

    def _of_key(self, row: dict[str, Any]) -> Version | None:
        """The record that rows under this row's key are versions of; it may have ended."""
        return self.latest.get(self.alias.get(row["_record"], row["_record"]))

    def _live_of_key(self, row: dict[str, Any]) -> Version | None:
        version = self._of_key(row)
        return version if version is not None and version.kind != "R" else None

    def _decide(self, row: dict[str, Any]) -> None:
        operation = row["_op"]
        if operation == REVOKE or operation == REVISE or row["_prior"]:
            self._instructed(row)
            return
        known = self._of_key(row)
        if known is not None and known.payload is None:
            self._erased(row)
        elif known is None or known.kind == "R":
            self._perhaps_new(row, known)
        else:
            self._perhaps_changed(self._carried(row, known), known)

    def _perhaps_changed(self, row: dict[str, Any], known: Version) -> None:
        if self._same(row, known):
            self.said.add(known.record_id)
            self._fate(row, "d")
        elif self._moved(row, known):
            self._under_a_left_key(row, known)
        elif self._another_decision(row, known):
            self._hold(row, known, SEVERAL)
        else:
            self._follow(row, known, "C")

    def _under_a_left_key(self, row: dict[str, Any], known: Version) -> None:
        """The record that had this key was corrected to another: a new one gets a number of its own."""
        if row["_op"] != NEW:
            self._hold(row, known, LEFT.format(number=known.record_id))
            return
        number, seq = self._free_number(known.record_id)
        self.out.aliases[row["_record"]] = self.alias[row["_record"]] = number
        self._add(row, self._version(row, number, seq, "N"), "n")
        self.out.digests.append((record_digest(number), int(row["_row8"])))

    def _free_number(self, left: str) -> tuple[str, int]:
        """The next number after that of a record which left its key, and the seq to go on with."""
        number = next_number(left)
        self.latest |= versions.latest(self.c, [number], self.item) if number not in self.latest else {}
        taken = self.latest.get(number)
        if taken is None:
            return number, 1
        return (number, taken.seq + 1) if taken.kind == "R" else self._free_number(number)

    def _another_decision(self, row: dict[str, Any], known: Version) -> bool:
        """一文多项: the same file gave this key to a decision that reads otherwise; neither corrects the other."""
        if known.born != self.batch and known.record_id not in self.said:
            return False
        old, mine = self._values(known.payload or ""), self._values(row["_payload"])
        return any(old.get(f) != mine.get(f) for f in self.telling_fields)

    def _carried(self, row: dict[str, Any], known: Version) -> dict[str, Any]:
        """What the row says of a known record: a column that the file lacks leaves its field as it is."""
        same_subject = known.subject == row["_subject"]
        found = self.reading.carried(row, self._values(known.payload or ""), self.layouts, same_subject)
        if found is None:
            return row
        return {**found, "_row8": int(row_digests([found["_payload"]])[0])}

    def _instructed(self, row: dict[str, Any]) -> None:
        targets = self._targets(row)
        target = targets[0] if targets else None
        if len(targets) > 1:
            self._hold(
                row, targets[0], f"该文书号下有 {len(targets)} 条记录，请在“原记录号”中填要改的那一条的记录号"
            )
        elif target is None:
            self._fate(row, "x", "unknown_record", "请核对原记录号或文书号；若为首次报送，请将“操作”改为新增")
        elif not self._ours(row, target):
            self._fate(row, "x", "not_your_record", "请核对原记录号；别的单位的记录由该单位更正或撤销")
        elif target.payload is None:
            self._erased(row)
        elif row["_op"] == REVOKE:
            self._revoke(row, target)
        else:
            self._corrects(self._carried(row, target), target)

    def _corrects(self, row: dict[str, Any], target: Version) -> None:
        if self._same(row, target):
            self._fate(row, "d")
        elif (other := self._live_of_key(row)) and other.record_id != target.record_id:
            self._hold(
                row, other, f"更正后与记录 {other.record_id} 是同一决定；请核对，多余的一条请用“操作=撤销”"
            )
        else:
            self._follow(row, target, "C")

    def _ours(self, row: dict[str, Any], target: Version) -> bool:
        """Who names a record by its number must have handed it in first, as far as both are known."""
        named = row["_prior"] and _is_record_id(row["_prior"])
        owner = self.owners.get(target.record_id) if named else None
        return not owner or not self.provider or owner == self.provider

    def _targets(self, row: dict[str, Any]) -> list[Version]:
        """What the row may mean: more than one if it names a document of several others."""
        prior, own = row["_prior"], self._live_of_key(row)
        if not prior:
            return [own] if own else []
        if _is_record_id(prior):
            named = self._alive(_plain(prior))
            return [named] if named else []
        under = self._under(row["_prior8"])
        mine = [v for v in under if own is not None and v.record_id == own.record_id]
        return mine or under

    def _perhaps_new(self, row: dict[str, Any], revoked: Version | None) -> None:
        others = [] if row["_op"] == NEW else self._under(row["_doc8"])
        other = next((v for v in others if not self._beside(row, v)), None)
        if other is not None:
            self._hold(row, other)
            return
        seq = revoked.seq + 1 if revoked else 1
        record_id = revoked.record_id if revoked else row["_record"]
        self._add(row, self._version(row, record_id, seq, "N"), "n")

    def _beside(self, row: dict[str, Any], other: Version) -> bool:
        """May both stand in one document? 一文多项 of one subject, 多当事人 on one day, as the item allows."""
        item = self.reading.item
        if other.record_id == self.alias.get(row["_record"], row["_record"]):
            return True
        if other.payload is None or other.decided != row["_decided"]:
            return False
        return item.multi_item if other.subject == row["_subject"] else item.multi_party

    def _same(self, row: dict[str, Any], known: Version) -> bool:
        if row["_payload"] == known.payload:
            return True
        return (
            self._values(row["_payload"]) == self._values(known.payload) and known.subject == row["_subject"]
        )

    def _values(self, payload: str) -> dict[str, str]:
        return canonical.unpack(payload, self.layouts)

    def _moved(self, row: dict[str, Any], known: Version) -> bool:
        """The record's key was corrected since; an old row under the old key is not a correction."""
        if self.reading.subject_in_key and known.subject != row["_subject"]:
            return True
        old, mine = self._values(known.payload), self._values(row["_payload"])
        return any(
            old.get(f) != mine.get(f) and fold_document(old.get(f, "")) != fold_document(mine.get(f, ""))
            for f in self.key_fields
        )

    def _follow(self, row: dict[str, Any], known: Version, kind: str) -> None:
        self._add(row, self._version(row, known.record_id, known.seq + 1, kind), "c")
        if known.record_id != row["_record"]:
            self.out.aliases[row["_record"]] = known.record_id
            self.alias[row["_record"]] = known.record_id
            self.out.digests.append((record_digest(known.record_id), int(row["_row8"])))

    def _version(self, row: dict[str, Any], record_id: str, seq: int, kind: str) -> Version:
        dates = row["_decided"], row["_from"], row["_to"]
        return Version(record_id, seq, self.batch, row["_subject"], kind, *dates, row["_payload"])

    def _revoke(self, row: dict[str, Any], known: Version) -> None:
        payload = canonical.revocation(row["_reason"] or "报送单位撤销", self.batch)
        ended = replace(known, seq=known.seq + 1, born=self.batch, kind="R", payload=payload)
        self._add(row, ended, "r", digest=0)
        self.out.digests.append((record_digest(known.record_id), 0))

    def _add(self, row: dict[str, Any], version: Version, fate: str, digest: int | None = None) -> None:
        self.latest[version.record_id] = version
        self.out.versions.append(Following(version, row["_line"], self.item, secrets.token_bytes(16)))
        self.out.digests.append((int(row["_key8"]), int(row["_row8"]) if digest is None else digest))
        if fate != "r":
            self.out.documents += self.documents.add(row["_doc8"], version.record_id)
        self._fate(row, fate)

    def _erased(self, row: dict[str, Any]) -> None:
        """It was erased on a legal ground and does not come back, whatever it says now."""
        self._fate(row, "x", "erased_record", "该记录已依规删除，不再收录；如认为删除有误，请联系信用中心")

    def _hold(self, row: dict[str, Any], other: Version, suggestion: str = "") -> None:
        number = other.record_id
        either = f"若是对记录 {number} 的更正，请填“操作=更正、原记录号={number}”；若是另一当事人或另一决定，请填“操作=新增”"
        self._fate(row, "h", "correction_of", suggestion or either)

    def _fate(self, row: dict[str, Any], fate: str, rule: str = "", suggestion: str = "") -> None:
        self.out.fates[row["_g"]] = fate
        if rule:
            self.out.reasons[row["_g"]] = (rule, suggestion)


def next_number(record_id: str) -> str:
    """The number of the record that takes over a key which the record of this number has left; same day in front."""
    tail = sha256(f"{record_id}{canonical.SEPARATOR}left".encode()).hexdigest()
    return record_id[:8] + tail[:24]


def _plain(record_id: str) -> str:
    return record_id.replace("-", "").lower()


def _is_record_id(text: str) -> bool:
    plain = _plain(text)
    return len(plain) == 32 and all(ch in "0123456789abcdef" for ch in plain)


def record_ids_among(priors: pl.Series) -> list[str]:
    """Of what stands under 原记录号: the record numbers, in plain form."""
    return [_plain(p) for p in priors.drop_nulls() if _is_record_id(p)]


def documents_of(rows: pl.DataFrame) -> U64:
    """Digests of the documents that rows carry or name as their prior."""
    return np.concatenate([rows[c].drop_nulls().to_numpy() for c in ("_doc8", "_prior8")]).astype(np.uint64)


def record_digests(record_ids: Sequence[str]) -> U64:
    return _digests(record_ids)


def row_digests(payloads: Sequence[str]) -> U64:
    return _digests(payloads)


def _digests(texts: Sequence[str]) -> U64:
    frame = pl.DataFrame({"t": list(texts)}, schema={"t": pl.String})
    return frame.select(digest_expr("t")).to_series().to_numpy().copy()


def record_digest(record_id: str) -> int:
    return int(record_digests([record_id])[0])


def as_pairs(pairs: Sequence[tuple[int, int]]) -> tuple[U64, U64]:
    keys = np.array([p[0] for p in pairs], np.uint64)
    return keys, np.array([[p[1]] for p in pairs], np.uint64).reshape(-1, 1)
