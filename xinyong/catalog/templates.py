"""Templates of notices, as the rulebook has them: dated, and named with their date in every notice made by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from xinyong.catalog.model import Basis, Confidence

PLACE = re.compile(r"\{([a-z][a-z_]*)\}")
OUTSIDE = ("platform", "address")  # all that a text outside the platform may say


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """One period of a template. `kind`: site, or the one text of a channel outside. `page`: a URL name."""

    id: str
    kind: Literal["site", "email", "sms"]
    name: str
    title: str
    body: str
    values: tuple[str, ...]
    in_force_from: date | None
    in_force_to: date | None
    basis: Basis
    confidence: Confidence
    channels: tuple[str, ...] = ()
    page: str = ""
    note: str = ""

    @property
    def version(self) -> str:
        return self.in_force_from.isoformat() if self.in_force_from else "始终"

    @property
    def places(self) -> frozenset[str]:
        return frozenset(PLACE.findall(self.body))

    def filled(self, values: Mapping[str, str]) -> str:
        """The body with its places filled once: what stands in a value is never read as a place."""
        return PLACE.sub(lambda m: values[m[1]], self.body)


__all__ = ["OUTSIDE", "PLACE", "NoticeTemplate"]
