"""个人信息处理活动记录 (个人信息保护法第五十四条至第五十六条): made from the rulebook, so it can't fall behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Basis, Item, RetentionRule
from xinyong.disclosure.rules import cited

NATURAL = "自然人"
OPEN = {"public": "社会公开", "government": "政务共享", "authorised": "授权查询"}
BASES = {
    "decided": "决定日", "valid_to": "有效期届满", "received": "归集", "created": "建立", "ended": "移出、失效",
}  # fmt: skip
PROTECTION = "证件号码等加密保存并按角色脱敏；按职责或授权查询，逐次记录并向本人显示；日志存证"
AUTHORISED = "经本人授权的金融机构、信用服务机构"


@dataclass(frozen=True, slots=True)
class Activity:
    """One catalogue item with personal data. Texts, in Chinese, as the page and the export show them."""

    item: str
    name: str
    natural: bool  # about natural persons, not only about those who act for an organisation
    fields: str
    sensitive: str
    purposes: str
    basis: str
    recipients: str
    openness: str
    retention: str
    at_end: str
    protection: str
    confidence: str


def activities(book: Rulebook, today: date) -> list[Activity]:
    """Every item of `today` that has personal fields or natural persons as subjects, by code."""
    return [_activity(i, book, today) for i in book.current_items(today) if _personal(i)]


def _personal(item: Item) -> bool:
    return NATURAL in item.subject_kinds or any(f.personal for f in item.fields)


def _activity(item: Item, book: Rulebook, today: date) -> Activity:
    rule = book.retention[item.retention]
    natural = NATURAL in item.subject_kinds
    return Activity(
        item=item.code,
        name=item.name,
        natural=natural,
        fields="、".join(f.name for f in item.fields if f.personal or (natural and f.role == "subject_name")),
        sensitive="、".join(f.name for f in item.fields if f.personal),
        purposes="、".join(["归集、治理", *(s.name for s in book.sharing)]),
        basis="；".join(_basis(b, book) for b in item.basis),
        recipients="、".join(_recipients(item, book, today)),
        openness=OPEN[item.disclosure]
        + ("（自然人的不公示）" if natural and not item.natural_persons_public else ""),
        retention=_kept(rule, book),
        at_end=_at_end(rule, natural),
        protection=PROTECTION,
        confidence=rule.confidence,
    )


def _recipients(item: Item, book: Rulebook, today: date) -> list[str]:
    duties = [f"{d.matter}（{d.name}）" for d in book.duties_on(today) if d.covers(item.code)]
    return [*duties, AUTHORISED]


def _kept(rule: RetentionRule, book: Rulebook) -> str:
    said = f"自{BASES[rule.base]}起 {rule.months} 个月" if rule.months else "不设期限"
    return f"{said}（{_basis(rule.basis, book)}）"


def _at_end(rule: RetentionRule, natural: bool) -> str:
    if rule.months is None:
        return "—"
    if rule.at_end == "delete":
        return "删除"
    return "自然人的删除，单位的转入封存档案" if natural else "转入封存档案"


def _basis(b: Basis, book: Rulebook) -> str:
    return f"{cited(book.instruments.get(b.instrument), b.instrument)} {b.article}"


__all__ = ["Activity", "activities"]
