"""A public page: read only, counted, and in part only where htmx asks for the part."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from xinyong.website import lending
from xinyong.website.access import allowed
from xinyong.website.pages import View, page
from xinyong.website.public import visits
from xinyong.website.public.asking import question

gathering = visits.Gathering()


def public_page(kind: str, action: str = "public.read") -> Callable[[View], View]:
    """A view anybody may open; `kind` is the name its visits are counted under."""

    def decorate(view: View) -> View:
        @allowed(action)
        @page
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if request.method == "GET" and response.status_code == 200 and not wants_part(request):
                _count(kind)
            return response

        return counted

    return decorate


def _count(kind: str) -> None:
    due = gathering.note(question().today, kind)
    if due:
        lending.ask(lambda c: visits.add(c, due))


def wants_part(request: HttpRequest) -> bool:
    """htmx replaces a part of the page; when it restores a page from history it needs the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def whole_or_part(
    request: HttpRequest, whole: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The template `whole`, or only its `part` for htmx; caches keep them apart."""
    response = render(request, part if wants_part(request) else whole, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
