"""Response headers that keep a page to itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from xinyong.foundation.sessions import SEEN

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


SEEN_EVERY = 60  # seconds; noting every request would make every page a write


class SessionClock:
    """Notes that a session is in use, so that it ends only when it is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            now = time.time()
            if SEEN in request.session and now - request.session[SEEN] > SEEN_EVERY:
                request.session[SEEN] = now
        return self.get_response(request)


class ContentSecurity:
    """Everything a page loads comes from this site, and nothing frames it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return secured(self.get_response(request))


def secured(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
