"""待核处理: rows that wait for the department to say what they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.collection import held
from xinyong.collection.held import Held
from xinyong.collection.receipts import Receipt
from xinyong.foundation import database
from xinyong.website import lending
from xinyong.website.console.base import Choice, Column, Connection, Row, Text
from xinyong.website.console.centre.made import FIRST, MadeList
from xinyong.website.console.department import parts
from xinyong.website.console.department.mend import place, row_address, told
from xinyong.website.errors import error_page

ACCEPT, RETURN = "accept", "return"


class HeldList(MadeList):
    action, title, export_action = "held.decide", "待核处理", "held.decide"
    intro = "这些行拿不准，没有入库。核对后，接受的入库；退回的由本单位改正后重新报送。"
    columns = (
        Column("line", "行号", "number",
               link=lambda r: row_address("department-held-row", r["submission"], r["line"], r["sheet"])),
        Column("submission", "批次", "number"),
        Column("item_name", "事项"),
        Column("problem", "待核原因"),
        Column("suggestion", "建议"),
        Column("filename", "文件"),
        Column("received_on", "收到日期", "day"),
    )  # fmt: skip
    filters = (
        Choice("item", "事项", "true", lambda: sorted(parts.item_names().items())),
        Text("filename", "文件", "true"),
    )
    empty = "没有待核的行。"
    most = 1_000

    def made(self, c: Connection) -> list[Row]:
        if not self.who.provider:
            return []
        rows = held.list_held(c, self.who.provider, parts.book(), limit=self.most)
        self.cut(rows, self.most, "行", FIRST)
        return [{name: getattr(h, name) for name in ("submission", "line", "sheet", "item", "item_name", "problem",
                 "suggestion", "filename", "received_on")} for h in rows]  # fmt: skip


class Decision(forms.Form):
    decision = forms.ChoiceField(
        label="处理", choices=[(ACCEPT, "接受，按新增入库"), (RETURN, "退回，改正后重新报送")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label="理由", max_length=parts.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：经核对卷宗，同一文号有两名当事人，确为两条记录。",
    )  # fmt: skip


class Decide(parts.ApartForm):
    action, title, submit, form_class = "held.decide", "待核的行", "确定", Decision
    template = "console/department/form.html"

    def get(self) -> HttpResponse:
        return error_page(404) if self._row() is None else super().get()

    def post(self) -> HttpResponse:
        return error_page(404) if self._row() is None else super().post()

    def _row(self) -> Held | None:
        at = place(self.request)
        if at is None or not self.who.provider:
            return None
        rows = lending.ask(lambda c: held.list_held(c, self.who.provider, parts.book()))
        here = (self.kwargs["number"], *at)
        return next((h for h in rows if (h.submission, h.line, h.sheet) == here), None)

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Receipt | None:
        line, sheet = place(self.request) or (0, "")
        accept = data["decision"] == ACCEPT
        number = self.kwargs["number"]
        with database.connect_app(
            autocommit=True
        ) as free:  # what is accepted goes by a transaction of its own
            return held.decide(free, self.who, at, number, line, sheet, accept, data["reason"], parts.book())

    def about(self) -> dict[str, Any]:
        row, told = self._row(), []
        if row is not None:
            told = [("事项", row.item_name), ("批次", str(row.submission)), ("行号", str(row.line)),
                    ("文件", row.filename), ("待核原因", row.problem), ("建议", row.suggestion or "请核对")]  # fmt: skip
        values = list(row.values.items()) if row else []
        return {"facts": told, "values": values, "back": reverse("department-held")}

    def target(self, answer: Receipt | None) -> str:
        line = f"第 {(place(self.request) or (0, ''))[0]} 行"
        sentence = told(answer, line) if answer else f"{line}已退回；请改正后与其他数据一起重新报送。"
        messages.success(self.request, sentence)
        return reverse("department-held")
