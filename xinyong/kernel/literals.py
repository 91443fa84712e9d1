"""Plain strings one of which every match of a pattern must hold: a cheap sieve in front of costly patterns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MOST = 63  # with 65 and more literals the Rust engine gives up its fast search
_WIDEST = 8  # spellings of one literal that ignores case
_ALSO = {"k": "\u212a", "s": "\u017f"}  # other letters that equal these where case is ignored

Literals = frozenset[str]


def required_literals(patterns: Sequence[str]) -> Literals | None:
    """Strings of which every match of any of the patterns holds at least one; None if there are no such."""
    found: set[str] = set()
    for pattern in patterns:
        tree = _parser.parse(pattern)
        best = _of_sequence(tree, bool(tree.state.flags & re.IGNORECASE))
        if best is None:
            return None
        found |= best
    kept = frozenset(one for one in found if not any(other in one for other in found if other != one))
    return kept if 0 < len(kept) <= MOST else None


def _of_sequence(parts: Iterable[Any], ignore_case: bool) -> Literals | None:
    """The best of the sets that the parts of a sequence give."""
    options: list[Literals] = []
    run = ""
    for kind, value in [*parts, (None, None)]:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        options += _spellings(run, ignore_case)
        run = ""
        inner = _of_part(kind, value, ignore_case)
        if inner is not None:
            options.append(inner)
    return max(options, key=_worth, default=None)


def _worth(literals: Literals) -> tuple[int, int]:
    """Longer is rarer, and in Chinese text a Latin letter more so than a character; then fewer is cheaper."""
    return min(sum(3 if char.isascii() else 2 for char in one) for one in literals), -len(literals)


def _of_part(kind: Any, value: Any, ignore_case: bool) -> Literals | None:
    if kind is op.SUBPATTERN:
        _, added, removed, inner = value
        on = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return _of_sequence(inner, on)
    if kind is op.BRANCH:
        return _of_branches(value[1], ignore_case)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
        return _of_sequence(value[2], ignore_case)
    return None


def _of_branches(branches: Iterable[Any], ignore_case: bool) -> Literals | None:
    found = [_of_sequence(branch, ignore_case) for branch in branches]
    if any(one is None for one in found):
        return None
    return frozenset().union(*(one for one in found if one is not None))


def _spellings(run: str, ignore_case: bool) -> list[Literals]:
    """A literal as it may be written; where case is ignored, also its part without case alone."""
    if not run:
        return []
    if not ignore_case:
        return [frozenset({run})]
    plain = max(
        re.findall(r"[^A-Za-z\u0080-\u2fff\ua640-\ud7ff\uf900-\U0010ffff]+", run), key=len, default=""
    )
    found = [frozenset({plain})] if plain else []
    choices = [_cases(char) for char in run]
    if all(choices) and _product(choices) <= _WIDEST:
        found.append(frozenset("".join(chars) for chars in itertools.product(*choices)))
    return found


def _cases(char: str) -> str:
    """A character's spellings; empty where they are not known for sure."""
    if char.isascii() and char.isalpha():
        return char.lower() + char.upper() + _ALSO.get(char.lower(), "")
    return char if char.isascii() or "\u3000" <= char <= "\ua000" else ""


def _product(choices: Sequence[str]) -> int:
    count = 1
    for choice in choices:
        count *= len(choice)
    return count
