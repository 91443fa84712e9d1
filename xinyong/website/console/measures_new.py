"""登记一项措施: begun from a record, with the measures the rules allow for it and why the others are not possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import basis, queries
from xinyong.disclosure import own as owned
from xinyong.disclosure.basis import Standing
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.regulation.measures import actions, allowed, words
from xinyong.regulation.measures.actions import Terms
from xinyong.regulation.measures.allowed import Option
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Connection, Console, FormView
from xinyong.website.console.department import parts
from xinyong.website.console.department.entry import Find
from xinyong.website.console.measures import AREA, day_field
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book

MORE = 50  # other records that may be chosen with the first


def question(who: Who) -> Question:
    now, today = casebook.moment()
    return Question(replace(who, purpose=who.purpose or actions.PURPOSE), now, today)


class FindRecord(Console):
    """The department's own record by its document number; another's is reached by 信用核查."""

    action, title, template = actions.REGISTER, "登记措施：查找依据的记录", "console/measures/find.html"
    intro = (
        "先找到措施所依据的记录。本部门报送的按文书号查找；其他部门的在“信用核查”中打开主体，从记录上登记。"
    )

    def get(self) -> HttpResponse:
        asked = "number" in self.request.GET
        form = Find(self.who, self.request.GET if asked else None)
        searched, found = asked and form.is_valid(), []
        item = parts.item_of(form.cleaned_data["item"]) if searched else None
        if item is not None:
            number = form.cleaned_data["number"]
            found = lending.ask(lambda c: owned.by_document(c, question(self.who), item, number, book()))
        shown = [(own, owned.ids.public_id(own.record)) for own in found]
        return self.page({"form": form, "found": shown, "searched": searched})


@dataclass(frozen=True, slots=True)
class Chosen:
    """The record from which a measure is registered, as the visitor may see it; others of its kind with the same subject."""

    archive: Archive
    standing: Standing
    others: list[tuple[str, str]]  # record, title

    @property
    def code(self) -> str:
        return str((self.archive.subject or {}).get("code") or "")


def chosen(c: Connection, who: Who, address: str) -> Chosen | None:
    """None: no such record, or none that the visitor may see. Each look is logged."""
    q = question(who)
    found = queries.record(c, address, q, book())
    if not found.records or found.subject is None:
        return None
    record, item = found.records[0]["record"], found.records[0]["item"]
    whole = queries.archive_by_public_id(c, found.subject["id"], replace(q, items=(item,)), book())
    rest = [r for r in whole.records if r["record"] != record][:MORE]
    standing = basis.standing(c, [record, *(r["record"] for r in rest)], q.today, book())
    field = book().item(item, q.today).by_role("doc_no")
    others = [
        (r["record"], f"{r['fields'].get(field.name, '') if field else ''}（{r['decided'] or '未注明日期'}）")
        for r in rest
        if standing[r["record"]].state == "in_force"
    ]
    return Chosen(found, standing[record], others)


class Registering(forms.Form):
    """What the decision says; which fields there are depends on the law's term."""

    document = forms.CharField(label="决定书文号", max_length=actions.LONGEST_NUMBER)
    reason = forms.CharField(label="事由", max_length=actions.LONGEST, widget=AREA)
    notified_on = day_field("告知日期", "作出决定以前告知事由、理由、依据和陈述、申辩权的日期。")
    heard = forms.CharField(
        label="陈述、申辩的情况", max_length=actions.LONGEST, widget=AREA,
        help_text="写明听取的情况和采纳与否；没有提出的，写“未提出”。不要写自然人的证件号码和电话。",
    )  # fmt: skip
    decided = day_field("决定日期")
    begins = day_field("起始日期", "按决定书；没有另外写明的，填决定日期。")
    months = forms.IntegerField(label="期限（月）", min_value=1, max_value=1200)
    ends = day_field("截止日期", "决定书写明的填写（含当日）；随名单、随记录的不填。", required=False)
    more = forms.MultipleChoiceField(
        label="还依据这个主体的下列记录", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="勾选的记录每一条都有效，措施才有效；任何一条修复、撤销、移出，措施随之解除（法律写定期限的除外）。",
    )  # fmt: skip
    competent = forms.MultipleChoiceField(
        label="确认", widget=forms.CheckboxSelectMultiple, error_messages={"required": "请核对后勾选确认。"}
    )

    def __init__(self, option: Option, others: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        rule, fields = option.rule, self.fields
        if rule.least is None or rule.least == rule.most:
            del fields["months"]
        else:
            fields["months"].help_text = f"决定书写明的月数；法律规定 {words.allowed_term(rule)}。"
            fields["months"].required = rule.follows == "own_term"
        if rule.follows == "own_term":
            del fields["ends"]
        if others:
            fields["more"].choices = list(others)  # type: ignore[attr-defined]
        else:
            del fields["more"]
        sure = f"本单位是法律规定的作出机关（{option.line.organ}），决定书已经作出"
        fields["competent"].choices = [("yes", sure)]  # type: ignore[attr-defined]


class New(FormView):
    """Choose a measure, then fill in what the decision says. A record that is not to be seen looks like none."""

    action, title, submit, template = actions.REGISTER, "登记措施", "登记", "console/measures/new.html"
    chosen: Chosen
    options: list[Option]
    option: Option | None

    def dispatch(self) -> HttpResponse:
        address, rule = self.request.GET.get("record", ""), self.request.GET.get("rule", "")
        found = lending.ask(lambda c: chosen(c, self.who, address))
        if found is None:
            return error_page(404, "没有这条记录，或者不能查看；请从“措施登记”或“信用核查”重新打开。")
        self.chosen = found
        self.options = allowed.options(found.standing, casebook.moment()[1], book())
        self.option = next((o for o in self.options if o.line.id == rule and o.no is None), None)
        return super().dispatch()

    def make_form(self, data: Any = None) -> forms.Form:
        return Registering(self.option, self.chosen.others, data) if self.option else forms.Form()

    def about(self) -> dict[str, Any]:
        return {
            "facts": self._facts(), "options": [self._option(o) for o in self.options], "chosen": self.option,
            "stops": self._stops(), "back": reverse("department-measures"), "law": self._law(),
        }  # fmt: skip

    def _law(self) -> list[tuple[str, str]]:
        if self.option is None:
            return []
        line, rule = self.option.line, self.option.rule
        told = [
            ("措施", line.name), ("法律依据", words.law(rule)), ("法律规定的期限", words.allowed_term(rule)),
            ("法律规定的作出机关", line.organ), ("说明", line.note),
        ]  # fmt: skip
        return [(label, text) for label, text in told if text]

    def _facts(self) -> list[tuple[str, str]]:
        subject, record = self.chosen.archive.subject, self.chosen.archive.records[0]
        item = book().item(record["item"], casebook.moment()[1])
        number = item.by_role("doc_no")
        facts = [
            ("信用主体", subject["name"] if subject else ""), ("代码", self.chosen.code),
            ("依据的记录", item.name), ("文号", record["fields"].get(number.name, "") if number else ""),
            ("决定日期", record["decided"] or ""), ("状态", words.basis_state(self.chosen.standing)),
        ]  # fmt: skip
        return [(label, text) for label, text in facts if text]

    def _stops(self) -> str:
        """Why nothing can rest on this record at all."""
        try:
            allowed.stands(self.chosen.standing)
        except Refused as no:
            return no.sentence
        return "" if self.options else "规则库里没有可以依附在这类信息上的措施。"

    def _option(self, o: Option) -> dict[str, Any]:
        kept = urlencode({"record": self.request.GET.get("record", ""), "rule": o.line.id})
        possible = o.no is None and not self._stops()
        return {
            "name": o.line.name, "law": words.law(o.rule), "term": words.allowed_term(o.rule), "organ": o.line.organ,
            "address": f"?{kept}#form" if possible else "", "no": o.no.sentence if o.no else "",
            "now": self.option is not None and o.line.id == self.option.line.id,
        }  # fmt: skip

    def post(self) -> HttpResponse:
        return super().post() if self.option else error_page(400, "还没有选择措施；请返回选择以后再填写。")

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Any:
        now, today = casebook.moment()
        return actions.register(c, self.who, now, today, self._terms(data), book())

    def _terms(self, data: dict[str, Any]) -> Terms:
        assert self.option is not None
        records = (self.chosen.standing.record, *data.get("more", ()))
        days: dict[str, date | None] = {k: data.get(k) for k in ("notified_on", "decided", "begins", "ends")}
        return Terms(
            rule=self.option.line.id, subject=self.chosen.code, records=records, organ=self.who.provider,
            document=data["document"], heard=data["heard"], months=data.get("months"), reason=data["reason"],
            competent=bool(data["competent"]), **days,
        )  # fmt: skip

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已登记，并告知信用主体。")
        return reverse("measure", args=[answer.number])


__all__ = ["FindRecord", "New", "Registering"]
