"""Materials of a case: told by their content what they are, size-checked, kept encrypted until their retention ends."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.collection.door import after_months
from xinyong.foundation import audit, home, vault
from xinyong.foundation.audit import Who
from xinyong.foundation.evidence.own import GONE
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.rights.casework import SQL, Case, unsealed

RETENTION = "CASE_FILE"
LARGEST, MOST = 10 << 20, 20  # bytes of one file; files of one case
LONGEST_NAME = 120
CONTENT_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
TAIL = 2048
ACCEPT = ".pdf,.jpg,.jpeg,.png"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes. `material`: id of a material in repair.yaml."""

    material: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A material of a case."""

    id: int
    at: datetime
    material: str
    name: str
    type: str
    size: int
    digest: str
    vault: str


def type_of(data: bytes) -> str:
    """pdf, jpg or png by the content, whatever the file is called; "": none of them, or cut off."""
    tail = data[-TAIL:]
    if data.startswith(b"%PDF-") and b"%%EOF" in tail:
        return "pdf"
    if data.startswith(b"\xff\xd8\xff") and tail.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") and b"IEND" in tail:
        return "png"
    return ""


def checked(uploads: Sequence[Upload], kind: str, book: Rulebook, day: Any) -> list[tuple[Upload, str]]:
    """Each with its type. Refused: too large, too many, empty, of another type, of an unknown material."""
    known = {m.id for m in book.case_rules("material", day) if m.case == kind}
    if len(uploads) > MOST:
        raise Refused(
            "case_files_many", f"一次最多提交 {MOST} 个文件，现有 {len(uploads)} 个；请合并后重试。"
        )
    found = []
    for u in uploads:
        if u.material not in known:
            raise Refused("case_material", f"“{u.name[:40]}”的材料种类不认识；请重新选择。")
        if not 0 < len(u.data) <= LARGEST:
            raise Refused(
                "case_file_size", f"“{u.name[:40]}”是空的或超过 {LARGEST >> 20} MB；请压缩后重新选择。"
            )
        if not (kind_of_file := type_of(u.data)):
            raise Refused(
                "case_file_type",
                f"“{u.name[:40]}”的内容不是完整的 PDF、JPG 或 PNG（不看文件名，只看内容）；请另存为这三种之一后重新选择。",
            )
        found.append((u, kind_of_file))
    return found


def keep(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, uploads: Sequence[Upload], book: Rulebook,
    most: int = MOST,
) -> int:  # fmt: skip
    """Store what came with a case, in the caller's transaction. Returns how many. Refused: see `checked`; more than
    `most` with those that are there."""
    day = day_of(now)
    have = {k.digest: k.vault for k in of_case(c, case)}
    if len(uploads) + len(of_case(c, case)) > most:
        raise Refused("case_files_many", f"一件最多 {MOST} 个文件；请合并后重试。")
    for u, type_ in checked(uploads, case.kind, book, day):
        digest = sha256(u.data).hexdigest()
        if digest not in have:
            have[digest] = _stored(c, now, case, u.data, digest, book)
        name = Path(u.name.replace("\\", "/")).name[:LONGEST_NAME] or "未命名"
        c.execute(SQL["file"], {
            "case": case.id, "at": now, "actor": who.name, "material": u.material, "name": name, "type": type_,
            "size": len(u.data), "digest": digest, "vault": have[digest],
        })  # fmt: skip
    return len(uploads)


def _stored(
    c: psycopg.Connection[Any], now: datetime, case: Case, data: bytes, digest: str, book: Rulebook
) -> str:
    """Into the vault, under a name of this case alone: what another case holds is never shared."""
    stored = into_vault(data, digest, uuid.UUID(case.number).int)
    rule = book.retention[RETENTION]
    until = after_months(day_of(now), rule.months)
    kept = {"name": stored.name, "key": stored.wrapped_key, "size": stored.size, "at": now, "until": until}
    c.execute(SQL["keep"], {**kept, "rule": rule.id})
    return stored.name


def into_vault(data: bytes, digest: str, owner: int) -> vault.Stored:
    """Encrypted and durable, under a name of this `owner` alone. It has still to be registered with its retention."""
    handle, name = tempfile.mkstemp(f".{os.getpid()}.new", "case-", home.folder("tmp"))
    place = Path(name)
    try:
        with open(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        return vault.store(place, digest, owner)
    finally:
        place.unlink(missing_ok=True)


def of_case(c: psycopg.Connection[Any], case: Case) -> list[Kept]:
    """Of a file whose name a rule took, the name says so."""
    found = [Kept(*row) for row in c.execute(SQL["files"], {"case": case.id}).fetchall()]
    return [replace(k, name=unsealed(k.name)) if k.name.startswith(GONE) else k for k in found]


def missing(kept: Sequence[Kept], case: Case, book: Rulebook, day: Any) -> list[str]:
    """Names of the required materials that are not there, all of them at once."""
    there = {k.material for k in kept}
    wanted = [m for m in book.case_rules("material", day) if m.case == case.kind and m.required]
    return [m.name for m in wanted if m.id not in there]


def read(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, number: int
) -> tuple[Kept, Iterator[bytes]]:
    """A material's bytes; that it was read is noted. Who may see the case, the caller has made sure.

    Refused: there is none, or its retention is over.
    """
    kept = next((k for k in of_case(c, case) if k.id == number), None)
    row = c.execute(SQL["vault_key"], {"name": kept.vault}).fetchone() if kept else None
    if kept is None or row is None:
        raise Refused("case_file_gone", "没有这份材料，或者已到保存期限并删除；请返回核对。")
    audit.record(c, who, now, f"{case.kind}.file", case.number, {"file": number})
    return kept, vault.read(kept.vault, bytes(row[0]))


__all__ = [
    "ACCEPT",
    "CONTENT_TYPES",
    "LARGEST",
    "Kept",
    "Upload",
    "checked",
    "into_vault",
    "keep",
    "missing",
    "of_case",
    "read",
    "type_of",
]
