"""Editors at their desks, and a hand to write and send in with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

_numbers = count(1)
DEPARTMENT, OTHER = "11500152YY0000239R", "11500152YY00004568"
PROOF = {"checks": ["text", "facts", "rights"], "comment": "无改动"}


@dataclass
class Editor:
    """Somebody logged in, and what it does in the editors' office."""

    account: Any
    client: Any

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(path, data)

    def write(self, title: str, column: str = "dongtai", text: str = "正文", **changes: Any) -> Any:
        """Save a draft through the editor's form; returns the page, None when the form was not accepted."""
        from wagtail.models import Page

        parent = Page.objects.get(slug=column)
        self.answer = self.post(
            f"/content-admin/pages/add/content/article/{parent.pk}/", **form(title, text, **changes)
        )
        return Page.objects.filter(title=title).specific().first()

    def send(self, page: Any, title: str | None = None, text: str = "正文", **changes: Any) -> None:
        given = form(title or page.title, text, slug=page.slug, **changes)
        self.answer = self.post(f"/content-admin/pages/{page.pk}/edit/", **given, **{"action-submit": "1"})

    def review(self, page: Any, action: str = "approve", **changes: Any) -> Any:
        state = current(page)
        return self.post(f"/content-admin/review/{state.pk}/", action=action, **{**PROOF, **changes})


def current(page: Any) -> Any:
    from wagtail.models import TaskState

    return TaskState.objects.filter(workflow_state__object_id=str(page.pk)).order_by("-pk").first()


def fresh(page: Any) -> Any:
    return type(page).objects.get(pk=page.pk)


def rich(text: str) -> str:
    """What the browser's text editor sends."""
    block = {
        "key": "a1",
        "text": text,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": [],
    }
    return json.dumps({"blocks": [block], "entityMap": {}})


def form(title: str, text: str = "正文", *, paragraph: str | None = None, **changes: Any) -> dict[str, Any]:
    """The editor's form with one paragraph."""
    return {
        "title": title,
        "slug": f"wenzhang-{next(_numbers)}",
        "day": "2026-11-20",
        "source": "信用潼南编辑室",
        "summary": "摘要",
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "paragraph",
        "body-0-id": "11111111-1111-4111-8111-111111111111",
        "body-0-value": paragraph or rich(text),
        **changes,
    }
