"""A limit that nobody has confirmed says so wherever people read it: lists, case pages, notices."""

from __future__ import annotations

from html import unescape
from typing import Any

from case_desk import CODE, OWNER, Desk
from signing_in import open_account, signed_in

from xinyong.rights import limits
from xinyong.rights.notices import inbox

SAMPLE = "（样例，待确认）"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:3000]
    return unescape(answer.content.decode())


def test_an_objections_sample_limits_say_so_on_lists_and_pages_of_both_sides(site: Desk) -> None:
    case = site.object(site.penalty())
    centre = signed_in(open_account("center", ""))
    subject = signed_in(open_account("subject", "示例企业", subject_code=CODE))
    due = limits.current(case, site.book)
    assert due is not None
    for client, address in (
        (centre, "/console/centre/objections"),
        (centre, f"/console/objections/{case.number}"),
        (subject, "/own/objections"),
        (subject, f"/own/objections/{case.number}"),
    ):
        page = text(client.get(address))
        said = (f"{due.name}{SAMPLE}", f"{due.due}（{due.name}）{SAMPLE}")
        assert f"{due.due}" in page and any(x in page for x in said), address


def test_a_notice_that_names_a_sample_limit_says_so(desk: Desk) -> None:
    desk.object(desk.penalty())
    [received] = [m.body for m in inbox.listed(desk.c, OWNER) if m.template == "OBJECTION_RECEIVED"]
    assert f"2026-12-02{SAMPLE}" in received


def test_what_was_seen_in_reports_only_says_that_and_what_was_seen_says_nothing(site: Desk) -> None:
    from dataclasses import replace

    from xinyong.website.console import casebook

    limit = limits.current(site.object(site.penalty()), site.book)
    assert limit is not None
    seen, reported = (replace(limit, confidence=x) for x in ("seen", "seen_in_report"))
    assert casebook.stage_of(seen) == limit.name and casebook.due_text(seen) == f"{limit.due}（{limit.name}）"
    assert casebook.stage_of(reported) == f"{limit.name}（据报道，原文待核）"
    assert casebook.due_text(reported).endswith("（据报道，原文待核）")
