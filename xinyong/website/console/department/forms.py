"""Forms made from a catalogue item. Intake checks what is filled in, not the form: there is one set of rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Field, Item
from xinyong.collection.door import EXTRA_HEADERS
from xinyong.collection.mending import Trouble
from xinyong.collection.template import OPERATIONS, OWN_NOTES, remarks, requirement, values_of

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
LONG = 255  # characters from which a field gets several lines
LONGEST = 20_000  # as intake has it
NUMBERS = ("amount", "integer", "number")


class Cell(forms.CharField):
    """A field of the item; `mark` says when it must be filled in."""

    mark = "选填"


def of_item(
    item: Item,
    book: Rulebook,
    data: Any = None,
    initial: Mapping[str, str] | None = None,
    *,
    working: bool = False,
    hidden: Collection[str] = (),
) -> forms.Form:
    """`working`: with 操作, 原记录号 and 原因; `hidden`: fields that keep what they have when left empty."""
    first = dict(initial or {})
    made = forms.Form(data, initial=first, auto_id="id_%s")
    for f in item.fields:
        given = (data.get(f.code) if data is not None else first.get(f.code)) or ""
        made.fields[f.code] = _cell(f, item, book, given, f.code in hidden)
    for name, code in EXTRA_HEADERS.items() if working else ():
        made.fields[code] = _working(name, code, (data or first).get(code) or "")
    return made


def _cell(f: Field, item: Item, book: Rulebook, given: str, hidden: bool) -> Cell:
    told = [f"{requirement(f, item)}。" if f.required not in (True, False) or f.empty_when else ""]
    told += ["长期有效填 2099-12-31。" if f.type == "date" and f.role == "valid_to" else ""]
    told += ["单位：万元，如 2000 元填 0.2。" if f.type == "amount" and "万元" not in f.note else ""]
    told += [_ended(values_of(f, book)) if _free(f, book) else "", _ended(remarks(f))]
    if hidden:
        told.append("已有内容不在此显示；不改请留空。")
    made = Cell(label=f.name, required=False, max_length=LONGEST, help_text="".join(told))
    made.widget = _widget(f, book, given)
    made.mark = "必填" if f.required is True else "选填" if f.required is False else "按条件必填"
    if f.required is True and not hidden:
        made.widget.attrs["required"] = True
        made.widget.is_required = True
    return made


def _ended(text: str) -> str:
    return f"{text.rstrip('。')}。" if text else ""


def _free(f: Field, book: Rulebook) -> bool:
    """A code set that a list of choices can't hold: several values, or words of one's own."""
    return f.code_set is not None and (f.multiple or bool(book.code_sets[f.code_set].other_prefix))


def _widget(f: Field, book: Rulebook, given: str) -> forms.Widget:
    if f.code_set and not _free(f, book):
        values = book.code_sets[f.code_set].values
        kept = [(given, f"{given}（不在规定取值内）")] if given and given not in values else []
        return forms.Select(choices=[("", "请选择"), *kept, *((v, v) for v in values)])
    if f.type == "date" and (not given or ISO.fullmatch(given)):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if f.type in NUMBERS:
        return forms.TextInput(attrs={"inputmode": "decimal"})
    if f.type == "text" and not f.code_set and (f.length is None or f.length > LONG):
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput()


def _working(name: str, code: str, given: str) -> Cell:
    made = Cell(label=name, required=False, max_length=LONGEST, help_text=OWN_NOTES.get(name, ""))
    if code == "_op":
        kept = [(given, given)] if given and given not in OPERATIONS else []
        made.widget = forms.Select(choices=[("", "请选择"), *kept, *((o, o) for o in OPERATIONS)])
    return made


def show_troubles(form: forms.Form, troubles: Iterable[Trouble]) -> None:
    """Each where it belongs; what belongs to no field stands above the form."""
    for t in troubles:
        sentence = "，".join(p for p in (t.problem, t.suggestion) if p).rstrip("。") + "。"
        at = t.field if t.field in form.fields else None
        form.add_error(at, sentence)


def values(form: forms.Form) -> dict[str, str]:
    """What was filled in, line ends as files have them. Call after `is_valid`."""
    return {code: str(text or "").replace("\r\n", "\n") for code, text in form.cleaned_data.items()}


def titled(item: Item) -> str:
    return f"{item.name}（{item.code}）"
