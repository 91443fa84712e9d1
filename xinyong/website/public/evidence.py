"""存证: the log's checkpoints in print, and its tiles as files that never change (C2SP tlog-tiles, height 8).

`/evidence/<tree>` is the prefix a monitor takes: `checkpoint` and `tile/…` stand below it. What a full tile or a
tile of a stated width says never changes, so caches may keep it for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xinyong.foundation.evidence import notes, sealing
from xinyong.foundation.evidence.sealing import Sealed
from xinyong.foundation.evidence.store import Tree
from xinyong.kernel import tiles
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import Algorithm
from xinyong.website import lending
from xinyong.website.access import allowed
from xinyong.website.pages import METHODS
from xinyong.website.public.answering import public_page
from xinyong.website.public.asking import clock

PAGE = 20
FOR_EVER, EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
TILE = re.compile(r"(\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?")
TREES = {"sha256": "SHA-256", "sm3": "SM3"}
File = Callable[..., HttpResponse]


def plain(view: File) -> File:
    """A file for programs: read only, its refusals in one line of text."""

    @allowed("public.read")
    @wraps(view)
    def wrapped(request: HttpRequest, **given: Any) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponse("只能读取。\n", TEXT, 405, headers={"Allow": ", ".join(METHODS)})
        return view(request, **given)

    return wrapped


def _absent(sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", TEXT, 404, headers={"Cache-Control": EACH_TIME})


def _note(sealed: Sealed | None, tree: Algorithm, caching: str) -> HttpResponse:
    if sealed is None or tree not in sealed.notes:
        return _absent("没有这个检查点；公布过的见 /evidence。")
    return HttpResponse(sealed.notes[tree], TEXT, headers={"Cache-Control": caching})


@plain
def checkpoint(request: HttpRequest, tree: Algorithm) -> HttpResponse:
    """The newest, as a signed note."""
    return _note(lending.ask(sealing.last), tree, EACH_TIME)


@plain
def past(request: HttpRequest, tree: Algorithm, size: int) -> HttpResponse:
    """The checkpoint of this size."""
    return _note(lending.ask(lambda c: sealing.of_size(c, size)) if size < 1 << 62 else None, tree, FOR_EVER)


@plain
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys that verify checkpoints, one a line."""
    lines = lending.ask(lambda c: [str(v) for v in notes.verifiers(c, clock())])
    return HttpResponse("".join(f"{line}\n" for line in lines), TEXT, headers={"Cache-Control": EACH_TIME})


@plain
def tile(request: HttpRequest, tree: Algorithm, name: str) -> HttpResponse:
    """A tile that the newest checkpoint covers. What a crash left behind it on the disk is not handed out."""
    asked = _tile(name)
    size = lending.ask(sealing.last).size if asked else 0
    if asked is None or asked[2] > tiles.width(size, asked[0], asked[1]):
        return _absent("没有这个瓦片：写法不对，或者还没有这么多内容。")
    level, number, width = asked
    data = Tree(tree).tile(level, number, width)
    if len(data) != width * tiles.HASH:
        raise Fault("evidence_lost", "存证日志的文件不全；请运行 xinyong ledger rebuild 由数据库重建。")
    return HttpResponse(data, BYTES, headers={"Cache-Control": FOR_EVER})


def _tile(name: str) -> tuple[int, int, int] | None:
    """Level, number and width, if the name is spelled as tiles are."""
    found = TILE.fullmatch(name)
    if found is None:
        return None
    level, number = int(found[1]), int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3] or tiles.WIDTH)
    spelled = tiles.path(level, number, width) == f"tile/{name}"
    return (level, number, width) if spelled and width else None


@public_page("service")
def page(request: HttpRequest) -> HttpResponse:
    """What is published, the newest first."""
    text = request.GET.get("upto", "")
    upto = int(text) if text.isdecimal() and len(text) < 19 else (1 << 62)
    newest, listed = lending.ask(lambda c: (sealing.last(c), sealing.newest(c, upto, PAGE + 1)))
    context = {
        "section": "services",
        "newest": _shown(newest) if newest.size else None,
        "listed": [_shown(s) for s in listed[:PAGE]],
        "before": listed[PAGE].number if len(listed) > PAGE else None,
        "moved": bool(text),
        "address": request.build_absolute_uri(request.path),
        "trees": TREES,
        "origin": notes.origin(),
    }
    return render(request, "public/evidence.html", context)


def _shown(s: Sealed) -> dict[str, Any]:
    roots = [{"tree": a, "name": TREES[a], "root": root.hex()} for a, root in s.roots.items()]
    at = s.at.astimezone(BEIJING) if s.at else None
    return {
        "number": s.number,
        "size": s.size,
        "at": at,
        "roots": roots,
        "short": s.roots["sha256"].hex()[:16],
    }
