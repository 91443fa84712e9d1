"""信用主体: found, looked at, merged and split by two persons; nothing moves before the second one says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from centre_desk import AT, CODE, NAME, OTHER, OTHER_NAME, exported, rows_of, said
from signing_in import as_role

NOW = datetime.now(UTC)


@pytest.fixture
def two(desk: Any, penalty: Any, write_csv: Any) -> Any:
    """Two subjects with a penalty each."""
    other = {"CF_XDR_SHXYM": OTHER, "CF_XDR_MC": OTHER_NAME, "CF_WSH": "潼示罚〔2026〕2号"}
    desk.intake(write_csv([penalty(), penalty(**other)]), "XZCF")
    return desk


def number(desk: Any, code: str) -> str:
    return str(desk.one("SELECT public_id FROM credit_subject WHERE value = %s", code))


def proposed(desk: Any, clerk: Any, reason: str = "登记机关证明为同一企业") -> str:
    address = f"{AT}subjects/{number(desk, OTHER)}/merge"
    answer = clerk.post(address, {"winner": CODE, "reason": reason})
    assert answer.status_code == 302, said(answer, 400)
    return str(answer.url)


def test_a_subject_is_found_by_name_and_code_and_every_search_is_logged(two: Any, clerk: Any) -> None:
    assert "请在上面写明" in said(clerk.get(AT + "subjects"))
    assert [r[1] for r in rows_of(said(clerk.get(AT + "subjects", {"q": "示例甲乙"})))] == [CODE]
    assert [r[0] for r in rows_of(said(clerk.get(AT + "subjects", {"q": OTHER})))] == [OTHER_NAME]
    assert rows_of(said(clerk.get(AT + "subjects", {"q": "示例", "kind": "个体工商户"}))) == []
    both = rows_of(said(clerk.get(AT + "subjects", {"q": "示例", "sort": "-code"})))
    assert [r[1] for r in both] == sorted([CODE, OTHER], reverse=True)
    looks = two.one("SELECT count(*) FROM look WHERE what = 'search' AND actor = '示例业务员' AND duty <> ''")
    assert looks == 4
    assert OTHER in exported(clerk.get(AT + "subjects", {"q": "示例", "export": "csv", "purpose": "核对"}))


def test_a_subjects_page_shows_who_it_is_and_is_a_look(two: Any, clerk: Any) -> None:
    page = said(clerk.get(f"{AT}subjects/{number(two, CODE)}"))
    assert NAME in page and CODE in page and "行政处罚：1 条" in page and "暂存" in page
    assert two.one("SELECT count(*) FROM look WHERE subject IS NOT NULL AND actor = '示例业务员'") == 1
    assert clerk.get(f"{AT}subjects/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_merge_takes_two_persons_and_is_taken_back_by_two(two: Any, clerk: Any, reviewer: Any) -> None:
    merge = proposed(two, clerk)
    assert len(two.archive(CODE).records) == 1  # nothing yet
    page = said(reviewer.get(merge))
    assert "登记机关证明为同一企业" in page and "批准" in page
    assert reviewer.post(merge + "/approve", {"note": "同意"}).url == merge
    assert len(two.archive(CODE).records) == 2
    whole = said(clerk.get(f"{AT}subjects/{number(two, CODE)}"))
    assert "登记机关证明为同一企业（示例业务员 提出）" in whole and "提出拆分" in whole
    part = said(clerk.get(f"{AT}subjects/{number(two, OTHER)}"))
    assert "已并入" in part and number(two, CODE) in part
    split = clerk.post(f"{AT}subjects/{number(two, OTHER)}/split", {"reason": "证明系误发"}).url
    assert len(two.archive(CODE).records) == 2
    reviewer.post(split + "/approve")
    assert len(two.archive(CODE).records) == 1 and len(two.archive(OTHER).records) == 1
    assert "已拆分" in said(clerk.get(f"{AT}subjects/{number(two, CODE)}"))


def test_nobody_approves_what_they_proposed(two: Any, clerk: Any) -> None:
    from xinyong.collection import subject_proposals
    from xinyong.foundation.audit import Who
    from xinyong.kernel.errors import NotPermitted

    merge = proposed(two, clerk)
    same = Who("示例业务员", "center_reviewer")
    with pytest.raises(NotPermitted) as refused:
        subject_proposals.approve(two.app, same, NOW, two.book, int(merge.rpartition("/")[2]), "")
    assert refused.value.code == "own_proposal" and len(two.archive(CODE).records) == 1
    assert clerk.post(merge + "/approve").status_code == 403


def test_a_refused_and_a_taken_back_proposal_change_nothing(two: Any, clerk: Any, reviewer: Any) -> None:
    first = proposed(two, clerk)
    assert "已有一项合并或拆分在等批准" in said(
        clerk.post(f"{AT}subjects/{number(two, OTHER)}/merge", {"winner": CODE, "reason": "再提"}), 400
    )
    assert 'id="id_note_error"' in said(reviewer.post(first + "/refuse", {"note": ""}), 400)
    assert reviewer.post(first + "/refuse", {"note": "证明不足"}).status_code == 302
    assert "证明不足" in said(clerk.get(first))
    second = proposed(two, clerk)
    assert as_role("center", name="别人").post(second + "/take-back").status_code == 400
    assert clerk.post(second + "/take-back").status_code == 302
    assert "不能再办理" in said(reviewer.post(second + "/approve"), 400)
    assert len(two.archive(CODE).records) == 1
    states = [r[6] for r in rows_of(said(clerk.get(AT + "merges")))]
    assert states == ["已收回", "未批准"]
    assert len(rows_of(said(clerk.get(AT + "merges", {"state": "未批准"})))) == 1


@pytest.mark.parametrize(
    ("winner", "sentence"),
    [
        ("91500152YY00000999", "没有代码为"),
        (OTHER, "同一个主体"),
        ("00000000-0000-4000-8000-000000000000", "没有这个主体"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_at_once(two: Any, clerk: Any, winner: str, sentence: str) -> None:
    address = f"{AT}subjects/{number(two, OTHER)}/merge"
    assert sentence in said(clerk.post(address, {"winner": winner, "reason": "试"}), 400)
    assert "无须拆分" in said(clerk.post(f"{AT}subjects/{number(two, OTHER)}/split", {"reason": "试"}), 400)


def test_an_open_question_is_answered_by_two_persons(
    desk: Any, clerk: Any, reviewer: Any, write_csv: Any
) -> None:
    question(desk, write_csv)
    (row,) = rows_of(said(clerk.get(AT + "questions")))
    address = f"{AT}questions/{row[0]}"
    assert row[2] in said(clerk.get(address)) and row[4] in said(clerk.get(address))
    answer = clerk.post(address, {"kind": "apart", "reason": "两家企业，名称不同"}).url
    assert len(rows_of(said(clerk.get(AT + "questions")))) == 1  # until the second person agrees
    assert reviewer.post(answer + "/approve").status_code == 302
    assert "没有待确认的合并" in said(clerk.get(AT + "questions"))
    assert clerk.get(address).status_code == 404


def question(desk: Any, write_csv: Any) -> None:
    """Registration data gives a subject the old registration number of another, under another name."""
    owner = desk.owner()
    owner.execute("INSERT INTO publication (seq, batch, at) VALUES (900001, 900001, now())")
    for n, (scheme, value) in enumerate([("regno", "500152000000017"), ("uscc", CODE)]):
        owner.execute(
            "INSERT INTO credit_subject (id, scheme, value, kind, public_id, born)"
            " VALUES (%s, %s, %s, '法人及非法人组织', gen_random_uuid(), 900001)",
            [900001 + n, scheme, value],
        )
    owner.execute(
        "INSERT INTO subject_question (loser, winner, why, born) VALUES (900001, 900002, '登记信息的注册号', 900001)"
    )


@pytest.mark.parametrize("role", ["auditor", "center_reviewer"])
def test_readers_propose_nothing(two: Any, role: str) -> None:
    reader = as_role(role)
    page = said(reader.get(f"{AT}subjects/{number(two, CODE)}"))
    assert "提出合并" not in page
    for end in ("merge", "split"):
        assert reader.post(f"{AT}subjects/{number(two, CODE)}/{end}", {"reason": "试"}).status_code == 403


@pytest.mark.parametrize("role", ["department", "department_reviewer", "bank", "subject", "system_admin"])
def test_others_do_not_get_in(two: Any, role: str) -> None:
    client = as_role(role)
    subject = f"subjects/{number(two, CODE)}"
    for page in (
        "subjects",
        subject,
        subject + "/merge",
        "merges",
        "merges/1",
        "merges/1/approve",
        "questions",
    ):
        assert client.get(AT + page).status_code == 403, page
