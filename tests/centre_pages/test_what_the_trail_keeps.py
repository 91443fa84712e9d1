"""What a page asks for in its address is in the trail for ever: never a person's number; and a refused search says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from centre_desk import CODE, NAME

from sampledistrict.codes import person_id

HERS = person_id("19900307", 7)
MISTYPED = HERS[:-1] + ("1" if HERS[-1] != "1" else "2")
SEARCH = "/console/centre/subjects"


def kept(desk: Any) -> list[str]:
    rows = desk.owner().execute(
        "SELECT detail->>'query' FROM audit_entry WHERE action = 'subject.read' ORDER BY id"
    )
    return [r[0] for r in rows]


@pytest.mark.parametrize("number", [HERS, f"{HERS[:6]} {HERS[6:14]}-{HERS[14:]}", MISTYPED, f"某人{HERS}的"])
@pytest.mark.parametrize("export", [{}, {"export": "csv", "purpose": "核对"}])
def test_a_persons_number_in_a_search_is_masked_in_the_trail(
    desk: Any, clerk: Any, number: str, export: dict[str, str]
) -> None:
    clerk.get(SEARCH, {"q": number, **export})
    found = kept(desk)
    assert len(found) == 1 + bool(export)
    for query in found:
        [q] = parse_qs(query)["q"]
        digits = "".join(sign for sign in q if sign.isalnum())
        assert HERS[6:14] not in digits and "＊" in q


def test_a_firms_code_and_a_name_stay_readable_in_the_trail(desk: Any, clerk: Any) -> None:
    for text in (CODE, NAME):
        clerk.get(SEARCH, {"q": text, "kind": "个体工商户"})
    assert [parse_qs(q) for q in kept(desk)] == [{"q": [t], "kind": ["个体工商户"]} for t in (CODE, NAME)]


def test_what_a_search_refuses_is_told_and_is_not_called_absent(clerk: Any) -> None:
    answer = clerk.get(SEARCH, {"q": "·"})
    said = answer.content.decode()
    assert answer.status_code == 400 and "没有检索内容" in said and "没有找到" not in said
    part = clerk.get(SEARCH, {"q": "·"}, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "没有检索内容" in part.content.decode()


def test_a_refused_search_is_exported_to_nobody(clerk: Any) -> None:
    answer = clerk.get(SEARCH, {"q": "·", "export": "csv", "purpose": "核对"})
    assert answer.status_code == 400 and "没有检索内容" in answer.content.decode()


def test_nothing_found_is_still_told_as_such(clerk: Any) -> None:
    answer = clerk.get(SEARCH, {"q": "示例没有这个名字有限公司"})
    assert answer.status_code == 200 and "没有找到" in answer.content.decode()
