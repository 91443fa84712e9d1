"""Registration data is where subjects come from: it confirms them and brings their names."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.archive import digest_store, publication, subjects, versions
from xinyong.archive.subjects import NEWEST, Resolver
from xinyong.archive.versions import Following, Version
from xinyong.catalog.model import Item
from xinyong.collection import joining
from xinyong.collection.settle import NEW, REVISE, record_digests
from xinyong.kernel import canonical
from xinyong.kernel.digests import Block
from xinyong.kernel.identifiers import normalize
from xinyong.kernel.names import fold_name

FORMER = "曾用名"
FORMER_CODES = "曾用代码"
COLUMNS = ("_g", "_subject", "_scheme", "_value", "_shown", "_folded", "_decided", "_former", "_former_codes")

SELECT_NAMES = f"""
SELECT n.subject_id, n.folded, n.former, n.born, n.valid_from FROM subject_name n
JOIN credit_subject s ON s.id = n.subject_id
LEFT JOIN publication p ON p.batch = n.born
{NEWEST}
WHERE n.subject_id = ANY(%s) AND (p.seq IS NULL OR p.seq >= coalesce(f.known_from, 0))
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = n.born)
ORDER BY n.id
"""
# A subject whose registration was withdrawn in an earlier submission is confirmed anew.
CONFIRM = """
INSERT INTO subject_confirmation (subject_id, born)
SELECT s.id, %(batch)s FROM unnest(%(ids)s::bigint[]) AS s (id)
WHERE NOT EXISTS (
    SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_to IS NULL AND EXISTS (
        SELECT 1 FROM subject_record r CROSS JOIN LATERAL (
            SELECT w.kind, w.subject FROM record_version w
            WHERE w.record_id = r.record_id AND w.born <> %(batch)s ORDER BY w.seq DESC LIMIT 1) v
        WHERE r.subject = s.id AND v.subject = s.id AND v.kind <> 'R'
          AND r.item = (SELECT b.item FROM submission b WHERE b.id = f.born)))
RETURNING subject_id
"""


def former_names(text: str | None) -> list[str]:
    if not text:
        return []
    for mark in "；、|":
        text = text.replace(mark, ";")
    return [n.strip() for n in text.split(";") if n.strip()]


def judged(frame: pl.DataFrame, item: Item, resolver: Resolver) -> pl.DataFrame:
    """Whose name counts for a registration row.

    A provisional subject takes the registered name; a confirmed one changes its name only if the row
    lists a name we know as former. Any other item: unchanged.
    """
    if item.kind != "registration":
        return frame
    frame = frame.with_columns(
        _named(item, FORMER).alias("_former"),
        pl.concat_str([_named(item, FORMER_CODES), _regno(item)], separator=";", ignore_nulls=True).alias(
            "_former_codes"
        ),
    )
    frame = _first_named(frame, resolver)
    doubtful = frame.filter(~pl.col("_agrees").fill_null(True))
    if not doubtful.height:
        return frame
    right = [r["_g"] for r in doubtful.iter_rows(named=True) if _may_change(r, resolver)]
    return frame.with_columns(pl.col("_agrees") | pl.col("_g").is_in(right))


def _first_named(frame: pl.DataFrame, resolver: Resolver) -> pl.DataFrame:
    """Of a provisional subject only the first name in the submission, and names linked to it, may stand."""
    if not resolver.provisional:
        return frame
    rows = frame.filter(
        pl.col("_subject").is_in(list(resolver.provisional)),
        pl.col("_op").is_in([NEW, REVISE]).fill_null(True),
    )
    for r in rows.unique("_subject", keep="first", maintain_order=True).iter_rows(named=True):
        formers = {fold_name(n) for n in former_names(r["_former"])}
        resolver.registered.setdefault(r["_subject"], {r["_folded"], *formers})
    other = [
        r["_g"] for r in rows.iter_rows(named=True) if r["_folded"] not in resolver.registered[r["_subject"]]
    ]
    return frame.with_columns(pl.col("_agrees") & ~pl.col("_g").is_in(other))


def _named(item: Item, name: str) -> pl.Expr:
    f = next((f for f in item.fields if f.name == name), None)
    return pl.col(f.code) if f else pl.lit(None, dtype=pl.String)


def _regno(item: Item) -> pl.Expr:
    f = item.by_role("regno")
    return pl.col(f.code) if f else pl.lit(None, dtype=pl.String)


def _old_codes(row: dict[str, Any]) -> list[tuple[int, str, str]]:
    """What the subject was known by before: unified codes of 18 characters, registration numbers else."""
    codes = [normalize(code)[0] for code in former_names(row["_former_codes"])]
    schemes = [("uscc" if len(code) == 18 else "regno", code) for code in codes]
    own = (row["_scheme"], row["_value"])
    return [(row["_subject"], *known) for known in dict.fromkeys(schemes) if known[1] and known != own]


def _may_change(row: dict[str, Any], resolver: Resolver) -> bool:
    subject, known = resolver.names[(row["_scheme"], row["_value"])]
    if subject in resolver.registered:
        known = resolver.registered[subject]
        if row["_folded"] in known:
            return True
    return bool({fold_name(n) for n in former_names(row["_former"])} & known)


def apply(
    c: psycopg.Connection[Any], rows: pl.DataFrame, fates: npt.NDArray[np.uint8], batch: int
) -> list[int]:
    """Confirm subjects and add names from the accepted registration rows.

    Withdrawn ones end the merges that rested on them. Returns the subjects that were provisional under another
    name: their records are nobody's now.
    """
    if (fates[rows["_g"].to_numpy()] == ord("r")).any():
        joining.part(c, batch)
    accepted = rows.filter(np.isin(fates[rows["_g"].to_numpy()], [ord("n"), ord("c")]))
    if not accepted.height:
        return []
    ids = accepted["_subject"].unique().to_list()
    confirmed = _confirm(c, ids, batch)
    names = _Names(c, ids, confirmed, batch)
    fresh: list[subjects.NameRow] = []
    for r in accepted.iter_rows(named=True):
        fresh += names.learnt(r)
    subjects.add_names(c, fresh, batch)
    coded = accepted.filter(pl.col("_former_codes") != "")
    old = [code for r in coded.iter_rows(named=True) for code in _old_codes(r)]
    subjects.add_former_codes(c, old, batch)
    joining.join(c, old, names.known, batch)
    return [s for s in confirmed if names.provisional[s] - names.known[s]]


def _confirm(c: psycopg.Connection[Any], ids: list[int], batch: int) -> set[int]:
    rows = c.execute(CONFIRM, {"ids": ids, "batch": batch}).fetchall()
    return {r[0] for r in rows}


class _Names:
    """Names that count, by subject. Those from before its confirmation do not."""

    def __init__(self, c: psycopg.Connection[Any], ids: list[int], confirmed: set[int], batch: int) -> None:
        self.known: dict[int, set[str]] = {i: set() for i in ids}
        self.provisional: dict[int, set[str]] = {i: set() for i in ids}
        self.current: dict[int, tuple[date, str]] = {}
        for subject, folded, former, born, since in c.execute(SELECT_NAMES, [ids]):
            if subject in confirmed and born != batch:
                self.provisional[subject].add(folded)
                continue
            self.known[subject].add(folded)
            if not former:
                self._take(subject, folded, since)

    def _take(self, subject: int, folded: str, since: date | None) -> None:
        """The name taken last is the current one, whichever was learnt last."""
        taken = since or date.min
        if subject not in self.current or taken >= self.current[subject][0]:
            self.current[subject] = taken, folded

    def learnt(self, row: dict[str, Any]) -> list[subjects.NameRow]:
        """The registered name if it is not the current one, and former names not yet known."""
        subject, scheme, out = row["_subject"], row["_scheme"], []
        known = self.known[subject]
        for name in former_names(row["_former"]):
            folded = fold_name(name)
            if folded not in known and folded != row["_folded"]:
                known.add(folded)
                out.append((subject, scheme, name, folded, True, None, row["_decided"]))
        current = self.current.get(subject, (date.min, ""))
        older = row["_folded"] in known and (row["_decided"] or date.min) < current[0]
        if current[1] != row["_folded"] and not older:
            self._take(subject, row["_folded"], row["_decided"])
            known.add(row["_folded"])
            out.append((subject, scheme, row["_shown"], row["_folded"], False, row["_decided"], None))
        return out


RECORDS_OF = """
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind, v.decided, v.valid_from, v.valid_to,
       v.payload, v.line, v.item
FROM record_version v
WHERE v.record_id = ANY(ARRAY(SELECT r.record_id FROM subject_record r WHERE r.subject = ANY(%(subjects)s)))
  AND v.subject = ANY(%(subjects)s) AND v.item <> %(item)s AND v.kind <> 'R'
  AND NOT EXISTS (SELECT 1 FROM record_version n WHERE n.record_id = v.record_id AND n.seq > v.seq)
ORDER BY v.item, v.record_id
"""
DISOWNED = "登记信息确认该代码属于另一名称的主体，原挂接记录转为待核"


def disown(c: psycopg.Connection[Any], doubtful: list[int], batch: int, registration_item: int) -> int:
    """Records that hung on a provisional subject whose registered name is another: held again."""
    if not doubtful:
        return 0
    rows = c.execute(RECORDS_OF, {"subjects": doubtful, "item": registration_item}).fetchall()
    for item in sorted({r[10] for r in rows}):
        publication.lock_item(c, item)
        _end(c, [r for r in rows if r[10] == item], item, batch)
    return len(rows)


def more_records(c: psycopg.Connection[Any], doubtful: list[int], registration_item: int) -> bool:
    """Did another intake attach a record to them after they were disowned? Ask under the publication lock."""
    asked = {"subjects": doubtful, "item": registration_item}
    return bool(doubtful) and bool(c.execute(RECORDS_OF, asked).fetchone())


def _end(c: psycopg.Connection[Any], rows: list[Any], item: int, batch: int) -> None:
    payload = canonical.revocation(DISOWNED, batch)
    ended = [
        Following(
            replace(Version(*r[:9]), seq=r[1] + 1, born=batch, kind="R", payload=payload),
            r[9],
            item,
            secrets.token_bytes(16),
        )
        for r in rows
    ]
    versions.add_following(c, ended)
    ids = [r[0] for r in rows]
    digests = record_digests([*ids, *versions.aliases_of(c, ids)])
    block = Block.build(batch, digests, np.zeros((len(digests), 1), np.uint64))
    digest_store.add(c, item, digest_store.RECORDS, digest_store.load(c, item, digest_store.RECORDS), block)
    for r in rows:
        c.execute(
            "INSERT INTO held_row (submission, line, sheet, item, reason, payload, born)"
            " VALUES (%s, %s, '', %s, 'R14_name_code', %s, %s) ON CONFLICT DO NOTHING",
            [r[2], r[9], item, r[8], batch],
        )
