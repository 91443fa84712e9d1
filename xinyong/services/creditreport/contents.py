"""What a report says: facts of an archive, ordered by a profile. Values in, values out; no clock, no database.

The result is the signed JSON's content; the PDF shows the same and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Duty, Field, Item, ReportPart, ReportProfile
from xinyong.disclosure.marks import KINDS
from xinyong.kernel.masking import MASK, mask, mask_person_id
from xinyong.services.creditreport import numbers, profiles
from xinyong.services.creditreport.profiles import Choices, Form

FORMAT = "xinyong-report-1"
NUMERALS = "一二三四五六七八九十"
UNIT = "（万元）"
ENDLESS = 2099  # 2099/12/31 stands for 长期 in the double-publicity standard


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything that decides a content beside the records."""

    number: str
    at: datetime  # in Beijing time
    profile: ReportProfile
    form: Form
    purpose: str
    note: str
    ground: str
    choices: Choices
    items: tuple[str, ...]
    site: str
    as_of: date
    updated: Mapping[str, date]
    checkpoint: Mapping[str, Any] | None = None  # of the evidence log, when the report was made


@dataclass(frozen=True, slots=True)
class Person:
    """Who the report is about. `code`: a natural person's is masked."""

    name: str
    code: str
    kind: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as the archive answered it, with its item and its values by field code."""

    item: Item
    record: Mapping[str, Any]
    values: Mapping[str, str]

    @property
    def mark(self) -> str:
        """Changes when the record is corrected, when its term ends, and with what is marked on it."""
        r = self.record
        return f"{r['record']}:{r['version']}:{int(r['in_force'])}:{','.join(self.remarks)}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is marked on the record for everyone to see, e.g. 异议处理中."""
        kinds = {m["kind"] for m in self.record["clocks"]["marks"]}
        return tuple(KINDS[k].shown for k in sorted(kinds) if KINDS[k].public)

    def usable(self, use: str) -> bool:
        """Whether the record may be shared for `use` today (a purpose of sharing.yaml)."""
        purposes = self.record["clocks"]["sharing"]["purposes"]
        return any(p["purpose"] == use and p["shared"] for p in purposes)

    def within(self, duty: Duty) -> Entry:
        """With no field but what a duty shows."""
        return replace(self, values={k: v for k, v in self.values.items() if duty.shows(self.item.field(k))})


@dataclass(slots=True)
class Content:
    """`body`: the report as JSON; `marks`: the records in it, as of what was known."""

    body: dict[str, Any]
    marks: tuple[str, ...] = field(default=())
    name: str = ""

    @property
    def records(self) -> tuple[str, ...]:
        """Ids (32 hex digits) of the records in it."""
        return tuple(mark.partition(":")[0] for mark in self.marks)

    @property
    def facts(self) -> str:
        """SHA-256 over name and records: equal as long as nothing in the report has changed."""
        return facts(self.name, self.marks)


def facts(name: str, marks: Iterable[str]) -> str:
    return sha256("\n".join([name, *sorted(marks)]).encode()).hexdigest()


def entries(records: Iterable[Mapping[str, Any]], book: Rulebook, day: date) -> list[Entry]:
    found = []
    for record in records:
        item = book.item(record["item"], day)
        names = {f.name: f.code for f in item.fields}
        found.append(Entry(item, record, {names[n]: v for n, v in record["fields"].items()}))
    return found


def belonging(found: Iterable[Entry], f: Frame, book: Rulebook) -> list[Entry]:
    """The entries that some part of the profile takes, within the applicant's choice."""
    return [
        e for e in found
        if e.usable(f.profile.use) and any(p.takes(e.item, e.values) for p in f.profile.parts) and _in_choice(e, f, book)
    ]  # fmt: skip


def _in_choice(e: Entry, f: Frame, book: Rulebook) -> bool:
    if e.item.kind == "registration":
        return True
    provider = book.provider_by_code(str(e.record.get("provider") or ""))
    domain = e.item.by_role("domain")
    decided = date.fromisoformat(e.record["decided"]) if e.record["decided"] else None
    named = e.values.get(domain.code, "") if domain else ""
    return profiles.in_choice(f.choices, f.profile, named, provider.id if provider else "", decided)


def compose(f: Frame, who: Person, found: Iterable[Entry], book: Rulebook) -> Content:
    """The report. The same arguments always give the same content."""
    taken = belonging(found, f, book)
    body = {
        "format": FORMAT,
        **_head(f, who, taken, book),
        "counts": _counts(f, taken),
        "sections": _sections(f, taken),
        "advice_title": f.profile.advice_title,
        "advice": _advice(f.profile, taken),
        "queried": _queried(f, taken, book),
        "checkpoint": dict(f.checkpoint) if f.checkpoint else None,
        "not_queried": [*_left_out(f, book), *f.profile.not_queried],
        "notes": [*f.profile.notes, *_unconfirmed(f.profile)],
    }
    return Content(body, tuple(e.mark for e in taken), who.name)


def _head(f: Frame, who: Person, taken: list[Entry], book: Rulebook) -> dict[str, Any]:
    p = f.profile
    return {
        "number": f.number,
        "number_shown": numbers.shown(f.number),
        "title": p.title,
        "subtitle": p.subtitle,
        "version": p.version,
        "profile": p.id,
        "basis": [book.instruments[b.instrument].number for b in p.basis],
        "form": f.form,
        "issued_at": f.at.isoformat(timespec="seconds"),
        "issuer": p.issuer,
        "data_date": f.as_of.isoformat(),
        "purpose": f.purpose,
        "purpose_note": f.note,
        "ground": f.ground,
        "choices": f.choices.as_json(),
        "verify": f"{f.site}/verify/{f.number}",
        "subject": {"name": who.name, "code": who.code, "kind": who.kind, "former_names": list(who.former),
                    "tags": _tags(p, taken)},
    }  # fmt: skip


def _tags(profile: ReportProfile, taken: list[Entry]) -> list[str]:
    found: dict[str, None] = {}
    for tag in profile.tags:
        live = [e for e in taken if e.item.code in tag.items and e.record["in_force"]]
        if tag.name and live:
            found[tag.name] = None
        for e in live[:1] if tag.role else ():
            role = e.item.by_role(tag.role)
            if role and (text := e.values.get(role.code)):
                found[text] = None
    return list(found)


def _counts(f: Frame, taken: list[Entry]) -> list[dict[str, Any]]:
    parts = f.profile.counts or f.profile.parts
    return [{"name": p.title, "count": len(_of(p, taken))} for p in parts]


def _of(part: ReportPart, taken: Iterable[Entry]) -> list[Entry]:
    return [e for e in taken if part.takes(e.item, e.values)]


def _sections(f: Frame, taken: list[Entry]) -> list[dict[str, Any]]:
    return [_section(n, part, _of(part, taken), f.profile) for n, part in enumerate(f.profile.parts)]


def _section(n: int, part: ReportPart, found: list[Entry], profile: ReportProfile) -> dict[str, Any]:
    section: dict[str, Any] = {
        "title": f"{NUMERALS[n]}、{part.title}",
        "count": len(found),
        "fields": [],
        "items": [],
    }
    if not found:
        return section | {"empty": part.empty or profile.empty}
    if part.shape == "table":
        return section | {"fields": _fields(found[0], profile, ()), "empty": ""}
    groups: dict[str, list[Entry]] = {}
    for e in found:
        groups.setdefault(e.item.code, []).append(e)
    shown = [_group(members, profile) for members in groups.values()]
    return section | {"items": shown, "empty": ""}


def _group(members: list[Entry], profile: ReportProfile) -> dict[str, Any]:
    item = members[0].item
    return {"code": item.code, "name": item.name, "records": [_record(e, profile) for e in members]}


def _record(e: Entry, profile: ReportProfile) -> dict[str, Any]:
    number = e.item.by_role("doc_no")
    title = e.values.get(number.code, "") if number else ""
    skipped = (number.code,) if number and title else ()
    fields = _fields(e, profile, skipped)
    if e.remarks:
        fields.append(["信息标注", "、".join(e.remarks)])
    return {"title": title or e.item.name, "state": _state(e), "fields": fields}


def _state(e: Entry) -> str:
    if e.record["valid_to"] is None:
        return ""
    return "有效期内" if e.record["in_force"] else "有效期已过"


def _fields(e: Entry, profile: ReportProfile, skipped: tuple[str, ...]) -> list[list[str]]:
    """Label and text of each field that is shown; numbers of persons masked whoever asked."""
    rows = []
    for f in e.item.fields:
        value = e.values.get(f.code, "")
        hidden = f.role in profile.omitted_roles or f.code in profile.omitted_fields or f.code in skipped
        if value and not hidden and set(value) != {MASK}:
            rows.append([f.name.removesuffix(UNIT), _text(f, value)])
    return rows


def _text(f: Field, value: str) -> str:
    if f.personal:
        return mask(value, f.mask) if f.mask else mask_person_id(value)
    if f.type == "date":
        return day_text(value)
    if f.type == "amount":
        return f"{_grouped(value)} 万元" if f.name.endswith(UNIT) else _grouped(value)
    return value


def day_text(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return "长期" if day.year >= ENDLESS else f"{day.year}年{day.month}月{day.day}日"


def _grouped(amount: str) -> str:
    whole, dot, rest = amount.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.isdecimal() else amount


def _advice(profile: ReportProfile, taken: list[Entry]) -> list[str]:
    codes = {e.item.code for e in taken}
    named = [a.text for a in profile.advice if codes.intersection(a.items)]
    return named or [a.text for a in profile.advice if not a.items]


def _queried(f: Frame, taken: list[Entry], book: Rulebook) -> list[dict[str, Any]]:
    """What was asked, with how many records are in the report and until when data had come in."""
    counts: dict[str, int] = {}
    for e in taken:
        counts[e.item.code] = counts.get(e.item.code, 0) + 1
    return [
        {"code": code, "name": book.item(code, f.as_of).name, "count": counts.get(code, 0),
         "updated": f.updated[code].isoformat() if code in f.updated else ""}
        for code in f.items
    ]  # fmt: skip


def _left_out(f: Frame, book: Rulebook) -> list[str]:
    """Items of the profile that the ground of this report does not reach."""
    every = profiles.items(f.profile, f.form, book.current_items(f.as_of))
    names = [i.name for i in every if i.code not in f.items]
    return [f"不在本次查询依据之内的事项：{'、'.join(names)}。"] if names else []


def _unconfirmed(profile: ReportProfile) -> list[str]:
    if profile.confidence == "seen":
        return []
    return ["本报告的版式和说明文字中有尚未核对正式文本的部分（样例），以主管部门公布的为准。"]
