"""RSS: one feed of everything, one per column."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from xinyong.kernel.beijing import BEIJING
from xinyong.website.content.models import Article, Column

MOST = 30


class Everything(Feed):  # type: ignore[misc]
    """The newest articles of all columns."""

    language = "zh-CN"
    title = "信用潼南 · 全部栏目"
    description = "信用中国（重庆潼南）的最新文章。"

    def link(self) -> str:
        return reverse("wagtail_serve", args=[""])

    def items(self) -> Any:
        return Article.objects.live().defer("body").order_by("-day", "-path")[:MOST]

    def item_title(self, item: Article) -> str:
        return item.title

    def item_description(self, item: Article) -> str:
        return f"（虚构示例）{item.summary}" if item.fictional else item.summary

    def item_link(self, item: Article) -> str:
        return reverse("wagtail_serve", args=[item.url_path.split("/", 2)[2]])  # no query per item

    def item_guid(self, item: Article) -> str:
        return f"xinyong-article-{item.pk}"

    item_guid_is_permalink = False

    def item_pubdate(self, item: Article) -> datetime:
        return datetime.combine(item.day, time(), BEIJING)

    def item_author_name(self, item: Article) -> str:
        return item.source


class OfColumn(Everything):
    """The newest articles of one column."""

    def get_object(self, request: HttpRequest, column: str) -> Column:
        return get_object_or_404(Column.objects.live(), slug=column)

    def title(self, obj: Column) -> str:
        return f"信用潼南 · {obj.title}"

    def link(self, obj: Column) -> str:
        return str(obj.url)

    def description(self, obj: Column) -> str:
        return obj.intro

    def items(self, obj: Column) -> Any:
        return obj.articles().defer("body")[:MOST]
