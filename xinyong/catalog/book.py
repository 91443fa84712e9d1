"""The rulebook as loaded: everything is asked as of a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from xinyong.catalog.casework import CaseRule
from xinyong.catalog.model import (
    CalendarYear,
    CatalogClass,
    CodeSet,
    Conflict,
    DatedRule,
    Duty,
    Edition,
    Item,
    LegalInstrument,
    ProhibitedData,
    Provider,
    QualityFormula,
    ReportProfile,
    RetentionRule,
    RuleValue,
)
from xinyong.catalog.permissions import Action
from xinyong.catalog.templates import NoticeTemplate
from xinyong.catalog.windows import DegreeRule, MeasureLine, PublicityLine, SharingLine
from xinyong.kernel.errors import Refused


@dataclass(frozen=True)
class Rulebook:
    """Shipped edition and local edition together. `conflicts`: where a local file needs a person's look."""

    edition: Edition
    items: Mapping[str, tuple[Item, ...]]  # versions in order of in_force_from
    instruments: Mapping[str, LegalInstrument]
    code_sets: Mapping[str, CodeSet]
    providers: Mapping[str, Provider]
    retention: Mapping[str, RetentionRule]
    prohibited: tuple[ProhibitedData, ...]
    rules: Mapping[str, tuple[DatedRule, ...]]  # in order of in_force_from
    classes: Mapping[str, CatalogClass]
    duties: Mapping[str, tuple[Duty, ...]]
    quality: Mapping[str, tuple[QualityFormula, ...]]
    permissions: Mapping[str, Action]
    publicity: tuple[PublicityLine, ...]  # in the order in which they are tried
    degrees: tuple[DegreeRule, ...]  # likewise
    sharing: tuple[SharingLine, ...]
    measures: tuple[MeasureLine, ...]
    calendar: Mapping[int, CalendarYear]
    report_profiles: Mapping[str, tuple[ReportProfile, ...]]
    notices: Mapping[str, tuple[NoticeTemplate, ...]]
    repair: Mapping[str, tuple[CaseRule, ...]]
    conflicts: tuple[Conflict, ...]

    def item(self, code: str, as_of: date) -> Item:
        """The version of item `code` in force on `as_of`. Refused: unknown item, none in force that day."""
        found = in_force(self._versions(code), as_of)
        if found is None:
            first = self._versions(code)[0].in_force_from
            sentence = f"目录事项 {code} 在 {as_of} 没有有效版本（最早自 {first} 起）。"
            raise Refused("item_not_in_force", sentence + "请核对日期，或补充该时期的目录版本。")
        return found

    def _versions(self, code: str) -> tuple[Item, ...]:
        if code not in self.items:
            known = "、".join(sorted(self.items))
            raise Refused("item_unknown", f"没有代码为“{code}”的目录事项。现有：{known}。请核对事项代码。")
        return self.items[code]

    def current_items(self, as_of: date) -> tuple[Item, ...]:
        """Every item in force on `as_of`, by code."""
        found = (in_force(versions, as_of) for _, versions in sorted(self.items.items()))
        return tuple(item for item in found if item)

    def rule(self, rule_id: str, as_of: date) -> DatedRule:
        """The entry of rule `rule_id` in force on `as_of`. Refused: unknown rule, none in force that day."""
        if rule_id not in self.rules:
            raise Refused(
                "rule_unknown", f"规则库中没有编号为“{rule_id}”的规则，请核对编号或在 rules.yaml 中补充。"
            )
        found = in_force(self.rules[rule_id], as_of)
        if found is None:
            raise Refused(
                "rule_not_in_force",
                f"规则 {rule_id} 在 {as_of} 没有有效的取值，请核对日期或在 rules.yaml 中补充。",
            )
        return found

    def value(self, rule_id: str, as_of: date) -> RuleValue:
        """What rule `rule_id` says on `as_of`; errors as `rule`."""
        return self.rule(rule_id, as_of).value

    def duties_on(self, as_of: date) -> tuple[Duty, ...]:
        """The registered statutory duties in force on `as_of`, by id."""
        found = (in_force(periods, as_of) for _, periods in sorted(self.duties.items()))
        return tuple(duty for duty in found if duty)

    def quality_on(self, as_of: date) -> tuple[QualityFormula, ...]:
        """The formulas of data quality in force on `as_of`, in the order of the file."""
        found = (in_force(periods, as_of) for periods in self.quality.values())
        return tuple(formula for formula in found if formula)

    def late_limit(self, item: Item, decided: date) -> int | None:
        """Working days after the decision within which a record of `item` is in time; None: no limit then.

        The limit belongs to the channel and to the date of the decision
        (发改办财金〔2018〕424号; 总局令第45号第九条).
        """
        if item.late_after_workdays is None:
            return None
        channel = (versions for versions in self.rules.values() if versions[0].channel == item.channel)
        found = [rule.value for versions in channel if (rule := in_force(versions, decided))]
        return next((value for value in found if isinstance(value, int)), None)

    def case_rules(self, kind: str, as_of: date) -> tuple[CaseRule, ...]:
        """The lines of repair.yaml of one kind in force on `as_of`, in the order of the file."""
        found = (in_force(periods, as_of) for periods in self.repair.values())
        return tuple(line for line in found if line and line.kind == kind)

    def provider_by_code(self, code: str) -> Provider | None:
        """The provider with unified social credit code `code`."""
        return next((p for p in self.providers.values() if p.code == code), None)


Dated = TypeVar("Dated", Item, DatedRule, Duty, QualityFormula, ReportProfile, NoticeTemplate, CaseRule)


def in_force(versions: Iterable[Dated], as_of: date) -> Dated | None:
    """The latest version that has begun and not ended on `as_of`."""
    begun = [v for v in versions if v.in_force_from is None or v.in_force_from <= as_of]
    live = [v for v in begun if v.in_force_to is None or as_of <= v.in_force_to]
    return live[-1] if live else None
