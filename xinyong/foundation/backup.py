"""One backup: database, originals, local rulebook, files of articles and erasure log, with a manifest of hashes and row counts.

The counts and the dump come from one snapshot. The keyring is left out unless asked for: a backup that
carries its own keys protects nothing, so keep the two apart.

Layout: manifest.json, database.dump, erasures.jsonl, originals/…, rulebook/…, media/… (files of articles), and keys/… if asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

import xinyong
from xinyong.foundation import database, erasures, home, keys, pgtools, vault
from xinyong.kernel.errors import Fault, Refused

FORMAT = 1
MANIFEST, DUMP, ERASURES = "manifest.json", "database.dump", "erasures.jsonl"
KEYRING = "keys/keyring.json"
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `parts`: relative path → SHA-256; `counts`: table → rows in the dump's snapshot."""

    format: int
    version: str
    made_at: str
    server: int
    publication: int  # the last one in the snapshot, 0 before the first
    key_check: str  # tells whether a keyring belongs to this backup, without telling the key
    with_keys: bool
    parts: dict[str, str]
    counts: dict[str, int]
    missing_originals: list[str]


def silent(stage: str, done: int) -> None:
    """No progress wanted."""


def key_check(provider: keys.KeyProvider) -> str:
    """A fingerprint of the keys that never rotate."""
    return sha256(provider.derived("backup-check")).hexdigest()


class Sink(Protocol):
    def add(self, name: str, source: Path) -> str:
        """Take a file in under `name`; returns its SHA-256."""
        ...


class _Hashing:
    """A readable that hashes what goes through it, so that the hash is of the bytes that were copied."""

    def __init__(self, source: Any) -> None:
        self.source, self.hash = source, sha256()

    def read(self, size: int = -1) -> bytes:
        block: bytes = self.source.read(size)
        self.hash.update(block)
        return block


class FolderSink:
    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, name: str, source: Path) -> str:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (
            open(source, "rb") as f,
            open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            through = _Hashing(f)
            shutil.copyfileobj(through, out, vault.CHUNK)
            out.flush()
            os.fsync(out.fileno())
        return through.hash.hexdigest()


class TarSink:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar

    def add(self, name: str, source: Path) -> str:
        with open(source, "rb") as f:
            info = tarfile.TarInfo(name)
            info.size, info.mode = os.fstat(f.fileno()).st_size, 0o600
            through = _Hashing(f)
            self.tar.addfile(info, through)  # it only reads
        return through.hash.hexdigest()


def backup(target: Path, at: datetime, progress: Progress = silent, *, with_keys: bool = False) -> Manifest:
    """Write a backup to `target`: a tar file if the name ends in .tar, else a new folder.

    Refused: `target` exists. Fault: pg_dump is missing or fails, the disk is full; no half backup stays.
    """
    if target.exists():
        raise Refused("backup_exists", f"{target} 已经存在；请换一个名字，备份不会覆盖任何文件。")
    try:
        with _sink(target) as sink:
            return _write(sink, at, progress, with_keys)
    except OSError as e:
        raise Fault(
            "backup_write", f"备份没有写成（{e.strerror or e}）；请检查 {target.parent} 的空间和权限后重试。"
        ) from e


@contextmanager
def _sink(target: Path) -> Iterator[Sink]:
    """The backup appears under its name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    _remove(partial)
    try:
        if target.suffix == ".tar":
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
                with tarfile.open(fileobj=f, mode="w") as tar:
                    yield TarSink(tar)
                f.flush()
                os.fsync(f.fileno())
        else:
            partial.mkdir(mode=0o700)
            yield FolderSink(partial)
        partial.rename(target)
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(sink: Sink, at: datetime, progress: Progress, with_keys: bool) -> Manifest:
    parts: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=home.folder("tmp"), prefix="backup-") as work:
        dump = Path(work) / DUMP
        with _snapshot() as (c, snapshot):
            progress("导出数据库", 0)
            counts, seq = row_counts(c), _last_publication(c)
            names = [r[0] for r in c.execute("SELECT name FROM vault_object WHERE length(wrapped_key) > 0")]
            server = c.info.server_version
            _dump(dump, snapshot, server)
        parts[DUMP] = sink.add(DUMP, dump)
        missing = _add_originals(sink, names, parts, progress)
        _add_files(sink, parts, with_keys)
        manifest = Manifest(
            FORMAT,
            xinyong.__version__,
            at.isoformat(),
            server,
            seq,
            key_check(keys.provider()),
            with_keys,
            parts,
            counts,
            missing,
        )
        file = Path(work) / MANIFEST
        file.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        sink.add(MANIFEST, file)
    return manifest


@contextmanager
def _snapshot() -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A read-only connection whose snapshot pg_dump can share while the block lasts."""
    with database.connect_owner() as c:
        c.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        c.read_only = True
        row = c.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield c, row[0]


def row_counts(c: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of every table but the job queue's."""
    names = c.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%%'"
        " ORDER BY 1",
        [],
    ).fetchall()
    return {name: _count(c, name) for (name,) in names}


def _count(c: psycopg.Connection[Any], table: str) -> int:
    row = c.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def _last_publication(c: psycopg.Connection[Any]) -> int:
    row = c.execute("SELECT coalesce(max(seq), 0) FROM publication").fetchone()
    assert row is not None
    return int(row[0])


def _dump(target: Path, snapshot: str, server: int) -> None:
    failed = Fault("backup_dump", "数据库导出失败；请按括号中的原因处理后重试")
    options = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--schema=public"]
    arguments = [*options, f"--snapshot={snapshot}", f"--file={target}"]
    pgtools.run(pgtools.find("pg_dump", server), arguments, failed)


def _add_originals(sink: Sink, names: list[str], parts: dict[str, str], progress: Progress) -> list[str]:
    """Originals of the snapshot; an original erased since is missing, and the manifest says so."""
    missing = []
    for n, name in enumerate(sorted(names), 1):
        part = f"originals/{name[:2]}/{name}"
        try:
            parts[part] = sink.add(part, vault.path_of(name))
        except FileNotFoundError:
            missing.append(name)
        progress("复制原件", n)
    return missing


def _add_files(sink: Sink, parts: dict[str, str], with_keys: bool) -> None:
    folders = {"rulebook": home.local_rulebook(), "media": home.folder("media")}
    files = {f"{n}/{p.relative_to(f)}": p for n, f in folders.items() for p in f.rglob("*") if p.is_file()}
    if erasures.log_path().exists():
        files[ERASURES] = erasures.log_path()
    if with_keys:
        files[KEYRING] = home.home() / KEYRING
    for name, path in sorted(files.items()):
        parts[name] = sink.add(name, path)
