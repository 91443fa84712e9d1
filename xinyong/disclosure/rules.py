"""The rulebook's lines and dated rules, compiled into what the kernel's clocks take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook, in_force
from xinyong.catalog.model import Basis, DatedRule, LegalInstrument, RuleValue
from xinyong.catalog.windows import PublicityLine, SharingLine
from xinyong.kernel.publicity import DEGREES, Base, PublicityRule, Publish, Ruleset, SharingRule, months_of
from xinyong.kernel.workdays import WorkCalendar

CHANNELS = {"credit_china": "信用中国（重庆潼南）", "gsxt": "国家企业信用信息公示系统"}
PURPOSES = ("evaluation", "screening", "report", "certificate", "certificate_cq")
SWITCH, DEGREE_LIMIT = "PUB_KINDER", "SGS_T1"
_CONFIDENCE = ("sample", "seen_in_report", "seen")  # the least certain first
_compiled: dict[tuple[int, bool, int], tuple[Rulebook, Ruleset]] = {}


def ruleset(book: Rulebook, today: date | None = None) -> Ruleset:
    """The clocks' rules as switched on `today` (None: as last switched); compiled once for each rulebook loaded."""
    key = (id(book), setting(book, SWITCH, today) == "later_if_kinder", _days(book, today))
    known = _compiled.get(key)
    if known is None or known[0] is not book:
        if len(_compiled) > 8:
            _compiled.clear()
        known = _compiled[key] = (book, _compile(book, key[1], key[2]))
    return known[1]


def setting(book: Rulebook, rule: str, today: date | None) -> RuleValue:
    """What a switch of the rulebook says on `today`; the last it said where none is in force."""
    periods = book.rules[rule]
    return ((in_force(periods, today) if today else None) or periods[-1]).value


def degrees_for(book: Rulebook, decided: date | None, today: date) -> tuple[str, ...]:
    """Of which degrees a decision of that day may be, the least serious first.

    One that only rules which have ended know (特定严重 of 2019) is for the decisions of their days; the others stand
    for earlier decisions too, since later rules that are kinder apply to these. None: the day isn't known.
    """
    return tuple(d for d in DEGREES if any(_knows(r, d, decided or today, today) for r in _periods(book)))


def _periods(book: Rulebook) -> Iterator[DatedRule]:
    return (rule for periods in book.rules.values() for rule in periods)


def _knows(rule: DatedRule, degree: str, decided: date, today: date) -> bool:
    if not isinstance(rule.value, Mapping) or rule.value.get("degree") != degree:
        return False
    ended = rule.in_force_to is not None and rule.in_force_to < today
    return not ended or in_force([rule], decided) is not None


def _days(book: Rulebook, today: date | None) -> int:
    limit = setting(book, DEGREE_LIMIT, today)
    return limit if isinstance(limit, int) else 7


def _compile(book: Rulebook, kinder: bool, degree_days: int) -> Ruleset:
    rules = [_rule(line, r, book) for line in book.publicity for r in book.rules[line.rule]]
    sharing = tuple(_sharing(line, book) for line in book.sharing)
    return Ruleset(tuple(rules), sharing, _calendar(book), degree_days, kinder)


def _rule(line: PublicityLine, rule: DatedRule, book: Rulebook) -> PublicityRule:
    value: Mapping[str, Any] = rule.value if isinstance(rule.value, Mapping) else {}
    number, article = _named(book, rule.basis)
    return PublicityRule(
        id=line.id,
        rule=rule.id,
        name=rule.name,
        channel=line.channel,
        instrument=number,
        article=article,
        confidence=_least(line.confidence, rule.confidence),
        publish=_publish(line, value),
        minimum=_minimum(value),
        maximum=_months(value.get("fixed", value.get("max"))),
        base=_base(rule.base),
        auto_end=bool(value.get("auto_stop", True)),
        actual_term=bool(value.get("actual_term")),
        until_removed=bool(value.get("until_removed")),
        in_force_from=rule.in_force_from,
        in_force_to=rule.in_force_to,
        items=line.items,
        degrees=line.degrees,
        domains=line.domains or tuple(value.get("domains", ())),
        kinds_only=line.kinds_only,
        kinds_any=line.kinds_any,
        procedures=line.procedures,
        fine_at_most=line.fine_in_fen,
        note="；".join(n for n in (line.note, rule.note) if n),
    )


def _publish(line: PublicityLine, value: Mapping[str, Any]) -> Publish:
    if line.publish:
        return line.publish
    said = value.get("publish")
    return "no" if said == "no" else "if_needed" if said == "default_no" else "yes"


def _minimum(value: Mapping[str, Any]) -> int | None:
    """Months until repair is possible; 0 as soon as the duties are done."""
    if value.get("repairable") is False:
        return None
    return 0 if value.get("repair_when") == "obligation_done" else _months(value.get("min"))


def _months(period: object) -> int | None:
    return None if period is None else months_of(str(period))


def _base(text: str) -> Base:
    """Rules that don't say from when run from the document's day."""
    return text if text in ("decision_date", "publicity_date") else "instrument_date"  # type: ignore[return-value]


def _sharing(line: SharingLine, book: Rulebook) -> SharingRule:
    number, article = _named(book, line.basis)
    return SharingRule(
        line.id, line.purpose, line.name, number, article, line.confidence, line.in_force_from,
        line.in_force_to, line.procedures_excluded, line.degrees_excluded, line.note,
    )  # fmt: skip


def _named(book: Rulebook, basis: Basis) -> tuple[str, str]:
    return cited(book.instruments.get(basis.instrument), basis.instrument), basis.article


def cited(instrument: LegalInstrument | None, identifier: str) -> str:
    """How a legal text is called in a sentence: its number, or its title where it has none."""
    if instrument is None:
        return identifier
    return instrument.title if instrument.number.startswith("无") else instrument.number


def _least(*confidences: str) -> str:
    return min(confidences, key=_CONFIDENCE.index)


def _calendar(book: Rulebook) -> WorkCalendar:
    years = book.calendar.values()
    return WorkCalendar(
        days_off=frozenset(d for y in years for d in y.days_off),
        workdays=frozenset(d for y in years for d in y.workdays),
        years=frozenset(book.calendar),
    )
