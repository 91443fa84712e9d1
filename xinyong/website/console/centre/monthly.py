"""归集月报: as it stands now, and as it was sent out."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse
from django.urls import reverse

from xinyong.catalog import permissions
from xinyong.foundation import audit
from xinyong.services.monthlyreport import issuing
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, FormView, ListView
from xinyong.website.console.centre import made
from xinyong.website.console.centre.made import counting
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def month_words(day: date) -> str:
    return f"{day.year} 年 {day.month} 月"


def file_address(row: Any, kind: str) -> str:
    return reverse("centre-monthly-file", args=[row["id"], kind])


class Issued(ListView):
    action, title, export_action = "score.read", "归集月报", "score.read"
    intro = "已发出的月报按发出时的内容保存，不再改动；更正的另行发出。预览的是此刻的数据。"
    source = f"SELECT t.*, 'PDF' AS pdf, 'Excel' AS xlsx FROM ({issuing.SQL['issued']}) t"
    order = "month DESC, id DESC"
    columns = (
        Column("month", "月份", show=month_words),
        Column("nth", "第几次发出", "number"),
        Column("at", "发出时间", "moment"),
        Column("by", "发出人"),
        Column("note", "说明", sort=False),
        Column("pdf", "PDF", link=lambda r: file_address(r, "pdf"), sort=False),
        Column("xlsx", "Excel", link=lambda r: file_address(r, "xlsx"), sort=False),
        Column("pdf_sha256", "PDF 校验值", show=lambda v: f"{v[:12]}……", sort=False),
    )
    filters = (Choice("month", "月份", "to_char(month, 'YYYY-MM') = %(month)s", made.month_names),)
    empty = "还没有发出过月报。"

    def buttons(self) -> list[tuple[str, str]]:
        month = made.month_of(self.request.GET.get("month", ""))
        preview = [("预览本月 PDF", f"{reverse('centre-monthly-pdf')}?month={month:%Y-%m}")]
        may = access.may(self.who.role, issuing.ISSUE)
        return [*([("发出月报", reverse("centre-monthly-issue"))] if may else []), *preview]


class Preview(Console):
    """The month as it stands, as PDF; with a purpose, as any file that is taken away."""

    action, title = "score.read", "归集月报"

    def get(self) -> Any:
        if not access.purpose_of(self.request):
            return access.ask_purpose(self.request, permissions.known(access.matrix(), self.action))
        first = made.month_of(self.request.GET.get("month", ""))
        found = lending.ask(lambda c: issuing.pdf(c, counting(self), first))
        return _sent(found, f"归集月报-{first:%Y-%m}.pdf", "pdf")


def _sent(content: bytes, name: str, kind: str) -> FileResponse:
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=TYPES[kind])


class File(Console):
    """A report as it was sent out."""

    action, title = "score.read", "归集月报"

    def get(self) -> Any:
        number, kind = self.kwargs["number"], self.kwargs["kind"]
        found = lending.ask(lambda c: issuing.file(c, number, kind))
        if found is None:
            return error_page(404)
        told = {"kind": kind}
        lending.ask(lambda c: audit.record(c, self.who, parts.now(), "quality.download", str(number), told))
        return _sent(found[1], f"归集月报-{found[0]:%Y-%m}.{kind}", kind)


class IssueForm(forms.Form):
    month = forms.ChoiceField(label="月份")
    note = forms.CharField(label="说明", max_length=issuing.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2}),
                           help_text="例如：通报各部门；更正的写明更正了什么。")  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        this = f"{parts.today():%Y-%m}"
        self.fields["month"].choices = [(v, n) for v, n in made.month_names() if v != this]  # type: ignore[attr-defined]


class Issue(FormView):
    action, title, submit, form_class = issuing.ISSUE, "发出月报", "发出", IssueForm
    intro = "按此刻的数据生成 PDF 和 Excel，原样保存。发出后不能收回；有误的更正后再发一次。"
    template = "console/centre/form.html"

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-monthly")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        return issuing.issue(c, counting(self), made.month_of(data["month"]), data["note"])

    def target(self, answer: Any) -> str:
        messages.success(self.request, "月报已发出。")
        return reverse("centre-monthly")
