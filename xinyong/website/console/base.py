"""The console's base views: a list with filter, sort, page, row scope and export; a detail; a form.

A list is a SELECT with named columns; everything else is declared:

    class Accounts(ListView):
        action, title = "account.list", "账户"
        source = "SELECT id, username, role, created FROM account"
        columns = (Column("username", "用户名", link=lambda r: reverse("admin-account", args=[r["id"]])),
                   Column("created", "开立时间", "moment"))
        filters = (Text("q", "用户名", "username ILIKE %(q)s", like=True),)
        order = "username"

    urlpatterns = [path("accounts", Accounts.as_view(), name="admin-accounts")]

`scope(who)` gives the rows somebody may see, as a condition; it holds for page, count and export alike.
Where the rows come from a query of a lower floor, override `rows(c, asked)` and `total(c, asked)` instead.
A page costs two statements however many rows there are. A literal % in `source` or `where` is written %%.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import psycopg
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from psycopg.rows import dict_row

from xinyong.catalog import permissions
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console import exports
from xinyong.website.console.columns import Column
from xinyong.website.errors import error_page
from xinyong.website.public import asking

Row = dict[str, Any]
Connection = psycopg.Connection[Any]
PAGE = 50
COUNTED = 10_000  # beyond that a list says "more than"
DESCENDING = "-"


@dataclass(frozen=True, slots=True)
class Text:
    """A filter by typed text. `where`: a condition on the source's columns with `%(key)s`."""

    key: str
    label: str
    where: str
    like: bool = False  # the text anywhere within

    def field(self) -> forms.Field:
        return forms.CharField(label=self.label, required=False, max_length=100)

    def value(self, cleaned: Any) -> Any:
        return f"%{_literal(cleaned)}%" if self.like else cleaned


@dataclass(frozen=True, slots=True)
class Day:
    """A filter by date, e.g. `at >= %(since)s`; for "until", compare with `%(until)s::date + 1`."""

    key: str
    label: str
    where: str

    def field(self) -> forms.Field:
        return forms.DateField(
            label=self.label,
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )

    def value(self, cleaned: Any) -> Any:
        return cleaned


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter by one of few values. `blank`: what stands where none is chosen."""

    key: str
    label: str
    where: str
    choices: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]]
    blank: str = "全部"

    def field(self) -> forms.Field:
        known = self.choices() if callable(self.choices) else self.choices
        return forms.ChoiceField(label=self.label, required=False, choices=[("", self.blank), *known])

    def value(self, cleaned: Any) -> Any:
        return cleaned


Filter = Text | Day | Choice


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for: the conditions that hold, their values, the order, the page."""

    who: Who
    conditions: tuple[str, ...]
    values: Mapping[str, Any]
    order: str
    page: int = 1
    filters: Mapping[str, Any] = field(default_factory=dict)  # as the visitor chose them

    @property
    def where(self) -> str:
        return " AND ".join(f"({c})" for c in self.conditions) or "true"


class Console:
    """What all console views share: the action of the matrix, the title, the frame."""

    action: ClassVar[str]
    title: ClassVar[str] = ""
    intro: ClassVar[str] = ""
    template: ClassVar[str] = "console/page.html"

    @classmethod
    def as_view(cls, **given: Any) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            made = cls()
            for name, value in given.items():
                setattr(made, name, value)
            made.request, made.kwargs, made.who = request, kwargs, access.who(request)
            return made.dispatch()

        return access.allowed(cls.action)(view)

    request: HttpRequest
    kwargs: dict[str, Any]
    who: Who

    def dispatch(self) -> HttpResponse:
        if self.request.method in ("GET", "HEAD"):
            return self.get()
        if self.request.method == "POST" and hasattr(self, "post"):
            answer: HttpResponse = self.post()
            return answer
        return error_page(405)

    def get(self) -> HttpResponse:
        return self.page({})

    def heading(self) -> str:
        return self.title

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        shared = {"title": self.heading(), "intro": self.intro}
        return render(self.request, template or self.template, {**shared, **context}, status=status)


class ListView(Console):
    """Rows of one SELECT, or of a lower floor's query."""

    template = "console/list.html"
    source: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    order: ClassVar[str] = ""  # ORDER BY of the source, unless a column is chosen
    unique: ClassVar[str] = "id"  # ends every order, so that pages never overlap
    export_action: ClassVar[str] = ""  # empty: no export
    empty: ClassVar[str] = "没有符合条件的记录。"
    notice: str = (
        ""  # of the rows, as they are found: cut off, counted when; beside their number, and ends an export
    )

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        """Which rows `who` may see: a condition on the source's columns, and its values."""
        return "true", {}

    def buttons(self) -> Sequence[tuple[str, str]]:
        """(label, address) beside the heading."""
        return ()

    def rows(self, c: Connection, asked: Asked) -> list[Row]:
        statement = f"{self._select(asked)} LIMIT {PAGE + 1} OFFSET {(asked.page - 1) * PAGE}"
        return c.cursor(row_factory=dict_row).execute(statement, dict(asked.values)).fetchall()  # type: ignore[arg-type]

    def total(self, c: Connection, asked: Asked) -> int:
        """At most COUNTED + 1."""
        statement = f"SELECT count(*) FROM (SELECT 1 FROM ({self.source}) t WHERE {asked.where} LIMIT {COUNTED + 1}) n"
        row = c.execute(statement, dict(asked.values)).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0

    def stream(self, c: Connection, asked: Asked) -> Iterator[Row]:
        """All rows, for an export, a thousand at a time."""
        with c.cursor(name="export", row_factory=dict_row) as cursor:
            cursor.itersize = 1000
            cursor.execute(self._select(asked), dict(asked.values))  # type: ignore[arg-type]
            yield from cursor

    def _select(self, asked: Asked) -> str:
        return f"SELECT * FROM ({self.source}) t WHERE {asked.where} ORDER BY {asked.order}"

    def get(self) -> HttpResponse:
        form = self._form()
        asked = self._asked(form)
        kind = self.request.GET.get("export", "")
        if kind:
            return self._export(kind, asked)
        rows, total = lending.ask(lambda c: (self.rows(c, asked), self.total(c, asked)))
        shown = [[column.cell(row) for column in self.columns] for row in rows[:PAGE]]
        context = {"form": form, "rows": shown, "heads": self._heads(), "asked": asked}
        context |= {"empty": self.empty, "notice": self.notice, "buttons": self.buttons()}
        response = self.page({**context, **self._paging(asked, rows, total)}, template=self._part())
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _part(self) -> str:
        return "console/list_rows.html" if self.request.headers.get("HX-Request") else self.template

    def _form(self) -> forms.Form:
        made = forms.Form(self.request.GET)
        for f in self.filters:
            made.fields[f.key] = f.field()
        made.is_valid()
        return made

    def _asked(self, form: forms.Form) -> Asked:
        scope, values = self.scope(self.who)
        chosen = [(f, form.cleaned_data.get(f.key)) for f in self.filters]
        live = [(f, v) for f, v in chosen if v not in (None, "")]
        filled = {f.key: f.value(v) for f, v in live}
        conditions = (scope, *(f.where for f, _ in live))
        order, page = self._order(), _page_number(self.request.GET.get("page", ""))
        return Asked(self.who, conditions, {**filled, **values}, order, page, {f.key: v for f, v in live})

    def _order(self) -> str:
        chosen = self.request.GET.get("sort", "")
        known = {c.key for c in self.columns if c.sort}
        if chosen.removeprefix(DESCENDING) in known:
            way = "DESC NULLS LAST" if chosen.startswith(DESCENDING) else "ASC NULLS LAST"
            return f"{chosen.removeprefix(DESCENDING)} {way}, {self.unique}"
        return f"{self.order}, {self.unique}" if self.order else self.unique

    def _heads(self) -> list[dict[str, str]]:
        """A column's label, the address that sorts by it, and how it is sorted now."""
        now = self.request.GET.get("sort", "")
        heads = []
        for column in self.columns:
            way = {column.key: "ascending", DESCENDING + column.key: "descending"}.get(now, "")
            turned = DESCENDING + column.key if way == "ascending" else column.key
            address = self._address(sort=turned, page="") if column.sort else ""
            heads.append({"label": column.label, "address": address, "way": way})
        return heads

    def _paging(self, asked: Asked, rows: Sequence[Row], total: int) -> dict[str, Any]:
        before = self._address(page=str(asked.page - 1)) if asked.page > 1 else ""
        after = self._address(page=str(asked.page + 1)) if len(rows) > PAGE else ""
        links = {"csv": self._address(export="csv", page=""), "xlsx": self._address(export="xlsx", page="")}
        return {
            "before": before,
            "after": after,
            "total": f"超过 {COUNTED:,}" if total > COUNTED else f"{total:,}",
            "exports": links if self._may_export() else {},
        }

    def _may_export(self) -> bool:
        return bool(self.export_action) and access.may(self.who.role, self.export_action)

    def _address(self, **changes: str) -> str:
        """This page's address with some parameters changed, empty ones left out."""
        query: QueryDict = self.request.GET.copy()
        for key, value in changes.items():
            query[key] = value
        kept = [(k, v) for k, values in query.lists() for v in values if v and k != "purpose"]
        return f"?{urlencode(kept)}"

    def _export(self, kind: str, asked: Asked) -> HttpResponse:
        if not self.export_action or kind not in exports.KINDS:
            return error_page(404)
        wanted = permissions.known(access.matrix(), self.export_action)
        refused = access.stopped(self.request, wanted) or self._without_purpose(wanted)
        if refused is not None:
            return refused
        told = {"format": kind, "query": access.told_query(self.request)}
        lending.ask(lambda c: audit.record(c, self.who, asking.clock(), wanted.id, self.request.path, told))
        return exports.answer(
            kind, self.title, self.columns, lambda c: self.stream(c, asked), lambda: self.notice
        )

    def _without_purpose(self, wanted: permissions.Action) -> HttpResponse | None:
        """An export asks for a purpose, whatever the matrix says of the page."""
        return None if access.purpose_of(self.request) else access.ask_purpose(self.request, wanted)


class DetailView(Console):
    """One thing. `load` gives None for what is not there and for what is not `who`'s: both look the same."""

    def load(self, c: Connection) -> Mapping[str, Any] | None:
        raise NotImplementedError

    def get(self) -> HttpResponse:
        found = lending.ask(self.load)
        return error_page(404) if found is None else self.page(dict(found))


class FormView(Console):
    """A form that ends in one action. `done` runs in one transaction; its refusal stands on the form."""

    template = "console/form.html"
    form_class: ClassVar[type[forms.Form]] = forms.Form
    submit: ClassVar[str] = "提交"
    back: ClassVar[str] = ""  # address of the page to return to, or override `target`

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Any:
        raise NotImplementedError

    def target(self, answer: Any) -> str | HttpResponse:
        """Where to go when it is done: an address, or a page to show at once."""
        return self.back or "."

    def make_form(self, data: Any = None) -> forms.Form:
        return self.form_class(data)

    def about(self) -> dict[str, Any]:
        """What the page says besides the form."""
        return {}

    def get(self) -> HttpResponse:
        return self._shown(self.make_form())

    def post(self) -> HttpResponse:
        form = self.make_form(self.request.POST)
        if form.is_valid():
            try:
                answer = lending.act(lambda c: self.done(c, form.cleaned_data, asking.clock()))
            except Refused as e:
                form.add_error(None, e.sentence)
            else:
                target = self.target(answer)
                return HttpResponseRedirect(target) if isinstance(target, str) else target
        return self._shown(form, 400)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.page({"form": form, "submit": self.submit, "back": self.back, **self.about()}, status)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _page_number(text: str) -> int:
    """What is not a page is the first; no list is turned over for ever."""
    return min(max(int(text), 1), COUNTED // PAGE) if text.isdecimal() and len(text) < 6 else 1


__all__ = ["Asked", "Choice", "Column", "Console", "Day", "DetailView", "FormView", "ListView", "Text"]
