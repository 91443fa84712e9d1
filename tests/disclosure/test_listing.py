"""公示专栏: what the lists find, in which order, and what they pass over without a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sampledistrict.codes import person_id, uscc

CODE = "91500152YY00000282"
NAME = "重庆示例甲乙商贸有限公司"
TODAY = date(2026, 11, 23)
AUTHORITY = "11500152YY0000239R"  # 市场监督管理局
OTHER = ("重庆市潼南区城市管理局", "11500152YY0000132E")


def registered(name: str = NAME, code: str = CODE) -> dict[str, str]:
    return {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip


class Desk:
    """Takes records in, brings the listing up to date and looks at it as the public does."""

    def __init__(self, district: Any, write_csv: Callable[..., Any], penalty: Callable[..., Any]) -> None:
        self.district, self.write, self.row = district, write_csv, penalty
        self.files = 0

    def take(self, rows: list[dict[str, str]], item: str = "XZCF") -> Any:
        self.files += 1
        return self.district.intake(self.write(rows, f"{item}{self.files}.csv"), item)

    def penalties(self, count: int, **changes: str) -> None:
        rows = [self.penalty(f"潼示罚〔2026〕{n}号", **changes) for n in range(1, count + 1)]
        self.take(rows)

    def penalty(self, number: str = "潼示罚〔2026〕1号", **changes: str) -> dict[str, str]:
        usual = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
        return self.row(**{**usual, "CF_WSH": number, **changes})

    def refresh(self, today: date = TODAY) -> Any:
        from xinyong.disclosure import listing_job

        return listing_job.refresh(self.district.app, self.district.book, today, datetime.now(UTC))

    def page(
        self, column: str = "penalties", *, today: date = TODAY, at: Any = None, size: int = 20, **asked: Any
    ) -> Any:
        from xinyong.disclosure import listing
        from xinyong.disclosure.queries import Question
        from xinyong.foundation.audit import PUBLIC

        f = listing.Filter(listing.COLUMNS[column], **asked)
        q = Question(PUBLIC, datetime.now(UTC), today)
        return listing.page(self.district.app, f, q, self.district.book, at, size)

    def numbers(self, column: str = "penalties", **asked: Any) -> list[str]:
        return [number(r) for r in self.page(column, **asked).records]

    def mark(self, kind: str, **said: Any) -> Any:
        from xinyong.disclosure import actions
        from xinyong.foundation.audit import Who

        records = [r["record"] for r in self.page().records]
        who = Who("示例审核员", "center_reviewer", purpose="测试")
        return actions.mark(
            self.district.connect(),
            who,
            datetime.now(UTC),
            kind,
            records,
            "测试",
            basis="潼示函〔2026〕1号",
            **said,
        )


def number(record: dict[str, Any]) -> str:
    return str(record["fields"]["行政处罚决定书文号"])


@pytest.fixture
def desk(district: Any, write_csv: Any, penalty: Any) -> Desk:
    made = Desk(district, write_csv, penalty)
    made.take([registered()], "DJZC")
    return made


def test_a_public_penalty_is_listed_with_its_subject(desk):
    desk.take([desk.penalty()])
    desk.refresh()
    (record,) = desk.page().records
    assert number(record) == "潼示罚〔2026〕1号" and record["subject"]["name"] == NAME


def test_nothing_is_listed_before_it_is_public_by_degree(desk):
    desk.take([desk.penalty(KZ_SXCD="")])
    desk.refresh()
    assert desk.numbers() == []


def test_natural_persons_and_unconfirmed_subjects_are_never_listed(desk):
    person = desk.penalty("甲1号", CF_XDR_MC="示例丁", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
                          CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=person_id("19800101", 1))  # fmt: skip
    stranger = desk.penalty(
        "乙1号", CF_XDR_MC="重庆示例丙丁餐饮有限公司", CF_XDR_SHXYM=uscc("91", "500152", "YY000010")
    )
    desk.take([person, stranger])
    desk.refresh()
    assert desk.numbers() == [] and desk.district.one("SELECT count(*) FROM public_listing") == 0


def test_registration_that_comes_later_brings_earlier_records_in(desk):
    code = uscc("91", "500152", "YY000010")
    desk.take([desk.penalty(CF_XDR_MC="重庆示例丙丁餐饮有限公司", CF_XDR_SHXYM=code)])
    desk.refresh()
    assert desk.numbers() == []
    desk.take([registered("重庆示例丙丁餐饮有限公司", code)], "DJZC")
    desk.refresh()
    assert desk.numbers() == ["潼示罚〔2026〕1号"]


def test_a_record_leaves_the_list_when_its_window_ends_whether_or_not_the_job_ran(desk):
    desk.take([desk.penalty()])
    desk.refresh()
    assert desk.numbers(today=date(2027, 6, 18)) and not desk.numbers(today=date(2027, 6, 19))


def test_a_stale_listing_shows_nothing_that_was_revoked_since(desk):
    desk.take([desk.penalty()])
    desk.refresh()
    desk.take([desk.penalty(KZ_CXBZ="撤销", KZ_CXYY="复议撤销")])
    assert desk.district.one("SELECT count(*) FROM public_listing") == 1
    assert desk.numbers() == []


def test_a_stale_listing_shows_nothing_that_was_undone_since(desk):
    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    receipt = desk.take([desk.penalty()])
    desk.refresh()
    c = desk.district.connect(autocommit=False)
    undo(c, receipt.submission, "误报", Who("甲", "center"), datetime.now(UTC))
    c.commit()
    assert desk.numbers() == []


@pytest.mark.parametrize(
    ("kind", "said"), [("repair", {}), ("withdrawn", {}), ("shielding", {"until": date(2027, 1, 31)})]
)
def test_a_stale_listing_shows_nothing_that_a_mark_ended_since(desk, kind, said):
    desk.take([desk.penalty()])
    desk.refresh()
    desk.mark(kind, **said)
    assert desk.numbers() == []
    desk.refresh()
    assert desk.numbers() == []


def test_a_shielded_record_comes_back_by_itself_the_day_after(desk):
    desk.take([desk.penalty()])
    desk.refresh()
    desk.mark("shielding", until=date(2026, 12, 31))
    desk.refresh()
    assert not desk.numbers(today=date(2026, 12, 31)) and desk.numbers(today=date(2027, 1, 1))


def test_an_objection_shows_and_does_not_hide(desk):
    desk.take([desk.penalty()])
    desk.refresh()
    desk.mark("objection")
    assert [r["objected"] for r in desk.page().records] == [True]


def test_a_degree_decided_by_a_person_brings_the_record_in(desk):
    desk.take([desk.penalty(KZ_SXCD="")])
    desk.refresh()
    from xinyong.disclosure import actions
    from xinyong.foundation.audit import Who

    record = desk.district.one("SELECT replace(record_id::text, '-', '') FROM record_version WHERE item ="
                               " (SELECT id FROM catalog_item WHERE code = 'XZCF')")  # fmt: skip
    who = Who("示例审核员", "center_reviewer", purpose="测试")
    actions.decide_degree(
        desk.district.connect(), who, datetime.now(UTC), [record], "一般", "测试", "潼示函〔2026〕1号"
    )
    desk.refresh()
    assert desk.numbers() == ["潼示罚〔2026〕1号"]


def test_a_correction_moves_a_record_and_a_stale_place_is_not_shown(desk):
    desk.take([desk.penalty(CF_CFLB="警告;罚款")])
    desk.refresh()
    desk.take([desk.penalty(CF_CFLB="罚款")])
    assert desk.numbers(kind="警告") == [] and desk.numbers(kind="罚款") == ["潼示罚〔2026〕1号"]
    desk.refresh()
    assert desk.numbers(kind="警告") == [] and desk.numbers(kind="罚款") == ["潼示罚〔2026〕1号"]


def test_filters_by_department_class_date_and_text(desk):
    desk.take([
        desk.penalty("甲1号", CF_CFLB="警告;罚款"),
        desk.penalty("乙2号", CF_JDRQ="2026-07-01", CF_CFJG=OTHER[0], CF_CFJGDM=OTHER[1], CF_SJLY=OTHER[0], CF_SJLYDM=OTHER[1]),
    ])  # fmt: skip
    desk.refresh()
    assert desk.numbers(authority=OTHER[1]) == ["乙2号"] and desk.numbers(authority=AUTHORITY) == ["甲1号"]
    assert desk.numbers(kind="警告") == ["甲1号"] and len(desk.numbers(kind="罚款")) == 2
    assert desk.numbers(since=date(2026, 7, 1)) == ["乙2号"] and desk.numbers(until=date(2026, 6, 30)) == [
        "甲1号"
    ]
    assert desk.numbers(text="乙2") == ["乙2号"] and len(desk.numbers(text="甲乙商贸")) == 2
    assert desk.numbers(text="没有这样的") == []


def test_a_class_that_only_this_district_writes_is_under_other(desk):
    desk.take([desk.penalty(CF_CFLB="其他-责令改正", CF_NR_FK="")])
    desk.refresh()
    assert desk.numbers(kind="其他") == ["潼示罚〔2026〕1号"]


@pytest.mark.parametrize("written", ["潼示罚〔2026〕1号", "潼示罚[2026]1号", " 潼示罚（２０２６）1 号"])
def test_a_document_is_found_under_its_number_in_any_spelling(desk, written):
    from xinyong.disclosure import listing
    from xinyong.disclosure.queries import Question
    from xinyong.foundation.audit import PUBLIC

    desk.take([desk.penalty()])
    desk.refresh()
    q = Question(PUBLIC, datetime.now(UTC), TODAY)
    assert len(listing.by_document(desk.district.app, written, q, desk.district.book)) == 1


def walked(desk: Desk, size: int) -> list[list[str]]:
    pages, at = [], None
    while True:
        page = desk.page(at=at, size=size)
        pages.append([number(r) for r in page.records])
        at = page.following
        if at is None:
            return pages


def test_pages_follow_each_other_without_gap_or_repeat_and_lead_back(desk):
    from xinyong.disclosure.listing import place

    rows = [desk.penalty(f"潼示罚〔2026〕{n}号", CF_JDRQ=f"2026-06-{10 + n % 3}") for n in range(11)]
    desk.take(rows)
    desk.refresh()
    pages = walked(desk, 4)
    assert [len(p) for p in pages] == [4, 4, 3]
    assert sorted(sum(pages, [])) == sorted(r["CF_WSH"] for r in rows)
    second = desk.page(at=desk.page(size=4).following, size=4)
    back = desk.page(at=place(str(second.previous)), size=4)
    assert [number(r) for r in back.records] == pages[0] and back.previous is None
    assert [number(r) for r in desk.page(at=back.following, size=4).records] == pages[1]


def test_what_ended_since_leaves_no_gap_on_any_page(desk):
    """Twelve of fifteen are revoked behind the listing's back: the page is as full as if they had never been."""
    desk.penalties(15)
    desk.refresh()
    gone = [desk.penalty(f"潼示罚〔2026〕{n}号", KZ_CXBZ="撤销", KZ_CXYY="复议撤销") for n in range(1, 13)]
    desk.take(gone)
    stale = walked(desk, 2)
    desk.refresh()
    assert [len(p) for p in stale] == [2, 1] and stale == walked(desk, 2)


@pytest.mark.parametrize(
    "text", ["x", "a20260618", "a20261318" + "0" * 32, "a20260618" + "G" * 32, "c20260618" + "0" * 32]
)
def test_a_place_that_cannot_be_is_refused(text):
    from xinyong.disclosure.listing import place
    from xinyong.kernel.errors import Refused

    with pytest.raises(Refused, match="翻页"):
        place(text)


def test_places_do_not_tell_internal_numbers(desk):
    desk.penalties(3)
    desk.refresh()
    page = desk.page(size=2)
    assert all(r["record"] not in str(page.following) for r in page.records)


def contents(desk: Desk) -> set[tuple[Any, ...]]:
    rows = desk.district.owner().execute("SELECT * FROM public_listing").fetchall()
    return {tuple(tuple(v) if isinstance(v, list) else v for v in r) for r in rows}


def test_step_by_step_is_the_same_as_from_nothing(desk):
    from xinyong.disclosure import listing_job

    desk.penalties(6)
    desk.refresh()
    desk.take(
        [
            desk.penalty("潼示罚〔2026〕2号", KZ_CXBZ="撤销", KZ_CXYY="复议撤销"),
            desk.penalty("潼示罚〔2026〕3号", CF_CFLB="警告"),
        ]
    )
    desk.refresh()
    desk.mark("objection")
    desk.refresh()
    stepwise = contents(desk)
    listing_job.rebuild(desk.district.app, desk.district.book, TODAY, datetime.now(UTC))
    assert contents(desk) == stepwise and len(stepwise) == 5


def test_a_second_run_has_nothing_to_do(desk):
    desk.penalties(2)
    assert desk.refresh().rebuilt
    again = desk.refresh()
    assert (again.looked_at, again.rebuilt) == (0, False)


def test_the_next_day_takes_out_what_has_ended(desk):
    desk.penalties(2)
    desk.refresh()
    desk.refresh(date(2027, 6, 19))
    assert contents(desk) == set()


def test_a_changed_rule_makes_the_listing_anew(desk):
    from dataclasses import replace

    desk.penalties(1)
    desk.refresh()
    rules = dict(desk.district.book.rules)
    key = next(k for k in rules if k.startswith("PUB_36_GENERAL"))
    rules[key] = tuple(replace(r, note="改了") for r in rules[key])
    desk.district.book = replace(desk.district.book, rules=rules)
    assert desk.refresh().rebuilt


@pytest.mark.parametrize("register", ["publicity", "degrees"])
def test_a_local_change_of_what_is_published_how_long_makes_the_listing_anew(desk, register):
    from dataclasses import replace

    desk.penalties(1)
    desk.refresh()
    lines = getattr(desk.district.book, register)
    desk.district.book = replace(
        desk.district.book, **{register: (replace(lines[0], name="改了"), *lines[1:])}
    )
    assert desk.refresh().rebuilt and not desk.refresh().rebuilt


def test_a_rule_of_degrees_that_begins_to_be_in_force_makes_the_listing_anew(desk):
    from dataclasses import replace

    lines = desk.district.book.degrees
    later = replace(lines[0], id="DEGREE_LATER", in_force_from=TODAY + timedelta(1))
    desk.district.book = replace(desk.district.book, degrees=(*lines, later))
    desk.refresh()
    assert not desk.refresh().rebuilt
    assert desk.refresh(TODAY + timedelta(1)).rebuilt


def test_a_run_leaves_it_to_the_one_already_at_work(desk):
    from xinyong.disclosure import listing_job

    with desk.district.owner() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(%s)", [listing_job.LOCK])
        assert desk.refresh().busy


def test_the_worker_brings_the_lists_up_to_date_every_minute(desk):
    from xinyong.disclosure.tasks import refresh_listing, tasks

    assert "disclosure:refresh_listing" in tasks.tasks  # taken into the worker under this name
    desk.penalties(2)
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC)
    assert refresh_listing(int(now.timestamp())) == 2 and len(contents(desk)) == 2


def test_figures_count_what_is_shown(desk):
    from xinyong.disclosure import listing_job

    desk.penalties(3)
    desk.refresh()
    figures = listing_job.state(desk.district.app).figures
    assert (figures["subjects"], figures["shown"], figures["records"]) == (1, 3, 4)
    assert {m["month"]: m["penalties"] for m in figures["months"]}["2026-06"] == 3
    assert figures["departments"] == [{"name": "重庆市潼南区市场监督管理局", "shown": 3}]


def test_an_erasure_takes_its_record_out(desk):
    from xinyong.disclosure import listing_job

    desk.penalties(2)
    desk.refresh()
    listing_job.forget(desk.district.app, [desk.page().records[0]["record"]])
    assert len(contents(desk)) == 1


def test_every_look_at_a_list_is_logged(desk):
    desk.penalties(2)
    desk.refresh()
    desk.page()
    assert (
        desk.district.one("SELECT what || ':' || records FROM look ORDER BY id DESC LIMIT 1")
        == "list:penalties:2"
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_page_size_walks_the_same_list(desk, data):
    if not contents(desk):
        rows = [
            desk.penalty(f"潼示罚〔2026〕{n}号", CF_JDRQ=str(date(2026, 6, 1) + timedelta(days=n % 4)))
            for n in range(9)
        ]
        desk.take(rows)
        desk.refresh()
    whole = sum(walked(desk, 20), [])
    assert sum(walked(desk, data.draw(st.integers(1, 10))), []) == whole and len(whole) == 9
