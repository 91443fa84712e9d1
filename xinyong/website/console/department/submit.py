"""报送文件: hand a file in, watch it, stop it, see what became of it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from psycopg.rows import dict_row

from xinyong.collection import mending, receipts, uploads
from xinyong.collection.door import MODES
from xinyong.collection.receipts import Receipt
from xinyong.collection.tasks import take_upload
from xinyong.collection.uploads import Upload
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Connection, Console, FormView
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

OUTCOMES = {"taken": "已处理", "refused": "整批没有接收", "cancelled": "已取消", "failed": "处理失败"}
TAGS = {"taken": "good", "refused": "bad", "cancelled": "plain", "failed": "bad", "": "warn"}
MODE_WORDS = {
    "增量": "增量：只含新的和要更正的记录（常用）",
    "全量": "全量：含本单位该事项的全部记录，用来核对缺漏",
    "补录": "补录：历史数据，不计迟报",
}
# What each count of a receipt means to a department.
EXPLAINED = (
    ("rows", "共收到", "文件里的数据行数，下面六类之和。", ""),
    ("new", "新入库", "以前没有的记录，已经入库。", "good"),
    ("duplicates", "重复", "与已入库的记录完全相同，没有再入一条，不需要处理。", "plain"),
    ("corrected", "更正", "已入库的记录按这次报送的内容更正。", "good"),
    ("revoked", "撤销", "已入库的记录按要求撤销。", "good"),
    ("held", "待核", "拿不准是新增还是更正，或代码与名称对不上，要由本单位确认；确认前不入库。", "warn"),
    ("rejected", "退回", "有错误，没有入库；请改正后重新报送。", "bad"),
)  # fmt: skip
BESIDE = (
    ("warnings", "有提示", "已经入库，但有可以改进的地方，清单里列有说明。"),
    ("late", "迟报", "已经入库，但超过了规定的报送时限，计入及时率。"),
    ("missing", "全量未含", "上次在库、这次全量没有的记录；只作提示，没有撤销。"),
)


def verdict(r: Receipt) -> dict[str, Any]:
    """The counts of a receipt with what each means."""
    lines = [(label, getattr(r, name), told, tag) for name, label, told, tag in EXPLAINED]
    beside = [(label, getattr(r, name), told) for name, label, told in BESIDE if getattr(r, name)]
    return {"lines": lines, "beside": beside, "receipt": r, "goes_back": r.rejected + r.held}


class FileForm(forms.Form):
    item = forms.ChoiceField(label="事项")
    mode = forms.ChoiceField(
        label="报送方式", choices=[(m, MODE_WORDS[m]) for m in MODES], initial=MODES[0]
    )  # fmt: skip
    file = forms.FileField(
        label="文件", max_length=uploads.LONGEST_NAME,
        help_text=f"CSV、XLSX 或 JSON 行文件，不超过 {uploads.LARGEST >> 20} MB。退回表改好后也从这里重新报送。",
        error_messages={"required": "请选择要报送的文件。", "empty": "这个文件是空的；请确认选对了文件。"},
    )  # fmt: skip

    def __init__(self, who: Who, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["item"].choices = parts.item_choices(who)
        self.fields["file"].widget.attrs["accept"] = ",".join(uploads.SUFFIXES)


class Submit(Console):
    action, title, template = "submission.create", "报送文件", "console/department/submit.html"
    intro: ClassVar[str] = "文件在后台处理，交完可以关闭页面；结果在“报送记录”里。"

    def get(self) -> HttpResponse:
        return self._page(FileForm(self.who, initial={"item": self.request.GET.get("item", "")}))

    def post(self) -> HttpResponse:
        form = FileForm(self.who, self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self._page(form, 400)
        file, chosen = form.cleaned_data["file"], form.cleaned_data
        try:
            number = lending.act(
                lambda c: uploads.receive(
                    c, self.who, parts.now(), file.chunks(), file.name, chosen["item"], chosen["mode"]
                )
            )
        except Refused as e:
            form.add_error("file", e.sentence)
            return self._page(form, 400)
        take_upload.defer(upload=number)
        return HttpResponseRedirect(reverse("department-upload", args=[number]))

    def _page(self, form: FileForm, status: int = 200) -> HttpResponse:
        return self.page({"form": form, "uploads": lending.ask(self._recent)}, status)

    def _recent(self, c: Connection) -> list[dict[str, Any]]:
        asked = {"provider": self.who.provider, "actor": self.who.name}
        rows = c.cursor(row_factory=dict_row).execute(mending.SQL["uploads"], asked).fetchall()
        names = parts.item_names()
        for r in rows:
            r["item"], r["tag"] = names.get(r["item"], r["item"]), TAGS[r["outcome"] or ""]
            r["state"] = OUTCOMES.get(r["outcome"] or "", r["stage"])
        return rows


def upload_of(c: Connection, number: UUID, who: Who) -> Upload | None:
    try:
        return uploads.load(c, str(number), who)
    except Refused:
        return None


class Progress(Console):
    """How far a file is; at the end what became of it. Asked again every two seconds while it runs."""

    action, title, template = "submission.create", "报送进度", "console/department/progress.html"

    def get(self) -> HttpResponse:
        found = lending.ask(self._load)
        if found is None:
            return error_page(404)
        part = "console/department/progress_part.html" if self.request.headers.get("HX-Request") else ""
        return self.page(found, template=part)

    def _load(self, c: Connection) -> dict[str, Any] | None:
        upload = upload_of(c, self.kwargs["number"], self.who)
        if upload is None:
            return None
        told = verdict(receipts.load(c, upload.submission)) if upload.submission else {}
        state = OUTCOMES.get(upload.outcome, "")
        may_mend = access.may(self.who.role, "submission.mend")
        return {"upload": upload, "item_name": parts.item_name(upload.item), "state": state,
                "may_mend": may_mend, "received": upload.at.astimezone(BEIJING), **told}  # fmt: skip


class Cancel(FormView):
    action, title, submit = "submission.create", "取消这次报送", "确认取消"
    intro = "还没有处理完的可以取消；取消后没有任何改动。"

    def get(self) -> HttpResponse:
        return super().get() if self._there() else error_page(404)

    def post(self) -> HttpResponse:
        return super().post() if self._there() else error_page(404)

    def _there(self) -> bool:
        return lending.ask(lambda c: upload_of(c, self.kwargs["number"], self.who)) is not None

    def done(self, c: Connection, data: dict[str, Any], at: Any) -> None:
        uploads.cancel(c, str(self.kwargs["number"]), self.who, at)

    def about(self) -> dict[str, Any]:
        return {"back": self.target(None)}

    def target(self, answer: Any) -> str:
        return reverse("department-upload", args=[self.kwargs["number"]])
