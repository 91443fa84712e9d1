"""核验: genuine or not, issued when, still how things stand — and of a person's report nothing else."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from xinyong.foundation import signing
from xinyong.kernel.errors import Refused
from xinyong.services.creditreport import numbers, profiles, queries
from xinyong.services.creditreport import signing as files
from xinyong.services.creditreport.queries import Verification
from xinyong.website import access, lending
from xinyong.website.public.asking import book, moment, unindexed
from xinyong.website.report.limiting import Limiter

ACTION = "public.verify"
LARGEST = 20 << 20  # bytes of a file handed in
STANDINGS = {
    queries.CURRENT: "报告所载信息至今没有变化。",
    queries.CHANGED: "报告出具后，有关信息已有变化，这份报告现已不再反映最新情况；需要的，请重新申请。",
    queries.UNCLEAR: "目前不能核对报告所载信息是否仍为最新情况；请稍后再试。",
}
BUSY = "核验过于频繁；请一分钟后再试。"
limiter = Limiter(30, 60)


@access.allowed(ACTION)
def start(request: HttpRequest) -> HttpResponse:
    """A form; a number typed there leads to its page."""
    text = request.GET.get("number", "")[:100].strip()
    if not text:
        return _shown(request, {})
    number = numbers.canonical(text)
    if number is None:
        return _shown(request, {"typed": text, "mistyped": True}, 400)
    return HttpResponseRedirect(reverse("verify", args=[number]))


@access.allowed(ACTION)
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What is known of a number; with a file handed in, whether it is the one that was issued."""
    plain = numbers.canonical(number[:100])
    if plain is None:
        return _shown(request, {"typed": number[:100], "mistyped": True}, 404)
    if not limiter.allows(access.origin(request), time.monotonic()):
        return _shown(request, {"busy": BUSY}, 429)
    now, today = moment()
    found = lending.ask(lambda c: queries.verify(c, plain, now, today, book()))
    context: dict[str, Any] = {"typed": numbers.shown(plain), "asked": True, "found": found}
    if found is not None:
        context |= {"shown": numbers.shown(plain), "standing": STANDINGS[found.standing]}
        if request.method == "POST":
            context |= {"same": _same(request, found), "compared": True}
    return _shown(request, context, 200 if found else 404)


def _same(request: HttpRequest, found: Verification) -> bool:
    """Whether the file handed in is byte for byte the PDF or the JSON of this report."""
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile) or not given.size:
        raise Refused("verify_file", "没有收到文件；请选择报告的 PDF 或 JSON 文件后再核对。")
    if given.size > LARGEST:
        raise Refused("verify_file", f"文件超过 {LARGEST >> 20} MB，不会是本平台出具的报告；请核对后重试。")
    digest = sha256()
    for block in given.chunks():
        digest.update(block)
    return digest.hexdigest() in (found.pdf_sha256, found.json_sha256)


def _shown(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    shared = {"section": "services"}
    return unindexed(render(request, "report/verify.html", {**shared, **context}, status=status))


@access.allowed(ACTION)
def public_keys(request: HttpRequest) -> HttpResponse:
    """The public key file, for verification without this site."""
    now, today = moment()
    keys = lending.ask(lambda c: signing.signer(c, now).public_keys())
    issuer = profiles.in_use(book(), today)[0].issuer
    response = HttpResponse(files.key_file(keys, issuer), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="public-keys.json"'
    return response
