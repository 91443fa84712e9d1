"""What the rulebook says of the procedures of the rights floor: their limits, conditions, materials and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from xinyong.catalog.model import Basis, Confidence


@dataclass(frozen=True, slots=True)
class CaseRule:
    """One line of repair.yaml, in force between two dates (both inclusive).

    limit: `stage` of a `case` lasts as many working days as `rule` (of rules.yaml) says; `parameters.authority` names
    the rule whose value stands in the names of the only authorities it is for, in place of everybody's line.
    condition: `check` names what the machine compares; it shows the outcome and decides nothing.
    material: what an application needs; `required` ones hold up its going on.
    lesson, question: of the training; `parameters` of a question: options, and the number of the right one from 1.
    route: to whom records of items with this `route` are applied for; `ours`: to the deciding department, here. With
    `parameters.authority` (as for a limit) only what such authorities decided, in place of route `parameters.instead_of`.
    """

    id: str
    kind: Literal["limit", "condition", "material", "route", "lesson", "question"]
    name: str
    basis: Basis
    confidence: Confidence
    case: Literal["", "repair", "objection"] = ""
    stage: str = ""
    rule: str = ""
    check: str = ""
    route: str = ""
    ours: bool = False
    required: bool = False
    text: str = ""  # for whom it concerns, in a sentence
    parameters: Mapping[str, object] = field(default_factory=dict)
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""


__all__ = ["CaseRule"]
