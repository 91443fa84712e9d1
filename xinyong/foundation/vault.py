"""Originals as they came, encrypted under a data key of their own.

Format: magic, 7-byte nonce prefix, then AES-256-GCM chunks of 1 MiB; the nonce holds a counter and
whether the chunk is the last, so that chunks cannot be dropped, swapped or appended.
Outside, an object is named by an HMAC of its content and submission: the name betrays nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xinyong.foundation import home, keys
from xinyong.kernel.errors import Fault, Refused

MAGIC = b"XYV1"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    wrapped_key: bytes
    size: int
    sha256: str


def path_of(name: str) -> Path:
    return home.folder("originals", name[:2]) / name


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file."""
    h, size = sha256(), 0
    with open(path, "rb") as f:
        while block := f.read(CHUNK):
            h.update(block)
            size += len(block)
    return h.hexdigest(), size


def store(source: Path, content: str, submission: int) -> Stored:
    """Encrypt `source`, whose SHA-256 is `content`, into the vault; durable on return."""
    data_key = secrets.token_bytes(32)
    name = keys.hmac_hex("vault-name", f"{submission}:{content}")
    fresh = home.folder("originals") / f"{name}.{os.getpid()}.new"
    try:
        size = _encrypt(source, fresh, AESGCM(data_key), content)
        fresh.rename(path_of(name))
        _sync_folder(path_of(name).parent)
    except OSError as e:
        fresh.unlink(missing_ok=True)
        raise Fault(
            "vault_write", f"原始文件没能保存（{e.strerror}）；请腾出磁盘空间后重新报送，本次没有任何改动。"
        ) from e
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return Stored(name, keys.provider().wrap(data_key), size, content)


def _sync_folder(folder: Path) -> None:
    """The name is durable too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encrypt(source: Path, target: Path, aead: AESGCM, content: str) -> int:
    prefix, h, size = secrets.token_bytes(7), sha256(), 0
    with (
        open(source, "rb") as f,
        open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
    ):
        out.write(MAGIC + prefix)
        block = f.read(CHUNK)
        for n in range(1 << 32):
            following = f.read(CHUNK)
            h.update(block)
            size += len(block)
            out.write(aead.encrypt(_nonce(prefix, n, last=not following), block, None))
            if not following:
                break
            block = following
        out.flush()
        os.fsync(out.fileno())
    if h.hexdigest() != content:
        raise Refused("file_changed", f"文件 {source.name} 在读取过程中被改动；请等写完后重新报送。")
    return size


def _nonce(prefix: bytes, n: int, *, last: bool) -> bytes:
    return prefix + n.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def read(name: str, wrapped_key: bytes) -> Iterator[bytes]:
    """The original's bytes in chunks. Fault: missing, tampered with, or its key destroyed."""
    try:
        f = open(path_of(name), "rb")
    except FileNotFoundError:
        raise Fault(
            "vault_missing", f"原始文件 {name[:12]}… 不在存储目录中；请从备份恢复 originals 目录。"
        ) from None
    with f:
        aead = AESGCM(keys.provider().unwrap(wrapped_key))
        head = f.read(len(MAGIC) + 7)
        prefix, block, n = head[len(MAGIC) :], f.read(CHUNK + 16), 0
        while True:
            following = f.read(CHUNK + 16)
            try:
                yield aead.decrypt(_nonce(prefix, n, last=not following), block, None)
            except InvalidTag:
                raise Fault(
                    "vault_tampered", f"原始文件 {name[:12]}… 与保存时不一致；请从备份恢复并查明原因。"
                ) from None
            if not following:
                return
            block, n = following, n + 1


def restore_to(name: str, wrapped_key: bytes, target: Path) -> None:
    """Write the original's bytes to `target`."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for block in read(name, wrapped_key):
            out.write(block)


def discard(name: str) -> None:
    """Remove an object of a submission that did not come about."""
    path_of(name).unlink(missing_ok=True)
