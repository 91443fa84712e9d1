"""/api/v1 and its description."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from xinyong import __version__
from xinyong.website.access import allowed
from xinyong.website.api import asking, callers, handing, paging, problems, recalls
from xinyong.website.faults import note_fault

DESCRIPTION = (
    "查询信用主体与信用档案、检索、目录、报送、信用报告、核验与存证。令牌由信用中心发放：限定用途范围，到期失效。"
    "每次查询都写入查阅日志。出错时返回 application/problem+json：code 固定不变，detail 是一句中文说明。"
)


class Api(NinjaAPI):
    """Every answer passes here: ETag, rate headers, no-store."""

    def create_response(self, request: HttpRequest, data: Any, **more: Any) -> HttpResponse:
        response = super().create_response(request, data, **more)
        return callers.finished(request, paging.tagged(request, response))


api = Api(
    title="信用潼南接口",
    version=__version__,
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("", asking.router)
api.add_router("", handing.router)
api.add_router("", recalls.router)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.of_request(request, error)


@api.exception_handler(HttpError)
def malformed(request: HttpRequest, error: Exception) -> HttpResponse:
    return problems.answer(
        400, "malformed", "请求体读不了；请检查格式（JSON 或 multipart/form-data）后重试。"
    )


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return problems.answer(413, "too_large", f"请求体超过了 {most >> 10:,} KB；请减少内容后重试。")


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return malformed(request, error)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(404, "not_found", "没有这个接口；请对照接口说明。")


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    note_fault(f"{request.method} {request.path}")
    return problems.answer(500, "fault", "平台出错，详情已记录；请稍后重试。")


@allowed("public.api")
def schema(request: HttpRequest) -> HttpResponse:
    from json import dumps

    text = dumps(described(), ensure_ascii=False)
    return HttpResponse(text, content_type="application/vnd.oai.openapi+json;version=3.1")


def described() -> dict[str, Any]:
    """The OpenAPI 3.1 description, with how to present a token."""
    found = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["openapi"] = "3.1.0"
    found.setdefault("components", {})["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "信用中心发放的令牌"},
    }
    found["security"] = [{}, {"bearer": []}]
    for methods in found["paths"].values():
        for told in methods.values():
            _as_problems(told["responses"])
    return found


def _as_problems(responses: dict[Any, Any]) -> None:
    """An error is of the type that RFC 9457 gives it; the library writes its own type everywhere."""
    for status, told in responses.items():
        content = told.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            told["content"] = {problems.TYPE: content["application/json"]}


@allowed("public.api")
def docs(request: HttpRequest) -> HttpResponse:
    from xinyong.website.api.describing import sections

    return render(request, "api/docs.html", {"sections": sections(described()), "description": DESCRIPTION})


def _classified(patterns: list[Any]) -> list[Any]:
    """Each operation has its action inside; the path as a whole is open, so that a walk over pages knows it."""
    for pattern in patterns:
        pattern.callback.action = "public.api"
    return patterns


_urls, _app, _namespace = api.urls
urlpatterns = [
    path("openapi.json", schema, name="api-schema"),
    path("docs", docs, name="api-docs"),
    path("", (_classified(_urls), _app, _namespace)),
]
