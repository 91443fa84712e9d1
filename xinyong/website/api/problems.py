"""Errors as problem+json (RFC 9457): a stable code and the Chinese sentence, and never a traceback."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from xinyong.kernel.errors import XinyongError

TYPE = "application/problem+json"
TITLES = {
    400: "请求有误", 401: "需要有效的令牌", 403: "没有权限", 404: "没有找到", 405: "不支持这种方法", 409: "正在处理", 410: "已有变化",
    411: "缺少长度", 413: "内容过大", 415: "格式不支持", 422: "内容不符合要求", 429: "请求过于频繁", 500: "平台出错",
    503: "暂时不能提供服务",
}  # fmt: skip
UNKNOWN = ("token_missing", "token_unknown", "token_ended", "token_expired", "token_signs", "replayed")
NOT_FOUND = (
    "no_upload",
    "no_submission",
    "no_subject",
    "no_item",
    "no_report",
    "no_recall",
    "unknown_item",
    "not_found",
)


class Problem(Exception):
    """An answer other than 2xx, decided by the API itself."""

    def __init__(self, status: int, code: str, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.headers = status, code, sentence, headers or {}


def answer(status: int, code: str, sentence: str, headers: dict[str, str] | None = None) -> HttpResponse:
    body: dict[str, Any] = {"type": f"urn:xinyong:problem:{code}", "title": TITLES[status], "status": status}
    body |= {"code": code, "detail": sentence}
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="xinyong"'
    return response


def of_error(error: XinyongError) -> HttpResponse:
    return answer(status_of(error), error.code, error.sentence)


def status_of(error: XinyongError) -> int:
    if error.code in UNKNOWN or error.code.startswith("signature"):
        return 401
    if error.code in NOT_FOUND:
        return 404
    return error.http_status


def of_request(request: HttpRequest, error: Any) -> HttpResponse:
    """What ninja found wrong with parameters: where, and what was expected."""
    told = "；".join(f"{_place(e['loc'])}：{_expected(e)}" for e in error.errors[:10])
    return answer(422, "invalid", f"请求内容不符合要求（{told}）；请对照接口说明改正。")


def _place(loc: Any) -> str:
    names = [str(part) for part in loc if part not in ("query", "body", "path", "form", "file", "header")]
    return ".".join(names) or "请求体"


EXPECTED = {
    "missing": "缺少", "int_parsing": "应为整数", "date_from_datetime_parsing": "应为 2026-03-05 这样的日期",
    "date_parsing": "应为 2026-03-05 这样的日期", "date_from_datetime_inexact": "应为日期", "datetime_parsing": "应为时刻",
    "datetime_from_date_parsing": "应为 2026-03-05T09:30:00+08:00 这样的时刻", "string_too_long": "太长", "string_too_short": "太短",
    "less_than_equal": "太大", "greater_than_equal": "太小", "bool_parsing": "应为 true 或 false", "json_invalid": "不是 JSON",
    "extra_forbidden": "不认识", "literal_error": "不是允许的取值", "string_type": "应为文字", "list_type": "应为列表",
}  # fmt: skip


def _expected(error: Any) -> str:
    return EXPECTED.get(error["type"], "写法不对")
