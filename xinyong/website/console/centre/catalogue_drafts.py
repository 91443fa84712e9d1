"""Drafts of items: begun by one, written on, sent to review, put in force by another."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog import drafts, placing
from xinyong.catalog.comparing import changes, words
from xinyong.catalog.drafts import STATES, Draft, Problem
from xinyong.foundation import home
from xinyong.foundation.accounts import ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, FormView, Row, Text
from xinyong.website.console.centre import catalogue_forms as made
from xinyong.website.console.centre.catalogue import version_of
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

TAGS = {"起草中": "plain", "待审核": "warn", "退回修改": "bad", "已发布": "good", "已作废": "plain"}
STEPS = {
    "saved": "保存",
    "submitted": "送审",
    "returned": "退回",
    "published": "审核发布",
    "discarded": "作废",
}


class Drafts(MadeList):
    """All drafts of items, open ones first."""

    action, title, export_action = "catalogue.read", "目录草稿与审核", "catalogue.read"
    intro = "起草人保存、送审，另一位审核员核对版本对比后发布；自己起草的不能由自己审核。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-draft", args=[r["id"]])),
        Column("code", "事项代码"),
        Column("name", "名称"),
        Column("begins", "生效日期"),
        Column("state", "状态", tag=lambda v: TAGS[v]),
        Column("authors", "起草人"),
        Column("by", "最近办理人"),
        Column("at", "最近办理", "moment"),
        Column("note", "说明", sort=False),
    )
    filters = (
        Text("code", "事项代码", "true"),
        Text("authors", "起草人", "true"),
        Choice("state", "状态", "true", [(s, s) for s in TAGS]),
    )
    empty = "没有草稿。"

    def buttons(self) -> list[tuple[str, str]]:
        may = access.may(self.who.role, drafts.EDIT)
        new = [("新立事项", reverse("centre-catalogue-new"))] if may else []
        return [*new, ("返回目录", reverse("centre-catalogue"))]

    def made(self, c: Connection) -> list[Row]:
        found = sorted(drafts.listed(c, "item", limit=self.most), key=lambda d: (not d.open, -d.id))
        self.cut(found, self.most, "份")
        return [
            {"id": d.id, "code": d.key, "name": words(d.content.get("name")), "state": STATES[d.state],
             "begins": str(d.content.get("in_force_from", "")), "authors": "、".join(d.authors), "by": d.by,
             "at": d.at, "note": d.note} for d in found
        ]  # fmt: skip


class BeginNew(FormView):
    action, title, submit = "catalogue.edit", "新立事项", "建立草稿"
    intro = "先建立草稿，再逐项填写；送审、审核后发布才生效。"

    def make_form(self, data: Any = None) -> forms.Form:
        return made.BeginNew(parts.book(), parts.today(), data)

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-catalogue")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        book = parts.book()
        if data["code"] in book.items:
            raise Refused(
                "item_there", f"事项代码 {data['code']} 已经有了；请打开那个事项“起草新版”，或换一个代码。"
            )
        like = book.items[data["like"]][-1] if data["like"] else None
        raw = like and drafts.raw_item(home.local_rulebook(), like.code, like.in_force_from)
        changed = {"code": data["code"], "name": data["name"], "confidence": "sample"}
        content = (
            made.copied(raw, data["in_force_from"], **changed) if raw
            else made.skeleton(data["code"], data["name"], data["in_force_from"], book)
        )  # fmt: skip
        return drafts.open_item(c, self.who, at, book, content)

    def target(self, answer: Any) -> str:
        return reverse("centre-draft", args=[answer])


class Revise(FormView):
    """A new version after a published one."""

    action, title, submit, form_class = "catalogue.edit", "起草新版", "建立草稿", made.Begin
    intro = "新版先照抄这一版，再逐项修改。生效日期要在今天以后；此前收到的数据仍按原版处理。"

    def get(self) -> HttpResponse:
        return error_page(404) if self._item() is None else super().get()

    def post(self) -> HttpResponse:
        return error_page(404) if self._item() is None else super().post()

    def _item(self) -> Any:
        return version_of(self.kwargs["code"], self.kwargs["begins"])

    def about(self) -> dict[str, Any]:
        i = self._item()
        facts = [("事项", f"{i.name}（{i.code}）"), ("照抄的版本", f"{i.version}，自 {i.in_force_from} 起")]
        return {"facts": facts, "back": reverse("centre-catalogue-item", kwargs=self.kwargs)}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        i, book = self._item(), parts.book()
        raw = drafts.raw_item(home.local_rulebook(), i.code, i.in_force_from)
        content = made.copied(raw or {}, data["in_force_from"])
        drafts.effective(content, book, parts.today())
        return drafts.open_item(c, self.who, at, book, content)

    def target(self, answer: Any) -> str:
        return reverse("centre-draft", args=[answer])


class OfDraft(Console):
    """A page about one draft; an unknown one is not there."""

    draft: Draft

    def dispatch(self) -> HttpResponse:
        try:
            self.draft = lending.ask(lambda c: drafts.one(c, self.kwargs["number"]))
        except Refused:
            return error_page(404)
        return super().dispatch()

    def here(self) -> str:
        return reverse("centre-draft", args=[self.draft.id])


def based_on(draft: Draft) -> tuple[Any, dict[str, Any] | None]:
    """The version that the draft would follow, and how it was written."""
    begins = str(draft.content.get("in_force_from", ""))
    before = [i for i in parts.book().items.get(draft.key, ()) if i.in_force_from.isoformat() < begins]
    if not before:
        return None, None
    return before[-1], drafts.raw_item(home.local_rulebook(), draft.key, before[-1].in_force_from)


class DraftPage(OfDraft):
    """What the draft says, what is wrong with it, what it changes, how it went on."""

    action, template = "catalogue.read", "console/centre/draft.html"

    def get(self) -> HttpResponse:
        d = self.draft
        base, raw = based_on(d)
        steps = lending.ask(lambda c: drafts.steps(c, d.id))
        found = drafts.problems("item", d.content, home.local_rulebook()) if d.open else []
        told = {"title": f"草稿 {d.id}：{words(d.content.get('name'))}（{d.key}）", "draft": d, "state": STATES[d.state],
                "tag": TAGS[STATES[d.state]], "base": base, "changes": changes(raw, d.content)}  # fmt: skip
        shown = {
            "problems": [_shown(d, p) for p in found],
            "fields": _fields(d),
            "steps": [_step(s) for s in steps],
        }
        return self.page({**told, **shown, **self._may(found)})

    def _may(self, found: list[Problem]) -> dict[str, bool]:
        d, edits = self.draft, access.may(self.who.role, drafts.EDIT)
        reviews = d.state == "submitted" and access.may(self.who.role, drafts.REVIEW)
        return {
            "may_edit": edits and d.editable, "may_submit": edits and d.editable and not found,
            "may_review": reviews, "own": reviews and self.who.name in d.authors,
        }  # fmt: skip


def _shown(d: Draft, p: Problem) -> dict[str, str]:
    return {"where": _where(d, p.path), "sentence": p.sentence, "address": _page_of(d, p.path)}


def _where(d: Draft, path: tuple[str | int, ...]) -> str:
    """`字段 CF_WSH 的长度`, for a person."""
    if len(path) >= 2 and path[0] in ("fields", "row_checks"):
        entry = d.content[str(path[0])][int(path[1])]
        named = (
            f"字段 {entry.get('code', int(path[1]) + 1)}"
            if path[0] == "fields"
            else f"行校验 {entry.get('rule', '')}"
        )
        return f"{named} 的{made.label(str(path[2]))}" if len(path) > 2 else named
    return made.label(str(path[0])) if path else "整个草稿"


def _page_of(d: Draft, path: tuple[str | int, ...]) -> str:
    """Where the author mends it."""
    if len(path) >= 2 and path[0] == "fields":
        code = str(d.content["fields"][int(path[1])].get("code", ""))
        if placing.CODE.fullmatch(code):
            return reverse("centre-draft-field", args=[d.id, code])
    if path and path[0] in made.Head.base_fields:
        return reverse("centre-draft-head", args=[d.id])
    return reverse("centre-draft-text", args=[d.id])


def _fields(d: Draft) -> list[dict[str, Any]]:
    found = []
    for f in d.content.get("fields") or ():
        code = str(f.get("code", ""))
        whole = placing.CODE.fullmatch(code)
        address = (
            reverse("centre-draft-field", args=[d.id, code])
            if whole
            else reverse("centre-draft-text", args=[d.id])
        )
        found.append({"code": code, "name": f.get("name", ""), "type": words(f.get("type")), "role": f.get("role", ""),
                      "required": words(f.get("required", False)), "address": address})  # fmt: skip
    return found


def _step(s: tuple[Any, ...]) -> dict[str, Any]:
    _, kind, at, by, role, note = s
    return {
        "name": STEPS[kind],
        "when": at.astimezone(BEIJING),
        "by": by,
        "role": ROLES.get(role, role),
        "note": note,
    }


class _Edit(OfDraft, FormView):
    """A form whose answer is another state of the draft."""

    action, submit, template = "catalogue.edit", "保存草稿", "console/centre/draft_form.html"
    own: tuple[str, ...] = ()  # the part of the content that the form is about

    def content(self, form: forms.Form) -> dict[str, Any]:
        raise NotImplementedError

    def get(self) -> HttpResponse:
        return self._closed() or self._shown(self._told(self.make_form()))

    def post(self) -> HttpResponse:
        return self._closed() or super().post()

    def _closed(self) -> HttpResponse | None:
        if self.draft.editable:
            return None
        return error_page(400, f"这份草稿是“{STATES[self.draft.state]}”，不能修改。")

    def _told(self, form: forms.Form) -> forms.Form:
        """Each sentence at its field."""
        for p in drafts.problems("item", self.draft.content, home.local_rulebook()):
            key = self.key_of(p.path)
            if key in form.fields:
                form.fields[key].problem = p.sentence  # type: ignore[attr-defined]
        return form

    def key_of(self, path: tuple[str | int, ...]) -> str:
        return str(path[0]) if path else ""

    def about(self) -> dict[str, Any]:
        return {"back": self.here()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        drafts.save(c, self.who, at, parts.book(), self.draft.id, self._content(data))

    def _content(self, data: dict[str, Any]) -> dict[str, Any]:
        form = self.make_form(self.request.POST)
        form.is_valid()
        return self.content(form)

    def target(self, answer: Any) -> str:
        messages.success(self.request, "草稿已保存。")
        return self.here()


class Head(_Edit):
    title = "事项的基本情况"

    def make_form(self, data: Any = None) -> made.Head:
        return made.Head(parts.book(), self.draft.content, data)

    def content(self, form: Any) -> dict[str, Any]:
        found: dict[str, Any] = form.content(self.draft.content)
        return found


class Field(_Edit):
    """One field of the draft; without a code a new one."""

    title = "字段"

    def dispatch(self) -> HttpResponse:
        answer = None
        try:
            self.draft = lending.ask(lambda c: drafts.one(c, self.kwargs["number"]))
        except Refused:
            answer = error_page(404)
        if answer is None and "code" in self.kwargs and self._place() is None:
            answer = error_page(404)
        return answer or super().dispatch()

    def heading(self) -> str:
        return f"字段 {self.kwargs['code']}" if "code" in self.kwargs else "新字段"

    def _place(self) -> int | None:
        codes = [f.get("code") for f in self.draft.content.get("fields") or ()]
        code = self.kwargs.get("code")
        return codes.index(code) if code in codes else None

    def _entry(self) -> dict[str, Any]:
        at = self._place()
        return {} if at is None else self.draft.content["fields"][at]

    def make_form(self, data: Any = None) -> made.FieldForm:
        at, count = self._place(), len(self.draft.content.get("fields") or ())
        return made.FieldForm(parts.book(), self._entry(), (count if at is None else at) + 1, data)

    def key_of(self, path: tuple[str | int, ...]) -> str:
        if len(path) >= 2 and path[0] == "fields" and path[1] == self._place():
            return str(path[2]) if len(path) > 2 else "code"
        return ""

    def content(self, form: Any) -> dict[str, Any]:
        whole, at = deepcopy(self.draft.content), self._place()
        entry = form.entry(self._entry())
        fields = whole.setdefault("fields", [])
        if at is not None:
            fields.pop(at)
        if any(f.get("code") == entry["code"] for f in fields):
            raise Refused("field_there", f"字段 {entry['code']} 已经有了；请换一个代码。")
        fields.insert(form.cleaned_data["position"] - 1, entry)
        return whole

    def about(self) -> dict[str, Any]:
        drop = (
            reverse("centre-draft-field-drop", args=[self.draft.id, self.kwargs["code"]])
            if "code" in self.kwargs
            else ""
        )
        return {"back": self.here(), "drop": drop}


class Drop(Field):
    title, submit, template = "删除字段", "删除这个字段", "console/form.html"

    def heading(self) -> str:
        return f"删除字段 {self.kwargs['code']}"

    def make_form(self, data: Any = None) -> Any:
        return forms.Form(data)

    def content(self, form: Any) -> dict[str, Any]:
        whole = deepcopy(self.draft.content)
        whole["fields"].pop(self._place())
        return whole

    def about(self) -> dict[str, Any]:
        facts = [("字段", f"{self._entry().get('name', '')}（{self.kwargs['code']}）")]
        return {"back": self.here(), "facts": facts}


class Whole(_Edit):
    title = "全文编辑"
    intro = "按规则库的写法整体修改，行校验也在这里写。保存以后，不合要求的地方会逐条列出。"

    def make_form(self, data: Any = None) -> made.Whole:
        return made.Whole(data, initial={"text": placing.as_yaml(self.draft.content)})

    def content(self, form: Any) -> dict[str, Any]:
        found: dict[str, Any] = form.cleaned_data["text"]
        return found

    def about(self) -> dict[str, Any]:
        found = drafts.problems("item", self.draft.content, home.local_rulebook())
        return {"back": self.here(), "problems": [_shown(self.draft, p) for p in found]}


class Note(forms.Form):
    note = forms.CharField(
        label="理由和依据", max_length=drafts.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )


class MayNote(forms.Form):
    note = forms.CharField(
        label="审核意见", required=False, max_length=drafts.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class _Act(OfDraft, parts.ApartForm):
    """One step of the draft's way, in a transaction of its own."""

    form_class, template = Note, "console/form.html"
    said = ""

    def about(self) -> dict[str, Any]:
        d = self.draft
        facts = [("事项", f"{words(d.content.get('name'))}（{d.key}）"), ("生效日期", str(d.content.get("in_force_from", ""))),
                 ("状态", STATES[d.state]), ("起草人", "、".join(d.authors))]  # fmt: skip
        return {"facts": facts, "back": self.here()}

    def target(self, answer: Any) -> str:
        messages.success(self.request, self.said)
        return self.here()


class Submit(_Act):
    action, title, submit, said = "catalogue.edit", "送审", "送审", "已送审，等待另一位审核员办理。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        drafts.submit(c, self.who, at, parts.book(), home.local_rulebook(), self.draft.id, data["note"])


class Discard(_Act):
    action, title, submit, said = "catalogue.edit", "作废草稿", "作废", "草稿已作废。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        drafts.discard(c, self.who, at, parts.book(), self.draft.id, data["note"])


class GiveBack(_Act):
    action, title, submit, said = "catalogue.review", "退回修改", "退回", "已退回起草人修改。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        drafts.give_back(c, self.who, at, parts.book(), self.draft.id, data["note"])


class Publish(_Act):
    action, title, submit, said = (
        "catalogue.review",
        "审核发布",
        "审核通过并发布",
        "已发布；到生效日期即起用。",
    )
    form_class = MayNote
    intro = "发布后写入本地规则库，各处随即按它办理，不能再改；要改须另立新版。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        drafts.publish(c, self.who, at, parts.book(), home.local_rulebook(), self.draft.id, data["note"])
