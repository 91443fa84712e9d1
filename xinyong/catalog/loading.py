"""Load the rulebook: the shipped edition, with a local edition laid over it.

Layout of either: items/<CODE>/<in force from>.yaml, calendar/<year>.yaml, and one file per register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from xinyong.catalog.book import Rulebook
from xinyong.catalog.build import build_calendar, build_entry, build_item
from xinyong.catalog.casework import CaseRule
from xinyong.catalog.checks import check_book
from xinyong.catalog.editions import SHIPPED, Files, read_local, read_shipped
from xinyong.catalog.model import Conflict, DatedRule, Duty, Edition, Item, QualityFormula, ReportProfile
from xinyong.catalog.registers import REGISTERS, Entry, file_entry, merge, overtaken, register_entries
from xinyong.catalog.templates import NoticeTemplate

__all__ = ["SHIPPED", "Rulebook", "load_rulebook"]

Merged = dict[str, dict[str, Entry]]
Fingerprint = tuple[tuple[str, int, int], ...]  # path, time of change in ns, size in bytes


def load_rulebook(local: Path | None = None, *, shipped: Path = SHIPPED, check_all: bool = False) -> Rulebook:
    """The rulebook in force: `shipped` (the product's own) under `local` (a folder that need not exist).

    Shipped files are held against their manifest, local ones against the schemas, and with local ones there
    all cross-references are checked again; `check_all` checks the shipped files in full too. Refused: a
    sentence with file, place, problem and mend. The same files give the same object again within a process.
    """
    return _load(shipped, local, check_all, _fingerprint(shipped), _fingerprint(local))


def _fingerprint(root: Path | None) -> Fingerprint:
    if root is None:
        return ()
    found = ((str(p), p.stat()) for p in sorted(root.rglob("*.y*ml")))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


@lru_cache(maxsize=8)
def _read_shipped(shipped: Path, check_all: bool, _fingerprint: Fingerprint) -> tuple[Edition, Files]:
    return read_shipped(shipped, check_all)


@lru_cache(maxsize=8)
def _load(
    shipped: Path, local: Path | None, check_all: bool, shipped_now: Fingerprint, _local_now: Fingerprint
) -> Rulebook:
    edition, theirs = _read_shipped(shipped, check_all, shipped_now)
    mine = read_local(local)
    merged, conflicts = _merge(theirs, mine)
    built = {
        kind: {k: build_entry(kind, e.raw, e.document) for k, e in merged[kind].items()} for kind in REGISTERS
    }
    calendars = [build_calendar(e.document) for e in merged["calendar"].values()]
    book = Rulebook(
        edition=edition,
        items=_versions(build_item(e.document) for e in merged["items"].values()),
        instruments=built["instruments"],
        code_sets=built["code_sets"],
        providers=built["providers"],
        retention=built["retention"],
        prohibited=tuple(built["prohibited"].values()),
        rules=_periods(built["rules"].values()),
        classes=built["plan_classes"],
        duties=_periods(built["duties"].values()),
        quality=_periods(built["quality"].values()),
        report_profiles=_periods(built["report_profiles"].values()),
        permissions=built["permissions"],
        publicity=tuple(sorted(built["publicity"].values(), key=lambda line: line.order)),
        degrees=tuple(sorted(built["degrees"].values(), key=lambda rule: rule.order)),
        sharing=tuple(built["sharing"].values()),
        measures=tuple(built["measures"].values()),
        calendar={c.year: c for c in calendars},
        notices=_periods(built["notices"].values()),
        repair=_periods(built["repair"].values()),
        conflicts=tuple(conflicts),
    )
    if check_all or any(mine.values()):  # what ships alone was checked when its manifest was written
        check_book(book, merged, built)
    return book


def _merge(shipped: Files, local: Files) -> tuple[Merged, list[Conflict]]:
    merged: Merged = {}
    conflicts: list[Conflict] = []
    for kind in ("items", "calendar", *REGISTERS):
        merged[kind], found = merge(_entries(kind, shipped), _entries(kind, local))
        conflicts += found
    return merged, conflicts + overtaken(_entries("items", shipped), _entries("items", local))


def _built(kind: str, entries: Mapping[str, Entry]) -> dict[str, Any]:
    return {key: build_entry(kind, e.raw, e.document) for key, e in entries.items()}


def _entries(kind: str, files: Files) -> dict[str, Entry]:
    if kind in REGISTERS:
        return {k: e for document in files[kind] for k, e in register_entries(kind, document).items()}
    return {document.path: file_entry(document.path, document) for document in files[kind]}


def _versions(items: Iterable[Item]) -> Mapping[str, tuple[Item, ...]]:
    by_code: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda i: i.in_force_from):
        by_code[item.code].append(item)
    return {code: tuple(versions) for code, versions in by_code.items()}


Periodic = TypeVar("Periodic", DatedRule, Duty, QualityFormula, ReportProfile, NoticeTemplate, CaseRule)


def _periods(rules: Iterable[Periodic]) -> Mapping[str, tuple[Periodic, ...]]:
    by_id: dict[str, list[Periodic]] = defaultdict(list)
    for rule in sorted(rules, key=_begins):
        by_id[rule.id].append(rule)
    return {rule_id: tuple(periods) for rule_id, periods in by_id.items()}


def _begins(rule: Periodic) -> Any:
    return (rule.in_force_from is not None, rule.in_force_from)
