"""Numbers by which the public knows records: a record's own id says its day and a hash of its key, so it is enciphered.

One block of AES-256 under a key of its own is a permutation of the 128 bits: reversible without a table, and
without the key neither guessable nor telling. The key derives from the index key, which never rotates.
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from xinyong.foundation import keys

_WRITTEN = re.compile(r"[0-9a-f]{32}")


def public_id(record: str) -> str:
    """Of a record id (32 hex digits), the number its public address carries (likewise 32)."""
    cipher = _block().encryptor()
    return (cipher.update(bytes.fromhex(record)) + cipher.finalize()).hex()


def record_of(number: str) -> str | None:
    """The record id behind a public number; None for what is not one in its one canonical writing."""
    if not _WRITTEN.fullmatch(number):
        return None
    cipher = _block().decryptor()
    return (cipher.update(bytes.fromhex(number)) + cipher.finalize()).hex()


def _block() -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(keys.derived("record-number")), modes.ECB())  # a single block, no two alike
