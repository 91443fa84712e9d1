"""The limits of challenges and of persons' requests in words, with how sure the rule behind each is."""

from __future__ import annotations

from datetime import date, datetime

from xinyong.catalog.book import Rulebook, in_force
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.kernel.beijing import day_of
from xinyong.rights.persons import challenges, requests
from xinyong.rights.persons.challenges import Challenge
from xinyong.rights.persons.requests import Request

PROVISIONAL = "（工作日历未公布，暂算）"


def of_request(r: Request, book: Rulebook) -> str:
    return _told(r.due, r.provisional, requests.RULE, r.at, book)


def of_explanation(k: Challenge, book: Rulebook) -> str:
    return _told(k.explain_due, k.provisional, challenges.EXPLAIN_RULE, k.at, book)


def of_answer(k: Challenge, book: Rulebook) -> str:
    return _told(k.due, k.provisional, challenges.RULE, k.at, book)


def how_sure(rule: str, day: date, book: Rulebook) -> str:
    """Of the rule in force on `day`: "" where it was seen."""
    found = in_force(book.rules.get(rule, ()), day)
    return CONFIDENCE[found.confidence] if found else ""


def _told(due: date, provisional: bool, rule: str, begun: datetime, book: Rulebook) -> str:
    sure = how_sure(rule, day_of(begun), book)
    return f"{due}{PROVISIONAL if provisional else ''}{sure}"


__all__ = ["PROVISIONAL", "how_sure", "of_answer", "of_explanation", "of_request"]
