"""The conditions of repair, compared by machine and shown with what was found. No machine decides by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.casework import CaseRule
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.disclosure.rules import cited
from xinyong.kernel.publicity import add_months, months_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the record. `commitment` None: not asked yet."""

    today: date
    commitment: bool | None = None
    revoked_on: date | None = None  # a repair of this subject was withdrawn for false materials


@dataclass(frozen=True, slots=True)
class Condition:
    """`met` None: the machine can't tell, a person has to. `since`: the day from which its rule is in force, if dated."""

    id: str
    name: str
    met: bool | None
    found: str
    basis: str
    since: str = ""

    @property
    def tag(self) -> str:
        return {True: "good", False: "bad", None: "warn"}[self.met]

    @property
    def word(self) -> str:
        return {True: "已具备", False: "不具备", None: "待核实"}[self.met]


Finding = tuple[bool | None, str]
STOPPED = ("repaired", "withdrawn", "groundless")  # nothing is left to repair
BARRED = "适用的规则不许提前停止公示，不能修复。"


def of_record(clocks: Mapping[str, Any], known: Known, book: Rulebook) -> list[Condition]:
    """All conditions of one record. `clocks`: as disclosure tells insiders (`explaining.for_insiders`)."""
    return [_condition(line, clocks, known, book) for line in book.case_rules("condition", known.today)]


def _condition(line: CaseRule, clocks: Mapping[str, Any], known: Known, book: Rulebook) -> Condition:
    bar = barring(clocks["publicity"], book) if line.check == "not_barred" else None
    met, found = (False, BARRED) if bar else CHECKS[line.check](line, clocks, known)
    text = cited(book.instruments.get(line.basis.instrument), line.basis.instrument)
    basis = bar or f"{text} {line.basis.article}{CONFIDENCE[line.confidence]}"
    since = line.in_force_from.isoformat() if line.in_force_from else ""
    return Condition(line.id, line.name, met, found, basis, since)


def barring(window: Mapping[str, Any], book: Rulebook) -> str | None:
    """The rule that keeps a record's publicity from ending early, cited, and how sure it is; None: none does.

    `window`: as disclosure tells insiders. What ends with its removal from a list is not barred: that removal is its
    repair.
    """
    begun = window["begins"] and (window["until"] or window["state"] == "open")
    if not window["rule"] or not begun or window["earliest_repair"] or window["state"] in STOPPED:
        return None
    if any(isinstance(r.value, Mapping) and r.value.get("until_removed") for r in book.rules[window["rule"]]):
        return None
    return f"{window['instrument']} {window['article']}{CONFIDENCE[window['confidence']]}"


def _in_force(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    stopped = {"repaired": "已经修复", "withdrawn": "决定已撤回或撤销"}.get(clocks["publicity"]["state"], "")
    return (False, f"{stopped}，不需要再申请。") if stopped else (True, "没有修复、撤回或撤销过。")


def _min_period(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    earliest, state = clocks["publicity"]["earliest_repair"], clocks["publicity"]["state"]
    if earliest:
        reached = earliest <= known.today.isoformat()
        return reached, f"{earliest} 起可以申请" + ("，已经达到。" if reached else "，还没有达到。")
    if state in ("open", "ended", "overrun"):
        return False, "适用的规则没有提前停止公示的规定。"
    return None, "失信程度、起算日期或适用规则还没有确定，算不出，由认定单位核实。"


def _duties(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    said = [m for m in clocks["marks"] if m["kind"] == "duties"]
    if not said:
        return None, "认定单位还没有登记，由认定单位核实。"
    done = said[-1]["value"] == "met"
    return done, f"认定单位 {said[-1]['at'][:10]} 登记：义务{'已' if done else '未'}履行。"


def _commitment(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    if known.commitment is None:
        return None, "申请时提交承诺书，并同意公开。"
    return known.commitment, "已提交承诺书并同意公开。" if known.commitment else "没有承诺书，或不同意公开。"


def _not_barred(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    """Where no rule bars; see `barring`."""
    if clocks["publicity"]["state"] == "pending":
        return None, "失信程度还没有认定，由认定单位核实。"
    return True, "没有发现不得修复的情形。"


def _no_false_materials(line: CaseRule, clocks: Mapping[str, Any], known: Known) -> Finding:
    if known.revoked_on is None:
        return True, "没有因虚假材料被撤销修复。"
    until = bar_over(line, known.revoked_on)
    if known.today < until:
        return False, f"{known.revoked_on} 因材料虚假或者承诺严重不实被撤销修复，{until} 以前不能再申请。"
    return True, f"{known.revoked_on} 曾被撤销修复，限制已经期满。"


def bar_over(line: CaseRule, revoked_on: date) -> date:
    """The first day on which who handed in false materials may apply again."""
    return add_months(revoked_on, months_of(str(line.parameters["period"])))


def barred(revoked_on: date, today: date, book: Rulebook) -> bool:
    """Whether somebody whose repair was withdrawn for false materials on that day may not apply today."""
    return any(today < bar_over(line, revoked_on) for line in after_false(book, today))


def after_false(book: Rulebook, today: date) -> list[CaseRule]:
    """The conditions in force that who handed in false materials doesn't meet for a time."""
    return [line for line in book.case_rules("condition", today) if CHECKS[line.check] is _no_false_materials]


CHECKS: dict[str, Callable[[CaseRule, Mapping[str, Any], Known], Finding]] = {
    "in_force": _in_force,
    "min_period": _min_period,
    "duties": _duties,
    "commitment": _commitment,
    "not_barred": _not_barred,
    "no_false_materials": _no_false_materials,
}


__all__ = ["BARRED", "Condition", "Known", "after_false", "bar_over", "barred", "barring", "of_record"]
