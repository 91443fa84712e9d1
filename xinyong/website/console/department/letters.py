"""修复告知书: handed out together with the decision (两书同达), of a record or, before it is reported, of what is typed in.

Composing it is looking; handing it out is an act of its own, noted with the digest of the text and the edition of the rules.
"""

from __future__ import annotations

from datetime import date, datetime
from html import unescape
from typing import Any

from django import forms
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags

from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.disclosure import own as owned
from xinyong.disclosure import queries
from xinyong.disclosure.queries import Question
from xinyong.disclosure.rules import degrees_for
from xinyong.kernel.identifiers import check_person_id, check_uscc
from xinyong.rights.repair import letter
from xinyong.rights.repair.letter import Typed
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Connection, Console
from xinyong.website.console.department import parts
from xinyong.website.console.department.entry import Find, question
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book

TEXT = "console/department/letter_text.html"
Found = tuple[letter.Letter, Item]


PENALTY = "XZCF"  # what most of these letters go out with


def _repairable(item: Item) -> bool:
    return item.repair_route != "none"


class Letters(Console):
    """Found by the number of the decision, printed with it."""

    action, title, template = "repair.letter", "修复告知书", "console/department/letters.html"
    intro = (
        "送达处罚决定书、列严决定书时，同时送达信用修复告知书（两书同达）。已经报送的，按文书号查找后出具；"
        "还没有报送的，填写后出具。每次出具都会登记。"
    )

    def get(self) -> HttpResponse:
        asked = "number" in self.request.GET
        form = Find(self.who, self.request.GET if asked else None)
        found: list[owned.Own] = []
        if asked and form.is_valid():
            item: Item | None = parts.item_of(form.cleaned_data["item"])
            number = form.cleaned_data["number"]
            if item is not None:
                found = lending.ask(lambda c: owned.by_document(c, question(self.who), item, number, book()))
        wanted = [own for own in found if _repairable(own.item)]
        buttons = [("还没有报送的，填写后出具", reverse("department-letter-new"))]
        return self.page(
            {"form": form, "found": wanted, "searched": asked and form.is_valid(), "buttons": buttons}
        )


class _Letter(Console):
    action, title, template = "repair.letter", "信用修复告知书", "console/department/letter.html"

    def issued(self, c: Connection, found: Found, now: datetime, record: str = "") -> HttpResponse:
        """In the transaction of its noting; printed from this page."""
        made, item = found
        text = unescape(strip_tags(render_to_string(TEXT, {"letter": made})))
        digest = letter.issue(c, self.who, now, item, made, text, book(), record)
        return self.page({"letter": made, "digest": digest})


class Letter(_Letter):
    """Of a record: shown first, then handed out."""

    def get(self) -> HttpResponse:
        now, today = casebook.moment()
        found = lending.ask(lambda c: self._made(c, now, today))
        return error_page(404, casebook.NOT_HERE) if found is None else self.page({"letter": found[0]})

    def post(self) -> HttpResponse:
        now, today = casebook.moment()

        def work(c: Connection) -> HttpResponse | None:
            found = self._made(c, now, today)
            return self.issued(c, found, now, self.kwargs["record"]) if found else None

        return lending.act(work) or error_page(404, casebook.NOT_HERE)

    def _made(self, c: Connection, now: datetime, today: date) -> Found | None:
        record, q = self.kwargs["record"], Question(question(self.who).who, now, today)
        own = owned.load(c, q, record, book())
        if own is None or not _repairable(own.item):
            return None
        answer = queries.record(c, owned.ids.public_id(record), q, book())
        told = next(r for r in answer.records if r["record"] == record)
        by = casebook.unit(self.who.provider, book())
        return letter.compose(told, own.item, own.subject, by, book(), today), own.item


class _Fields(forms.Form):
    """`natural`: the code is a person's, known once the form was found valid."""

    natural = False
    item = forms.ChoiceField(label="事项")
    name = forms.CharField(label="主体名称", max_length=200)
    code = forms.CharField(
        label="统一社会信用代码或者身份证件号码", max_length=30,
        help_text="身份证件号码只用来判断是不是自然人，不保存，也不印在告知书上。",
    )  # fmt: skip
    document = forms.CharField(label="文书号", max_length=200, help_text="例如：潼市监罚〔2026〕12号。")
    decided = forms.DateField(label="决定日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    what = forms.CharField(
        label="决定的内容", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：未按规定公示年度报告，罚款 2000 元。",
    )  # fmt: skip
    degree = forms.ChoiceField(
        label="失信程度", required=False,
        help_text="不按失信程度公示的事项不用选。",
    )  # fmt: skip

    def __init__(self, data: Any, items: list[Item], today: date) -> None:
        super().__init__(data)
        self.today = today
        self.fields["item"].choices = [(i.code, i.name) for i in items]  # type: ignore[attr-defined]
        self.fields["item"].initial = PENALTY
        known = degrees_for(book(), self._decided(), today)
        self.fields["degree"].choices = [("", "尚未认定"), *((d, d) for d in known)]  # type: ignore[attr-defined]

    def _decided(self) -> date | None:
        """The day that was typed in; None: not yet, or not a day."""
        field = self.fields["decided"]
        try:
            day: date | None = field.clean(self["decided"].data)
        except forms.ValidationError:
            return None
        return day

    def clean_code(self) -> str:
        """A unified code; empty for a person's number."""
        raw: str = self.cleaned_data["code"]
        unit = check_uscc(raw, regions=load_regions())
        self.natural = not unit.valid and check_person_id(raw, as_of=self.today).valid
        if not unit.valid and not self.natural:
            raise forms.ValidationError("代码不对；请核对有没有多写、少写或者写错的字符。")
        return unit.normalized if unit.valid else ""

    def clean_decided(self) -> date:
        day: date = self.cleaned_data["decided"]
        if day > self.today:
            raise forms.ValidationError("决定日期不能晚于今天。")
        return day


class NewLetter(_Letter):
    """Of a decision that is being served and is not in the archive yet."""

    title = "填写并出具修复告知书"

    def get(self) -> HttpResponse:
        return self._form(self._fields(None))

    def post(self) -> HttpResponse:
        form = self._fields(self.request.POST)
        if not form.is_valid():
            return self._form(form, 400)
        now, today = casebook.moment()
        data = form.cleaned_data
        item, by = book().item(data.pop("item"), today), casebook.unit(self.who.provider, book())
        typed = Typed(natural=form.natural, **data)
        made = letter.of_typed(typed, item, self.who.provider, by, book(), today)
        return lending.act(lambda c: self.issued(c, (made, item), now))

    def _fields(self, data: Any) -> _Fields:
        wanted = [i for i in parts.items(self.who) if i.polarity == "negative" and _repairable(i)]
        return _Fields(data, wanted, parts.today())

    def _form(self, form: _Fields, status: int = 200) -> HttpResponse:
        note = "只用于已经作出、正在送达而还没有报送的决定。内容以决定书为准；填写的内容不入库，决定仍须按时报送。"
        told = {"form": form, "note": note, "submit": "出具", "back": reverse("department-letters")}
        return self.page(told, status, "console/department/form.html")


__all__ = ["Letter", "Letters", "NewLetter"]
