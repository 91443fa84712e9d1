"""Where everybody who logs in arrives."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from xinyong.website.access import allowed, who
from xinyong.website.console import navigation


@allowed("console.home")
def home(request: HttpRequest) -> HttpResponse:
    """On to the first page of the role."""
    first = navigation.first(who(request).role)
    if first:
        return HttpResponseRedirect(first)
    lines = ["您的角色暂时没有可以打开的页面。需要的，请与安全管理员联系。"]
    return render(request, "console/page.html", {"title": "工作台", "lines": lines})
