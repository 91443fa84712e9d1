"""目录管理: the items with their versions, where each comes from and how sure it is; one version; two side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog import drafts
from xinyong.catalog.book import Rulebook
from xinyong.catalog.comparing import WORDS, changes, words
from xinyong.catalog.model import Item
from xinyong.collection import template as words_of
from xinyong.foundation import home
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Row, Text
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

ORIGINS = {"shipped": "随产品", "local": "本地"}
CONFIDENCES = {"seen": "见原文", "seen_in_report": "见于报道", "sample": "样例，待确认"}
CONFIDENCE_TAGS = {"见原文": "good", "见于报道": "plain", "样例，待确认": "warn"}
STATES = {"现行": "good", "未生效": "warn", "已被替代": "plain", "已失效": "plain"}


def state_of(item: Item, book: Rulebook, today: date) -> str:
    if item.in_force_from > today:
        return "未生效"
    if item.in_force_to and item.in_force_to < today:
        return "已失效"
    begun = [i for i in book.items[item.code] if i.in_force_from <= today]
    return "现行" if begun[-1] is item else "已被替代"


def item_address(code: str, begins: date) -> str:
    return reverse("centre-catalogue-item", args=[code, begins.isoformat()])


class Catalogue(MadeList):
    """Every version of every item."""

    action, title, export_action = "catalogue.read", "目录管理", "catalogue.read"
    intro = "目录事项的各个版本。随产品的版本不改动；本地的另立版本，写明生效日期，经两人起草、审核后发布，不需要升级软件。"
    template = "console/centre/catalogue.html"
    columns = (
        Column("code", "代码", link=lambda r: item_address(r["code"], r["begins"])),
        Column("name", "名称"),
        Column("state", "状态", tag=lambda v: STATES[v]),
        Column("begins", "生效日期", "day"),
        Column("origin", "来源", tag=lambda v: "good" if v == "本地" else "plain"),
        Column("confidence", "可信度", tag=lambda v: CONFIDENCE_TAGS[v]),
        Column("fields", "字段", "number"),
        Column("category", "国家目录类别"),
        Column("providers", "提供单位"),
        Column("draft", "草稿"),
    )
    filters = (
        Text("name", "名称", "true"),
        Choice("state", "状态", "true", [(s, s) for s in STATES]),
        Choice("origin", "来源", "true", [(v, v) for v in ORIGINS.values()]),
        Choice("confidence", "可信度", "true", [(v, v) for v in CONFIDENCES.values()]),
    )
    empty = "没有符合条件的事项。"

    def buttons(self) -> list[tuple[str, str]]:
        new = (
            [("新立事项", reverse("centre-catalogue-new"))] if access.may(self.who.role, drafts.EDIT) else []
        )
        return [*new, ("草稿与审核", reverse("centre-drafts"))]

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        told = [c.sentence for c in parts.book().conflicts]
        by_hand = lending.ask(lambda c: drafts.strangers(c, home.local_rulebook()))
        return super().page({**context, "conflicts": told, "by_hand": by_hand}, status, template)

    def made(self, c: Connection) -> list[Row]:
        book, today = parts.book(), parts.today()
        waiting = {d.key: drafts.STATES[d.state] for d in reversed(drafts.listed(c, "item")) if d.open}
        return [_row(i, book, today, waiting) for _, versions in sorted(book.items.items()) for i in versions]


def _row(i: Item, book: Rulebook, today: date, waiting: dict[str, str]) -> Row:
    state = state_of(i, book, today)
    return {
        "code": i.code, "name": i.name, "begins": i.in_force_from, "origin": ORIGINS[i.source],
        "confidence": CONFIDENCES[i.confidence], "fields": len(i.fields), "category": i.category, "state": state,
        "draft": waiting.get(i.code, "") if state != "已被替代" else "",
        "providers": _providers(i, book),
    }  # fmt: skip


def _providers(i: Item, book: Rulebook) -> str:
    """The first of them stands for the others; the item's page has them all."""
    names = [book.providers[p].name for p in i.providers]
    return f"{names[0]}等 {len(names)} 个单位" if len(names) > 1 else "".join(names) or "任何单位"


def version_of(code: str, begins: str) -> Item | None:
    """A version by what stands in its address; None: there is none."""
    try:
        day = date.fromisoformat(begins)
    except ValueError:
        return None
    return next((i for i in parts.book().items.get(code, ()) if i.in_force_from == day), None)


class Version(Console):
    """One version of an item with its fields."""

    action, title, template = "catalogue.read", "目录事项", "console/centre/catalogue_item.html"

    def get(self) -> HttpResponse:
        item = version_of(self.kwargs["code"], self.kwargs["begins"])
        if item is None:
            return error_page(404)
        book = parts.book()
        told = {"title": f"{item.name}（{item.code}）", "item": item, "facts": facts_of(item, book)}
        others = [_other(i, item, book) for i in book.items[item.code]]
        shown = {
            "fields": [field_row(f, item) for f in item.fields],
            "checks": item.row_checks,
            "others": others,
        }
        return self.page({**told, **shown, "buttons": self._buttons(item)})

    def _buttons(self, item: Item) -> list[tuple[str, str]]:
        if not access.may(self.who.role, drafts.EDIT):
            return []
        return [
            ("起草新版", reverse("centre-catalogue-revise", args=[item.code, item.in_force_from.isoformat()]))
        ]


def facts_of(item: Item, book: Rulebook) -> list[tuple[str, str]]:
    late = f"{item.late_after_workdays} 个工作日" if item.late_after_workdays else ""
    facts = [
        ("版本", item.version), ("生效日期", item.in_force_from.isoformat()),
        ("失效日期", item.in_force_to.isoformat() if item.in_force_to else ""), ("来源", ORIGINS[item.source]),
        ("可信度", CONFIDENCES[item.confidence]), ("状态", state_of(item, book, parts.today())),
        ("国家目录类别", item.category), ("规划类别", "、".join(item.plan_classes)),
        ("主体类别", "、".join(item.subject_kinds)), ("公开范围", WORDS[item.disclosure]),
        ("公示方式", WORDS[item.publicity]), ("性质", WORDS[item.polarity]), ("修复途径", WORDS[item.repair_route]),
        ("报送频率", item.frequency), ("报送时限", late), ("保存期限", book.retention[item.retention].name),
        ("业务主键", "、".join(item.business_key)),
        ("提供单位", "、".join(book.providers[p].name for p in item.providers) or "任何单位"),
        ("依据", "；".join(words_of.basis_of(b, book) for b in item.basis)), ("说明", item.description),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


def field_row(f: Any, item: Item) -> dict[str, Any]:
    size = f"，最多 {f.length} 字" if f.length else f"，{f.decimals} 位小数" if f.decimals else ""
    return {
        "code": f.code, "name": f.name, "type": f"{WORDS[f.type]}{size}", "required": words_of.requirement(f, item),
        "code_set": f.code_set or "", "disclosure": WORDS[f.disclosure], "role": f.role or "", "note": f.note,
        "confidence": CONFIDENCES[f.confidence], "tag": CONFIDENCE_TAGS[CONFIDENCES[f.confidence]],
    }  # fmt: skip


def _other(other: Item, item: Item, book: Rulebook) -> dict[str, Any]:
    begins = other.in_force_from.isoformat()
    asked = f"?with={item.in_force_from.isoformat()}"
    diff = reverse("centre-catalogue-diff", args=[item.code, begins]) + asked
    return {
        "begins": begins, "version": other.version, "origin": ORIGINS[other.source], "here": other is item,
        "state": state_of(other, book, parts.today()), "tag": STATES[state_of(other, book, parts.today())],
        "address": item_address(item.code, other.in_force_from), "diff": "" if other is item else diff,
    }  # fmt: skip


class Diff(Console):
    """Two published versions of an item, the earlier one first."""

    action, title, template = "catalogue.read", "版本对比", "console/centre/catalogue_diff.html"

    def get(self) -> HttpResponse:
        code = self.kwargs["code"]
        found = [version_of(code, text) for text in (self.kwargs["begins"], self.request.GET.get("with", ""))]
        if None in found:
            return error_page(404)
        one, other = sorted((i for i in found if i), key=lambda i: i.in_force_from)
        raws = [drafts.raw_item(home.local_rulebook(), code, i.in_force_from) for i in (one, other)]
        told = {"title": f"{other.name}（{code}）版本对比", "changes": changes(raws[0], raws[1] or {})}
        shown = {"before": one, "after": other, "back": item_address(code, other.in_force_from)}
        return self.page({**told, **shown})


__all__ = ["Catalogue", "Diff", "Version", "words"]
