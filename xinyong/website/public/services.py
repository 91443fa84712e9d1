"""Pages that say how to get something done, and what cannot be done here yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xinyong.rights.repair import commitments as public_commitments
from xinyong.website import lending
from xinyong.website.public.answering import public_page
from xinyong.website.public.asking import book, unindexed


@public_page("service")
def services(request: HttpRequest) -> HttpResponse:
    return render(request, "public/services.html", {"section": "services"})


@public_page("service", "public.service")
def report(request: HttpRequest) -> HttpResponse:
    return render(request, "public/service_report.html", {"section": "services"})


@public_page("service", "public.service")
def objection(request: HttpRequest) -> HttpResponse:
    return render(request, "public/service_objection.html", {"section": "services"})


@public_page("service", "public.service")
def repair(request: HttpRequest) -> HttpResponse:
    return render(request, "public/service_repair.html", {"section": "services"})


@public_page("service", "public.service")
def commitments(request: HttpRequest) -> HttpResponse:
    """The promises of those whose repair is being decided: that they are public is a condition of repair."""
    rules = book()
    found = lending.ask(public_commitments.public)
    rows = [(x, known.name if (known := rules.provider_by_code(x.authority)) else x.authority) for x in found]
    response = render(request, "public/commitments.html", {"section": "services", "rows": rows})
    return unindexed(response)


@public_page("help")
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")
