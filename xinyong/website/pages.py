"""What all pages have in common: they are read, they are fresh, and they end in a page whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from xinyong.kernel.errors import Fault, Refused
from xinyong.website.errors import error_page
from xinyong.website.faults import note_fault

View = Callable[..., HttpResponse]
METHODS = ("GET", "HEAD")


def page(view: View) -> View:
    """A view that only reads. Without csrf_exempt a POST would be told of a missing token, not that it is a GET page."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in METHODS:
            return _not_allowed()
        response = _answered(view, request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"  # what may be public changes by the day
        return response

    return wrapped


def _not_allowed() -> HttpResponse:
    response = error_page(405)
    response.headers["Allow"] = ", ".join(METHODS)
    return response


def _answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Refused as e:
        return error_page(e.http_status, e.sentence)
    except (Fault, psycopg.OperationalError):
        note_fault(f"{request.method} {request.path}")
        return error_page(503)
