"""标注: what the reviewer decides of one record: duties met or not, publicity where the rules leave it to a person,

and which decision a list entry rests on. Degrees are decided on the page of the review, objections and repairs in their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import actions, ending, overrun, queries
from xinyong.disclosure import own as owned
from xinyong.disclosure.ending import Ending
from xinyong.disclosure.marks import KINDS, RESTS_ON
from xinyong.disclosure.overrun import Overrun
from xinyong.disclosure.own import Own
from xinyong.foundation import audit
from xinyong.website import lending
from xinyong.website.console.base import Connection, Console, FormView
from xinyong.website.console.department import parts
from xinyong.website.console.department.entry import Find, question
from xinyong.website.errors import error_page

LONGEST = parts.LONGEST_REASON
SHOWN = 100  # of those near their end; the first to end
Waiting = list[dict[str, Any]]
DUTIES = {"met": "已经履行", "unmet": "尚未履行"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of mark that may be set here. `verb`: on the button; `hint`: when to use it, and what follows."""

    verb: str
    hint: str


OFFERS: dict[str, Offer] = {
    "duties": Offer(
        "登记义务履行情况",
        "已经履行的，申请信用修复时据此核对；尚未履行的，公示期满后不自动结束，由本单位按行业主管部门的规定处理。",
    ),
    "extension": Offer(
        "期满后继续公示", "只用于公示期已满、义务仍未履行的；写明行业主管部门的规定，到截止日自动结束。"
    ),
    "necessary": Offer("确有必要公示", "失信程度轻微的原则上不公示；确有必要的，写明依据。"),
    RESTS_ON: Offer(
        "写明所依据的决定",
        "名单、名录等依据另一条决定作出的，在这里写明。那条决定被撤销、修复或者屏蔽的，本条随之停止公示、共享和使用。",
    ),
}


def _offered(own: Own) -> dict[str, Offer]:
    """Publicity is carried on only once its end has come with duties unmet."""
    overrun_now = own.clocks["publicity"]["task"] == "decide_overrun"
    return {kind: offer for kind, offer in OFFERS.items() if kind != "extension" or overrun_now}


class Markings(Console):
    action, title, template = "mark.page", "标注", "console/department/markings.html"
    intro = "本部门作出的决定：登记义务履行情况，决定公示的例外，写明名单所依据的决定。"

    def get(self) -> HttpResponse:
        asked = "number" in self.request.GET
        form, found = Find(self.who, self.request.GET if asked else None), []
        searched = asked and form.is_valid()
        item = parts.item_of(form.cleaned_data["item"]) if searched else None
        if item is not None:
            number, rules = form.cleaned_data["number"], parts.book()
            found = lending.ask(
                lambda c: owned.by_document(c, question(self.who), item, number, rules, decided=True)
            )
        due, soon = lending.act(self._waiting)
        told = {"due": due, "soon": soon[:SHOWN], "left": len(soon) > SHOWN}
        return self.page({"form": form, "found": found, "searched": searched, **told})

    def _waiting(self, c: Connection) -> tuple[Waiting, Waiting]:
        """What is past the end of its publicity with duties unmet, and what is near it. That the reviewer looked is noted."""
        if not self.who.provider:
            return [], []
        asked = (c, parts.book(), parts.today(), self.who.provider)
        past, soon = overrun.overrun(*asked), ending.ending(*asked, most=SHOWN + 1)
        told = {"records": len(past), "ending": len(soon[:SHOWN])}
        audit.record(c, self.who, parts.now(), "mark.page", "overrun", told)
        return _named(past), _named(soon)


def _named(rows: Sequence[Overrun] | Sequence[Ending]) -> Waiting:
    names = parts.item_names()
    return [{"row": r, "item": names.get(r.item, r.item)} for r in rows]


class _OfRecord(Console):
    """Of a record that the department decided, whoever handed it in; another's, one that ended and one that never was look the same."""

    action = "mark.page"
    own: Own

    def dispatch(self) -> HttpResponse:
        record = self.kwargs["record"]
        own = lending.ask(lambda c: owned.load(c, question(self.who), record, parts.book(), decided=True))
        if own is None or own.item.polarity != "negative":
            return error_page(404)
        self.own = own
        return super().dispatch() if self.fits() else error_page(404)

    def fits(self) -> bool:
        return True

    def facts(self) -> parts.Facts:
        own, clocks = self.own, self.own.clocks
        facts = [
            ("事项", own.item.name), ("主体", own.subject), ("文书号", own.document), ("决定日期", own.decided),
            ("公示", clocks["publicity"]["sentence"]), ("共享和使用", clocks["sharing"]["sentence"]),
            ("记录号", own.record),
        ]  # fmt: skip
        return [(label, text) for label, text in facts if text]

    def shown(self, marks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        rests = [m["value"] for m in marks if m["kind"] == RESTS_ON]
        known = lending.ask(lambda c: owned.documents(c, rests, parts.book(), parts.today()))
        return [_shown(m, known) for m in marks]

    def here(self) -> str:
        return reverse("department-markings-record", args=[self.own.record])


class RecordMarks(_OfRecord):
    title, template = "记录的标注", "console/department/marks.html"

    def get(self) -> HttpResponse:
        marks = self.shown(self.own.clocks["marks"])
        offers = [
            (reverse("department-mark", args=[self.own.record, kind]), offer)
            for kind, offer in _offered(self.own).items()
        ]
        back = reverse("department-markings")
        return self.page(
            {"facts": self.facts(), "marks": marks, "offers": offers, "back": back, "own": self.own}
        )


def _shown(mark: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """`known`: what the records are called that others rest on."""
    rests = mark["kind"] == RESTS_ON
    said = DUTIES.get(mark["value"], known.get(mark["value"], "") if rests else mark["value"])
    until = f"，到 {mark['until']}" if mark["until"] else ""
    return {
        **mark,
        "said": f"{mark['text']}{'：' + said if said else ''}{until}",
        "may_end": mark["kind"] in OFFERS,
    }


class _Set(forms.Form):
    reason = forms.CharField(label="理由", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}))
    basis = forms.CharField(label="依据（文书或条文）", max_length=LONGEST, required=False)


class _Duties(_Set):
    value = forms.ChoiceField(label="义务履行情况", choices=[("", "请选择"), *DUTIES.items()])
    field_order = ("value", "reason", "basis")


class _Extension(_Set):
    until = forms.DateField(label="继续公示到", widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("until", "reason", "basis")

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day <= parts.today():
            raise forms.ValidationError("截止日期要晚于今天。")
        return day


class _RestsOn(_Set):
    value = forms.ChoiceField(label="所依据的决定")
    field_order = ("value", "reason", "basis")


FORMS: dict[str, type[_Set]] = {"duties": _Duties, "extension": _Extension, RESTS_ON: _RestsOn}


class Mark(_OfRecord, FormView):
    template, submit = "console/department/form.html", "登记"

    def fits(self) -> bool:
        return self.kind in _offered(self.own)

    @property
    def kind(self) -> str:
        return str(self.kwargs["kind"])

    def heading(self) -> str:
        return OFFERS[self.kind].verb

    def make_form(self, data: Any = None) -> forms.Form:
        form = FORMS.get(self.kind, _Set)(data)
        if self.kind == RESTS_ON:
            others = lending.ask(self._others)
            form.fields["value"].choices = [("", "请选择"), *others]  # type: ignore[attr-defined]
        if KINDS[self.kind].needs_basis:
            form.fields["basis"].required = True
        return form

    def _others(self, c: Connection) -> list[tuple[str, str]]:
        """The subject's other decisions in force; the look at its archive is logged."""
        answer = queries.archive_by_public_id(c, self.own.subject_id, question(self.who), parts.book())
        return [
            (r["record"], "　".join(filter(None, (r["item_name"], _document(r), r["decided"]))))
            for r in answer.records
            if r["record"] != self.own.record and _may_be_rested_on(r)
        ]

    def about(self) -> dict[str, Any]:
        return {"facts": self.facts(), "note": OFFERS[self.kind].hint, "back": self.here()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Any:
        return actions.mark(
            c, self.who, at, self.kind, [self.own.record], data["reason"], data["basis"],
            data.get("value", ""), data.get("until"),
        )  # fmt: skip

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已登记，立即生效。" if answer.marks else "已经这样登记过，没有改动。")
        return self.here()


def _document(record: Mapping[str, Any]) -> str:
    item = parts.item_of(record["item"])
    field = item.by_role("doc_no") if item else None
    return str(record["fields"].get(field.name, "")) if field else ""


def _may_be_rested_on(record: Mapping[str, Any]) -> bool:
    item = parts.item_of(record["item"])
    marks: Sequence[Mapping[str, Any]] = record["clocks"]["marks"]
    return bool(item and item.polarity == "negative") and not any(m["kind"] == RESTS_ON for m in marks)


class End(_OfRecord, FormView):
    """The end of a mark that was set here."""

    title, template, submit = "结束标注", "console/department/form.html", "结束"
    form_class = _Set

    def fits(self) -> bool:
        return self._mark() is not None

    def _mark(self) -> Mapping[str, Any] | None:
        marks = self.own.clocks["marks"]
        return next((m for m in marks if m["id"] == self.kwargs["number"] and m["kind"] in OFFERS), None)

    def about(self) -> dict[str, Any]:
        mark = self._mark()
        named = [("标注", self.shown([mark])[0]["said"])] if mark else []
        return {"facts": [*named, *self.facts()], "back": self.here()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        actions.close_mark(c, self.who, at, self.kwargs["number"], data["reason"], data["basis"])

    def target(self, answer: Any) -> str:
        messages.success(self.request, "这项标注已经结束。")
        return self.here()


__all__ = ["End", "Mark", "Markings", "RecordMarks"]
