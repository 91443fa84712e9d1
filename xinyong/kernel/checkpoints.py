"""Checkpoints of the evidence log in the form of a C2SP signed note (tlog-checkpoint).

    <origin>
    <size>
    <root, base64>
    [further lines]

    — <signer> <base64 of key id ‖ signature>

The key id ties a signature to a signer's name, algorithm and public key: SHA-256(name ‖ LF ‖ type ‖ key)[:4].
Type 0x01 is Ed25519; SM2 with SM3 has no number of its own and takes 0xff followed by its name. 0x04 is a witness's
Ed25519 cosignature (C2SP tlog-cosignature v1): the moment in eight bytes, and the signature over moment and text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

ED25519, SM2, COSIGNATURE = b"\x01", b"\xffsm2-sm3", b"\x04"
TYPES = {"ed25519": ED25519, "sm2": SM2, "cosignature": COSIGNATURE}
MOMENT = 8  # bytes of seconds since 1970 before a cosignature
DASH = "— "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    further: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed: it ends with a line feed."""
        root = base64.b64encode(self.root).decode()
        return "\n".join([self.origin, str(self.size), root, *self.further]) + "\n"


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """A signer's name and public key; written `name+key id+base64(type ‖ key)`."""

    name: str
    type: bytes
    key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.type, self.key)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.type + self.key).decode()}"


def key_id(name: str, type: bytes, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + type + key).digest()[:4]


def signed(checkpoint: Checkpoint, signatures: Sequence[Signature]) -> str:
    """The whole note. ValueError: a line could be taken for something else."""
    lines = [checkpoint.origin, *checkpoint.further]
    if not all(lines) or any("\n" in line for line in lines):
        raise ValueError("origin and further lines must be single lines that are not empty")
    return checkpoint.text + "\n" + "".join(_line(s) for s in signatures)


def _line(s: Signature) -> str:
    return f"{DASH}{s.name} {base64.b64encode(s.key_id + s.signature).decode()}\n"


def cosigned(text: str, signature: bytes) -> tuple[bytes, bytes]:
    """What a witness signed, and its 64 bytes, from the signature on a note's text."""
    moment = int.from_bytes(signature[:MOMENT], "big")
    return f"cosignature/v1\ntime {moment}\n{text}".encode(), signature[MOMENT:]


def parse(note: str) -> tuple[Checkpoint, list[Signature]]:
    """A note's parts; signatures are not verified here. ValueError: not a checkpoint."""
    text, gap, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) < 3 or not tail.endswith("\n"):
        raise ValueError("not a signed note")
    origin, size, root = lines[:3]
    if not origin or not size.isascii() or not size.isdecimal() or str(int(size)) != size:
        raise ValueError("the first lines are not origin and size")
    return Checkpoint(origin, int(size), _decoded(root), tuple(lines[3:])), [
        _signature(line) for line in tail.splitlines()
    ]


def _signature(line: str) -> Signature:
    name, gap, data = line.removeprefix(DASH).partition(" ")
    raw = _decoded(data)
    if not line.startswith(DASH) or not gap or not name or len(raw) < 5:
        raise ValueError("a signature line is malformed")
    return Signature(name, raw[:4], raw[4:])


def verifier(text: str) -> Verifier:
    """From its written form. ValueError: malformed, or the id is not the key's."""
    name, identity, key = (text.split("+", 2) + ["", ""])[:3]
    raw = _decoded(key)
    for type in TYPES.values():
        if raw.startswith(type):
            found = Verifier(name, type, raw[len(type) :])
            if found.key_id.hex() == identity:
                return found
    raise ValueError("not a verifier key")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as e:
        raise ValueError("not base64") from e
