"""信用修复培训: lessons, a test, a certificate. Voluntary (《规划》: 公益性信用修复培训), and no condition of repair."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.casework import CaseRule
from xinyong.disclosure import authorisations
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.rights.casework import SQL

PASSES = "TRAINING_PASS"


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    options: tuple[str, ...]
    answer: int  # from 1
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wrong`: questions answered wrongly or not at all. `number`: of the certificate; empty: not passed."""

    correct: int
    of: int
    number: str
    wrong: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    number: str
    at: datetime
    correct: int
    of: int


def lessons(book: Rulebook, today: date) -> tuple[CaseRule, ...]:
    return book.case_rules("lesson", today)


def questions(book: Rulebook, today: date) -> list[Question]:
    return [_question(line) for line in book.case_rules("question", today)]


def _question(line: CaseRule) -> Question:
    options, answer = line.parameters["options"], line.parameters["answer"]
    assert isinstance(options, Sequence) and isinstance(answer, int)
    return Question(line.id, line.name, tuple(str(o) for o in options), answer, line.text)


def take(
    c: psycopg.Connection[Any], who: Who, now: datetime, answers: Mapping[str, int], book: Rulebook
) -> Outcome:
    """A subject takes the test. `answers`: question → number of the option chosen, from 1.

    Refused: nothing answered, no questions today. NotPermitted: not a subject.
    """
    permissions.require(book.permissions, who, "own.repair")
    today = day_of(now)
    asked = questions(book, today)
    if not asked or not answers:
        raise Refused("training_empty", "没有作答；请看完课程、选好答案后提交。")
    wrong = tuple(q for q in asked if answers.get(q.id) != q.answer)
    correct = len(asked) - len(wrong)
    passed = correct >= Decimal(str(book.value(PASSES, today))) * len(asked)
    number = str(uuid.uuid4())
    scheme, value = authorisations.grantor_of(who.provider, today)
    told = {"number": number, "correct": correct, "of": len(asked), "passed": passed}
    with c.transaction():
        c.execute(SQL["trained"], {**told, "at": now, "scheme": scheme, "value": value})
        audit.record(c, who, now, "repair.training", number, told)
    return Outcome(correct, len(asked), number if passed else "", wrong)


def certificates(c: psycopg.Connection[Any], scheme: str, value: str) -> list[Certificate]:
    """A subject's own, newest first."""
    return [
        Certificate(*row)
        for row in c.execute(SQL["certificates"], {"scheme": scheme, "value": value}).fetchall()
    ]


__all__ = ["Certificate", "Outcome", "Question", "certificates", "lessons", "questions", "take"]
