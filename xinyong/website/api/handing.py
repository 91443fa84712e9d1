"""Operations that change something: hand in a file, undo it, order a report. A token is needed; keys make retries safe."""

import base64
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile

from xinyong.collection import receipts, uploads
from xinyong.collection.rejects import handed_out
from xinyong.collection.tasks import take_upload
from xinyong.foundation import home, tokens
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.services.creditreport import actions, numbers
from xinyong.website import lending
from xinyong.website.api import problems, schemas
from xinyong.website.api.asking import PROBLEMS
from xinyong.website.api.callers import Caller, operation
from xinyong.website.api.problems import Problem
from xinyong.website.public.asking import book

router = Router()
MODES = ("增量", "全量", "补录")
KEY = (8, 100)  # characters


def _caller(request: HttpRequest) -> Caller:
    return request.caller  # type: ignore[attr-defined,no-any-return]


def once(
    request: HttpRequest, parts: list[bytes], work: Callable[[], tuple[int, dict[str, Any]]]
) -> HttpResponse:
    """With an Idempotency-Key the work is done once; a repetition gets the first answer again.

    A refusal is an answer and is kept; a fault of ours is not, so that it may be tried again.
    """
    key, caller = request.headers.get("Idempotency-Key", ""), _caller(request)
    if not key:
        return _told(*work())
    if not KEY[0] <= len(key) <= KEY[1] or not key.isascii() or not key.isprintable():
        raise Problem(
            422, "idempotency_key", f"Idempotency-Key 应为 {KEY[0]} 至 {KEY[1]} 个可见字符；请改正。"
        )
    digest = _digest([str(request.method).encode(), request.path.encode(), *parts])
    first = lending.act(
        lambda c: c.execute(tokens.SQL["reserve"], [caller.number, key, digest, caller.now]).rowcount
    )
    return _first(caller, key, work) if first else _again(caller, key, digest)


def _digest(parts: list[bytes]) -> bytes:
    h = hashlib.sha256()
    for part in parts:
        h.update(len(part).to_bytes(8, "big") + part)
    return h.digest()


def _first(caller: Caller, key: str, work: Callable[[], tuple[int, dict[str, Any]]]) -> HttpResponse:
    try:
        status, body = work()
    except Refused as e:
        refusal = problems.of_error(e)
        status, body = refusal.status_code, json.loads(refusal.content)
    except BaseException:
        lending.act(lambda c: c.execute(tokens.SQL["forget_answer"], [caller.number, key]))
        raise
    text = json.dumps(body, ensure_ascii=False, default=str)
    lending.act(lambda c: c.execute(tokens.SQL["answer"], [status, text, caller.number, key]))
    return _told(status, body)


def _again(caller: Caller, key: str, digest: bytes) -> HttpResponse:
    row = lending.ask(lambda c: c.execute(tokens.SQL["answered"], [caller.number, key]).fetchone())
    if row is None or (row[1] is None and bytes(row[0]) == digest):
        raise Problem(
            409,
            "in_progress",
            "同一个 Idempotency-Key 的请求正在处理；请稍后查询结果。查询后确认没有办成的，可以换一个新的 Idempotency-Key 重试。",
        )
    if bytes(row[0]) != digest:
        raise Problem(422, "idempotency_mismatch", "这个 Idempotency-Key 已用于另一个请求；请换一个。")
    response = _told(row[1], json.loads(row[2]))
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _told(status: int, body: dict[str, Any]) -> HttpResponse:
    kind = problems.TYPE if status >= 400 else "application/json"
    return HttpResponse(json.dumps(body, ensure_ascii=False, default=str), status=status, content_type=kind)


@router.post(
    "/submissions",
    response={202: schemas.UploadOut, 409: schemas.Problem, **PROBLEMS},
    summary="报送文件",
    tags=["报送"],
)
@operation("api.submit")
def submit(
    request: HttpRequest,
    file: File[UploadedFile],
    item: Form[str],
    mode: Form[str] = "增量",
) -> Any:
    """收到即返回编号，后台入库；用编号查询进度。CSV、XLSX 或 JSON 行。可带 Idempotency-Key。"""
    caller = _caller(request)
    item = item.strip().upper()
    if item not in {i.code for i in book().current_items(caller.today)}:
        raise Problem(422, "unknown_item", f"没有目录事项“{item[:20]}”；请用 /catalog/items 里的代码。")
    if mode not in MODES:
        raise Problem(422, "mode", f"mode 应为 {'、'.join(MODES)} 之一。")

    def work() -> tuple[int, dict[str, Any]]:
        name = file.name or "file"
        number = lending.act(
            lambda c: uploads.receive(c, caller.who, caller.now, file.chunks(), name, item, mode)
        )
        take_upload.defer(upload=number)
        return 202, lending.ask(lambda c: uploads.load(c, number)).as_json()

    return once(request, [item.encode(), mode.encode(), (file.name or "").encode(), _content(file)], work)


def _content(file: UploadedFile) -> bytes:
    h = hashlib.sha256()
    for block in file.chunks():
        h.update(block)
    file.seek(0)
    return h.digest()


@router.get(
    "/submissions/{number}",
    response={200: schemas.UploadOut, **PROBLEMS},
    summary="报送的进度和回执",
    tags=["报送"],
)
@operation("api.submit")
def submission(request: HttpRequest, number: str) -> Any:
    return lending.ask(lambda c: _with_receipt(c, number[:64], _caller(request).who))


def _with_receipt(c: Any, number: str, who: Who) -> dict[str, Any]:
    upload = uploads.load(c, number, who)
    receipt = receipts.load(c, upload.submission).as_json() if upload.submission else None
    return {**upload.as_json(), "receipt": receipt}


@router.get("/submissions/{number}/rejects", response=PROBLEMS, summary="退回与待核表", tags=["报送"],
            openapi_extra={"responses": {200: {"description": "CSV 或 XLSX", "content": {
                "text/csv": {}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {}}}}})  # fmt: skip
@operation("api.submit")
def rejected(request: HttpRequest, number: str, format: str = Query("csv", pattern="^(csv|xlsx)$")) -> Any:
    """改正后原样报送，平台认得出。"""
    caller = _caller(request)
    upload = lending.ask(lambda c: uploads.load(c, number[:64], caller.who))
    if not upload.submission:
        raise Problem(404, "no_submission", "这次报送还没有入库，没有退回表；请先查询进度。")
    submission = upload.submission
    with tempfile.TemporaryDirectory(dir=home.folder("tmp")) as folder:
        path = Path(folder) / f"rejects-{submission}.{format}"
        lending.act(lambda c: handed_out(c, caller.who, caller.now, submission, book(), path))
        return FileResponse(open(path, "rb"), as_attachment=True, filename=path.name)


@router.post(
    "/submissions/{number}/cancel",
    response={200: schemas.UploadOut, **PROBLEMS},
    summary="取消尚未入库的报送",
    tags=["报送"],
)
@operation("api.submit")
def cancel(request: HttpRequest, number: str) -> Any:
    caller = _caller(request)
    lending.act(lambda c: uploads.cancel(c, number[:64], caller.who, caller.now))
    return lending.ask(lambda c: uploads.load(c, number[:64], caller.who)).as_json()


@router.post(
    "/reports",
    response={201: schemas.ReportOut, 409: schemas.Problem, **PROBLEMS},
    summary="出具信用报告",
    tags=["信用报告"],
)
@operation("api.report")
def report(request: HttpRequest, order: schemas.ReportIn) -> Any:
    """PDF 与同内容的签名 JSON，各附分离签名。金融机构凭有效授权；部门依法定职责。"""
    caller = _caller(request)
    given = order.dict()

    def work() -> tuple[int, dict[str, Any]]:
        issued = lending.act(lambda c: _issued(c, caller, given))
        files = {name: base64.b64encode(data).decode() for name, data in issued.files().items()}
        return 201, {"number": numbers.shown(issued.number), "records": issued.records, "files": files}

    return once(request, [request.body], work)


def _issued(c: Any, caller: Caller, given: dict[str, Any]) -> actions.Issued:
    return actions.issue(c, caller.who, actions.Order(**given), caller.now, caller.today, book())


__all__ = ["router"]
