"""What the public reads beside the pages themselves: search, feeds, files."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import IntegerField
from django.db.models.functions import Cast
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from wagtail.models import Page, ReferenceIndex

from xinyong.kernel.errors import Refused
from xinyong.website.content.models import PER_PAGE, Article, File, StaticPage
from xinyong.website.content.roles import may_enter
from xinyong.website.pages import page

LONGEST = 50
INLINE = ("video/mp4", "video/webm", "text/vtt")
BLOCK = 64 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
"""One range only: players ask for no more (RFC 9110 14.1.2)."""


@page
def search(request: HttpRequest) -> HttpResponse:
    """站内检索 over articles and fixed pages."""
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"words": text, "section": "content"}
    if len(text) > LONGEST or not text.isprintable():
        raise Refused("bad_text", f"检索内容过长或含有不能识别的字符；请输入不超过 {LONGEST} 字的词。")
    if text:
        found = Page.objects.live().type(Article, StaticPage).search(text)
        context["found"] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["hits"] = _with_columns(_written(context["found"]))
    response = render(request, "content/search.html", context)
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


def _written(found: Any) -> list[Page]:
    """The written pages behind the hits, in one query per kind and in their order."""
    order = [hit.pk for hit in found]
    written = {
        p.pk: p for kind in (Article, StaticPage) for p in kind.objects.filter(pk__in=order).defer("body")
    }
    return [written[number] for number in order if number in written]


def _with_columns(pages: list[Page]) -> list[tuple[Page, str]]:
    titles = dict(
        Page.objects.filter(path__in={p.path[: -Page.steplen] for p in pages}).values_list("path", "title")
    )
    return [(p, titles[p.path[: -Page.steplen]] if isinstance(p, Article) else "") for p in pages]


def shown(kept: Any) -> bool:
    """Whether a published page shows this file or picture."""
    pages = Page.objects.live().values("pk")
    references = ReferenceIndex.get_references_to(kept).annotate(number=Cast("object_id", IntegerField()))
    base = ContentType.objects.get_for_model(Page)
    return references.filter(base_content_type=base, number__in=pages).exists()


@page
def file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """A file of a published article; editors also see those of drafts."""
    kept = get_object_or_404(File, pk=number)
    if kept.filename != name or not (_editor(request) or shown(kept)):
        raise Http404
    kind = mimetypes.guess_type(kept.filename)[0] or "application/octet-stream"
    return _served(request, Path(kept.file.path), kind, kept.filename)


def _editor(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and may_enter(user.role)


def _served(request: HttpRequest, path: Path, kind: str, name: str) -> HttpResponse:
    if not path.is_file():
        raise Http404
    size = path.stat().st_size
    wanted = RANGE.match(request.headers.get("Range", ""))
    response = _part(path, size, wanted) if wanted else FileResponse(open(path, "rb"))
    response.headers["Content-Type"] = kind
    response.headers["Accept-Ranges"] = "bytes"
    disposition = content_disposition_header(kind not in INLINE, name)
    if disposition:
        response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; sandbox"
    return response


def _part(path: Path, size: int, wanted: re.Match[str]) -> HttpResponse | StreamingHttpResponse:
    """206 with the asked stretch; 416 where there is none. `bytes=-n` asks for the last n bytes."""
    first, last = wanted.groups()
    start = int(first) if first else max(size - int(last or 0), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_bytes(open(path, "rb"), start, end - start + 1), status=206)
    response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    response.headers["Content-Length"] = str(end - start + 1)
    return response


def _bytes(source: BinaryIO, start: int, left: int) -> Iterator[bytes]:
    with source:
        source.seek(start)
        while left > 0 and (block := source.read(min(BLOCK, left))):
            left -= len(block)
            yield block


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A scaled picture. Originals, with whatever their camera wrote into them, are never served."""
    folder = (Path(settings.MEDIA_ROOT) / "images").resolve()
    if not name.isprintable():
        raise Http404
    path = (folder / name).resolve()
    if path.parent != folder or not path.is_file():
        raise Http404
    response = FileResponse(open(path, "rb"))
    response.headers["Content-Type"] = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response.headers["Cache-Control"] = "public, max-age=86400"  # a name stands for one picture for ever
    return response
