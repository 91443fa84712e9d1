"""What ended leaves no trace: the public's answers are those about a twin that never had the record."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from enterprises import CODE, NAME, NOW, REVIEWER, TODAY, Case

from xinyong.disclosure import actions, ids, queries

TWIN, TWIN_NAME = "91500152YY0001012M", "重庆示例丙丁商贸有限公司"
OLD = {"CF_WSH": "潼示罚〔2026〕99号", "CF_JDRQ": "2026-08-03", "CF_YXQ": "2029-08-03"}
KEPT = {"CF_WSH": "潼示罚〔2026〕7号", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18", "KZ_SXCD": "严重"}


def _mark(kind: str, **more: Any) -> Callable[[Case, str], None]:
    def end(case: Case, record: str) -> None:
        decide("一般")(case, record)
        said = {"reason": "理由", "basis": "依据"} | more
        actions.mark(case.district.app, REVIEWER, NOW, kind, [record], **said)

    return end


def decide(degree: str) -> Callable[[Case, str], None]:
    def end(case: Case, record: str) -> None:
        actions.decide_degree(case.district.app, REVIEWER, NOW, [record], degree, "理由")

    return end


def _revoke(case: Case, record: str) -> None:
    decide("一般")(case, record)
    row = {**case.make(**OLD), "操作": "撤销", "更正撤回原因": "复议撤销"}
    case.district.intake(case.write([row], "revoke.csv"), "XZCF")


def _overrun(case: Case, record: str) -> None:
    _mark("duties", value="unmet")(case, record)


ENDS: dict[str, tuple[dict[str, str], Callable[[Case, str], None], date]] = {
    "window": ({}, decide("一般"), date(2027, 8, 4)),
    "overrun": ({}, _overrun, date(2027, 8, 4)),
    "minor": ({}, decide("轻微"), TODAY),
    "undecided": ({}, lambda case, record: None, TODAY),
    "settled by rule": ({"KZ_CXLB": "简易程序"}, lambda case, record: None, TODAY),
    "repaired": ({}, _mark("repair"), TODAY),
    "repaired upstream": ({"KZ_XFZT": "已修复"}, decide("一般"), TODAY),
    "withdrawn": ({}, _mark("withdrawn"), TODAY),
    "shielded": ({}, _mark("shielding", until=date(2027, 12, 31)), TODAY),
    "revoked": ({}, _revoke, TODAY),
    "annulled": ({"KZ_CXBZ": "撤销", "KZ_CXYY": "复议"}, decide("一般"), TODAY),
    "not for the public": ({"KZ_GKFW": "政务共享"}, decide("一般"), TODAY),
}


def _days(seed: str, today: date) -> list[date | None]:
    draw = random.Random(seed)
    edges = [date(2026, 8, 2), date(2026, 8, 3), date(2026, 8, 4), date(2019, 3, 5), date(2027, 8, 3)]
    drawn = [date(2018, 1, 1) + timedelta(days=draw.randrange(3600)) for _ in range(12)]
    return [None, *(d for d in [*edges, *drawn] if d <= today)]


def _plain(answer: Any) -> str:
    """The answer without what tells one subject from another."""
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True, default=str)
    for mine, shared in ((CODE, "C"), (TWIN, "C"), (NAME, "N"), (TWIN_NAME, "N")):
        text = text.replace(mine, shared)
    found = json.loads(text)
    return json.dumps(_without_numbers(found), ensure_ascii=False, sort_keys=True)


def _without_numbers(found: Any) -> Any:
    if isinstance(found, dict):
        return {k: _without_numbers(v) for k, v in found.items() if k not in ("public_id", "id")}
    return [_without_numbers(v) for v in found] if isinstance(found, list) else found


@pytest.mark.whole
@pytest.mark.parametrize("how", ENDS)
def test_the_public_sees_what_it_sees_of_a_twin_without_the_record(case: Case, how: str) -> None:
    more, end, today = ENDS[how]
    case.register(TWIN, TWIN_NAME)
    case.take("XZCF", case.make(**KEPT))
    case.take(
        "XZCF", {**case.make(**KEPT, CF_XDR_SHXYM=TWIN, CF_XDR_MC=TWIN_NAME), "操作": "新增"}, mode="增量"
    )
    record = case.penalty(**OLD, **more)
    end(case, record)
    for day in _days(how, today):
        asked = {"today": today, "as_of": day}
        assert _plain(case.public(CODE, **asked).as_json()) == _plain(case.public(TWIN, **asked).as_json()), (
            day
        )
        unknown = case.record("f" * 32, **asked).as_json()
        assert case.record(ids.public_id(record), **asked).as_json() == unknown
    app, q = case.district.app, case.question(today=today)
    for mine, its in ((NAME, TWIN_NAME), (CODE, TWIN), (NAME[4:6], TWIN_NAME[4:6])):
        assert _plain(queries.search(app, mine, q)) == _plain(queries.search(app, its, q))
    for text in (OLD["CF_WSH"], "潼示罚"):
        assert queries.search(app, text, q) == []
    every = {record} | {r["record"] for r in case.archive(CODE).records}
    seen = queries.public_records(app, every, q, case.district.book, known_at=10**6)
    assert record not in seen and len(seen) == 2


def test_the_record_was_there_to_be_seen_before_it_ended(case: Case) -> None:
    """Else the twins would be equal for no reason."""
    record = case.penalty(**OLD)
    decide("一般")(case, record)
    assert case.documents(today=date(2027, 8, 3)) == [OLD["CF_WSH"]]
    assert case.documents(today=date(2027, 8, 4)) == []
    assert case.documents(today=date(2027, 8, 4), as_of=date(2026, 12, 1)) == []
    assert case.record(ids.public_id(record)).found
    assert case.record(ids.public_id(record), as_of=date(2026, 8, 2)).found is False


def test_a_natural_persons_penalty_is_collected_and_not_published(case: Case) -> None:
    person = {"CF_XDR_MC": "示例某", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": "",
              "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": "11010519491231002X", "KZ_SXCD": "一般"}  # fmt: skip
    case.take("XZCF", case.make(**person))
    [shown] = case.archive("11010519491231002X").records
    assert "只归集、转报，不公示" in shown["public_reason"]
    assert not case.public("11010519491231002X").found
    assert not case.record(shown["public_id"]).found
