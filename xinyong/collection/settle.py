"""Rows that the digests could not clear: compared one by one, by real key and real values."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
import psycopg

from xinyong.archive import versions
from xinyong.archive.versions import Following, Version
from xinyong.kernel import canonical
from xinyong.kernel.digests import U64, Known, digest_expr, join_id

NEW, REVISE, REVOKE = "新增", "更正", "撤销"
OPERATIONS = (NEW, REVISE, REVOKE)


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
        key_fields: Sequence[str],
        subject_in_key: bool,
    ) -> None:
        self.c, self.batch, self.item, self.layouts, self.documents = c, batch, item, layouts, documents
        self.key_fields, self.subject_in_key = key_fields, subject_in_key
        self.latest: dict[str, Version] = {}
        self.alias: dict[str, str] = {}
        self.out = Settled()

    def settle(self, suspects: pl.DataFrame) -> Settled:
        if suspects.height:
            self._fetch(suspects)
            for row in suspects.sort("_g").iter_rows(named=True):
                self._decide(row)
        return self.out

    def _fetch(self, suspects: pl.DataFrame) -> None:
        ids = suspects["_record"].to_list()
        named = [p.replace("-", "").lower() for p in suspects["_prior"].drop_nulls() if _is_record_id(p)]
        self.alias = versions.aliases(self.c, [*ids, *named])
        documented = self._documented(suspects)
        self.latest = versions.latest(self.c, [*ids, *named, *self.alias.values(), *documented])

    def _documented(self, suspects: pl.DataFrame) -> list[str]:
        """Records under the document numbers that suspects carry or name as their prior."""
        digests = np.concatenate([suspects[c].drop_nulls().to_numpy() for c in ("_doc8", "_prior8")])
        found, values = self.documents.look_up(digests.astype(np.uint64))
        return [join_id(int(h), int(w)) for h, w in values[found]]

    def _by_document(self, digest: int | None) -> Version | None:
        if digest is None:
            return None
        found, values = self.documents.look_up(np.array([digest], np.uint64))
        if not found[0]:
            return None
        return self._alive(join_id(int(values[0][0]), int(values[0][1])))

    def _alive(self, record_id: str) -> Version | None:
        version = self.latest.get(self.alias.get(record_id, record_id))
        return version if version is not None and version.kind != "R" else None

    def _decide(self, row: dict[str, Any]) -> None:
        operation = row["_op"]
        if operation == REVOKE or operation == REVISE or row["_prior"]:
            self._instructed(row)
            return
        known = self.latest.get(self.alias.get(row["_record"], row["_record"]))
        if known is not None and known.payload is None:
            self._erased(row)
        elif known is None or known.kind == "R":
            self._perhaps_new(row, known)
        elif self._same(row, known):
            self._fate(row, "d")
        elif self._moved(row, known):
            self._hold(row, "correction_of", known)
        else:
            self._follow(row, known, "C")

    def _instructed(self, row: dict[str, Any]) -> None:
        target = self._target(row)
        if target is None:
            self._fate(row, "x", "unknown_record", "请核对原记录号或文书号；若为首次报送，请将“操作”改为新增")
        elif target.payload is None:
            self._erased(row)
        elif row["_op"] == REVOKE:
            self._revoke(row, target)
        elif self._same(row, target):
            self._fate(row, "d")
        else:
            self._follow(row, target, "C")

    def _target(self, row: dict[str, Any]) -> Version | None:
        prior = row["_prior"]
        if not prior:
            return self._alive(row["_record"])
        if _is_record_id(prior):
            return self._alive(prior.replace("-", "").lower())
        return self._by_document(row["_prior8"])

    def _perhaps_new(self, row: dict[str, Any], revoked: Version | None) -> None:
        other = None if row["_op"] == NEW else self._by_document(row["_doc8"])
        if other is not None and other.record_id != row["_record"]:
            self._hold(row, "correction_of", other)
            return
        seq = revoked.seq + 1 if revoked else 1
        record_id = revoked.record_id if revoked else row["_record"]
        self._add(row, self._version(row, record_id, seq, "N"), "n")

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
        if self.subject_in_key and known.subject != row["_subject"]:
            return True
        old, mine = self._values(known.payload), self._values(row["_payload"])
        return any(old.get(f) != mine.get(f) for f in self.key_fields)

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
            self.out.documents.append((row["_doc8"], version.record_id))
        self._fate(row, fate)

    def _erased(self, row: dict[str, Any]) -> None:
        """It was erased on a legal ground and does not come back, whatever it says now."""
        self._fate(row, "x", "erased_record", "该记录已依规删除，不再收录；如认为删除有误，请联系信用中心")

    def _hold(self, row: dict[str, Any], rule: str, other: Version) -> None:
        self._fate(
            row,
            "h",
            rule,
            f"若是对记录 {other.record_id} 的更正，请填“操作=更正、原记录号={other.record_id}”；若是另一当事人或另一决定，请填“操作=新增”",
        )

    def _fate(self, row: dict[str, Any], fate: str, rule: str = "", suggestion: str = "") -> None:
        self.out.fates[row["_g"]] = fate
        if rule:
            self.out.reasons[row["_g"]] = (rule, suggestion)


def _is_record_id(text: str) -> bool:
    plain = text.replace("-", "")
    return len(plain) == 32 and all(ch in "0123456789abcdefABCDEF" for ch in plain)


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
