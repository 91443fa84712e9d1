"""A rule that nothing reads would claim to govern what it does not: each is read, or says that it is for people."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from xinyong.catalog.loading import Rulebook, load_rulebook
from xinyong.kernel.errors import Refused

PACKAGE = Path(__file__).parents[2] / "xinyong"


def named_in_code() -> set[str]:
    """Every text that stands alone somewhere in the code."""
    trees = (ast.parse(p.read_text("utf-8")) for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def named_in_lines(book: Rulebook) -> set[str]:
    """Rules that another register refers to, and those that are found by their channel (`Rulebook.late_limit`)."""
    found = {line.rule for line in book.publicity}
    found |= {line.threshold_rule for periods in book.quality.values() for line in periods}
    for line in (line for periods in book.repair.values() for line in periods):
        found |= {line.rule, str(line.parameters.get("authority", ""))}
    return found | {rule for rule, periods in book.rules.items() if periods[0].channel}


def test_every_rule_is_read_or_says_that_it_is_for_reference_only(book: Rulebook) -> None:
    read = named_in_code() | named_in_lines(book)
    for_people = {rule for rule, periods in book.rules.items() if all(p.reference for p in periods)}
    assert set(book.rules) - read == for_people


def test_a_rule_that_was_overtaken_by_another_register_is_gone(book: Rulebook) -> None:
    """The suspicious fine is the item's own check, an undo ends with the day, rejects files are kept nowhere."""
    assert not {"FINE_SUSPECT", "UNDO_WINDOW"} & set(book.rules)
    assert "SRC_REJECTS" not in book.retention


def test_what_the_sources_leave_open_is_a_sample(book: Rulebook) -> None:
    """45号令's end and shortest period, 107号令's first day, degrees one text does not know, and the free repair."""
    rules = [r for r in book.rules if r.startswith(("PUB_45_", "PUB_107_")) and r != "PUB_107_NONE"]
    assert {book.rules[r][0].confidence for r in rules} == {"sample"} and len(rules) == 7
    lines = {line.id: line for line in book.publicity}
    assert {lines[x].confidence for x in ("T_527_MINOR", "T_36_SPECIAL")} == {"sample"}
    assert lines["T_527_GENERAL"].degrees == ("一般",) and lines["T_36_SERIOUS"].degrees == ("严重",)
    free = [x for periods in book.repair.values() for x in periods if "不收费" in x.text]
    assert {x.confidence for x in free} == {"sample"}


def test_a_limit_for_an_authority_that_no_rule_describes_is_refused(local: Callable[..., Path]) -> None:
    line = (
        "repair:\n  - {id: LIMIT_MINE, kind: limit, case: repair, stage: decide, name: 决定, rule: REPAIR_DECIDE,\n"
        "     parameters: {authority: NO_SUCH_RULE}, basis: {instrument: BXT_SD, article: 试}, confidence: sample}\n"
    )
    with pytest.raises(Refused, match="没有编号为 NO_SUCH_RULE 的规则"):
        load_rulebook(local({"repair.yaml": line}))
