"""Pages for what went wrong: what, and what to do next. The details go to the fault log, never to a page."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string

from xinyong.website.faults import note_fault
from xinyong.website.middleware import secured

TEXTS = {
    400: ("请求有误", "请检查网址或填写的内容，然后重试。"),
    403: ("不能访问", "这里的内容不对您开放；请返回首页查询公开信息。"),
    404: ("没有这个页面", "网址可能有误或页面已经移走；请返回首页，或在页面上方查询。"),
    405: ("不支持这种访问方式", "本站只供查阅；请从首页重新打开。"),
    413: ("内容过大", "请核对文件，或分成几个文件后重试。"),
    429: ("操作过于频繁", "请稍等几分钟再试。"),
    500: ("网站出错了", "这不是您的操作造成的，详情已记录；请稍后重试。"),
    503: ("暂时不能查询", "数据服务正在恢复；请过几分钟再试。"),
}


def error_page(status: int, sentence: str = "") -> HttpResponse:
    title, advice = TEXTS[status]
    body = render_to_string("site/message.html", {"title": title, "sentence": sentence or advice})
    return secured(HttpResponse(body, status=status, headers={"Cache-Control": "no-store"}))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(403, "页面停留过久或浏览器没有保存网站的标记；请返回上一页刷新后重新提交。")


def too_many(request: HttpRequest) -> HttpResponse:
    return error_page(429)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(404)


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], UnreadablePostError):  # the visitor went away, or sent too slowly
        return error_page(400)
    note_fault(f"{request.method} {request.path}")  # not the query: it may hold somebody's name
    return error_page(500)
