"""Find and read the files of an edition; hold the shipped ones against their manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import MappingProxyType

from xinyong.catalog.model import Edition
from xinyong.catalog.registers import REGISTERS
from xinyong.catalog.rejections import rejection
from xinyong.catalog.schema import check_schema
from xinyong.catalog.yamlfile import Document, read_document

SHIPPED = Path(__file__).resolve().parent.parent / "rulebook"
EDITION = "edition.yaml"

Files = dict[str, list[Document]]  # kind → documents; kinds: items, calendar and the registers

_FOLDERS = {"items": "item", "calendar": "calendar"}  # folder → schema
_PLACES = {
    "items": re.compile(r"items/([A-Z][A-Z0-9_]*)/(\d{4}-\d{2}-\d{2})\.yaml"),
    "calendar": re.compile(r"calendar/(\d{4})\.yaml"),
}


def read_shipped(root: Path, check_all: bool = False) -> tuple[Edition, Files]:
    """The shipped edition. Refused when a file differs from the manifest: shipped editions are immutable."""
    edition = read_edition(root)
    files: Files = {kind: [] for kind in (*_FOLDERS, *REGISTERS)}
    for kind, path in _paths(root):
        document = read_document(root, path, "shipped")
        if edition.files.get(document.path) != document.digest:
            raise rejection("shipped_altered", document.shown, "", f"与版本 {edition.id} 的清单不一致")
        if check_all:
            _check(kind, document)
        files[kind].append(document)
    _complete(edition, files)
    return edition, files


def _complete(edition: Edition, files: Files) -> None:
    found = {document.path for documents in files.values() for document in documents}
    missing = sorted(name for name in edition.files if name.endswith(".yaml") and name not in found)
    if missing:
        raise rejection("shipped_altered", missing[0], "", f"版本 {edition.id} 的清单中有，却找不到文件")


def read_edition(root: Path) -> Edition:
    """What edition.yaml says: id, date, and the SHA-256 of each shipped file."""
    raw = read_document(root, root / EDITION, "shipped").data
    return Edition(raw["edition"], date.fromisoformat(raw["published"]), MappingProxyType(raw["files"]))


def read_local(root: Path | None) -> Files:
    """The local edition, checked against the schemas; empty when there is none."""
    files: Files = {kind: [] for kind in (*_FOLDERS, *REGISTERS)}
    if root is None or not root.is_dir():
        return files
    for kind, path in _paths(root):
        document = read_document(root, path, "local")
        _check(kind, document)
        files[kind].append(document)
    return files


def _paths(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(p for p in root.rglob("*") if p.suffix.lower() in {".yaml", ".yml"}):
        name = path.relative_to(root).as_posix()
        if name == EDITION:
            continue
        kind = name.split("/")[0] if "/" in name else name.removesuffix(".yaml")
        known = kind in _FOLDERS if "/" in name else kind in REGISTERS
        if not known:
            raise rejection("unknown_file", name, "", "规则库中没有这样的文件")
        yield kind, path


def _check(kind: str, document: Document) -> None:
    check_schema(document, _FOLDERS.get(kind, kind))
    if kind in _PLACES:
        _check_place(kind, document)


def _check_place(kind: str, document: Document) -> None:
    """Path and content name the same item version or year, so that a copy can't pass for another one."""
    match, data = _PLACES[kind].fullmatch(document.path), document.data
    says = (data["code"], data["in_force_from"]) if kind == "items" else (str(data["year"]),)
    if not match or match.groups() != says:
        raise rejection("misplaced", document.shown, "", f"存放位置与内容（{'，'.join(says)}）不一致")
