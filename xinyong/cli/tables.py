"""Readable screens for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item, Provider
from xinyong.collection.messages import text_of

DISCLOSURES = {"public": "社会公开", "government": "政务共享", "authorised": "授权查询"}
CONFIDENCE = {"seen": "", "seen_in_report": "见于报道", "sample": "样例，待确认"}
FATES = (
    ("new", "新增"), ("duplicates", "重复"), ("corrected", "更正"), ("revoked", "撤销"), ("held", "待核"),
    ("rejected", "退回"),
)  # fmt: skip


def receipt_table(r: Any) -> Table:
    title = f"回执 批次 {r.submission} · {r.item} · {r.filename}"
    table = Table(
        title=title + ("（与以前报送的完全相同，未作改动）" if r.already_received else ""), show_header=False
    )
    table.add_row("行数", f"{r.rows:,}")
    for name, text in FATES:
        table.add_row(text, f"{getattr(r, name):,}")
    table.add_row("其中有提示", f"{r.warnings:,}")
    table.add_row("其中迟报", f"{r.late:,}")
    table.add_row("文件 SHA-256", r.sha256)
    table.add_row("用时（秒）", f"{r.seconds:.1f}")
    for rule, count in list(r.rules.items())[:20]:
        table.add_row(f"· {rule}", f"{count:,}")
    return table


def show_archive(out: Console, a: Any) -> None:
    if not a.found:
        out.print("没有可以公开的信用信息。")
        return
    s = a.subject
    out.print(f"[bold]{s['name']}[/bold]  {s['code'] or ''}  {s['kind']}  {s['status']}")
    out.print(f"截至 {a.as_of}，身份 {a.asked_as}，依据：{a.ground}")
    for former in a.names[1:]:
        out.print(f"曾用名：{former['name']}", markup=False)
    for record in a.records:
        table = Table(
            title=f"{record['item_name']}  {record['decided'] or ''}", show_header=False, title_justify="left"
        )
        for name, value in record["fields"].items():
            table.add_row(name, value)
        out.print(table)


def search_table(found: list[dict[str, Any]]) -> Table:
    table = Table("名称", "代码", "类别", "状态", "曾用名")
    for s in found:
        table.add_row(s["name"], s["code"] or "", s["kind"], s["status"], "、".join(s["former_names"]))
    return table


def item_summary(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "version": item.version,
        "in_force_from": item.in_force_from.isoformat(),
        "category": item.category,
        "fields": len(item.fields),
        "disclosure": item.disclosure,
        "confidence": item.confidence,
        "source": item.source,
    }


def item_json(item: Item, book: Rulebook) -> dict[str, Any]:
    """Everything about an item, its bases spelled out."""
    found: dict[str, Any] = asdict(item)
    used = {b.instrument for b in item.basis}
    found["instruments"] = {i: asdict(book.instruments[i]) for i in sorted(used)}
    return found


def items_table(items: Iterable[Item]) -> Table:
    table = Table("代码", "名称", "字段", "公开", "频率", "可信度")
    for i in items:
        row = (i.code, i.name, str(len(i.fields)), DISCLOSURES[i.disclosure], i.frequency)
        table.add_row(*row, CONFIDENCE[i.confidence])
    return table


def provider_json(p: Provider) -> dict[str, Any]:
    return asdict(p)


def providers_table(found: Iterable[Provider]) -> Table:
    table = Table("编号", "名称", "统一社会信用代码", "可信度")
    for p in found:
        table.add_row(p.id, p.name, p.code, CONFIDENCE[p.confidence])
    return table


def show_item(out: Console, item: Item, book: Rulebook) -> None:
    out.print(
        f"[bold]{item.code} {item.name}[/bold]  {item.version} 版，{item.in_force_from} 起  {item.category}"
    )
    for b in item.basis:
        i = book.instruments[b.instrument]
        out.print(f"依据：{i.title}（{i.number}）{b.article}  {CONFIDENCE[i.confidence]}", markup=False)
    table = Table("字段", "名称", "类型", "长度", "必填", "公开", "可信度")
    for f in item.fields:
        needed = "必填" if f.required is True else ("条件" if f.required else "")
        row = (f.code, f.name, f.type, str(f.length or ""), needed, DISCLOSURES[f.disclosure])
        table.add_row(*row, CONFIDENCE[f.confidence])
    out.print(table)
    for check in item.row_checks:
        out.print(f"{check.rule}：{text_of(check.rule, item)[0]}", markup=False)
