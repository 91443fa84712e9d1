"""长辈模式: larger type and simpler pages, remembered in a cookie that says nothing else about anybody."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

from xinyong.website.access import allowed
from xinyong.website.errors import error_page

COOKIE = "display"
ELDER = "elder"
YEAR = 365 * 24 * 3600


@allowed("public.read")
@csrf_exempt  # changes nothing but the visitor's own type size
def display(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        response = error_page(405)
        response.headers["Allow"] = "POST"
        return response
    back = HttpResponseRedirect(_came_from(request), status=303)
    if request.POST.get("mode") == ELDER:
        back.set_cookie(
            COOKIE, ELDER, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    else:
        back.delete_cookie(COOKIE, samesite="Lax")
    return back


def _came_from(request: HttpRequest) -> str:
    """The page the button was on, if it is one of ours: a form field would make equal pages differ."""
    page = urlsplit(request.headers.get("referer", ""))
    back = page._replace(scheme="", netloc="", fragment="").geturl()
    ours = page.netloc == request.get_host() and url_has_allowed_host_and_scheme(back, None)
    return back if ours and back.startswith("/") else "/"
