"""Registers behind the three clocks: which window applies, what settles a degree, what may be shared for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from xinyong.catalog.model import Basis, Condition, Confidence

FEN_PER_WAN = 1_000_000  # 万元 → 分


@dataclass(frozen=True, slots=True)
class PublicityLine:
    """A line of publicity.yaml: for such records, on such a channel, the periods of a dated rule."""

    id: str
    name: str
    channel: Literal["credit_china", "gsxt"]
    rule: str  # id of the rule in rules.yaml
    confidence: Confidence
    order: int = 500
    items: tuple[str, ...] = ()
    degrees: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    kinds_only: tuple[str, ...] = ()
    kinds_any: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    fine_at_most: str = ""  # 万元
    publish: Literal["", "yes", "no", "if_needed"] = ""  # "": as the rule says
    note: str = ""

    @property
    def fine_in_fen(self) -> int | None:
        return int(Decimal(self.fine_at_most) * FEN_PER_WAN) if self.fine_at_most else None


@dataclass(frozen=True, slots=True)
class DegreeRule:
    """A line of degrees.yaml: what degree such a record has. Only 轻微 may be settled without a person."""

    id: str
    name: str
    item: str
    degree: str
    settles: bool
    when: Condition
    basis: Basis
    confidence: Confidence
    order: int = 500
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SharingLine:
    """A line of sharing.yaml: what a purpose may have."""

    id: str
    name: str
    purpose: str
    basis: Basis
    confidence: Confidence
    procedures_excluded: tuple[str, ...] = ()
    degrees_excluded: tuple[str, ...] = ()
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A line of measures.yaml: a measure that may rest on such records. `shown` False: no field tells, so only a person."""

    id: str
    name: str
    item: str
    follows: Literal["basis", "own_term"]
    least: int | None  # months
    most: int | None
    organ: str  # who may impose it
    basis: Basis
    confidence: Confidence
    lifted_by: tuple[str, ...] = ()  # empty: whatever ends the record
    when: Condition | None = None
    shown: bool = True
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""


def tuples(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A raw entry with its lists frozen."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
