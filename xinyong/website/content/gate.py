"""The door of the editors' office: which of its rooms are open, and one transaction per request.

Wagtail's own rights are wider than ours (users, sites, bulk actions, moving, aliases …). What is not listed in
`OPEN` is refused, so that an upgrade of Wagtail opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver

from xinyong.kernel.errors import Refused
from xinyong.website.access import guard
from xinyong.website.content.initial import GROUPS
from xinyong.website.errors import error_page

CLOSED = "这项功能没有开放；撰写、审校和撤下稿件请用左侧菜单。"
View = Callable[..., HttpResponse]
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)
"""Wagtail's editor writes style attributes and shows previews in a frame; scripts stay files of this site."""

OPEN = frozenset(
    """
    wagtailadmin_sprite wagtailadmin_javascript_catalog wagtailadmin_dismissibles
    wagtailadmin_explore_root wagtailadmin_explore wagtailadmin_explore_results
    wagtailadmin_pages:add wagtailadmin_pages:add_subpage wagtailadmin_pages:preview_on_add wagtailadmin_pages:edit
    wagtailadmin_pages:preview_on_edit wagtailadmin_pages:view_draft wagtailadmin_pages:delete
    wagtailadmin_pages:search wagtailadmin_pages:search_results wagtailadmin_pages:usage
    wagtailadmin_pages:workflow_action wagtailadmin_pages:workflow_preview
    wagtailadmin_pages:confirm_workflow_cancellation
    wagtailadmin_pages:workflow_history wagtailadmin_pages:workflow_history_detail
    wagtailadmin_pages:history wagtailadmin_pages:history_results
    wagtailadmin_pages:revisions_view wagtailadmin_pages:revisions_revert wagtailadmin_pages:revisions_compare
    wagtailadmin_choose_page wagtailadmin_choose_page_child wagtailadmin_choose_page_search
    wagtailadmin_choose_page_external_link wagtailadmin_choose_page_anchor_link
    wagtailadmin_tag_autocomplete wagtailadmin_tag_model_autocomplete
    wagtailadmin_editing_sessions:ping wagtailadmin_editing_sessions:release
    wagtailadmin_api:pages:listing wagtailadmin_api:pages:detail
    wagtailimages:index wagtailimages:index_results wagtailimages:add wagtailimages:edit wagtailimages:delete
    wagtailimages:add_multiple wagtailimages:edit_multiple wagtailimages:delete_multiple
    wagtailimages:create_multiple_from_uploaded_image wagtailimages:delete_upload_multiple wagtailimages:image_usage
    wagtailimages_chooser:choose wagtailimages_chooser:choose_results wagtailimages_chooser:chosen
    wagtailimages_chooser:create wagtailimages_chooser:select_format
    wagtaildocs:index wagtaildocs:index_results wagtaildocs:add wagtaildocs:edit wagtaildocs:delete
    wagtaildocs:add_multiple wagtaildocs:edit_multiple wagtaildocs:delete_multiple
    wagtaildocs:create_multiple_from_uploaded_document wagtaildocs:delete_upload_multiple wagtaildocs:document_usage
    wagtaildocs_chooser:choose wagtaildocs_chooser:choose_results wagtaildocs_chooser:chosen wagtaildocs_chooser:create
    content-desk content-review content-withdraw-list content-withdraw
    """.split()
)


ELSEWHERE = {
    "wagtailadmin_home": "content-desk",
    "wagtailadmin_account": "mfa_index",
    "wagtailadmin_logout": "account_logout",
}
"""Rooms of Wagtail's that the platform has of its own."""


def gated(view: View) -> View:
    """Behind `access.allowed`: only an open room, in one transaction, its refusals as pages."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in ELSEWHERE:
            return redirect(ELSEWHERE[name])
        if name not in OPEN:
            return _own_headers(error_page(403, CLOSED))
        return _own_headers(_entered(view, request, *args, **kwargs))

    return wrapped


def door(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Wagtail's addresses behind log-in, second factor, role and `OPEN`."""
    found = list(patterns)
    _gate(found)
    return guard("content.enter", found)


def _gate(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for p in patterns:
        if isinstance(p, URLResolver):
            _gate(p.url_patterns)
        elif not hasattr(p.callback, "action"):
            p.callback = gated(p.callback)


def _entered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    settle(request.user)
    try:
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            return response
    except Refused as e:
        return error_page(e.http_status, e.sentence)


def settle(account: Any) -> None:
    """The groups of an account follow its role: nobody keeps rights of a role that was taken away."""
    wanted = GROUPS.get(account.role)
    held = list(account.groups.values_list("name", flat=True))
    if held != ([wanted] if wanted else []):
        account.groups.set(Group.objects.filter(name=wanted) if wanted else [])


def _own_headers(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"  # previews
    response.headers["Cache-Control"] = "no-store"
    return response
