"""报送记录: what was handed in, its receipt, what went back as a file, and undoing it within the day."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.urls import reverse

from xinyong.collection import mending, undo
from xinyong.collection.receipts import Receipt
from xinyong.collection.rejects import handed_out
from xinyong.collection.uploads import WHOSE
from xinyong.foundation import home
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Day, DetailView, ListView, Text
from xinyong.website.console.columns import moment
from xinyong.website.console.department import parts
from xinyong.website.console.department.submit import verdict
from xinyong.website.errors import error_page

STATES = {
    "全部入库": "good",
    "有退回或待核": "warn",
    "整批退回": "bad",
    "已撤销": "plain",
    "撤销": "plain",
    "零报告": "good",
}
KINDS = {"csv": "text/csv; charset=utf-8",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
OUTCOMES = {"taken": "已处理", "refused": "整批退回，没有接收", "undo": "撤销"}


class Submissions(ListView):
    action, title, export_action = "submission.read", "报送记录", "submission.read"
    source, order = mending.SQL["submissions"], "id DESC"
    columns = (
        Column("id", "批次", "number", link=lambda r: reverse("department-submission", args=[r["id"]])),
        Column("item_code", "事项", show=parts.item_name),
        Column("mode", "方式"),
        Column("state", "结果", tag=lambda v: STATES.get(v, "plain")),
        Column("rows", "行数", "number"),
        Column("accepted", "入库", "number"),
        Column("duplicates", "重复", "number"),
        Column("held", "待核", "number"),
        Column("rejected", "退回", "number"),
        Column("late", "迟报", "number"),
        Column("received_at", "收到时间", "moment"),
        Column("received_by", "报送人"),
        Column("filename", "文件"),
    )
    filters = (
        Choice("item", "事项", "item_code = %(item)s", lambda: sorted(parts.item_names().items())),
        Choice("state", "结果", "state = %(state)s", [(s, s) for s in STATES]),
        Day("since", "收到日期从", "received_on >= %(since)s"),
        Day("until", "到", "received_on <= %(until)s"),
        Text("q", "文件名或报送人", "filename ILIKE %(q)s OR received_by ILIKE %(q)s", like=True),
    )
    empty = "没有符合条件的报送。"

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        if who.role in WHOSE:
            return "true", {}
        return "provider = %(provider)s AND provider <> ''", {"provider": who.provider}

    def buttons(self) -> list[tuple[str, str]]:
        may = access.may(self.who.role, "submission.create")
        return [("报送文件", reverse("department-submit"))] if may else []


class Submission(DetailView):
    """The receipt."""

    action, title, template = "submission.read", "报送回执", "console/department/receipt.html"

    def heading(self) -> str:
        return f"报送回执 {self.kwargs['number']}"

    def load(self, c: Connection) -> dict[str, Any] | None:
        r = parts.receipt_of(c, self.who, self.kwargs["number"])
        if r is None:
            return None
        undone = c.execute(mending.SQL["undone_by"], [r.submission]).fetchone()
        taken = r.outcome == "taken" and undone is None
        told = {"facts": _facts(r), "undone_by": undone[0] if undone else None}
        same_day = day_of(r.received_at) == parts.today()
        may_undo = taken and same_day and access.may(self.who.role, "submission.undo")
        may_mend = taken and access.may(self.who.role, "submission.mend")
        counted = r.mode != "零报告" and r.outcome == "taken"
        return {**verdict(r), **told, "may_undo": may_undo, "may_mend": may_mend, "counted": counted}


def _facts(r: Receipt) -> parts.Facts:
    facts = [
        ("事项", parts.item_name(r.item)), ("方式", r.mode), ("结果", OUTCOMES.get(r.outcome, r.outcome)),
        ("收到时间", moment(r.received_at)), ("报送人", r.received_by), ("文件", r.filename),
        ("大小", f"{r.size:,} 字节" if r.size else ""), ("目录版本", r.edition),
        ("原因", r.reason), ("更正的批次", r.follows or ""), ("撤销的批次", r.undoes or ""),
        ("文件校验值（SHA-256）", r.sha256),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


class Rejects(Console):
    """Returned and held rows as a file, to be mended in a spreadsheet and handed in again."""

    action, title = "submission.read", "退回与待核表"

    def get(self) -> Any:
        number, kind = self.kwargs["number"], self.kwargs["kind"]
        found = lending.ask(lambda c: parts.receipt_of(c, self.who, number))
        if found is None or kind not in KINDS:
            return error_page(404)
        with tempfile.TemporaryDirectory(dir=home.folder("tmp")) as folder:
            path = Path(folder) / f"退回与待核-批次{number}.{kind}"
            lending.act(lambda c: handed_out(c, self.who, parts.now(), number, parts.book(), path))
            return FileResponse(
                open(path, "rb"), as_attachment=True, filename=path.name, content_type=KINDS[kind]
            )


class Undo(parts.ApartForm):
    action, title, submit = "submission.undo", "整批撤销", "确认撤销整批"
    form_class = parts.Reason
    intro = (
        "只能撤销当天报送的。撤销后，这批新入库的记录不再有效，被它更正的恢复原样；记录留痕，不会删除。"
        "由报送人一人办理：当天报送的还没有人据以办事，错了应尽快撤下；以前的记录要更正或撤回，由两人办理。"
    )

    def get(self) -> HttpResponse:
        return error_page(404) if self._first() is None else super().get()

    def post(self) -> HttpResponse:
        return error_page(404) if self._first() is None else super().post()

    def _first(self) -> Receipt | None:
        return lending.ask(lambda c: parts.receipt_of(c, self.who, self.kwargs["number"]))

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Receipt:
        return undo.undo(c, self.kwargs["number"], data["reason"], self.who, at, parts.book())

    def about(self) -> dict[str, Any]:
        r = self._first()
        told = [("批次", str(r.submission)), ("事项", parts.item_name(r.item)), ("文件", r.filename),
                ("行数", f"{r.rows:,}"), ("收到时间", moment(r.received_at))] if r else []  # fmt: skip
        return {"facts": told, "back": reverse("department-submission", args=[self.kwargs["number"]])}

    def target(self, answer: Any) -> str:
        return reverse("department-submission", args=[self.kwargs["number"]])
