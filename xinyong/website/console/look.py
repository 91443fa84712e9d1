"""信用核查: who has a duty laid down by law looks at a subject's archive, each page shown logged with its purpose.

A number that may be a person's never stands in an address: addresses are kept in the audit trail. It comes by post,
and what it leads to is addressed by the subject's random number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.disclosure import duties, identity, queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.kernel.identifiers import normalize
from xinyong.kernel.masking import mask_name
from xinyong.rights.recall import deliveries
from xinyong.website import access, lending
from xinyong.website.console import exports
from xinyong.website.console.base import Asked, Column, Connection, Row
from xinyong.website.console.centre.made import SEARCHED, MadeList, Searched
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page
from xinyong.website.own import telling
from xinyong.website.own.asking import Page, Paged, paged
from xinyong.website.own.telling import Entry
from xinyong.website.public import presenting

MOST, SIZE = 50, 10
CODE = re.compile(r"[0-9A-Za-z]{15}|[0-9A-Za-z]{18}")
NUMBER = re.compile(r"[0-9]{14,17}[0-9Xx]?")  # what may be a person's, well or badly written
STATUS_TAGS = {"已确认": "good", "自然人": "plain"}
KEPT = ("purpose", "duty", "as_of", "known_at")
LOCAL = "%Y-%m-%dT%H:%M"
NOT_HERE = "没有这个主体，或者在所写的时点还没有归集到它；请从“信用核查”重新查找。"
NOBODY = "没有归集到这个代码或证件号码的信息；请核对后重试。"
INTRO = (
    "限于履行登记的法定职责。每打开一页都记入查询日志，信用主体可以看到查看的单位、用途和依据，并可以质疑。"
)
WHOLE = "全部"


def duty_choices(who: Who) -> list[tuple[str, str]]:
    """The registered duties that apply to the role and its office, the default first."""
    return [(d.id, f"{d.name}（{d.matter}）") for d in duties.open_to(who, parts.book(), parts.today())]


class AskForm(forms.Form):
    purpose = forms.CharField(
        label="用途", max_length=access.LONGEST_PURPOSE, help_text="写明办理什么事，最好写上文号。"
    )
    duty = forms.ChoiceField(label="法定职责", help_text="只能查看这项职责登记的事项和字段。")
    q = forms.CharField(
        label="名称、代码或拼音首字母",
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="自然人请填证件号码，不能按姓名查找。",
    )

    def __init__(self, *given: Any, who: Who, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["duty"].choices = duty_choices(who)  # type: ignore[attr-defined]
        for f in self.fields.values():
            f.error_messages["required"] = f"请填写“{f.label}”。"
            f.error_messages["invalid_choice"] = f"“{f.label}”没有登记可供本角色使用；请重新选择。"


class OnForm(forms.Form):
    """As of which day, known when, on what duty. Empty: now, and the default."""

    purpose = forms.CharField(label="用途", max_length=access.LONGEST_PURPOSE)
    duty = forms.ChoiceField(label="法定职责", required=False)
    as_of = forms.DateField(
        label="有效时点", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    known_at = forms.CharField(
        label="所知时点", required=False, widget=forms.DateTimeInput({"type": "datetime-local"})
    )

    def __init__(self, *given: Any, who: Who, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["duty"].choices = duty_choices(who)  # type: ignore[attr-defined]
        self.fields["duty"].error_messages["invalid_choice"] = (
            "没有登记可供本角色使用的这项职责；请重新选择。"
        )
        self.fields["as_of"].error_messages["invalid"] = "“有效时点”不是日期；请写成 2026-01-31。"
        if who.role not in queries.PAST:
            del self.fields["known_at"]

    def clean_known_at(self) -> datetime | None:
        text = self.cleaned_data["known_at"]
        if not text:
            return None
        try:
            return datetime.strptime(text[:16], LOCAL).replace(tzinfo=BEIJING)
        except ValueError:
            raise forms.ValidationError("“所知时点”不是时间；请写成 2026-01-31T09:00。") from None


class Search(Searched):
    """Found by name, code or initials, each search in the look log; a person only by its number."""

    action, title, intro, template = "record.look", "信用核查", INTRO, "console/look.html"
    export_action = "record.look"
    columns = (
        Column("name", "名称", link=lambda r: r["address"]),
        Column("code", "代码"),
        Column("kind", "类别"),
        Column("status", "登记", tag=lambda v: STATUS_TAGS.get(v, "warn")),
        Column("former", "曾用名", sort=False),
    )
    empty = "没有找到。请写全名称或代码后重试；自然人请填证件号码。"
    ask: AskForm | None = None

    def question(self, duty: str) -> Question:
        return Question(self.who, parts.now(), parts.today(), duty=duty)

    def post(self) -> HttpResponse:
        """Lead on: to the subject with this code, else to what is found under this text."""
        self.ask = AskForm(self.request.POST, who=self.who)
        if not self.ask.is_valid():
            return self._told(400)
        d = self.ask.cleaned_data
        kept = {"purpose": self.who.purpose, "duty": d["duty"]}
        plain = normalize(d["q"])[0]
        number = bool(NUMBER.fullmatch(plain))
        try:
            found = self._coded(plain, number, d["duty"]) if number or CODE.fullmatch(plain) else ""
        except Refused as no:
            self.ask.add_error(None, no.sentence)
            return self._told(no.http_status)
        if found:
            return HttpResponseRedirect(f"{reverse('console-look-subject', args=[found])}?{urlencode(kept)}")
        if number:
            self.ask.add_error("q", NOBODY)
            return self._told(404)
        return HttpResponseRedirect(f"?{urlencode({**kept, 'q': d['q']})}")

    def _coded(self, plain: str, number: bool, duty: str) -> str:
        """The subject's public number. That it was looked for in vain is logged here, else by its page."""

        def asked(c: Connection) -> str:
            s = identity.by_code(c, plain, None).subject
            if s is not None:
                return s.public_id
            if number:
                queries.archive(c, plain, self.question(duty), parts.book())
            return ""

        return lending.ask(asked)

    def _told(self, status: int) -> HttpResponse:
        return self.page({"searched": False}, status)

    def search(self, c: Connection) -> list[Row]:
        text, duty = self.request.GET.get("q", "").strip(), self.request.GET.get("duty", "")
        if not text:
            return []
        found = queries.search(c, text, self.question(duty), MOST)
        self.cut(found, MOST, "个", SEARCHED)
        kept = urlencode({"purpose": self.who.purpose, "duty": duty})
        return [
            {
                **s,
                "former": "、".join(s["former_names"]),
                "address": f"{reverse('console-look-subject', args=[s['id']])}?{kept}",
            }
            for s in found
        ]

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        get = self.request.GET
        first = {"purpose": self.who.purpose, "duty": get.get("duty", ""), "q": get.get("q", "")}
        shown = {
            "ask": self.ask or AskForm(initial=first, who=self.who),
            "searched": bool(get.get("q", "").strip()),
        }
        return super().page({**shown, **context}, status, template)

    def _address(self, **changes: str) -> str:
        """Sorting is for the same purpose; an export asks for its own."""
        address = super()._address(**changes)
        return address if "export" in changes else f"{address}&{urlencode({'purpose': self.who.purpose})}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record on the page: what it says, its state as tags, and what the clocks say of it."""

    entry: Entry
    tags: list[tuple[str, str]]
    said: list[tuple[str, str]]


class SubjectLook(MadeList, Page):
    """One subject's archive as the duty allows, by class and by pages; the same as a table to take away."""

    action, title, intro, template = "record.look", "信用核查", INTRO, "console/look_subject.html"
    export_action = "record.look"
    columns = (
        Column("subject", "信用主体"),
        Column("code", "代码"),
        Column("item", "事项"),
        Column("title", "文号或名称"),
        Column("by", "决定或提供单位"),
        Column("decided", "决定日期"),
        Column("state", "公示"),
        Column("said", "公示说明"),
        Column("sharing", "共享说明"),
        Column("marks", "标注"),
        Column("fields", "内容"),
    )
    on: dict[str, Any]
    found: Archive

    def get(self) -> HttpResponse:
        given = {**self.request.GET.dict(), "purpose": self.who.purpose}
        form = OnForm(given, who=self.who)
        if not form.is_valid():
            return self.page({"on": form}, 400)
        self.on = form.cleaned_data
        kind = self.request.GET.get("export", "")
        if kind:
            return self._export(kind, self._asked(self._form()))
        try:
            self.found = lending.ask(self._archive)
        except Refused as no:
            return self.page({"on": form, "refused": no.sentence}, no.http_status)
        return self.page({"on": form, **self._told()}) if self.found.subject else error_page(404, NOT_HERE)

    def _archive(self, c: Connection) -> Archive:
        d, number = self.on, str(self.kwargs["public_id"])
        q = Question(
            self.who, parts.now(), parts.today(), d["as_of"], d.get("known_at"), duty=d["duty"] or ""
        )
        return queries.archive_by_public_id(c, number, q, parts.book())

    def heading(self) -> str:
        found = getattr(self, "found", None)
        return named(found.subject) if found and found.subject else self.title

    def _told(self) -> dict[str, Any]:
        rows, chosen = self._chosen()
        some = paged(rows, self.number(), SIZE, {**self._kept(), "cls": chosen})
        return {
            "facts": self._facts(),
            "names": [n for n in self.found.names if n["former"]],
            "classes": self._classes(chosen),
            "registered": presenting.registration(self.found, parts.book(), parts.today()),
            "records": self._shown(some),
            "paged": some,
            "chosen": chosen,
            "total": len(rows),
            "exports": {kind: f"?{self._query(export=kind, cls=chosen)}" for kind in exports.KINDS},
            "search": f"{reverse('console-look')}?{self._query(plain=True)}",
            "imposed": f"{reverse('console-look-measures', args=[self.kwargs['public_id']])}?{self._query(plain=True)}",
            "may_impose": access.may(self.who.role, "measure.register"),
        }

    def _chosen(self) -> tuple[list[dict[str, Any]], str]:
        """Records of the class asked for, newest first, and its name; registration data stand for themselves."""
        wanted = self.request.GET.get("cls", "")
        known = presenting.classes(self.found, parts.book(), parts.today())
        some = [c for c in known if c.name == wanted] or known
        codes = {s.code for c in some for s in c.sections}
        rows = [r for r in self.found.records if r["item"] in codes]
        rows.sort(key=lambda r: r["decided"] or "", reverse=True)
        return rows, wanted if any(c.name == wanted for c in known) else ""

    def _classes(self, chosen: str) -> list[dict[str, Any]]:
        known = presenting.classes(self.found, parts.book(), parts.today())
        whole = [
            (WHOLE, "", sum(c.count for c in known), ""),
            *((c.name, c.name, c.count, _items(c)) for c in known),
        ]
        return [
            {"name": name, "count": count, "items": items, "address": f"?{self._query(cls=key)}", "now": key == chosen}
            for name, key, count, items in whole
        ]  # fmt: skip

    def _shown(self, some: Paged) -> list[Shown]:
        part = replace(self.found, records=list(some.rows))
        told = {e.id: e for e in telling.entries(part, parts.book(), parts.today())}
        return [shown(told[r["record"]]) for r in some.rows]

    def _facts(self) -> list[tuple[str, str]]:
        s = self.found.subject
        assert s is not None
        known = self.on.get("known_at")
        duty = duties.stated(self.who, self.on["duty"] or "", (), parts.book(), parts.today())
        facts = [
            ("代码", s["code"] or "（自然人，不显示）"), ("类别", s["kind"]), ("登记", s["status"]),
            ("曾用代码", "、".join(s["former_codes"])), ("查询依据", f"{self.found.ground}：{duty.name}"),
            ("用途", self.who.purpose), ("有效时点", f"{self.found.as_of}"),
            ("所知时点", f"{known:%Y-%m-%d %H:%M}" if known else "现在"),
        ]  # fmt: skip
        return [(label, text) for label, text in facts if text]

    def _kept(self, *, plain: bool = False) -> dict[str, str]:
        names = KEPT[:2] if plain else KEPT
        kept = {k: self.request.GET.get(k, "") for k in names}
        return {k: v for k, v in {**kept, "purpose": self.who.purpose}.items() if v}

    def _query(self, *, plain: bool = False, **more: str) -> str:
        kept = {**self._kept(plain=plain), **{k: v for k, v in more.items() if v}}
        if "export" in more:
            del kept["purpose"]  # taking away is for a purpose of its own
        return urlencode(kept)

    def _taken(self) -> list[dict[str, Any]]:
        """What a table has: the class on the page, or all there is, registration data last."""
        rows, chosen = self._chosen()
        if chosen:
            return rows
        there = {r["record"] for r in rows}
        return [*rows, *(r for r in self.found.records if r["record"] not in there)]

    def made(self, c: Connection) -> list[Row]:
        some = self._taken()
        part = replace(self.found, records=some)
        told = {e.id: e for e in telling.entries(part, parts.book(), parts.today())}
        assert self.found.subject is not None
        about = {"subject": named(self.found.subject), "code": self.found.subject["code"] or ""}
        return [about | exported(r, told[r["record"]]) for r in some]

    def _export(self, kind: str, asked: Asked) -> HttpResponse:
        """A table to take away is given out: its records are recalled when they stop."""
        if kind not in exports.KINDS:
            return error_page(404)
        refused = lending.act(self._given)
        if refused is not None:
            raise refused
        if self.found.subject is None:
            return error_page(404, NOT_HERE)
        return super()._export(kind, asked)

    def _given(self, c: Connection) -> Refused | None:
        """What is refused comes back instead of undoing the log's entry."""
        try:
            self.found = self._archive(c)
        except Refused as no:
            return no
        records = [r["record"] for r in self._taken()]
        deliveries.given(c, self.who, parts.now(), records, self.found.known_at)
        return None


def named(subject: Mapping[str, Any]) -> str:
    """A person's name is masked, as it is in the records."""
    name = str(subject["name"])
    if subject["status"] == identity.NATURAL:
        return mask_name(name) if name else identity.NATURAL
    return name or str(subject["code"])


def _items(found: presenting.Class) -> str:
    return "、".join(f"{s.name} {s.count} 条" for s in found.sections)


def shown(e: Entry) -> Shown:
    tags = [(e.state, "warn" if e.public and e.negative else "plain")]
    if e.record.objected:
        tags.append(("异议处理中", "bad"))
    if e.record.state:
        tags.append((e.record.state, "plain"))
    said = [
        ("公示", e.seen_by[0]),
        *(("其他渠道", text) for text in e.seen_by[1:]),
        ("共享", e.sharing + (f"不共享的用途：{e.withheld}。" if e.withheld else "")),
        *(("措施", text) for text in (e.measures or (e.measures_note,))),
        ("失信程度", e.degree),
        *(("标注", text) for text in marks(e)),
    ]
    return Shown(e, tags, [(label, text) for label, text in said if text])


def marks(e: Entry) -> Iterable[str]:
    for m in e.marks:
        until = f"至 {m.until}" if m.until else ""
        reason = f"，{m.reason}" if m.reason else ""
        yield f"{m.text}（{m.since} 起{until}，{m.by}{reason}）"


def exported(r: Mapping[str, Any], e: Entry) -> Row:
    return {
        "item": e.item, "title": e.record.title, "by": e.by, "decided": e.decided, "state": e.state,
        "said": r["clocks"]["publicity"]["sentence"], "sharing": e.sharing, "marks": "；".join(marks(e)),
        "fields": "；".join(f"{row.label}：{row.text}" for row in e.record.rows),
    }  # fmt: skip


__all__ = ["Search", "SubjectLook"]
