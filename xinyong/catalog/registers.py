"""Merge the local edition over the shipped one, and list where the two disagree.

The local edition always stays in force. It says on which shipped text it is based (`based_on`, a SHA-256);
when the shipped text is another one by now, that is a conflict for a person, never a merge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xinyong.catalog.model import Conflict
from xinyong.catalog.rejections import rejection
from xinyong.catalog.yamlfile import Document

REGISTERS = (
    "instruments", "code_sets", "providers", "retention", "prohibited", "rules", "plan_classes", "duties", "quality",
    "report_profiles",
    "permissions", "publicity", "degrees", "sharing", "measures", "notices", "repair",
)  # fmt: skip
PERIODIC = (
    "rules",
    "duties",
    "quality",
    "report_profiles",
    "notices",
    "repair",
)  # an entry may change over time, so its start is in the key


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a register, or one whole item or calendar file, with where it stands."""

    key: str
    raw: Mapping[str, Any]
    document: Document
    digest: str
    place: str = ""


def entry_digest(raw: Mapping[str, Any]) -> str:
    """SHA-256 of a register entry's content, whatever its layout; `based_on` of a local entry names it."""
    text = json.dumps({k: v for k, v in raw.items() if k != "based_on"}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def register_entries(kind: str, document: Document) -> dict[str, Entry]:
    """Entries of one register file by key. Refused when a key stands twice."""
    entries: dict[str, Entry] = {}
    for n, raw in enumerate(document.data[kind], 1):
        key = f"{raw['id']}@{raw.get('in_force_from') or '始终'}" if kind in PERIODIC else raw["id"]
        place = f"{kind}[{n}]（{raw['id']}）"
        if key in entries:
            raise rejection("duplicate_id", document.shown, place, f"编号 {key} 已经用过")
        entries[key] = Entry(key, raw, document, entry_digest(raw), place)
    return entries


def file_entry(key: str, document: Document) -> Entry:
    """A whole file (an item version, a calendar year) as an entry."""
    return Entry(key, document.data, document, document.digest)


def merge(
    shipped: Mapping[str, Entry], local: Mapping[str, Entry]
) -> tuple[dict[str, Entry], list[Conflict]]:
    """The entries in force by key, and the conflicts."""
    found = [conflict for key, mine in local.items() if (conflict := _conflict(mine, shipped.get(key)))]
    return {**shipped, **local}, found


def _conflict(mine: Entry, theirs: Entry | None) -> Conflict | None:
    based_on = str(mine.raw.get("based_on", ""))
    if theirs is None:
        return _say("shipped_gone", mine, None) if based_on else None
    if based_on:
        return None if based_on == theirs.digest else _say("shipped_changed", mine, theirs)
    return None if _may_replace_freely(mine, theirs) else _say("undeclared", mine, theirs)


def _may_replace_freely(mine: Entry, theirs: Entry) -> bool:
    """Same content, or a shipped register sample: those are there for the district to replace."""
    if {k: v for k, v in mine.raw.items() if k != "based_on"} == dict(theirs.raw):
        return True
    return "fields" not in theirs.raw and theirs.raw.get("confidence") == "sample"


_SENTENCES = {
    "shipped_changed": "所依据的随产品版本已更新，请对照新版修改后，把 based_on 改为 {digest}",
    "undeclared": "与随产品版本同名而未写明 based_on，请核对后加上 based_on: {digest}",
    "shipped_gone": "所依据的随产品版本已不存在，请核对是否仍需保留；需要的，删去 based_on",
}


def _say(code: str, mine: Entry, theirs: Entry | None) -> Conflict:
    digest = theirs.digest if theirs else ""
    where = f"{mine.document.shown}{' 的 ' + mine.place if mine.place else ''}"
    sentence = f"{where}：{_SENTENCES[code].format(digest=digest)}。现以本地版本为准。"
    return Conflict(code, mine.document.path, mine.key, str(mine.raw.get("based_on", "")), digest, sentence)


def overtaken(shipped: Mapping[str, Entry], local: Mapping[str, Entry]) -> list[Conflict]:
    """Local item versions without an end that a later shipped version of the same item puts out of force."""
    return [conflict for mine in local.values() if (conflict := _overtaken(mine, shipped.values(), local))]


def _overtaken(mine: Entry, shipped: Iterable[Entry], local: Mapping[str, Entry]) -> Conflict | None:
    later = [
        e for e in shipped
        if e.raw["code"] == mine.raw["code"] and e.key not in local
        and mine.raw["in_force_from"] < e.raw["in_force_from"] <= (mine.raw.get("in_force_to") or "9999")
    ]  # fmt: skip
    if not later:
        return None
    begins = later[0].raw["in_force_from"]
    shown = mine.document.shown
    sentence = f"{shown}：随产品版本自 {begins} 起另有新版，届时以新版为准，请核对后另立本地新版。"
    return Conflict("overtaken", mine.document.path, mine.key, "", later[0].digest, sentence)
