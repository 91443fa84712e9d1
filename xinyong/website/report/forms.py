"""What is asked of those who order a report."""

from __future__ import annotations

from typing import Any

from django import forms

from xinyong.catalog.model import ReportProfile
from xinyong.services.creditreport import profiles
from xinyong.services.creditreport.actions import LONGEST_NAME, LONGEST_NOTE, Order
from xinyong.services.creditreport.profiles import Choices, Form
from xinyong.website.public.asking import book, today

FIELD = {"class": "form-control"}
CHOICE = {"class": "form-select"}
DAY = {"type": "date", **FIELD}


def _uses() -> list[tuple[str, str]]:
    return [("", "请选择"), *((v, v) for v in book().code_sets[profiles.PURPOSES].values)]


def _in_use(*forms_wanted: Form) -> list[ReportProfile]:
    return [p for p in profiles.in_use(book(), today()) if set(p.forms) & set(forms_wanted)]


def _named(found: list[ReportProfile]) -> list[tuple[str, str]]:
    return [("", "公共信用信息报告"), *((p.id, p.name) for p in found if p.kind == "special")]


class OrderForm(forms.Form):
    """The order of whoever has the subject's code; `purpose` was asked before the page opened."""

    special = ("domains", "begins", "ends")  # what only a special report offers

    purpose = forms.CharField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(
        label="统一社会信用代码、注册号或身份证号码",
        max_length=40,
        widget=forms.TextInput(FIELD | {"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="姓名",
        required=False,
        max_length=LONGEST_NAME,
        help_text="自然人填写，与身份证一致；单位不填。",
        widget=forms.TextInput(FIELD | {"autocomplete": "off"}),
    )
    profile = forms.ChoiceField(label="报告种类", required=False, widget=forms.Select(CHOICE))
    use = forms.ChoiceField(label="报告用途", widget=forms.Select(CHOICE))
    note = forms.CharField(
        label="用途说明", required=False, max_length=LONGEST_NOTE, widget=forms.TextInput(FIELD)
    )
    domains = forms.MultipleChoiceField(
        label="领域",
        required=False,
        help_text="只对专项信用报告有效；不选为全部领域。可以选多个。",
        widget=forms.SelectMultiple(CHOICE | {"size": 8}),
    )
    begins = forms.DateField(label="起始日", required=False, widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    ends = forms.DateField(
        label="截止日",
        required=False,
        help_text="只对专项信用报告有效。",
        widget=forms.DateInput(DAY, format="%Y-%m-%d"),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        found = _in_use("legal", "natural")
        self._offer("profile", _named(found))
        self._offer("use", _uses())
        domains = dict.fromkeys(d.name for p in found for d in p.domains)
        self._offer("domains", [(name, name) for name in domains])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields.get(name)
        if field is not None:
            field.choices = choices  # type: ignore[attr-defined]

    def order(self, code: str = "") -> Order:
        """`code`: whose report, where the form does not ask."""
        d = self.cleaned_data
        choices = Choices(tuple(d.get("domains") or ()), d.get("begins"), d.get("ends"))
        return Order(
            code or d["code"].strip(),
            d["use"],
            d.get("profile", ""),
            choices,
            d.get("note", ""),
            d.get("name", ""),
        )


class OwnForm(OrderForm):
    """The subject's own order: it need not say who it is."""

    purpose = code = name = None  # type: ignore[assignment]


class AuthorisedForm(OrderForm):
    """A bank's or agency's order, under the authorisation for the purpose stated before."""


class KioskForm(OrderForm):
    """At the self-service machine: name, number, what for."""

    purpose = domains = begins = ends = note = profile = None  # type: ignore[assignment]
    name = forms.CharField(
        label="姓名",
        max_length=LONGEST_NAME,
        widget=forms.TextInput({"autocomplete": "off", "required": True}),
    )
    code = forms.CharField(
        label="身份证号码",
        max_length=18,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "text"}),
    )
    agreed = forms.BooleanField(label="我是本人，同意查询并打印本人的公共信用信息报告")
    field_order = ("name", "code", "use", "agreed")


class BatchForm(forms.Form):
    """A list of subjects, one a line."""

    purpose = forms.CharField(widget=forms.HiddenInput, required=False)
    listed = forms.CharField(
        label="名单",
        help_text="一行一个：代码；自然人写成“身份证号码,姓名”。",
        widget=forms.Textarea(FIELD | {"rows": 12}),
        max_length=200_000,
    )
    profile = forms.ChoiceField(label="报告种类", required=False, widget=forms.Select(CHOICE))
    use = forms.ChoiceField(label="报告用途", widget=forms.Select(CHOICE))
    note = forms.CharField(
        label="用途说明", required=False, max_length=LONGEST_NOTE, widget=forms.TextInput(FIELD)
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["profile"].choices = _named(_in_use("legal", "natural"))  # type: ignore[attr-defined]
        self.fields["use"].choices = _uses()  # type: ignore[attr-defined]

    def orders(self) -> list[Order]:
        d = self.cleaned_data
        found = []
        for line in d["listed"].splitlines():
            code, _, name = line.replace("，", ",").partition(",")
            if code.strip():
                order = Order(code.strip(), d["use"], d["profile"], note=d["note"], name=name.strip())
                found.append(order)
        return found


class PeriodForm(forms.Form):
    begins = forms.DateField(label="起始日", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    ends = forms.DateField(label="截止日", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
