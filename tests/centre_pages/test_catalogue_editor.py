"""目录管理: drafts, the loader's own checks at their fields, four eyes, and what is published is in force at once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from centre_desk import AT, CODE, NAME, exported, form_of, rows_of, said
from signing_in import DEPARTMENT, as_role

NOW = datetime.now(UTC)
LATER = (date.today() + timedelta(days=40)).isoformat()
NEW = {"code": "CSSX", "name": "示例测试事项", "in_force_from": "2026-01-01", "like": ""}


def who(role: str, name: str) -> Any:
    from xinyong.foundation.audit import Who

    return Who(name, role, purpose="测试")


def book() -> Any:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home

    return load_rulebook(home.local_rulebook())


@pytest.fixture
def begun(rules: Path, clerk: Any) -> str:
    """The address of a new item's draft."""
    return str(clerk.post(AT + "catalogue/new", NEW).url)


def published(clerk: Any, reviewer: Any, draft: str) -> None:
    assert clerk.post(draft + "/submit", {"note": "按示例文件新立"}).status_code == 302
    assert reviewer.post(draft + "/publish", {"note": "同意"}).status_code == 302


def test_the_list_tells_origin_confidence_and_state_and_is_filtered_sorted_and_exported(
    desk: Any, clerk: Any
) -> None:
    rows = rows_of(said(clerk.get(AT + "catalogue")))
    penalty = next(r for r in rows if r[0] == "XZCF")
    assert penalty[1:6] == ["行政处罚", "现行", "2018-07-25", "随产品", "见于报道"]
    samples = rows_of(said(clerk.get(AT + "catalogue", {"confidence": "样例，待确认"})))
    assert samples and {r[5] for r in samples} == {"样例，待确认"}
    most = rows_of(said(clerk.get(AT + "catalogue", {"sort": "-fields"})))
    assert [int(r[6]) for r in most] == sorted((int(r[6]) for r in rows), reverse=True)
    assert "用途" in said(clerk.get(AT + "catalogue", {"export": "csv"}))
    lines = exported(clerk.get(AT + "catalogue", {"export": "csv", "purpose": "核对目录"})).splitlines()
    assert lines[0].startswith("代码,名称,状态") and len(lines) == len(rows) + 1
    assert desk.one("SELECT purpose FROM audit_entry WHERE action = 'catalogue.read'") == "核对目录"


def test_an_item_is_shown_with_its_fields_and_an_unknown_one_is_not_there(desk: Any, clerk: Any) -> None:
    page = said(clerk.get(AT + "catalogue/XZCF/2018-07-25"))
    assert "CF_WSH" in page and "行政处罚决定书文号" in page and "行政处罚法" in page
    for wrong in ("XZCF/2018-07-26", "NICHTS/2018-07-25", "XZCF/gestern"):
        assert clerk.get(AT + "catalogue/" + wrong).status_code == 404


def test_a_new_item_needs_no_code_and_no_migration_and_files_of_it_are_taken_in(
    desk: Any, rules: Path, clerk: Any, reviewer: Any, begun: str, write_csv: Any
) -> None:
    assert "新立的内容" in said(clerk.get(begun)) and "CSSX" not in book().items
    published(clerk, reviewer, begun)
    assert (rules / "items/CSSX/2026-01-01.yaml").is_file()
    assert "CSSX" in book().items  # as the running process sees it
    department = as_role("department")
    assert "示例测试事项" in said(department.get("/console/department/templates"))
    assert "提交入库" in said(department.get("/console/department/entry/CSSX"))
    row = {"主体名称": NAME, "统一社会信用代码": CODE, "文书号": "示〔2026〕1号", "决定日期": "2026-11-02",
           "作出单位": "重庆市潼南区市场监督管理局", "作出单位统一社会信用代码": DEPARTMENT}  # fmt: skip
    desk.book = book()
    receipt = desk.intake(write_csv([row]), "CSSX", provider=DEPARTMENT)
    assert (receipt.new, receipt.rejected) == (1, 0)


def test_the_public_site_notices_what_was_published(
    rules: Path, clerk: Any, reviewer: Any, begun: str
) -> None:
    from xinyong.website.public import asking

    assert "CSSX" not in asking.book().items
    published(clerk, reviewer, begun)
    assert "CSSX" in asking.book().items


def test_what_is_wrong_is_said_at_its_field_and_keeps_the_draft_from_review(
    rules: Path, clerk: Any, begun: str
) -> None:
    field = {"code": "CSSX_SFZ", "name": "证件号码", "type": "text", "position": "2", "required": "no",
             "role": "person_id", "length": "18"}  # fmt: skip
    assert clerk.post(begun + "/field", field).url == begun
    page = said(clerk.get(begun))
    assert "字段 CSSX_SFZ" in page and "没有标为个人信息" in page
    assert "没有标为个人信息" in said(clerk.get(begun + "/fields/CSSX_SFZ"))
    assert "草稿还不合要求" in said(clerk.post(begun + "/submit", {"note": "试"}), 400)
    mended = {**field, "personal": "on", "mask": "3,2", "disclosure": "authorised"}
    assert clerk.post(begun + "/fields/CSSX_SFZ", mended).status_code == 302
    assert "不合要求" not in said(clerk.get(begun))
    assert (
        rows_of(said(clerk.get(begun)).partition("<summary>字段")[2])[1][0] == "CSSX_SFZ"
    )  # where it was put


def test_every_defect_of_the_schema_is_listed_with_the_way_to_mend_it(
    rules: Path, clerk: Any, begun: str
) -> None:
    text = form_of(clerk.get(begun + "/text").content.decode())["text"]
    broken = text.replace("type: date", "type: day").replace(
        "disclosure: government", "disclosure: everybody"
    )
    assert clerk.post(begun + "/text", {"text": broken}).status_code == 302
    page = said(clerk.get(begun))
    assert "还有 2 处不合要求" in page and "字段 CSSX_RQ 的类型" in page and "everybody" in page
    assert begun + "/fields/CSSX_RQ" in page and begun + "/head" in page
    assert "公开范围" in page and "everybody" in said(clerk.get(begun + "/head"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code: [", "不符合 YAML 语法"),
        ("- a", "全文应是一项目录"),
        ("code: CSSX\nfields: 3", "fields 应是一组"),
        ("code: XZCF\nfields: []", "草稿的事项代码是 CSSX"),
        ("a: 1\na: 2", "写了两个相同的名称"),
    ],
)
def test_a_text_that_is_no_item_is_refused_in_one_sentence(
    rules: Path, clerk: Any, begun: str, text: str, sentence: str
) -> None:
    assert sentence in said(clerk.post(begun + "/text", {"text": text}), 400)


def test_the_head_is_changed_in_a_form_and_the_change_is_told_line_by_line(rules: Path, clerk: Any) -> None:
    answer = clerk.post(AT + "catalogue/XZJC/2021-01-01/revise", {"in_force_from": LATER})
    draft = answer.url
    assert rows_of(said(clerk.get(draft)))[0] == ["事项", "生效日期", "修改", "2021-01-01", LATER]
    given = form_of(clerk.get(draft + "/head").content.decode())
    given |= {"basis": "XZCFF_2021 第九条", "frequency": "每季"}
    assert clerk.post(draft + "/head", given).url == draft
    told = {r[1]: r[3:] for r in rows_of(said(clerk.get(draft)))}
    assert set(told) == {"生效日期", "报送频率", "依据"}
    assert told["报送频率"][1] == "每季" and told["依据"][1] == "XZCFF_2021 第九条"
    code = re.findall(rf'href="{draft}/fields/(\w+)"', said(clerk.get(draft)))[1]
    assert clerk.post(f"{draft}/fields/{code}/drop").url == draft
    removed = next(r for r in rows_of(said(clerk.get(draft))) if r[2] == "删除")
    assert removed[0].startswith(f"字段 {code}")


@pytest.mark.parametrize("page", ["head", "fields/CF_CFLB", "fields/CF_XDR_ZJHM", "text"])
def test_a_form_that_changes_nothing_changes_nothing(rules: Path, desk: Any, clerk: Any, page: str) -> None:
    from xinyong.catalog import drafts

    draft = clerk.post(AT + "catalogue/XZCF/2018-07-25/revise", {"in_force_from": LATER}).url
    before = drafts.one(desk.app, 1).content
    given = form_of(clerk.get(f"{draft}/{page}").content.decode())
    assert clerk.post(f"{draft}/{page}", given).status_code == 302
    assert drafts.one(desk.app, 1).content == before


def test_shipped_versions_are_not_touched_and_a_new_one_does_not_reach_back(rules: Path, clerk: Any) -> None:
    revise = AT + "catalogue/XZCF/2018-07-25/revise"
    assert "已经发布，不能改动" in said(clerk.post(revise, {"in_force_from": "2018-07-25"}), 400)
    assert "不能倒填生效日期" in said(clerk.post(revise, {"in_force_from": date.today().isoformat()}), 400)
    assert clerk.post(AT + "catalogue/new", {**NEW, "code": "XZCF"}).status_code == 400
    assert "大写字母" in said(clerk.post(AT + "catalogue/new", {**NEW, "code": "../x"}), 400)


def test_one_draft_of_an_item_at_a_time(rules: Path, clerk: Any, begun: str) -> None:
    assert "已有一份没有办结的草稿" in said(clerk.post(AT + "catalogue/new", NEW), 400)
    assert clerk.post(begun + "/discard", {"note": "重来"}).status_code == 302
    assert clerk.post(AT + "catalogue/new", NEW).status_code == 302


def test_a_new_version_stands_beside_the_old_one_and_the_two_are_compared(
    rules: Path, clerk: Any, reviewer: Any
) -> None:
    draft = clerk.post(AT + "catalogue/XZCF/2018-07-25/revise", {"in_force_from": LATER}).url
    field = {
        "code": "CF_BZ2",
        "name": "补充说明",
        "type": "text",
        "position": "99",
        "required": "no",
        "length": "100",
    }
    clerk.post(draft + "/field", field)
    published(clerk, reviewer, draft)
    versions = book().items["XZCF"]
    assert [v.source for v in versions] == ["shipped", "local"]
    assert book().item("XZCF", date.today()).source == "shipped"
    assert book().item("XZCF", date.fromisoformat(LATER)).source == "local"
    assert "未生效" in said(clerk.get(AT + "catalogue", {"origin": "本地"}))
    page = said(clerk.get(f"{AT}catalogue/XZCF/2018-07-25/diff", {"with": LATER}))
    assert [r for r in rows_of(page) if r[0] == "字段 CF_BZ2（补充说明）"][0][2] == "新增"
    assert clerk.get(f"{AT}catalogue/XZCF/2018-07-25/diff", {"with": "nie"}).status_code == 404


def test_nobody_publishes_what_they_wrote_on(
    rules: Path, desk: Any, clerk: Any, reviewer: Any, begun: str
) -> None:
    from xinyong.catalog import drafts
    from xinyong.kernel.errors import NotPermitted

    clerk.post(begun + "/submit", {"note": "新立"})
    number = int(begun.rpartition("/")[2])
    with pytest.raises(NotPermitted) as refused:
        drafts.publish(desk.app, who("center_reviewer", "示例业务员"), NOW, book(), rules, number)
    assert refused.value.code == "own_draft" and not list(rules.rglob("*.yaml"))
    assert clerk.get(begun + "/publish").status_code == 403
    assert reviewer.post(begun + "/publish").status_code == 302


def test_a_second_author_may_not_review_either(rules: Path, desk: Any, clerk: Any, begun: str) -> None:
    from xinyong.catalog import drafts
    from xinyong.kernel.errors import NotPermitted

    number = int(begun.rpartition("/")[2])
    changed = {**drafts.one(desk.app, number).content, "name": "另一个名称"}
    drafts.save(desk.app, who("center", "第二人"), NOW, book(), number, changed)
    drafts.submit(desk.app, who("center", "第三人"), NOW, book(), rules, number, "送审")
    with pytest.raises(NotPermitted):
        drafts.publish(desk.app, who("center_reviewer", "第二人"), NOW, book(), rules, number)
    assert drafts.publish(desk.app, who("center_reviewer", "第三人"), NOW, book(), rules, number)


def test_a_draft_under_review_is_not_changed_and_one_sent_back_is(
    rules: Path, clerk: Any, reviewer: Any, begun: str
) -> None:
    clerk.post(begun + "/submit", {"note": "新立"})
    assert "不能修改" in said(clerk.get(begun + "/head"), 400)
    assert "不能修改" in said(clerk.post(begun + "/text", {"text": "code: CSSX"}), 400)
    assert 'id="id_note_error"' in said(reviewer.post(begun + "/return", {"note": " "}), 400)
    assert reviewer.post(begun + "/return", {"note": "依据没有写明"}).status_code == 302
    assert "依据没有写明" in said(clerk.get(begun)) and clerk.get(begun + "/head").status_code == 200
    assert "没有送审" in said(reviewer.post(begun + "/publish"), 400)


def test_what_fails_at_the_end_leaves_neither_file_nor_record(
    rules: Path, desk: Any, clerk: Any, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.catalog import drafts, placing

    clerk.post(begun + "/submit", {"note": "新立"})
    number, put = int(begun.rpartition("/")[2]), placing.Placed.put

    def torn(placed: Any, *given: Any) -> None:
        put(placed, *given)
        raise OSError("disk")

    monkeypatch.setattr(placing.Placed, "put", torn)
    with pytest.raises(OSError, match="disk"):
        drafts.publish(desk.app, who("center_reviewer", "审"), NOW, book(), rules, number)
    assert not list(rules.rglob("*.yaml")) and "CSSX" not in book().items
    assert drafts.one(desk.app, number).state == "submitted"


def test_every_step_is_in_the_audit_trail_and_on_the_drafts_page(
    rules: Path, desk: Any, clerk: Any, reviewer: Any, begun: str
) -> None:
    published(clerk, reviewer, begun)
    trail = desk.owner().execute(
        "SELECT action, actor FROM audit_entry WHERE action LIKE 'catalogue.%%' AND action <> 'catalogue.read' ORDER BY id"
    )  # fmt: skip
    assert trail.fetchall() == [
        ("catalogue.saved", "示例业务员"), ("catalogue.submitted", "示例业务员"), ("catalogue.published", "示例审核员"),
    ]  # fmt: skip
    page = said(clerk.get(begun))
    assert "审核发布" in page and "按示例文件新立" in page and "示例审核员" in page


def test_a_local_file_that_somebody_wrote_by_hand_is_pointed_out(
    rules: Path, clerk: Any, reviewer: Any, begun: str
) -> None:
    published(clerk, reviewer, begun)
    assert "不是经本页发布的" not in said(clerk.get(AT + "catalogue"))
    path = rules / "items/CSSX/2026-01-01.yaml"
    path.write_text(path.read_text("utf-8").replace("示例测试事项", "示例改过的事项"), "utf-8")
    page = said(clerk.get(AT + "catalogue"))
    assert "不是经本页发布的" in page and "items/CSSX/2026-01-01.yaml" in page


@pytest.mark.parametrize("role", ["auditor", "center_reviewer"])
def test_who_may_only_read_sees_drafts_and_writes_none(
    rules: Path, clerk: Any, begun: str, role: str
) -> None:
    reader = as_role(role, name="只读")
    assert "示例测试事项" in said(reader.get(AT + "drafts")) and "全文编辑" not in said(reader.get(begun))
    for page in ("/head", "/text", "/field", "/submit", "/discard"):
        assert reader.post(begun + page, {}).status_code == 403


@pytest.mark.parametrize(
    "role", ["department", "department_reviewer", "bank", "subject", "system_admin", "audit_admin"]
)
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in (
        "catalogue",
        "catalogue/XZCF/2018-07-25",
        "drafts",
        "drafts/1",
        "drafts/1/publish",
        "catalogue/new",
    ):
        assert client.get(AT + page).status_code == 403, page


def test_an_auditor_does_not_publish(rules: Path, clerk: Any, begun: str) -> None:
    clerk.post(begun + "/submit", {"note": "新立"})
    assert as_role("auditor").post(begun + "/publish").status_code == 403
