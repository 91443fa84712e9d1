"""A backup becomes an installation again: hashes first, then keys, database, originals, counts, log, erasures.

Erasures that happened after the backup are done again. Their source is `<home>/erasures.jsonl`; on a new
machine the operator brings the newest copy of that file along.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
from psycopg import sql

import xinyong
from xinyong.foundation import database, erasures, home, keys, pgtools, setup, vault
from xinyong.foundation.backup import (
    DUMP,
    ERASURES,
    FORMAT,
    KEYRING,
    MANIFEST,
    Manifest,
    Progress,
    key_check,
    row_counts,
    silent,
)
from xinyong.kernel.errors import Fault, Refused

TELLING = ("submission", "record_version", "vault_object", "credit_subject")


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `erased_again`: erasures done again; `unreadable`: originals without file or key."""

    manifest: Manifest
    erased_again: int
    unreadable: list[str]


def restore(
    source: Path,
    erase_again: erasures.Again,
    progress: Progress = silent,
    *,
    force: bool = False,
    log: Path | None = None,
) -> Restored:
    """Restore `source` (a folder or tar of `backup`) into the configured database and home.

    `erase_again` does one erasure of the log (`collection.erasure.again`); `log`: a newer erasures.jsonl.
    `force` replaces what the database holds. Refused: not a whole backup, keys that are not its own, a
    database with data. Call it before Django is loaded: its settings would make a keyring of their own.
    """
    if log is not None and not log.exists():
        raise Refused("no_log", f"找不到删除记录 {log}；请核对路径后重试。")
    with _opened(source) as root:
        manifest = _manifest(root, source)
        _verify(root, manifest, progress)
        _settle_keys(root, manifest)
        database.create()
        _refuse_data(force)
        _load(root / DUMP, progress)
        _compare(manifest)
        _files(root, manifest, progress)
        adopted = [*erasures.read(root / ERASURES), *(erasures.read(log) if log else [])]
    erasures.adopt(adopted)
    setup.initialise()
    unreadable = _unreadable()
    progress("重建存证日志", 0)
    _rebuild_evidence()
    progress("重做删除", 0)
    return Restored(manifest, erasures.catch_up(erase_again), unreadable)


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(dir=home.folder("tmp"), prefix="restore-") as work:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(work, filter="data")
        except FileNotFoundError:
            raise Refused("no_backup", f"找不到备份 {source}；请核对路径后重试。") from None
        except (tarfile.TarError, EOFError):
            raise Refused(
                "not_a_backup", f"{source} 不是完整的备份文件；请换一份备份重试，现有数据没有任何改动。"
            ) from None
        yield Path(work)


def _manifest(root: Path, source: Path) -> Manifest:
    try:
        raw = json.loads((root / MANIFEST).read_text("utf-8"))
        manifest = Manifest(**raw)
    except (OSError, ValueError, TypeError):
        raise Refused(
            "not_a_backup", f"{source} 里没有可读的 {MANIFEST}，不是完整的备份；请换一份备份重试。"
        ) from None
    if manifest.format > FORMAT or _numbers(manifest.version) > _numbers(xinyong.__version__):
        raise Refused(
            "backup_newer",
            f"备份由较新的版本 {manifest.version} 写成，本机是 {xinyong.__version__}；请先升级本软件，再恢复。",
        )
    return manifest


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _verify(root: Path, manifest: Manifest, progress: Progress) -> None:
    for n, (name, expected) in enumerate(manifest.parts.items(), 1):
        path = root / _inside(name)
        if not path.is_file():
            raise Refused("backup_incomplete", f"备份缺少 {name}；请换一份完整的备份，现有数据没有任何改动。")
        if vault.digest(path)[0] != expected:
            raise Refused(
                "backup_damaged",
                f"备份中的 {name} 与清单的校验值不符，已损坏或被改动；请换一份备份，现有数据没有任何改动。",
            )
        progress("核对备份", n)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise Refused(
            "not_a_backup", f"备份清单里的路径 {name} 越出了备份目录；这不是本软件写的备份，已拒绝。"
        )
    return name


def _settle_keys(root: Path, manifest: Manifest) -> None:
    if os.environ.get("XINYONG_KEY_PROVIDER"):
        _refuse_other_keys(keys.provider(), manifest)
        return
    mine, theirs = home.folder("keys") / "keyring.json", root / KEYRING
    if KEYRING in manifest.parts and _replaceable(mine, manifest):
        if mine.exists():
            mine.rename(mine.with_suffix(".replaced"))
        _copy(theirs, mine)
        keys.provider.cache_clear()
        keys.derived.cache_clear()
    if not mine.exists():
        raise Refused(
            "keys_missing",
            f"这份备份不含密钥，而 {mine} 不存在；请先把与该备份配套的 keyring.json 放到这里（权限 0600），再恢复。",
        )
    _refuse_other_keys(keys.FileKeys(mine), manifest)


def _replaceable(mine: Path, manifest: Manifest) -> bool:
    """No keyring yet, or a stray one that protects nothing."""
    if not mine.exists():
        return True
    stray = not any(home.folder("originals").glob("??/*"))
    return stray and key_check(keys.FileKeys(mine)) != manifest.key_check


def _refuse_other_keys(provider: keys.KeyProvider, manifest: Manifest) -> None:
    if key_check(provider) != manifest.key_check:
        raise Refused(
            "keys_differ",
            "本机的密钥与备份不配套，恢复后原件和个人信息都无法解密；请换上与该备份配套的密钥库后重试。",
        )


def _refuse_data(force: bool) -> None:
    with database.connect_owner() as c:
        counts = row_counts(c)
    held = {t: counts[t] for t in TELLING if counts.get(t)}
    if held and not force:
        told = "、".join(f"{t} {n} 行" for t, n in held.items())
        raise Refused(
            "not_empty",
            f"数据库 {database.public_name()} 里已有数据（{told}）；恢复会全部替换。"
            "请换一个空库，或先另行备份、确认不再需要后加 --force 重试。",
        )


def _load(dump: Path, progress: Progress) -> None:
    progress("恢复数据库", 0)
    with database.connect_owner() as c:
        tool = pgtools.find("pg_restore", c.info.server_version)  # before anything is emptied
        _clear(c)
    failed = Fault(
        "restore_load", "数据库恢复失败，库中现在没有数据；请按括号中的原因处理后，对同一份备份重试"
    )
    options = ["--no-owner", "--no-privileges", "--schema=public", "--exit-on-error", "--single-transaction"]
    pgtools.run(tool, [*options, str(dump)], failed)


def _clear(c: psycopg.Connection[Any]) -> None:
    """Empty the schema; the extensions come back at once, for the dump leans on them."""
    try:
        c.execute("SET LOCAL lock_timeout = '30s'")
        c.execute("DROP SCHEMA public CASCADE")
        c.execute("CREATE SCHEMA public")
        for extension in database.EXTENSIONS:
            c.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    except psycopg.errors.LockNotAvailable as e:
        raise Refused("in_use", "数据库正被使用；请先停掉网站和后台任务，再恢复。") from e
    except psycopg.errors.InsufficientPrivilege as e:
        raise Fault(
            "restore_rights",
            "数据库用户无权重建 public 模式；请由管理员把库的属主改为该用户（ALTER DATABASE … OWNER TO …）。",
        ) from e


def _compare(manifest: Manifest) -> None:
    with database.connect_owner() as c:
        counts = row_counts(c)
    wrong = [
        f"{t} 应有 {n} 行，实有 {counts.get(t, 0)} 行"
        for t, n in manifest.counts.items()
        if counts.get(t) != n
    ]
    if wrong:
        raise Fault(
            "restore_counts",
            f"恢复后的行数与备份不符：{'；'.join(wrong[:5])}；请勿使用这个库，换一份备份重试。",
        )


def _files(root: Path, manifest: Manifest, progress: Progress) -> None:
    for n, name in enumerate(manifest.parts, 1):
        if name.startswith("originals/"):
            _copy(root / name, vault.path_of(PurePosixPath(name).name))
        elif name.startswith("rulebook/"):
            _keep_local(root / name, home.local_rulebook() / PurePosixPath(name).relative_to("rulebook"))
        elif name.startswith("media/"):
            _copy(root / name, home.folder("media") / PurePosixPath(name).relative_to("media"))
        progress("恢复文件", n)


def _keep_local(source: Path, target: Path) -> None:
    """A local edition that differs is set aside, not lost."""
    if target.exists() and target.read_bytes() != source.read_bytes():
        target.rename(target.with_name(target.name + ".before-restore"))
    _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    with (
        open(source, "rb") as f,
        open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
    ):
        shutil.copyfileobj(f, out, vault.CHUNK)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(target)


def _rebuild_evidence() -> None:
    """The trees are not in the backup: the database gives them again, or something was changed and it says so."""
    from xinyong.foundation.evidence import rebuilding

    with database.connect_app(autocommit=True) as c:
        rebuilding.rebuild(c)


def _unreadable() -> list[str]:
    """Originals that are in the database but can't be read: no file, or no key that opens it."""
    with database.connect_owner() as c:
        rows = c.execute(
            "SELECT name, wrapped_key FROM vault_object WHERE length(wrapped_key) > 0"
        ).fetchall()
    return [name for name, wrapped in rows if not _readable(name, bytes(wrapped))]


def _readable(name: str, wrapped: bytes) -> bool:
    try:
        keys.provider().unwrap(wrapped)
    except Fault:
        return False
    return vault.path_of(name).exists()
