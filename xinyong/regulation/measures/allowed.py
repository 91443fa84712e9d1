"""Which measures the rules allow to rest on a record, and of the others why not: 法无授权不可为.

A measure against a natural person is not registered here: what was decided about persons stays with the organ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.windows import MeasureLine
from xinyong.disclosure.basis import Standing
from xinyong.disclosure.measures import ENDED, rule_of
from xinyong.kernel.errors import Refused
from xinyong.kernel.measures import MeasureRule


@dataclass(frozen=True, slots=True)
class Option:
    """A line of measures.yaml for a record's item. `no`: why it may not rest on that record; None: it may."""

    line: MeasureLine
    rule: MeasureRule
    no: Refused | None


def law_of(line: MeasureLine, book: Rulebook) -> MeasureRule:
    """The rule, its law called by title and number."""
    rule, law = rule_of(line, book), book.instruments.get(line.basis.instrument)
    return replace(rule, instrument=f"《{law.title}》（{rule.instrument}）") if law else rule


def options(s: Standing, decided: date, book: Rulebook) -> list[Option]:
    """Every measure the rulebook knows for records of this item, those that are possible first."""
    lines = [line for line in book.measures if line.item == s.item]
    found = [Option(line, law_of(line, book), refusal(line, s, decided, book)) for line in lines]
    return sorted(found, key=lambda o: o.no is not None)


def line_of(rule: str, book: Rulebook) -> MeasureLine:
    """Refused: the rulebook has no such measure."""
    found = next((line for line in book.measures if line.id == rule), None)
    if found is None:
        raise Refused("measure_unknown", f"规则库里没有措施“{rule}”；请从这条记录可以采取的措施中选择。")
    return found


def refusal(line: MeasureLine, s: Standing, decided: date, book: Rulebook) -> Refused | None:
    """Why this measure, decided on that day, may not rest on this record."""
    rule = law_of(line, book)
    if s.item != line.item:
        return Refused("measure_item", f"“{line.name}”不能以这类信息为依据；请选择“{line.item}”的记录。")
    if not rule.in_force(decided):
        return Refused(
            "measure_rule_day", f"“{line.name}”的依据在决定日 {decided} 没有施行；请核对决定日期。"
        )
    if line.confidence == "sample":
        return Refused(
            "measure_sample",
            f"“{line.name}”的依据还是样例，没有核对到正式条文，不能据以登记措施；请先由信用中心在规则库中核实。",
        )
    if not line.shown:
        return Refused(
            "measure_untold", f"“{line.name}”不在这里登记：{line.note or '目录没有可以核对的字段'}。"
        )
    if line.when is not None and not line.when.holds(s.values):
        return Refused(
            "measure_when",
            f"这条记录不符合“{line.name}”的条件（{rule.instrument}{rule.article}）；请核对记录的处罚依据、类别或名单名称。",
        )
    return None


def not_of_a_person(natural: bool) -> None:
    """Refused: it is against a natural person."""
    if natural:
        raise Refused(
            "measure_person", "对自然人的措施不在这里登记；请按本部门的规定另行保管决定书，本次没有登记。"
        )


def stands(s: Standing) -> None:
    """Refused: the record is a natural person's, or is itself no longer in force."""
    not_of_a_person(s.natural)
    if s.state != "in_force":
        raise Refused(
            "measure_basis_ended", f"所依据的记录{ENDED[s.state]}，不能再作为措施的依据；本次没有登记。"
        )


def of_all(line: MeasureLine, records: Sequence[Standing], decided: date, book: Rulebook) -> None:
    """Refused: one of the records can't bear this measure, or was itself decided later."""
    for s in records:
        stands(s)
        if no := refusal(line, s, decided, book):
            raise no
        if s.decided and s.decided > decided:
            raise Refused(
                "measure_before_basis",
                f"措施的决定日期 {decided} 早于所依据的决定（{s.decided}）；请核对决定书上的日期。",
            )


__all__ = ["Option", "law_of", "line_of", "not_of_a_person", "of_all", "options", "refusal", "stands"]
