"""信用修复告知书: handed over together with the decision (两书同达), so that who is punished knows how to end it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.disclosure.rules import cited
from xinyong.rights import limits


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter says; every limit comes from a dated rule. `doubtful`: some of them are samples."""

    subject: str
    document: str
    decided: str
    authority: str
    degree: str
    publicity: str
    earliest: str
    conditions: tuple[str, ...]
    materials: tuple[str, ...]
    channel: str
    limits: tuple[str, ...]
    basis: tuple[str, ...]
    on: date
    doubtful: bool


def compose(
    told: Mapping[str, Any], item: Item, subject: str, authority: str, book: Rulebook, today: date
) -> Letter:
    """Of one record, as disclosure tells insiders."""
    window, degree = told["clocks"]["publicity"], told["clocks"]["degree"]["value"]
    lines = [
        x
        for kind in ("condition", "material", "limit")
        for x in book.case_rules(kind, today)
        if x.case == "repair" and "authority" not in x.parameters  # none of the limits shown is of one office
    ]
    number = item.by_role("doc_no")
    route = next((r for r in book.case_rules("route", today) if r.route == item.repair_route), None)
    cited_once = dict.fromkeys(
        f"{cited(book.instruments.get(x.basis.instrument), x.basis.instrument)}{CONFIDENCE[x.confidence]}"
        for x in lines
        if x.basis.instrument not in ("BXT_SD", "WD_YL")
    )
    return Letter(
        subject=subject,
        document=str(told["fields"].get(number.name, "")) if number else "",
        decided=told["decided"] or "",
        authority=authority,
        degree=degree or "尚未认定",
        publicity=window["sentence"],
        earliest=window["earliest_repair"] or "",
        conditions=tuple(f"{x.name}：{x.text}" for x in lines if x.kind == "condition" and x.check != "in_force"),
        materials=tuple(
            x.name + ("" if x.required else "（需要的才提供）") + (f"：{x.text}" if x.text else "")
            for x in lines if x.kind == "material"
        ),
        channel=route.text if route else "",
        limits=tuple(_limits(book, today)),
        basis=tuple(cited_once),
        on=today,
        doubtful=any(x.confidence == "sample" for x in lines),
    )  # fmt: skip


def _limits(book: Rulebook, today: date) -> list[str]:
    shown = {
        "result": "收到申请之日起 {} 个工作日内反馈结果",
        "accept": "认定单位收到之日起 {} 个工作日内决定是否受理",
    }
    found = {stage: line for stage in shown if (line := limits.line_of(book, "repair", stage, today))}
    return [
        text.format(book.value(found[stage].rule, today)) + CONFIDENCE[found[stage].confidence]
        for stage, text in shown.items()
        if stage in found
    ]


__all__ = ["Letter", "compose"]
