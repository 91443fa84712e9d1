"""公开作出信用承诺: the promises of those whose applications are being decided, for everybody to read.

A promise stands there from the day the application was found complete until it is decided, so that a repair leaves no
trace. Natural persons' are not published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from xinyong.rights import casework
from xinyong.rights.casework import Case
from xinyong.rights.repair.actions import commitment_public

SHOWN_IN = ("pushed", "accepted", "noticed", "defended")
MOST = 200


@dataclass(frozen=True, slots=True)
class Commitment:
    name: str
    code: str
    on: date
    authority: str


def public(c: psycopg.Connection[Any]) -> list[Commitment]:
    """Newest first."""
    return shown(casework.still_open(c, "repair"))


def shown(cases: Iterable[Case]) -> list[Commitment]:
    found = [k for k in cases if k.state in SHOWN_IN and k.name and commitment_public(k)]
    return [Commitment(k.name, k.value, k.steps[0].day, k.authority) for k in found[:MOST]]


__all__ = ["Commitment", "public"]
