"""A list entry is in force only while every decision it rests on is; both are read in one snapshot."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from enterprises import AUTHORITY, CENTRE, CODE, NAME, NOW, OUTSIDER, REVIEWER, TODAY, Case
from processes import PATIENCE, until

from sampledistrict.codes import uscc
from xinyong.disclosure import actions, basis, listing_job
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

OTHER = uscc("91", "500152", "YY000777")
SUBJECT = Who("示例甲", "subject", CODE)
DOCUMENT = "潼示列〔2026〕3号"


def entry(case: Case, code: str = CODE, name: str = NAME) -> str:
    """An entry of a list of serious misconduct; its record id."""
    row = {
        "YZ_MC": name, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": code, "YZ_MDMC": "市场监督管理严重违法失信名单",
        "YZ_YJ": "示例依据", "YZ_SY": "示例事由", "YZ_WSH": DOCUMENT, "YZ_LRRQ": "2026-11-19",
        "YZ_GLQX": "2029-11-18", "YZ_JG": "潼南区市场监督管理局", "YZ_JGDM": AUTHORITY,
    }  # fmt: skip
    case.take("YZSX", row)
    return next(r["record"] for r in case.archive(code).records if r["item"] == "YZSX")


def rest(case: Case, record: str, on: str, who: Who = REVIEWER, reason: str = "依此列入", **more: Any) -> Any:
    return actions.mark(case.district.app, who, NOW, "rests_on", [record], reason, value=on, **more)


def mark(case: Case, kind: str, *records: str, **more: Any) -> dict[str, int]:
    return actions.mark(case.district.app, REVIEWER, NOW, kind, records, "理由", "示例依据", **more).marks


def listed(case: Case, **options: Any) -> bool:
    return "YZSX" in case.public(**options).counts


def state(case: Case, record: str) -> str:
    return basis.standing(case.district.app, [record], TODAY, case.district.book)[record].state


@pytest.mark.parametrize(
    ("kind", "more"), [("repair", {}), ("withdrawn", {}), ("shielding", {"until": TODAY})]
)
def test_an_entry_ends_with_the_decision_it_rests_on_and_is_back_with_it(
    case: Case, kind: str, more: dict[str, Any]
) -> None:
    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)
    assert listed(case) and state(case, listing) == "in_force"
    number = mark(case, kind, penalty, **more)[penalty]
    assert not listed(case) and state(case, listing) == "groundless"
    clocks = case.clocks(listing)
    assert clocks["publicity"]["state"] == "groundless"
    assert not any(use["shared"] for use in clocks["sharing"]["purposes"])
    assert "所依据的决定已不再有效" in clocks["measures"]["possible"][0]["sentence"]
    actions.close_mark(case.district.app, REVIEWER, NOW, number, "理由", "示例依据")
    assert listed(case) and state(case, listing) == "in_force"


def test_a_shielding_of_the_decision_that_ran_out_gives_the_entry_back(case: Case) -> None:
    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)
    mark(case, "shielding", penalty, until=TODAY)
    assert not listed(case, today=TODAY)
    assert listed(case, today=TODAY.replace(day=21))


def test_a_decision_that_its_authority_takes_back_by_file_ends_the_entry(case: Case) -> None:
    row = case.make()
    case.take("XZCF", row)
    penalty = next(r["record"] for r in case.archive().records if r["item"] == "XZCF")
    listing = entry(case)
    rest(case, listing, penalty)
    case.take("XZCF", {**row, "操作": "撤销"})
    assert not listed(case) and state(case, listing) == "groundless"


def test_one_of_several_grounds_that_falls_is_enough(case: Case) -> None:
    first, second = (case.penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2))
    listing = entry(case)
    rest(case, listing, first)
    rest(case, listing, second)
    mark(case, "repair", second)
    assert not listed(case)
    kinds = [(m["kind"], m["lost"]) for m in case.clocks(listing)["marks"]]
    assert kinds == [("rests_on", ""), ("rests_on", "repaired")]


def test_the_same_ground_is_entered_once(case: Case) -> None:
    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)
    assert rest(case, listing, penalty).unchanged == (listing,)


def test_others_neither_get_nor_find_an_entry_without_ground_but_its_subject_does(case: Case) -> None:
    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)
    mark(case, "withdrawn", penalty)
    assert "YZSX" not in case.archive(who=OUTSIDER).counts
    for who in (REVIEWER, CENTRE, SUBJECT):
        assert "YZSX" in case.archive(who=who).counts


def test_the_public_lists_follow_the_ground(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_job, "MARKS_AGAIN", 0)  # the entry's own mark is long past
    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)
    _refresh(case)
    assert _in_lists(case, listing)
    number = mark(case, "repair", penalty)[penalty]
    _refresh(case)
    assert not _in_lists(case, listing)
    actions.close_mark(case.district.app, REVIEWER, NOW, number, "理由", "示例依据")
    _refresh(case)
    assert _in_lists(case, listing)


def _refresh(case: Case) -> None:
    assert not listing_job.catch_up(case.district.book, TODAY, NOW).busy


def _in_lists(case: Case, record: str) -> bool:
    return bool(case.district.one("SELECT count(*) FROM public_listing WHERE record_id = %s::uuid", [record]))


def test_two_decisions_repaired_at_once_are_never_seen_half(case: Case) -> None:
    """Readers of another connection: both entries stand, or neither."""
    first, second = (case.penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2))
    listing = entry(case)
    rest(case, listing, first)
    other = case.penalty(CF_WSH="潼示罚〔2026〕3号")
    rest(case, other, second)
    whole = {("in_force", "in_force"), ("groundless", "groundless")}
    seen: set[tuple[str, str]] = set()
    over = threading.Event()

    def look() -> None:
        with case.district.connect() as c:
            while not over.is_set():
                found = basis.standing(c, [listing, other], TODAY, case.district.book)
                seen.add((found[listing].state, found[other].state))

    def toggled() -> bool:
        for _ in range(5):
            made = mark(case, "repair", first, second)
            with case.district.app.transaction():
                for number in made.values():
                    actions.close_mark(case.district.app, REVIEWER, NOW, number, "理由", "示例依据")
        return reader.done() or seen >= whole

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(look)
        try:
            until(toggled)
        finally:
            over.set()
        reader.result(PATIENCE)
    assert seen == whole


def test_a_ground_is_another_decision_in_force_of_the_same_subject_and_makes_no_chain(case: Case) -> None:
    case.register(OTHER, "重庆示例丙丁商贸有限公司")
    penalty, listing = case.penalty(), entry(case)
    theirs = case.penalty(
        CF_XDR_SHXYM=OTHER, CF_XDR_MC="重庆示例丙丁商贸有限公司", CF_WSH="潼示罚〔2026〕9号"
    )
    for on, sentence in (
        (theirs, "另一主体"),
        (listing, "不存在"),
        ("0" * 32, "不存在"),
        ("x", "不是记录编号"),
    ):
        with pytest.raises(Refused, match=sentence):
            rest(case, listing, on)
    rest(case, listing, penalty)
    third = case.penalty(CF_WSH="潼示罚〔2026〕5号")
    with pytest.raises(Refused, match="自身又依据"):
        rest(case, third, listing)
    with pytest.raises(Refused, match="已有记录依据本条"):
        rest(case, penalty, third)
    mark(case, "repair", third)
    with pytest.raises(Refused, match="不再有效"):
        rest(case, listing, third)


def test_only_who_decided_the_entry_says_what_it_rests_on(case: Case) -> None:
    penalty, listing = case.penalty(), entry(case)
    for who in (OUTSIDER, Who("信息员示例", "department", AUTHORITY, purpose="试"), SUBJECT):
        with pytest.raises(NotPermitted):
            rest(case, listing, penalty, who)
    with pytest.raises(Refused, match="函件"):
        rest(case, listing, penalty, CENTRE)
    rest(case, listing, penalty, CENTRE, basis="潼市监函〔2026〕5号")
