"""The platform's signatures under checkpoints, and its public keys as a stranger needs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import psycopg

from xinyong.foundation import signing
from xinyong.foundation.signing import PublicKey
from xinyong.kernel.checkpoints import ED25519, SM2, Checkpoint, Signature, Verifier, parse, signed
from xinyong.kernel.merkle import Algorithm

TYPES = {signing.ED25519: ED25519, signing.SM2: SM2}


def origin() -> str:
    """The log's name, fixed by the district before the first sealing (XINYONG_LOG_ORIGIN)."""
    return os.environ.get("XINYONG_LOG_ORIGIN") or "credit.tongnan/evidence"


def signer(c: psycopg.Connection[Any], at: datetime) -> Callable[[Checkpoint], str]:
    """Signs a checkpoint with the newest key of each algorithm."""
    hand = signing.signer(c, at)
    known = {k.id: k for k in hand.public_keys()}

    def sign(checkpoint: Checkpoint) -> str:
        made = hand.sign(checkpoint.text.encode())
        return signed(checkpoint, [_line(known[s.key], s.value) for s in made])

    return sign


def _line(key: PublicKey, value: bytes) -> Signature:
    return Signature(origin(), verifier(key).key_id, value)


def verifier(key: PublicKey) -> Verifier:
    return Verifier(origin(), TYPES[key.algorithm], key.value)


def verifiers(c: psycopg.Connection[Any], at: datetime) -> list[Verifier]:
    """Of every key that ever signed."""
    return [verifier(k) for k in _known(c, at)]


def _known(c: psycopg.Connection[Any], at: datetime) -> list[PublicKey]:
    """A key in the table counts only if this platform holds its private half: else who has the table has a key."""
    hand = signing.signer(c, at)
    return hand.proved() if isinstance(hand, signing.StoredKeys) else hand.public_keys()


def ours(c: psycopg.Connection[Any], at: datetime) -> Callable[[str, Algorithm], bool]:
    """Whether a note is a checkpoint of this tree, signed by a key of this platform."""
    known = _known(c, at)
    return lambda note, algorithm: genuine(note, known) and algorithm_of(parse(note)[0]) == algorithm


def own_part(note: str) -> str:
    """The note without what witnesses signed on it. ValueError: it is none."""
    checkpoint, signatures = parse(note)
    return signed(checkpoint, [s for s in signatures if s.name == origin()])


def algorithm_of(checkpoint: Checkpoint) -> Algorithm:
    """Each tree's checkpoints bear a name of their own (`sealing.origin_of`)."""
    return "sm3" if checkpoint.origin.endswith("/sm3") else "sha256"


def genuine(note: str, known: Iterable[PublicKey]) -> bool:
    """Whether every signature on the note is by a known key and good, and each algorithm has one."""
    by_id = {verifier(k).key_id: k for k in known}
    try:
        checkpoint, signatures = parse(note)
        named = [(by_id[s.key_id], s.signature) for s in signatures]
    except (ValueError, KeyError):
        return False
    made = [signing.Signature(k.algorithm, k.id, value) for k, value in named]
    return signing.genuine(checkpoint.text.encode(), made, by_id.values())
