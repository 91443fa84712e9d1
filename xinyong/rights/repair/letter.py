"""信用修复告知书: handed over together with the decision (两书同达), so that who is punished knows how to end it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import explaining, publicity
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.disclosure.publicity import Stored
from xinyong.disclosure.rules import CHANNELS, cited
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.rights import limits, routes
from xinyong.rights.notices import channels
from xinyong.rights.repair import conditions

ACTION = "repair.letter"


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter says; every limit comes from a dated rule. `doubtful`: some of them are samples.

    `barred`: why repair is not possible, with the rule that says so; "": nothing known bars it. `platform`: the name of
    the site of which the letter says where it is, `address`: its public address.
    """

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
    code: str = ""  # of an enterprise; never a person's
    what: str = ""
    barred: str = ""
    platform: str = CHANNELS["credit_china"]
    address: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A decision that is being served and not reported yet. `code`: a unified code; "" for a natural person."""

    name: str
    code: str
    natural: bool
    document: str
    decided: date
    what: str
    degree: str = ""


def of_typed(typed: Typed, item: Item, provider: str, authority: str, book: Rulebook, today: date) -> Letter:
    """The same letter as for a record that says so. `provider`: the code of who decided."""
    roles = {
        "authority_code": provider,
        "source_code": provider,
        "authority_name": authority,
        "degree": typed.degree,
    }
    values = {f.code: text for role, text in roles.items() if text and (f := item.by_role(role))}
    stored = Stored(values, typed.decided, None, typed.natural, provider, today)
    told = {"clocks": explaining.for_insiders(publicity.clocks(item, stored, (), today, book), today)}
    found = compose(
        {**told, "fields": {}, "decided": typed.decided.isoformat()}, item, typed.name, authority, book, today
    )
    return replace(found, document=typed.document, what=typed.what, code=typed.code)


def issue(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    item: Item,
    made: Letter,
    text: str,
    book: Rulebook,
    record: str = "",
) -> str:
    """Note that a letter was handed out; gives the digest of its text without blanks, SHA-256 in hex.

    `record`: of which it was made; "": typed in. NotPermitted: the role hands out none. Neither name nor contents are
    written down; who has the letter can show that it was this one.
    """
    permissions.require(book.permissions, who, ACTION)
    digest = sha256("".join(text.split()).encode()).hexdigest()
    told = {
        "item": item.code, "document": made.document, "decided": made.decided, "degree": made.degree, "code": made.code,
        "digest": digest, "rulebook": book.edition.id, "typed": not record, "provider": who.provider,
    }  # fmt: skip
    audit.record(c, who, now, ACTION, record or made.document, told)
    return digest


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
    decided_by = _field(told, item, "authority_name") or authority
    route = routes.line_of(book, item.repair_route, decided_by, today)
    bar = conditions.barring(window, book)
    cited_once = dict.fromkeys(
        f"{cited(book.instruments.get(x.basis.instrument), x.basis.instrument)}{CONFIDENCE[x.confidence]}"
        for x in lines
        if x.basis.instrument not in ("BXT_SD", "WD_YL")
    )
    return Letter(
        subject=subject,
        document=_field(told, item, "doc_no"),
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
        channel=route.text + CONFIDENCE[route.confidence] if route else "",
        limits=tuple(_limits(book, today)),
        basis=tuple(cited_once),
        on=today,
        barred=f"{conditions.BARRED}依据：{bar}。" if bar else "",
        address=channels.address_of_site(),
        doubtful=any(x.confidence == "sample" for x in (*lines, *([route] if route else []))),
    )  # fmt: skip


def _field(told: Mapping[str, Any], item: Item, role: str) -> str:
    f = item.by_role(role)
    return str(told["fields"].get(f.name, "")) if f else ""


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


__all__ = ["Letter", "Typed", "compose", "issue", "of_typed"]
