"""The training: voluntary, tested, certified to who took it and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import CLERK, CODE, NEIGHBOUR, NOW, OTHER, OTHER_NAME, OWNER, TODAY, Desk, registered
from signing_in import open_account, signed_in

from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights.repair import training


def right(desk: Desk, wrong: int = 0) -> dict[str, int]:
    asked = training.questions(desk.book, TODAY)
    return {q.id: q.answer + 1 if n < wrong else q.answer for n, q in enumerate(asked)}


def test_every_question_has_its_answer_among_its_options(desk: Desk) -> None:
    asked = training.questions(desk.book, TODAY)
    assert len(asked) >= 5 and all(1 <= q.answer <= len(q.options) and q.why for q in asked)


def test_four_of_five_pass(desk: Desk) -> None:
    for wrong, passed in ((2, False), (1, True), (0, True)):
        outcome = training.take(desk.c, OWNER, NOW, right(desk, wrong), desk.book)
        assert bool(outcome.number) is passed and len(outcome.wrong) == wrong
    assert len(training.certificates(desk.c, "uscc", CODE)) == 2


def test_how_much_has_to_be_right_is_a_rule_of_the_rulebook(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (str(desk.book.value(training.PASSES, TODAY)), desk.book.rule(training.PASSES, TODAY).confidence) == (
        "0.80", "sample",
    )  # fmt: skip
    monkeypatch.setattr(training, "PASSES", "REPAIR_TARGET")  # nine of ten
    assert training.take(desk.c, OWNER, NOW, right(desk, 1), desk.book).number == ""


def test_an_empty_sheet_is_refused_and_staff_have_no_test(desk: Desk) -> None:
    with pytest.raises(Refused, match="没有作答"):
        training.take(desk.c, OWNER, NOW, {}, desk.book)
    with pytest.raises(NotPermitted):
        training.take(desk.c, CLERK, NOW, right(desk), desk.book)


def test_a_certificate_is_its_owners_alone(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))

    def person(name: str, code: str) -> Any:
        return signed_in(open_account("subject", name, subject_code=code))

    owner, neighbour = person("示例企业", CODE), person(NEIGHBOUR.name, OTHER)
    answer = owner.post("/own/training", {k: str(v) for k, v in right(site).items()})
    [one] = training.certificates(site.c, "uscc", CODE)
    assert f"/own/training/{one.number}" in answer.content.decode()
    assert "成绩合格" in owner.get(f"/own/training/{one.number}").content.decode()
    assert neighbour.get(f"/own/training/{one.number}").status_code == 404
    assert "没有作答" in owner.post("/own/training", {}).content.decode()


def test_a_lesson_that_no_text_we_have_seen_gives_says_so(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    owner = signed_in(open_account("subject", "示例企业", subject_code=CODE))
    shown = owner.get("/own/training").content.decode()
    assert "办理信用修复都不收费。（样例，待确认）" in shown
    assert "（谁认定、谁修复）。</p>" in shown
