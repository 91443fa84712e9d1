"""单条填报: one record typed in, in a form made from the catalogue; 更正与撤回: a record of one's own found and changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.catalog.model import Item
from xinyong.collection import changes, mending
from xinyong.collection.mending import GoesBack
from xinyong.collection.receipts import Receipt
from xinyong.disclosure import own as owned
from xinyong.disclosure.own import Own
from xinyong.disclosure.queries import Question
from xinyong.foundation import database
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.console.base import Console
from xinyong.website.console.department import forms as made
from xinyong.website.console.department import parts
from xinyong.website.console.department.mend import told
from xinyong.website.errors import error_page

Done = TypeVar("Done", Receipt, int)
PURPOSE = "更正与撤回本部门的记录"
THREE_DAYS = (
    "行政处罚决定被依法变更、撤销、确认违法或者确认无效的，应当在三日内撤回公开的处罚决定信息并公开说明理由"
    "（《行政处罚法》第四十八条）。请在决定作出后立即办理。"
)


class Entry(Console):
    """Which item to fill in."""

    action, title, template = "submission.entry", "单条填报", "console/department/entry.html"
    intro = "一次填一条记录，提交时立即检查，有错的当场提示。数量多的请用“报送文件”。"

    def get(self) -> HttpResponse:
        found = [(i.name, i.code, reverse("department-entry-item", args=[i.code])) for i in _items(self.who)]
        return self.page({"items": found})


def _items(who: Who) -> list[Item]:
    return [i for i in parts.items(who) if i.kind != "ledger"]


def _first(item: Item, who: Who) -> dict[str, str]:
    """The department itself decides and reports, nearly always."""
    found = parts.book().provider_by_code(who.provider)
    name = found.name if found else ""
    given = {"authority_code": who.provider, "source_code": who.provider,
             "authority_name": name, "source_name": name}  # fmt: skip
    return {f.code: text for role, text in given.items() if (f := item.by_role(role))}


class _Row(Console):
    """A form of an item's fields that ends in a file of one row."""

    template, submit, back = "console/department/row.html", "提交", ""

    def attempt(self, form: forms.Form, item: Item, work: Callable[[dict[str, str]], Done]) -> Done | None:
        """None: something is wrong, and the form says what."""
        if not form.is_valid():
            return None
        try:
            return work(made.values(form))
        except GoesBack as e:
            form.add_error(None, e.sentence)
            made.show_troubles(form, mending.explained(e.told, item))
        except Refused as e:
            form.add_error(None, e.sentence)
        return None


class EntryItem(_Row):
    action, title = "submission.entry", "单条填报"

    def get(self) -> HttpResponse:
        item = parts.item_of(self.kwargs["code"])
        if item is None or item.kind == "ledger":
            return error_page(404)
        return self._page(item, made.of_item(item, parts.book(), None, _first(item, self.who)))

    def post(self) -> HttpResponse:
        item = parts.item_of(self.kwargs["code"])
        if item is None or item.kind == "ledger":
            return error_page(404)
        form = made.of_item(item, parts.book(), self.request.POST)
        receipt = self.attempt(
            form, item, lambda given: mending.enter(self.who, parts.now(), item, given, parts.book())
        )
        if receipt is None:
            return self._page(item, form, 400)
        messages.success(self.request, told(receipt, "这条记录"))
        return HttpResponseRedirect(reverse("department-submission", args=[receipt.submission]))

    def _page(self, item: Item, form: forms.Form, status: int = 200) -> HttpResponse:
        told = {"title": f"单条填报：{item.name}", "intro": item.description, "form": form}
        return self.page({**told, "submit": "提交入库", "back": reverse("department-entry")}, status)


# records of one's own


class Find(forms.Form):
    item = forms.ChoiceField(label="事项")
    number = forms.CharField(
        label="文书号或记录号", max_length=200, help_text="写全，例如：潼市监罚〔2026〕12号。括号样式和空格不影响。"
    )  # fmt: skip

    def __init__(self, who: Who, data: Any = None) -> None:
        super().__init__(data)
        self.fields["item"].choices = [(i.code, made.titled(i)) for i in _items(who)]


def question(who: Who) -> Question:
    return Question(replace(who, purpose=who.purpose or PURPOSE), parts.now(), parts.today())


class Records(Console):
    action, title, template = "record.withdraw", "更正与撤回", "console/department/records.html"
    intro = "按文书号查找本部门报送的记录，提出更正或撤回，经本部门审核员确认后生效。每次查看和改动都会记录。"

    def get(self) -> HttpResponse:
        asked = "number" in self.request.GET
        form = Find(self.who, self.request.GET if asked else None)
        found: list[Own] = []
        if asked and form.is_valid():
            item = parts.item_of(form.cleaned_data["item"])
            number, rules = form.cleaned_data["number"], parts.book()
            if item is not None:
                found = lending.ask(lambda c: owned.by_document(c, question(self.who), item, number, rules))
        searched = asked and form.is_valid()
        told = {"form": form, "found": found, "searched": searched, "note": THREE_DAYS}
        return self.page({**told, "buttons": [("提出的更正与撤回", reverse("department-changes"))]})


class Change(_Row):
    """A record of one's own; another's, one that ended and one that never was look the same."""

    def load(self) -> Own | None:
        record = self.kwargs["record"]
        return lending.ask(lambda c: owned.load(c, question(self.who), record, parts.book()))

    def propose(self, own: Own, values: dict[str, str] | None, reason: str) -> int:
        with database.connect_app() as c:
            return changes.propose(c, self.who, parts.now(), own, values, reason, parts.book())

    def finished(self, number: int) -> HttpResponse:
        messages.success(self.request, "已提出，等待本部门审核员确认；确认以前，公开的内容不变。")
        return HttpResponseRedirect(reverse("department-change", args=[number]))

    def facts(self, own: Own) -> parts.Facts:
        facts = [("事项", own.item.name), ("主体", own.subject), ("文书号", own.document),
                 ("决定日期", own.decided), ("记录号", own.record)]  # fmt: skip
        return [(label, text) for label, text in facts if text]


class Correct(Change):
    action, title = "record.withdraw", "更正记录"
    intro = "改正有误的内容后提交，由本部门审核员确认。确认后，公开的内容随之更新，原内容留痕。"

    def get(self) -> HttpResponse:
        own = self.load()
        return error_page(404) if own is None else self._page(own, self._form(own, None))

    def post(self) -> HttpResponse:
        own = self.load()
        if own is None:
            return error_page(404)
        form = self._form(own, self.request.POST)
        number = self.attempt(form, own.item, lambda given: self.propose(own, given, given.pop("reason", "")))
        return self._page(own, form, 400) if number is None else self.finished(number)

    def _form(self, own: Own, data: Any) -> forms.Form:
        form = made.of_item(own.item, parts.book(), data, own.shown, hidden=own.hidden)
        form.fields["reason"] = parts.Reason().fields["reason"]
        return form

    def _page(self, own: Own, form: forms.Form, status: int = 200) -> HttpResponse:
        told = {"facts": self.facts(own), "form": form, "submit": "提交审核"}
        return self.page({**told, "back": reverse("department-records")}, status)


class Withdraw(Change):
    action, title, template = "record.withdraw", "撤回记录", "console/department/form.html"
    intro = "提出后由本部门审核员确认。确认后，这条记录不再有效，也不再公开；原内容和原因留痕。"

    def get(self) -> HttpResponse:
        own = self.load()
        return error_page(404) if own is None else self._page(own, parts.Reason())

    def post(self) -> HttpResponse:
        own = self.load()
        if own is None:
            return error_page(404)
        form = parts.Reason(self.request.POST)
        number = self.attempt(form, own.item, lambda given: self.propose(own, None, given["reason"]))
        return self._page(own, form, 400) if number is None else self.finished(number)

    def _page(self, own: Own, form: forms.Form, status: int = 200) -> HttpResponse:
        note = THREE_DAYS if own.item.code == "XZCF" else ""
        values = [(f.name, own.shown[f.code]) for f in own.item.fields if f.code in own.shown]
        told = {"facts": self.facts(own), "values": values, "note": note, "form": form}
        return self.page({**told, "submit": "提交审核", "back": reverse("department-records")}, status)
