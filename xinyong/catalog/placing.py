"""Putting a file into the local edition: written whole or not at all, and taken back when its record fails."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from xinyong.catalog.yamlfile import _StrictLoader
from xinyong.kernel.errors import Fault, Refused

CODE = re.compile(r"[A-Z][A-Z0-9_]*")
FRESH = ".changed"  # touched at every change: one look at it tells a running process whether to read again
_NAMED = re.compile(r"(?:字段|行校验) ([A-Za-z0-9_]+)")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def as_yaml(data: Any) -> str:
    """The data as the loader reads it back. Fault: it would come back as something else."""
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)
    if parsed(text) != data:
        raise Fault("rulebook_round_trip", "规则库文件写出后读回的内容不同；请把草稿全文交给系统管理员查看。")
    return text


def parsed(text: str) -> Any:
    """What a person typed as YAML. Refused: it isn't."""
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise Refused(
            "not_yaml_text", f"第 {line} 行附近不符合 YAML 语法；请注意缩进、冒号后的空格和引号。"
        ) from e
    except Exception as e:  # a repeated key, a character that YAML does not allow
        raise Refused("not_yaml_text", "同一处写了两个相同的名称，或含有不允许的字符；请改正后重试。") from e


@dataclass(slots=True)
class Placed:
    """Files put in place, and what was there before."""

    before: list[tuple[Path, bytes | None]] = field(default_factory=list)

    def put(self, root: Path, name: str, text: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        had = path.read_bytes() if path.is_file() else None
        _replace(path, text.encode())
        self.before.append((path, had))
        (root / FRESH).touch()

    def take_back(self) -> None:
        for path, had in reversed(self.before):
            if had is None:
                path.unlink(missing_ok=True)
            else:
                _replace(path, had)


def _replace(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one; durable on return."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    os.replace(fresh, path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def taken_back() -> Iterator[Placed]:
    """What was put in place goes again when what it belongs to fails."""
    placed = Placed()
    try:
        yield placed
    except BaseException:
        placed.take_back()
        raise


def stamp(root: Path) -> int:
    """Changes with every file put in place here."""
    try:
        return (root / FRESH).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def path_in(sentence: str, content: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Where in the content a sentence of the loader points; empty: nowhere in particular."""
    found = _NAMED.search(sentence)
    for part, key in (("fields", "code"), ("row_checks", "rule")):
        for n, entry in enumerate(content.get(part) or ()):
            if found and isinstance(entry, Mapping) and entry.get(key) == found[1]:
                return part, n
    head = re.search(r"\.yaml 的 ([a-z_]+)：", sentence)
    return (head[1],) if head and head[1] in content else ()


def without_file(sentence: str) -> str:
    """The author of a draft knows which file it will be."""
    return re.sub(r"^规则库文件 （本地）\S+?\.yaml(?: 的 )?", "", sentence).lstrip("：")


__all__ = ["CODE", "Placed", "as_yaml", "digest", "parsed", "path_in", "stamp", "taken_back", "without_file"]
