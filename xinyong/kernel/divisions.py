"""Which administrative divisions there are, and were: look-up only; the codes come in as an argument.

A unified social credit code keeps the division of the office that registered it, so a code that left the
table long ago is lawful: look up both, and never refuse a code for its division alone (GB/T 2260).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["current", "historical", "unknown"]


@dataclass(frozen=True)
class Regions:
    """Six-digit division codes: those of today, and those that only earlier tables had."""

    current: frozenset[str]
    historical: frozenset[str]

    def standing(self, code: str) -> Standing:
        if code in self.current:
            return "current"
        return "historical" if code in self.historical else "unknown"

    def known(self, code: str) -> bool:
        return code in self.current or code in self.historical
