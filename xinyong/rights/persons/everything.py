"""本人信息副本: all that the platform keeps about a subject, as one document a machine can read (PIPL 第四十五条).

Records with their clocks, names, looks, grants, challenges, requests, repairs, objections and shieldings, with what the
subject wrote there; of what is sealed away, that it is. A subject's own copy is unmasked; in one given out at the window
the records are masked as that window's looks are.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import psycopg

from xinyong.archive import evidence
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import authorisations, grantor_keys, identity, ids, looks, queries, sealed
from xinyong.disclosure.authorisations import PERSON, grantor_of
from xinyong.disclosure.looks import Seen
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted
from xinyong.rights import casework, moves
from xinyong.rights.casework import Case
from xinyong.rights.persons import challenges, requests
from xinyong.rights.persons.challenges import FINDINGS, Challenge
from xinyong.rights.persons.requests import Request

FORMAT = "xinyong-personal-copy/1"
MOST_LOOKS = 5_000
MAY = ("subject", "counter")
HIDDEN = ("record", "version", "submission", "line", "publication")  # of the platform, not of the subject


def gather(
    c: psycopg.Connection[Any], who: Who, code: str, now: datetime, today: date, book: Rulebook
) -> dict[str, Any]:
    """The copy, for the subject itself or the window it stands at. The look is logged; errors as `queries.archive`.

    NotPermitted: any other role, though it may look: who looked and what was granted is the subject's to know.
    """
    if who.role not in MAY:
        raise NotPermitted("not_yours", "全部信息的副本只给本人，或由窗口凭本人证件代办。")
    if who.role == "subject" and grantor_of(who.provider, today) != grantor_of(code, today):
        raise NotPermitted("not_yours", "只能复制本主体自己的信息。")
    found = identity.by_code(c, code, None)
    nothing = queries.Archive(False, today, 0, who.role, "")
    answer = queries.archive(c, code, Question(who, now, today), book) if found.subject else nothing
    members = list(found.merged.members(found.subject.id)) if found.subject else []
    seen = looks.looks_at(c, members, today, MOST_LOOKS + 1)
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "for": "subject" if who.role == "subject" else "counter",
        "subject": answer.subject,
        "names": answer.names,
        "records": _records(c, answer.records, own=who.role == "subject"),
        "sealed": [
            {
                "item": s.item,
                "sealed_at": s.at.isoformat(),
                "rule": s.rule,
                "retained_until": s.until.isoformat(),
            }
            for s in sealed.of_subjects(c, members)
        ],
        "looks": [_look(s) for s in seen[:MOST_LOOKS]],
        "looks_left_off": len(seen) > MOST_LOOKS,  # the newest are here
        "authorisations": _grants(c, code, today),
        "signing_keys": _keys(c, code, today),
        "challenges": [_challenge(k, today) for k in challenges.of_subjects(c, members)],
        "requests": _requests(c, code, today),
        "cases": [_case(k, today) for k in casework.of_subject(c, *grantor_of(code, today))],
    }


def _records(c: psycopg.Connection[Any], shown: list[dict[str, Any]], own: bool) -> list[dict[str, Any]]:
    """With its leaf in the evidence log; in the subject's own copy with what makes the leaf, too: hex salt and text."""
    versions = evidence.versions(c, [(r["record"], r["version"]) for r in shown])
    told = []
    for r in shown:
        leaf, salt, text = versions[r["record"], r["version"]]
        made = {"salt": salt.hex(), "sealed_text": text} if own and salt and text else {}
        told.append({k: v for k, v in r.items() if k not in HIDDEN} | {"leaf": leaf.hex(), **made})
    return told


def _look(s: Seen) -> dict[str, Any]:
    told = asdict(s) | {"at": s.at.isoformat(), "kept_secret": s.kept}
    return {k: v for k, v in told.items() if k not in ("id", "kept", "machine")}


def _grants(c: psycopg.Connection[Any], code: str, today: date) -> list[dict[str, Any]]:
    scheme, value = grantor_of(code, today)
    return [
        {
            "number": a.number, "recipient": a.recipient, "items": list(a.items), "purpose": a.purpose,
            "begins": a.begins.isoformat(), "ends": a.ends.isoformat(), "state": a.state(today), "uses": a.uses,
            "made": authorisations.MADE[a.made],
        }
        for a in authorisations.of_grantor(c, scheme, value)
    ]  # fmt: skip


def _keys(c: psycopg.Connection[Any], code: str, today: date) -> list[dict[str, Any]]:
    return [
        {
            "algorithm": k.key.algorithm, "fingerprint": k.fingerprint, "registered_at": k.at.isoformat(),
            "ended_at": k.ended_at.isoformat() if k.ended_at else None, "signed": k.signed,
        }
        for k in grantor_keys.of_grantor(c, *grantor_of(code, today))
    ]  # fmt: skip


def _challenge(k: Challenge, today: date) -> dict[str, Any]:
    answered = k.answered_at.isoformat() if k.answered_at else None
    return {
        "at": k.at.isoformat(), "look_at": k.looked_at.isoformat(), "reason": k.reason, "state": k.state(today),
        "answered_at": answered, "finding": FINDINGS.get(k.finding, ""), "answer": k.answer, "basis": k.basis,
    }  # fmt: skip


def _requests(c: psycopg.Connection[Any], code: str, today: date) -> list[dict[str, Any]]:
    scheme, value = grantor_of(code, today)
    return [_request(r, today) for r in requests.of_value(c, value)] if scheme == PERSON else []


def _request(r: Request, today: date) -> dict[str, Any]:
    article, ground = requests.GROUNDS.get(r.ground, ("", ""))
    return {
        "number": r.number, "at": r.at.isoformat(), "kind": requests.KINDS[r.kind], "ground": ground, "article": article,
        "reason": r.reason, "records": list(requests.public_ids(r)), "state": r.state(today), "due": r.due.isoformat(),
        "decided_at": r.decided_at.isoformat() if r.decided_at else None, "answer": r.said or "", "basis": r.basis or "",
    }  # fmt: skip


def _case(k: Case, today: date) -> dict[str, Any]:
    return {
        "number": k.shown, "at": k.at.isoformat(), "state": k.state_on(today), "authority": k.authority,
        "records": [ids.public_id(r) for r in k.record_ids], "steps": [_step(k, s) for s in k.steps if s.kind != "warned"],
        **{name: casework.unsealed(k.detail.get(name, "")) for name in ("concern", "statement", "contact")},
    }  # fmt: skip


def _step(k: Case, s: casework.Step) -> dict[str, Any]:
    """By which office, not by whom."""
    return {
        "at": s.at.isoformat(), "step": moves.STEPS[k.kind][s.kind], "role": s.role, "unit": s.provider,
        "reason": s.reason, "basis": s.basis, "upstream": s.upstream,
        "statement": "" if s.kind == moves.OPINION else casework.unsealed(s.detail.get("statement", "")),
    }  # fmt: skip


def written(copy: dict[str, Any]) -> tuple[bytes, str]:
    """The file, and the SHA-256 of its bytes."""
    data = (json.dumps(copy, ensure_ascii=False, indent=1, default=str) + "\n").encode()
    return data, sha256(data).hexdigest()


def is_natural(code: str, today: date) -> bool:
    return grantor_of(code, today)[0] == PERSON


__all__ = ["FORMAT", "gather", "is_natural", "written"]
