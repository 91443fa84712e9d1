"""退回与待改: what still waits with the department, row by row, and mending a row in the browser."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from xinyong.collection import mending, returned
from xinyong.collection.mending import GoesBack, Mendable
from xinyong.collection.receipts import Receipt
from xinyong.collection.rejects_files import HELD
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.console.base import Column, Connection, Console, DetailView, Row
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import forms as made
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

PAGE = 50
LONGEST_SHEET = 100


def place(request: Any) -> tuple[int, str] | None:
    """The row that an address names: its line, and its sheet in a workbook."""
    line = request.GET.get("line", "")
    good = line.isdecimal() and len(line) < 9
    return (int(line), request.GET.get("sheet", "")[:LONGEST_SHEET]) if good else None


def row_address(name: str, submission: int, line: int, sheet: str) -> str:
    asked = {"line": line, **({"sheet": sheet} if sheet else {})}
    return f"{reverse(name, args=[submission])}?{urlencode(asked)}"


class Batches(MadeList):
    action, title, export_action = "submission.mend", "退回与待改", "submission.mend"
    intro = "这些报送里还有退回或待核的行没有办结。打开可以逐行在线改正，也可以下载表格改好后重新报送。"
    columns = (
        Column("submission", "批次", "number",
               link=lambda r: reverse("department-rows", args=[r["submission"]])),
        Column("item", "事项", show=parts.item_name),
        Column("filename", "文件"),
        Column("received_on", "收到日期", "day"),
        Column("rejected", "退回未改", "number"),
        Column("held", "待核未办", "number"),
    )  # fmt: skip
    empty = "没有需要改正的行。"

    def made(self, c: Connection) -> list[Row]:
        return returned.open_batches(c, self.who.provider) if self.who.provider else []


class Rows(DetailView):
    """The rows of one submission that wait, each with what is wrong and what to do."""

    action, title, template = "submission.mend", "待改的行", "console/department/rows.html"

    def heading(self) -> str:
        return f"批次 {self.kwargs['number']} 待改的行"

    def load(self, c: Connection) -> dict[str, Any] | None:
        r = parts.receipt_of(c, self.who, self.kwargs["number"])
        if r is None:
            return None
        asked = self.request.GET.get("page", "")
        page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
        item = parts.book().item(r.item, r.received_on)
        rows, total = mending.waiting(c, r.submission, item, (page - 1) * PAGE, PAGE)
        shown = [
            {"row": row, "held": row.result == HELD,
             "address": row_address(_form_of(row), r.submission, row.line, row.sheet)} for row in rows
        ]  # fmt: skip
        after = page + 1 if page * PAGE < total else 0
        return {"receipt": r, "item_name": item.name, "rows": shown, "total": total,
                "before": page - 1, "after": after}  # fmt: skip


def _form_of(row: mending.Returned) -> str:
    return "department-held-row" if row.result == HELD else "department-row"


class MendRow(Console):
    """A returned row as a form. Saved, it is handed in again as a file of one mended row."""

    action, title, template = "submission.mend", "改正退回的行", "console/department/row.html"

    def get(self) -> HttpResponse:
        row = lending.ask(self._load)
        if row is None:
            return error_page(404)
        lending.act(lambda c: mending.note_look(c, self.who, parts.now(), row))
        form = made.of_item(row.item, parts.book(), None, row.cells, working=True)
        return self._page(row, form)

    def post(self) -> HttpResponse:
        row = lending.ask(self._load)
        if row is None:
            return error_page(404)
        form = made.of_item(row.item, parts.book(), self.request.POST, row.cells, working=True)
        if form.is_valid():
            try:
                receipt = mending.mend(self.who, parts.now(), row, made.values(form), parts.book())
            except GoesBack as e:
                form.add_error(None, e.sentence)
                made.show_troubles(form, mending.explained(e.told, row.item))
            except Refused as e:
                form.add_error(None, e.sentence)
            else:
                messages.success(self.request, told(receipt, f"第 {row.line} 行"))
                return HttpResponseRedirect(reverse("department-rows", args=[row.first.submission]))
        return self._page(row, form, 400)

    def _load(self, c: Connection) -> Mendable | None:
        """Another department's row and one that never was look the same."""
        at = place(self.request)
        if at is None or parts.receipt_of(c, self.who, self.kwargs["number"]) is None:
            return None
        return mending.load(c, self.who, self.kwargs["number"], *at, parts.book())

    def _page(self, row: Mendable, form: forms.Form, status: int = 200) -> HttpResponse:
        where = f"工作表“{row.sheet}”第 {row.line} 行" if row.sheet else f"第 {row.line} 行"
        facts = [("事项", made.titled(row.item)), ("批次", str(row.first.submission)), ("位置", where),
                 ("文件", row.first.filename)]  # fmt: skip
        back = reverse("department-rows", args=[row.first.submission])
        told = {"facts": facts, "troubles": row.troubles if status == 200 else [], "form": form, "back": back}
        return self.page({**told, "submit": "改好了，重新报送"}, status)


def told(r: Receipt, what: str) -> str:
    """One sentence on what became of one row."""
    if r.held:
        return f"{what}已报送（批次 {r.submission}），但需要核对后才能入库；请到“待核处理”办理。"
    if r.duplicates:
        return f"{what}与已入库的记录相同，没有再入一条（批次 {r.submission}）。"
    if r.revoked:
        return f"{what}已撤销（批次 {r.submission}）。"
    done = "已按更正入库" if r.corrected else "已入库"
    extra = "；有提示，详见回执" if r.warnings else ""
    return f"{what}{done}（批次 {r.submission}）{extra}。"
