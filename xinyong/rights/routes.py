"""Through which channel a record is repaired: by its item, and by who decided it; from the dated rules."""

from __future__ import annotations

from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.casework import CaseRule
from xinyong.disclosure.rules import setting

INSTEAD = "instead_of"


def line_of(book: Rulebook, route: str, authority: str, day: date) -> CaseRule | None:
    """The line for items with this `route`: the one made for this authority (its name), else everybody's."""
    made_for = (x for x in book.case_rules("route", day) if x.parameters.get(INSTEAD) == route)
    return next((x for x in made_for if _named(x, authority, book, day)), None) or _everybodys(
        book, route, day
    )


def code_of(book: Rulebook, route: str, authority: str, day: date) -> str:
    """The route itself, as a case keeps it; the item's own where no line is in force."""
    line = line_of(book, route, authority, day)
    return line.route if line else route


def ours(book: Rulebook, route: str, day: date) -> bool:
    """Whether what goes this way is repaired here, by the department that decided."""
    line = _everybodys(book, route, day)
    return line is not None and line.ours


def _everybodys(book: Rulebook, route: str, day: date) -> CaseRule | None:
    lines = book.case_rules("route", day)
    return next((x for x in lines if x.route == route and INSTEAD not in x.parameters), None)


def _named(line: CaseRule, authority: str, book: Rulebook, day: date) -> bool:
    part = str(setting(book, str(line.parameters["authority"]), day))
    return bool(part) and part in authority


__all__ = ["INSTEAD", "code_of", "line_of", "ours"]
