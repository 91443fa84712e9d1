"""Anchoring: somebody outside keeps our checkpoints, so that a rewritten log can no longer pass for the old one.

`Anchor` is the seam: an outside chain takes its place with one class. The adapter that works is a witness, a second
log kept by somebody else (`tools/witness.py`, or any server that speaks C2SP tlog-witness).
"""

from __future__ import annotations

import base64
import importlib
import os
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any, Protocol

import psycopg

from xinyong.foundation.evidence import proofs
from xinyong.foundation.evidence.sealing import Sealed, last
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS, Algorithm

SECONDS = 10
INSERT = "INSERT INTO evidence_anchor (size, algorithm, anchor, at, receipt) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
KNOWN = "SELECT coalesce(max(size), 0) FROM evidence_anchor WHERE anchor = %s AND algorithm = %s"


class Anchor(Protocol):
    """Takes a checkpoint; gives back what proves that it did. Fault: it could not, or would not."""

    name: str

    def keep(self, c: psycopg.Connection[Any], algorithm: Algorithm, sealed: Sealed, known: int) -> str: ...


class Witness:
    """Speaks C2SP tlog-witness over HTTP."""

    def __init__(self, url: str) -> None:
        self.name = self.url = url.rstrip("/")

    def keep(self, c: psycopg.Connection[Any], algorithm: Algorithm, sealed: Sealed, known: int) -> str:
        status, text = self._ask(c, algorithm, sealed, known)
        if status == 409 and text.strip().isdecimal() and int(text) <= sealed.size:
            status, text = self._ask(c, algorithm, sealed, int(text))  # it had more than we noted
        if status != 200:
            raise Fault(
                "witness_refused",
                f"见证者 {self.name} 没有联署第 {sealed.size} 条处的检查点（{text.strip()[:200] or status}）；"
                "如果说内容不同，请立即用 xinyong ledger verify 核验。",
            )
        return text

    def _ask(
        self, c: psycopg.Connection[Any], algorithm: Algorithm, sealed: Sealed, old: int
    ) -> tuple[int, str]:
        path = proofs.growth(c, old, sealed.size)[algorithm]
        lines = [f"old {old}", *(base64.b64encode(h).decode() for h in path)]
        body = ("\n".join(lines) + "\n\n" + sealed.notes[algorithm]).encode()
        request = urllib.request.Request(f"{self.url}/add-checkpoint", body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read(65536).decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read(65536).decode(errors="replace")
        except OSError as e:
            raise Fault(
                "witness_down", f"连不上见证者 {self.name}（{e}）；下次封存后再试，已封存的内容不受影响。"
            ) from None


def anchors() -> list[Anchor]:
    """XINYONG_WITNESSES: addresses of witnesses, or `package.module:Class` of another anchor, with commas between."""
    named = [n.strip() for n in os.environ.get("XINYONG_WITNESSES", "").split(",") if n.strip()]
    return [Witness(n) if n.startswith(("http://", "https://")) else _made(n) for n in named]


def _made(name: str) -> Anchor:
    module, _, attribute = name.partition(":")
    made: Anchor = getattr(importlib.import_module(module), attribute)()
    return made


def anchor(c: psycopg.Connection[Any], now: datetime) -> list[Fault]:
    """Bring the newest checkpoint to every anchor that does not have it. Returns who failed; one down stops no other."""
    sealed, failed = last(c), []
    for place in anchors():
        for algorithm in ALGORITHMS:
            row = c.execute(KNOWN, [place.name, algorithm]).fetchone()
            known = int(row[0]) if row else 0
            if sealed.size <= known:
                continue
            try:
                receipt = place.keep(c, algorithm, sealed, known)
            except Fault as e:
                failed.append(e)
                continue
            c.execute(INSERT, [sealed.size, algorithm, place.name, now, receipt])
    return failed
