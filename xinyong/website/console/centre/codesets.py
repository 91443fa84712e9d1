"""代码集: what values fields may have; a local one beside the shipped one, put in force with a reason."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog import drafts, placing
from xinyong.catalog.book import Rulebook
from xinyong.catalog.comparing import changes
from xinyong.catalog.model import CodeSet
from xinyong.collection import template as words_of
from xinyong.foundation import home
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Row, Text
from xinyong.website.console.centre.catalogue import CONFIDENCE_TAGS, CONFIDENCES
from xinyong.website.console.centre.catalogue_forms import Lines
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

EDIT = drafts.ACTIONS["code_set"]
ORIGINS = {"随产品": "plain", "本地": "good"}
ARROW = re.compile(r"\s*(?:→|=>|->|＝|=)\s*")
LEFT = ("values", "old_values")  # of a code set, as its page shows them by themselves


def origin_of(key: str) -> str:
    _, local = drafts.raw_entry(home.local_rulebook(), "code_set", key)
    return "本地" if local else "随产品"


def used_in(key: str, book: Rulebook) -> list[str]:
    """Fields of today's items that take their values from it."""
    found = book.current_items(parts.today())
    return [f"{i.name}·{f.name}" for i in found for f in i.fields if f.code_set == key]


class CodeSets(MadeList):
    action, title, export_action = "catalogue.read", "代码集", "catalogue.read"
    intro = "字段的取值范围和旧写法的对应。随产品的不改动；本地的写在本地规则库，同编号时以本地的为准。"
    columns = (
        Column("id", "编号", link=lambda r: reverse("centre-codeset", args=[r["id"]])),
        Column("name", "名称"),
        Column("values", "取值", "number"),
        Column("old", "旧写法", "number"),
        Column("shown", "取值举例", sort=False),
        Column("uses", "用于字段", "number"),
        Column("origin", "来源", tag=lambda v: ORIGINS[v]),
        Column("confidence", "可信度", tag=lambda v: CONFIDENCE_TAGS[v]),
    )
    filters = (
        Text("name", "名称", "true"),
        Text("id", "编号", "true"),
        Choice("origin", "来源", "true", [(v, v) for v in ORIGINS]),
        Choice("confidence", "可信度", "true", [(v, v) for v in CONFIDENCES.values()]),
    )

    def buttons(self) -> list[tuple[str, str]]:
        return [("新立代码集", reverse("centre-codeset-new"))] if access.may(self.who.role, EDIT) else []

    def made(self, c: Connection) -> list[Row]:
        book = parts.book()
        return [
            {"id": s.id, "name": s.name, "values": len(s.values), "old": len(s.old_values), "origin": origin_of(s.id),
             "shown": "、".join(s.values[:4]) + ("……" if len(s.values) > 4 else ""),
             "uses": len(used_in(s.id, book)), "confidence": CONFIDENCES[s.confidence]}
            for _, s in sorted(book.code_sets.items())
        ]  # fmt: skip


class CodeSetPage(Console):
    action, template = "catalogue.read", "console/centre/codeset.html"

    def get(self) -> HttpResponse:
        book = parts.book()
        found = book.code_sets.get(self.kwargs["code"])
        if found is None:
            return error_page(404)
        shipped, local = drafts.raw_entry(home.local_rulebook(), "code_set", found.id)
        told = {"title": f"{found.name}（{found.id}）", "set": found, "facts": self._facts(found, book)}
        shown = {
            "changes": changes(shipped, local) if shipped and local else [],
            "both": bool(shipped and local),
        }
        history = lending.ask(lambda c: drafts.listed(c, "code_set", found.id))
        edit = (
            [("修改", reverse("centre-codeset-edit", args=[found.id]))]
            if access.may(self.who.role, EDIT)
            else []
        )
        old = sorted(found.old_values.items(), key=lambda pair: found.values.index(pair[1]))
        uses = used_in(found.id, book)
        return self.page({**told, **shown, "history": history, "old": old, "uses": uses, "buttons": edit})

    def _facts(self, s: CodeSet, book: Rulebook) -> list[tuple[str, str]]:
        prefix = f"可写“{s.other_prefix}具体内容”" if s.other_prefix else "不可以"
        return [
            ("来源", origin_of(s.id)), ("可信度", CONFIDENCES[s.confidence]), ("自由填写", prefix),
            ("依据", words_of.basis_of(s.basis, book) if s.basis else "没有写明"),
        ]  # fmt: skip


class Pairs(Lines):
    """`旧写法 → 现行取值`, one a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{k} → {v}" for k, v in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        found = [ARROW.split(line, maxsplit=1) for line in super().to_python(value)]
        if any(len(pair) != 2 or not all(pair) for pair in found):
            raise forms.ValidationError("每行写“旧写法 → 现行取值”，例如：01 → 身份证。")
        repeated = [k for k, _ in found if [o for o, _ in found].count(k) > 1]
        if repeated:
            raise forms.ValidationError(f"旧写法“{repeated[0]}”写了两次；请只留一行。")
        return dict(map(tuple, found))  # type: ignore[arg-type]


class SetForm(forms.Form):
    id = forms.RegexField(placing.CODE, label="编号", max_length=30, error_messages={
        "invalid": "编号由大写字母开头，只含大写字母、数字和下划线，例如 CFLB。"})  # fmt: skip
    name = forms.CharField(label="名称", max_length=60)
    values = Lines(label="取值", required=True, help_text="现行写法，每行一个。")
    old_values = Pairs(
        label="旧写法", help_text="每行一条：旧写法 → 现行取值。报送中出现旧写法时自动换成现行的。"
    )
    other_prefix = forms.CharField(label="自由填写前缀", required=False, max_length=10, strip=False,
                                   help_text="例如“其他-”：允许写“其他-具体内容”。不允许的留空。")  # fmt: skip
    note = forms.CharField(label="备注", required=False, max_length=300)
    confidence = forms.ChoiceField(label="可信度", choices=list(CONFIDENCES.items()))
    reason = forms.CharField(
        label="修改理由和依据", max_length=drafts.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def content(self) -> dict[str, Any]:
        given = {k: v for k, v in self.cleaned_data.items() if k != "reason"}
        return {k: v for k, v in given.items() if v not in ("", {}, None)}


class Edit(parts.ApartForm):
    """A code set changed, or a new one; in force at once."""

    action, submit, template = EDIT, "保存并起用", "console/centre/form.html"
    intro = "保存后立即起用，理由记入审计。去掉一个取值以前，请在旧写法里写明它对应到哪个现行取值。"

    def heading(self) -> str:
        return f"修改代码集 {self.kwargs['code']}" if "code" in self.kwargs else "新立代码集"

    def dispatch(self) -> HttpResponse:
        if "code" in self.kwargs and self.kwargs["code"] not in parts.book().code_sets:
            return error_page(404)
        return super().dispatch()

    def make_form(self, data: Any = None) -> SetForm:
        form = SetForm(data, initial=self._before() or {"confidence": "sample"})
        if "code" in self.kwargs:
            form.fields["id"].disabled = True
        return form

    def _before(self) -> dict[str, Any]:
        if "code" not in self.kwargs:
            return {}
        shipped, local = drafts.raw_entry(home.local_rulebook(), "code_set", self.kwargs["code"])
        return local or shipped or {}

    def about(self) -> dict[str, Any]:
        back = (
            reverse("centre-codeset", args=[self.kwargs["code"]])
            if "code" in self.kwargs
            else reverse("centre-codesets")
        )
        return {"back": back}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> str:
        form = self.make_form(self.request.POST)
        form.is_valid()
        before = self._before()
        content = {**{k: before[k] for k in ("basis",) if k in before}, **form.content()}
        if "code" not in self.kwargs and content["id"] in parts.book().code_sets:
            raise Refused("code_set_there", f"编号 {content['id']} 已经有了；请打开它修改，或换一个编号。")
        drafts.put(c, self.who, at, parts.book(), home.local_rulebook(), "code_set", content, data["reason"])
        return str(content["id"])

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已保存并起用。")
        return reverse("centre-codeset", args=[answer])
