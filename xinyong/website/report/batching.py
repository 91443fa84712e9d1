"""Batches on the web: a list in, progress, cancel, one archive out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse

from xinyong.kernel.errors import NotPermitted
from xinyong.services.creditreport import batches
from xinyong.services.creditreport.batches import ACTION, Progress
from xinyong.website import access, lending
from xinyong.website.console.base import Connection, Console, FormView
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book
from xinyong.website.report.forms import BatchForm

WATCHING = urlencode({"purpose": "查看本人办理的批次"})


class Batch(FormView):
    action, title, template = ACTION, "批量出具信用报告", "report/batches.html"
    intro = "名单在后台逐个办理，可以离开本页；办完后打包下载，没有出具的列明原因。"
    form_class, submit = BatchForm, "开始办理"

    def make_form(self, data: Any = None) -> BatchForm:
        return BatchForm(data, initial={"purpose": self.who.purpose})

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        form = BatchForm(self.request.POST)
        form.is_valid()
        return batches.order(c, self.who, form.orders(), at, book())

    def target(self, answer: Any) -> str:
        return _address(int(answer))

    def about(self) -> dict[str, Any]:
        found = lending.ask(lambda c: batches.progress(c, self.who))
        return {"batches": found, "watching": WATCHING}


def _address(batch: int) -> str:
    return f"{reverse('report-batch-one', args=[batch])}?{WATCHING}"


class One(Console):
    """How far a batch is."""

    action, title, template = ACTION, "批量报告的进度", "report/batch.html"

    def get(self) -> HttpResponse:
        found = self._found()
        if found is None:
            return error_page(404, "没有这一批，或这一批不是由您办理的；请核对批次号。")
        return self.page(
            {"batch": found, "open": not found.done, "here": _address(found.id), "watching": WATCHING}
        )

    def post(self) -> HttpResponse:
        """Cancel."""
        number = int(self.kwargs["batch"])
        try:
            lending.act(lambda c: batches.cancel(c, number, self.who, datetime.now(UTC)))
        except NotPermitted as no:
            return error_page(404, no.sentence)
        return HttpResponseRedirect(_address(number))

    def _found(self) -> Progress | None:
        found = lending.ask(lambda c: batches.progress(c, self.who, int(self.kwargs["batch"])))
        return found[0] if found else None


@access.allowed(ACTION)
def download(request: HttpRequest, batch: int) -> HttpResponse | StreamingHttpResponse:
    """The archive, decrypted as it goes."""
    asking, now = access.who(request), datetime.now(UTC)
    try:
        blocks = lending.act(lambda c: batches.archive_of(c, batch, asking, now))
    except NotPermitted as no:
        return error_page(404, no.sentence)
    response = StreamingHttpResponse(blocks, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="reports-{batch}.zip"'
    return response
