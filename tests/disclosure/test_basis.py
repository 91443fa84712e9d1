"""A list entry is in force only while every decision it rests on is; both are read in one snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from enterprises import AUTHORITY, CENTRE, CODE, NAME, NOW, OUTSIDER, REVIEWER, TODAY, Case
from processes import PATIENCE, until

from sampledistrict.codes import uscc
from xinyong.collection import erasure
from xinyong.disclosure import actions, basis, listing_job, sealed
from xinyong.foundation import erasures
from xinyong.foundation.audit import SYSTEM, Who
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


def test_the_subject_reads_which_decision_by_its_document_and_never_by_a_number_of_the_archive(
    case: Case,
) -> None:
    from xinyong.website.own import telling

    penalty, listing = case.penalty(), entry(case)
    rest(case, listing, penalty)

    def said() -> str:
        answer = case.archive(who=replace(SUBJECT, purpose="本人查询"))
        found = telling.entries(answer, case.district.book, TODAY)
        return "".join(m.text for e in found for m in e.marks if "依据" in m.text)

    assert said() == "依据另一条记录作出：潼示罚〔2026〕1号"
    mark(case, "repair", penalty)
    assert said() == "依据另一条记录作出：潼示罚〔2026〕1号（已不再有效）"


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


# before a record's words are forgotten

REVOKED = {"KZ_CXBZ": "撤销", "KZ_CXYY": "行政复议决定撤销"}
LATER = NOW + timedelta(days=400)


def without_item(book: Any) -> Any:
    """The rulebook after the last version of the penalties has ended."""
    last = replace(book.items["XZCF"][-1], in_force_to=TODAY + timedelta(days=30))
    return replace(book, items={**book.items, "XZCF": (*book.items["XZCF"][:-1], last)})


def erase(case: Case, record: str, book: Any) -> int:
    ground = erasures.Ground("REC_PENALTY", "PIPL", "第四十七条")
    return erasure.erase_record(record, ground, SYSTEM, LATER, book).versions


def seal(case: Case, record: str, book: Any) -> int:
    number = case.district.one("SELECT subject FROM record_version WHERE record_id = %s::uuid", record)
    over = sealed.Ending(record, "XZCF", number, TODAY, "REC_PENALTY", "PIPL", "第四十七条", delete=False)
    with pytest.MonkeyPatch.context() as patched, case.district.owner().transaction():
        patched.setattr(sealed, "load_rulebook", lambda _: book)
        return sealed.seal(case.district.owner(), over, SYSTEM, LATER)


@pytest.mark.parametrize("forget", [erase, seal])
@pytest.mark.parametrize(("said", "left"), [(REVOKED, "withdrawn"), ({}, "gone")])
def test_a_record_of_an_item_that_is_no_longer_in_force_is_forgotten_but_for_its_withdrawal(
    case: Case, forget: Callable[..., int], said: dict[str, str], left: str
) -> None:
    record = case.penalty(**said)
    assert forget(case, record, without_item(case.district.book)) == 1
    assert state(case, record) == left


def test_a_record_that_can_no_longer_be_read_is_erased(case: Case) -> None:
    record = case.penalty(**REVOKED)
    torn = "UPDATE record_version SET payload = %s WHERE record_id = %s::uuid"
    for payload in ("?", case.district.one("SELECT payload || chr(31) || 'x' FROM record_version "
                                           "WHERE record_id = %s::uuid", record)):  # fmt: skip
        case.district.owner().execute(torn, [payload, record])
        with case.district.connect() as c:
            basis.keep_withdrawal(c, record, SYSTEM, LATER, case.district.book)
    assert erase(case, record, case.district.book) == 1 and state(case, record) == "gone"


def test_what_an_older_version_sealed_is_marked_as_withdrawn_once_if_its_words_said_so(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, silent, torn = (
        case.penalty(CF_WSH=f"潼示罚〔2026〕{n}号", **more)
        for n, more in ((1, REVOKED), (2, {}), (3, REVOKED))
    )
    with monkeypatch.context() as older:
        older.setattr(basis, "keep_withdrawal", lambda *_: None)
        for record in (said, silent, torn):
            seal(case, record, case.district.book)
    case.district.owner().execute("UPDATE sealed_record SET body = 'x' WHERE record_id = %s::uuid", [torn])
    assert state(case, said) == "gone"
    kept = [
        sealed.keep_withdrawals(case.district.app, (said, silent, torn), SYSTEM, LATER, case.district.book)
        for _ in range(2)
    ]
    assert kept == [1, 0]
    assert [state(case, r) for r in (said, silent, torn)] == ["withdrawn", "gone", "gone"]
    case.district.owner().execute(
        "INSERT INTO record_mark (record_id, kind, value, at, actor, role, provider, reason, basis, act, closes)"
        " SELECT record_id, kind, value, at, actor, role, provider, reason, basis, gen_random_uuid(), id FROM record_mark"
    )
    assert state(case, said) == "gone" and not sealed.keep_withdrawals(
        case.district.app, (said,), SYSTEM, LATER, case.district.book
    )
