"""Anchoring: somebody outside keeps our checkpoints, so that a rewritten log can no longer pass for the old one.

`Anchor` is the seam: an outside chain takes its place with one class. The adapter that works is a witness, a second
log kept by somebody else (`tools/witness.py`, or any server that speaks C2SP tlog-witness). What it answers counts only
with its signature, by the key that was noted here beforehand.
"""

from __future__ import annotations

import base64
import importlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Protocol

import psycopg

from xinyong.foundation import signing
from xinyong.foundation.evidence import proofs
from xinyong.foundation.evidence.sealing import SQL, Sealed, last
from xinyong.kernel.checkpoints import COSIGNATURE, Verifier, cosigned, parse, verifier
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS, Algorithm

SECONDS = 10
INSERT = "INSERT INTO evidence_anchor (size, algorithm, anchor, at, receipt) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
RECEIPTS = "SELECT anchor, receipt FROM evidence_anchor WHERE size = %s AND algorithm = %s ORDER BY anchor"
KNOWN = "SELECT coalesce(max(size), 0) FROM evidence_anchor WHERE anchor = %s AND algorithm = %s"


class Anchor(Protocol):
    """Takes a checkpoint; gives back what proves that it did. Fault: it could not, or would not."""

    name: str

    def keep(self, c: psycopg.Connection[Any], algorithm: Algorithm, sealed: Sealed, known: int) -> str: ...


class Witness:
    """Speaks C2SP tlog-witness over HTTP."""

    def __init__(self, url: str, key: Verifier | None = None) -> None:
        self.name = self.url = url.rstrip("/")
        self.key = key

    def keep(self, c: psycopg.Connection[Any], algorithm: Algorithm, sealed: Sealed, known: int) -> str:
        status, text = self._ask(c, algorithm, sealed, known)
        if status == 409 and text.strip().isdecimal():
            if int(text) > sealed.size:
                raise _shorter(self.name, int(text), sealed.size)
            status, text = self._ask(c, algorithm, sealed, int(text))  # it had more than we noted
        if status != 200:
            raise Fault(
                "witness_refused",
                f"见证者 {self.name} 没有联署第 {sealed.size} 条处的检查点（{text.strip()[:200] or status}）；"
                "如果说内容不同，请立即用 xinyong ledger verify 核验。",
            )
        if self.key is None:
            raise Fault(
                "witness_key",
                f"见证者 {self.name} 有答复，但没有登记它的公钥，联署无法核对；"
                "请把它启动时打印的公钥写入 XINYONG_WITNESS_KEY。",
            )
        if not genuine(text, sealed.notes[algorithm], self.key):
            raise Fault(
                "witness_false",
                f"见证者 {self.name} 的答复不是用登记的公钥对第 {sealed.size} 条处检查点的联署；"
                "请核对地址和 XINYONG_WITNESS_KEY，并向见证单位查问。",
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


def _shorter(name: str, kept: int, size: int) -> Fault:
    return Fault(
        "log_shorter",
        f"见证者 {name} 已见证到 {kept} 条，本库的存证日志只有 {size} 条：有内容被删去，或恢复了旧备份；"
        "请保留现场，用 xinyong ledger verify 核验。",
    )


def genuine(receipt: str, note: str, key: Verifier) -> bool:
    """Whether a witness's answer holds its cosignature over the text of this note."""
    text, gap, _ = note.rpartition("\n\n")
    try:
        checkpoint, signatures = parse(text + gap + receipt)
    except ValueError:
        return False
    mine = [s.signature for s in signatures if (s.name, s.key_id) == (key.name, key.key_id)]
    signed = (cosigned(checkpoint.text, s) for s in mine)
    return any(signing.verifies(signing.ED25519, key.key, message, value) for message, value in signed)


def cosigned_note(c: psycopg.Connection[Any], sealed: Sealed, algorithm: Algorithm) -> str:
    """The note of a checkpoint with the cosignatures that were given for it and are genuine."""
    note = sealed.notes[algorithm]
    keys = {place.name: place.key for place in anchors() if isinstance(place, Witness) and place.key}
    given = c.execute(RECEIPTS, [sealed.size, algorithm]).fetchall()
    return note + "".join(text for name, text in given if name in keys and genuine(text, note, keys[name]))


def anchors() -> list[Anchor]:
    """XINYONG_WITNESSES: addresses of witnesses, or `package.module:Class` of another anchor, with commas between.

    XINYONG_WITNESS_KEY: their keys in the same order. Fault: one that is no witness's key.
    """
    names = [n.strip() for n in os.environ.get("XINYONG_WITNESSES", "").split(",") if n.strip()]
    keys = [k.strip() for k in os.environ.get("XINYONG_WITNESS_KEY", "").split(",")]
    return [_anchor(n, k or "") for n, k in zip_longest(names, keys[: len(names)])]


def _anchor(name: str, key: str) -> Anchor:
    if not name.startswith(("http://", "https://")):
        return _made(name)
    return Witness(name, _key(key) if key else None)


def _key(text: str) -> Verifier:
    try:
        key = verifier(text)
    except ValueError:
        key = None
    if key is None or key.type != COSIGNATURE:
        raise Fault(
            "witness_key",
            f"XINYONG_WITNESS_KEY 中的“{text[:40]}”不是见证者的公钥；请照见证服务启动时打印的一行填写。",
        )
    return key


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
            if sealed.size == known:
                continue
            try:
                if sealed.size < known:
                    raise _shorter(place.name, known, sealed.size)
                receipt = place.keep(c, algorithm, sealed, known)
            except Fault as e:
                failed.append(e)
                continue
            c.execute(INSERT, [sealed.size, algorithm, place.name, now, receipt])
    return failed


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest checkpoint of a tree that an anchor has, by the receipt it gave.

    `genuine`: nothing speaks against the receipt. `root`: what the anchor signed; None: without its key nobody can say.
    """

    anchor: str
    algorithm: Algorithm
    size: int
    at: datetime
    genuine: bool
    root: bytes | None


def kept(c: psycopg.Connection[Any]) -> list[Kept]:
    """Of every anchor that ever gave a receipt, each tree's newest."""
    keys = {place.name: place.key for place in anchors() if isinstance(place, Witness)}
    size = last(c).size
    return [_kept(row, keys.get(row[0]), size) for row in c.execute(SQL["anchored"]).fetchall()]


def _kept(row: tuple[Any, ...], key: Verifier | None, held: int) -> Kept:
    anchor, algorithm, size, at, receipt, note = row
    if note is None:  # of a size that this log has passed there must be a checkpoint
        return Kept(anchor, algorithm, size, at, size > held, None)
    if key is None:
        return Kept(anchor, algorithm, size, at, True, None)
    good = genuine(receipt, note, key)
    found = parse(note)[0] if good else None
    same = found is not None and found.size == size
    return Kept(anchor, algorithm, size, at, same, found.root if found and same else None)
