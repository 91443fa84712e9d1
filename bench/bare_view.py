"""The rival of the API: Django with one view that does one indexed SELECT, and nothing else.

No middleware, no login, no permission, no look log. Run by `bench.website` on the server that runs the platform.
"""

from __future__ import annotations

from typing import Any

from xinyong.foundation import setup

setup.django()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import path  # noqa: E402

from xinyong.website import lending  # noqa: E402

QUERY = "SELECT value, public_id FROM credit_subject WHERE scheme = 'uscc' AND value = %s"


def subject(request: HttpRequest, code: str) -> JsonResponse:
    row: Any = lending.ask(lambda c: c.execute(QUERY, [code]).fetchone())
    answer = JsonResponse({"code": row[0], "public_id": str(row[1])})
    answer["Content-Length"] = len(answer.content)  # else each answer comes in chunks
    return answer


urlpatterns = [path("subject/<code>", subject)]
override_settings(MIDDLEWARE=[], ROOT_URLCONF=__name__, DEBUG=False).enable()
application = WSGIHandler()
