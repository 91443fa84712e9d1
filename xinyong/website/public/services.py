"""Pages that say how to get something done, and what cannot be done here yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xinyong.website.public.answering import public_page


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


@public_page("help")
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")
