"""工作日历: which days are off and which weekends are worked, by year; years not announced yet are provisional."""

from __future__ import annotations

import calendar as months_of
import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog import drafts
from xinyong.catalog.model import CalendarYear
from xinyong.foundation import home
from xinyong.kernel.dates import parse_date
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Row
from xinyong.website.console.centre.catalogue_forms import Lines
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

EDIT = drafts.ACTIONS["calendar"]
ANNOUNCED, PROVISIONAL = "已公布", "未公布，暂按周末推算"
AHEAD = 2  # years after this one that are listed
LARGEST = 64 * 1024
KINDS = {"放假": "days_off", "休": "days_off", "上班": "workdays", "调休上班": "workdays", "班": "workdays"}


class Years(MadeList):
    action, title, export_action = "catalogue.read", "工作日历", "catalogue.read"
    intro = "报送时限、答复时限按工作日历推算。国务院办公厅公布次年放假安排后，请及时录入；没有录入的年份只按周末推算，结果是暂定的。"
    columns = (
        Column("year", "年份", link=lambda r: reverse("centre-calendar-year", args=[r["year"]])),
        Column("state", "情况", tag=lambda v: "good" if v == ANNOUNCED else "warn"),
        Column("basis", "依据"),
        Column("off", "放假天数", "number"),
        Column("worked", "调休上班", "number"),
        Column("origin", "来源"),
    )
    filters = (Choice("state", "情况", "true", [(ANNOUNCED, ANNOUNCED), (PROVISIONAL, PROVISIONAL)]),)

    def made(self, c: Connection) -> list[Row]:
        known, this = parts.book().calendar, parts.today().year
        years = range(min([*known, this]), max([*known, this + AHEAD]) + 1)
        return [_row(year, known.get(year)) for year in reversed(years)]


def _row(year: int, found: CalendarYear | None) -> Row:
    if found is None:
        return {"year": year, "state": PROVISIONAL, "basis": "", "off": None, "worked": None, "origin": ""}
    origin = "本地" if found.source == "local" else "随产品"
    return {"year": year, "state": ANNOUNCED, "basis": found.basis, "off": len(found.days_off),
            "worked": len(found.workdays), "origin": origin}  # fmt: skip


class Year(Console):
    """A year, month by month."""

    action, template = "catalogue.read", "console/centre/calendar.html"

    def get(self) -> HttpResponse:
        year, known = self.kwargs["year"], parts.book().calendar
        if not 2000 <= year <= 2100:
            return error_page(404)
        found = known.get(year)
        history = lending.ask(lambda c: drafts.listed(c, "calendar", str(year)))
        edit = (
            [("录入或修改", reverse("centre-calendar-edit", args=[year]))]
            if access.may(self.who.role, EDIT)
            else []
        )
        told = {"title": f"{year} 年工作日历", "year": year, "found": found, "months": _months(year, found)}
        return self.page({**told, "history": history, "provisional": PROVISIONAL, "buttons": edit})


def _months(year: int, found: CalendarYear | None) -> list[dict[str, Any]]:
    weeks = months_of.Calendar()
    return [
        {
            "name": f"{m} 月",
            "weeks": [[_cell(d, m, found) for d in week] for week in weeks.monthdatescalendar(year, m)],
        }
        for m in range(1, 13)
    ]


def _cell(day: date, month: int, found: CalendarYear | None) -> dict[str, Any]:
    if day.month != month:
        return {"day": "", "kind": "", "says": ""}
    if found and day in found.days_off:
        return {"day": day.day, "kind": "off", "says": "休"}
    if found and day in found.workdays:
        return {"day": day.day, "kind": "worked", "says": "班"}
    return {"day": day.day, "kind": "weekend" if day.weekday() > 4 else "", "says": ""}


def spans(days: Iterable[date]) -> list[str]:
    """`01-01..01-03`: runs of days as the rulebook writes them."""
    runs: list[list[date]] = []
    for day in sorted(set(days)):
        if runs and day == runs[-1][-1] + timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [f"{r[0]:%m-%d}" if len(r) == 1 else f"{r[0]:%m-%d}..{r[-1]:%m-%d}" for r in runs]


class YearForm(forms.Form):
    basis = forms.CharField(label="依据（通知名称或文号）", max_length=200)
    days_off = Lines(label="放假", help_text="每行一天或一段：01-01 或 01-01..01-03。")
    workdays = Lines(label="调休上班", help_text="每行一天：02-14。")
    file = forms.FileField(label="或上传 CSV", required=False,
                           help_text="两列：日期、类型（放假或上班）。上传的以文件为准，上面两栏不用填。")  # fmt: skip
    reason = forms.CharField(
        label="修改理由", max_length=drafts.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, year: int, data: Any = None, files: Any = None, initial: Any = None) -> None:
        super().__init__(data, files, initial=initial)
        self.year = year

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            return None
        if file.size > LARGEST:
            raise forms.ValidationError("文件太大；一年的放假安排不过几十行，请核对是否选错了文件。")
        return self._read(file.read())

    def _read(self, raw: bytes) -> dict[str, list[str]]:
        found: dict[str, list[date]] = {"days_off": [], "workdays": []}
        rows = [r for r in csv.reader(io.StringIO(_decoded(raw))) if any(cell.strip() for cell in r)]
        for n, row in enumerate(rows, 1):
            day = parse_date(row[0].strip()) if len(row) > 1 else None
            if n == 1 and day is None:
                continue  # the heading
            kind = KINDS.get(row[1].strip()) if len(row) > 1 else None
            if day is None or kind is None or day.year != self.year:
                raise forms.ValidationError(
                    f"第 {n} 行看不懂：应是 {self.year} 年的日期和“放假”或“上班”，例如 {self.year}-01-01,放假。"
                )
            found[kind].append(day)
        if not any(found.values()):
            raise forms.ValidationError("文件里没有一天；请核对是否选错了文件。")
        return {
            "days_off": spans(found["days_off"]),
            "workdays": [f"{d:%m-%d}" for d in sorted(set(found["workdays"]))],
        }


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise forms.ValidationError("文件的文字编码看不懂；请在 Excel 里另存为“CSV UTF-8”后重试。")


class Edit(parts.ApartForm):
    """A year's days, in force at once."""

    action, submit, template = EDIT, "保存并起用", "console/centre/form.html"
    intro = "保存后立即起用：此后的时限按新的日历推算，已经算出的暂定日期随之更新。理由记入审计。"

    def heading(self) -> str:
        return f"录入 {self.kwargs['year']} 年工作日历"

    def dispatch(self) -> HttpResponse:
        return super().dispatch() if 2000 <= self.kwargs["year"] <= 2100 else error_page(404)

    def make_form(self, data: Any = None) -> YearForm:
        year = self.kwargs["year"]
        shipped, local = drafts.raw_entry(home.local_rulebook(), "calendar", str(year))
        first = local or shipped or {"basis": f"国务院办公厅关于{year}年部分节假日安排的通知"}
        files = self.request.FILES if data is not None else None
        return YearForm(year, data, files, first)

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-calendar-year", args=[self.kwargs["year"]]), "upload": True}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        given = data["file"] or {k: data[k] for k in ("days_off", "workdays")}
        content = {"year": self.kwargs["year"], "basis": data["basis"], **given}
        drafts.put(c, self.who, at, parts.book(), home.local_rulebook(), "calendar", content, data["reason"])

    def target(self, answer: Any) -> str:
        messages.success(self.request, "日历已保存并起用。")
        return reverse("centre-calendar-year", args=[self.kwargs["year"]])
