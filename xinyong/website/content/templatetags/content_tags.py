"""What other pages show of the columns."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("content/latest.html", takes_context=True)
def latest_content(context: dict[str, Any], title: str, most: int = 5) -> dict[str, Any]:
    """The newest articles of the column called `title`; two queries. `{% latest_content "信用动态" 5 %}`"""
    from xinyong.website.content.models import Article, Column

    column = Column.objects.live().filter(title=title).first()
    articles: list[Article] = list(column.articles().defer("body")[:most]) if column else []
    return {"column": column, "articles": articles, "request": context.get("request")}
