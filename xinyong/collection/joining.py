"""Registration data says which codes are one subject's: old and new are joined where the names agree too.

Where they do not, a person of the centre is asked; nothing is joined meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.archive.subjects import NEWEST, names_left

OldCode = tuple[int, str, str]  # subject that registered, scheme and value it had before

HOLDERS = f"""
SELECT s.id, s.scheme, s.value, array_agg(n.folded)
FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
{NEWEST}
JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL AND n.known_from >= coalesce(f.known_from, 0)
GROUP BY s.id
"""
NAMELESS = """
SELECT s.id, s.scheme, s.value FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
WHERE s.id <> ALL(%(named)s)
"""
ASK = """
INSERT INTO subject_question (loser, winner, why, born) SELECT %(loser)s, %(winner)s, %(why)s, %(batch)s
WHERE NOT EXISTS (
    SELECT 1 FROM subject_question q
    WHERE q.loser = %(loser)s AND q.winner = %(winner)s
      AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = q.born))
"""
WITHDRAWN = """
SELECT DISTINCT v.subject FROM record_version v
WHERE v.born = %(batch)s AND v.kind = 'R' AND v.item = (SELECT i.item FROM record_version i WHERE i.born = %(batch)s LIMIT 1)
  AND NOT EXISTS (
    SELECT 1 FROM subject_record r CROSS JOIN LATERAL (
        SELECT n.kind, n.subject FROM record_version n WHERE n.record_id = r.record_id ORDER BY n.seq DESC LIMIT 1) w
    WHERE r.subject = v.subject AND r.item = v.item AND w.subject = v.subject AND w.kind <> 'R')
"""
REVIVE = """
INSERT INTO subject_merge (loser, winner, reason, basis, born)
SELECT DISTINCT m.loser, m.winner, m.reason, m.basis, %(born)s::integer
FROM subject_merge s JOIN subject_merge m ON m.id = s.splits WHERE s.born = %(undone)s
"""
CLAIMANTS = """
SELECT count(DISTINCT o.subject_id) FROM former_code o
WHERE o.scheme = %s AND o.value = %s AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born)
"""
REASON = "登记信息的代码、原代码与名称一致"
OTHER_NAME = "登记信息列明的原代码（注册号）名下有另一名称的档案"
CLAIMED = "同一原代码（注册号）有几个主体列明"
ELSEWHERE = "登记信息列明的原代码（注册号）已并入另一主体"
ENDED = "登记信息已撤销"


def join(
    c: psycopg.Connection[Any], old: Iterable[OldCode], names: Mapping[int, Set[str]], batch: int
) -> None:
    """Merge the subjects kept under old codes of subjects that register; `names`: subject → folded names."""
    claims: dict[tuple[str, str], dict[int, None]] = {}
    for subject, scheme, value in old:
        claims.setdefault((scheme, value), {})[subject] = None
    holders = _holders(c, list(claims)) if claims else []
    if not holders:
        return
    merges.lock(c)
    for loser, key, known in holders:
        alone = c.execute(CLAIMANTS, key).fetchone() == (1,)
        for subject in claims[key]:
            _join_one(c, loser, subject, "" if alone else CLAIMED, bool(known & names[subject]), batch)


def _join_one(
    c: psycopg.Connection[Any], loser: int, subject: int, doubt: str, agree: bool, batch: int
) -> None:
    merged = _standing(c)
    winner = merged.winner(subject)
    if merged.winner(loser) == winner:
        return
    if merged.winner(loser) != loser or doubt:
        ask(c, loser, winner, doubt or ELSEWHERE, batch)
    elif agree:
        merges.add(c, loser, winner, REASON, merges.BY_REGISTRATION, batch)
    else:
        ask(c, loser, winner, OTHER_NAME, batch)


def _standing(c: psycopg.Connection[Any]) -> merges.Merges:
    """What is published, and what this transaction is about to publish."""
    merged = merges.known(c, publication.last(c))
    rows = c.execute(
        "SELECT loser, winner FROM subject_merge m WHERE splits IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM publication p WHERE p.batch = m.born)"
    )
    return merges.Merges({**merged.into, **dict(rows.fetchall())})


def _holders(
    c: psycopg.Connection[Any], codes: list[tuple[str, str]]
) -> list[tuple[int, tuple[str, str], set[str]]]:
    """Subjects with one of these codes that there is anything about."""
    asked = {"schemes": [k[0] for k in codes], "values": [k[1] for k in codes]}
    found = {r[0]: ((r[1], r[2]), set(r[3])) for r in c.execute(HOLDERS, asked)}
    rest = {r[0]: (r[1], r[2]) for r in c.execute(NAMELESS, {**asked, "named": list(found)})}
    for subject, folded, *_ in names_left(c, list(rest), publication.last(c)) if rest else ():
        found[subject] = rest[subject], {folded}
    return [(subject, key, names) for subject, (key, names) in sorted(found.items())]


def ask(c: psycopg.Connection[Any], loser: int, winner: int, why: str, batch: int) -> None:
    """A task for a person, once for two subjects."""
    c.execute(ASK, {"loser": loser, "winner": winner, "why": why, "batch": batch})


def part(c: psycopg.Connection[Any], batch: int) -> None:
    """Subjects whose registration this batch withdrew have what it had joined no longer."""
    withdrawn = [r[0] for r in c.execute(WITHDRAWN, {"batch": batch})]
    merges.lock(c)
    for merge in merges.merges_into(c, withdrawn, publication.last(c), merges.BY_REGISTRATION):
        merges.add_split(c, merge, ENDED, merges.BY_REGISTRATION, batch)


def revive(c: psycopg.Connection[Any], undone: int, batch: int) -> None:
    """Merges that an undone batch had ended stand again."""
    if c.execute(
        "SELECT 1 FROM subject_merge WHERE born = %s AND splits IS NOT NULL LIMIT 1", [undone]
    ).fetchone():
        merges.lock(c)
        c.execute(REVIVE, {"undone": undone, "born": batch})
