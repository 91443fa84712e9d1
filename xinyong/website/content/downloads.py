"""填报模板 for download: the workbook of each catalogue item, as `xinyong template` writes it."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from xinyong.catalog import placing
from xinyong.catalog.model import Item
from xinyong.foundation import home
from xinyong.website.pages import page
from xinyong.website.public.asking import book, today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def items() -> tuple[Item, ...]:
    """The catalogue items in force today, by code."""
    return book().current_items(today())


@page
def template(request: HttpRequest, code: str) -> HttpResponse:
    item = next((i for i in items() if i.code == code), None)
    if item is None:
        raise Http404
    return _sent(
        _workbook(item.code, item.in_force_from.isoformat(), placing.stamp(home.local_rulebook())),
        f"{item.name}填报模板.xlsx",
    )


@lru_cache(maxsize=64)
def _workbook(code: str, edition: str, _changed: int) -> bytes:
    from xinyong.collection.template import template as write

    item = next(i for i in items() if i.code == code)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write(item, book(), path)
        return path.read_bytes()


def _sent(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
