"""三审三校: three people, none of them an author; the third approval publishes, and nothing else does."""

from __future__ import annotations

import pytest
from content_people import DEPARTMENT, OTHER, current, form, fresh, rich


def test_three_people_review_and_the_third_approval_publishes(staff, sent, reader):
    for person in (staff.first, staff.second):
        assert person.review(sent).status_code == 302
        assert not fresh(sent).live
    assert staff.third.review(sent).status_code == 302
    assert fresh(sent).live
    assert "关于试点的通知" in reader.get(fresh(sent).url).content.decode()


def test_an_author_does_not_review_the_own_text(staff, sent):
    assert staff.author.review(sent).status_code == 403
    assert current(sent).status == "in_progress"


def test_whoever_sent_a_text_in_does_not_review_it(editor, staff):
    page = staff.author.write("别人送审的稿件")
    staff.first.send(page)
    assert staff.author.review(page).status_code == 403
    assert staff.first.review(page).status_code == 403
    assert editor("center").review(page).status_code == 302


def test_one_person_does_not_do_two_steps(staff, sent):
    staff.first.review(sent)
    staff.second.review(sent)
    answer = staff.second.review(sent)
    assert answer.status_code == 403
    assert "三个人" in answer.content.decode()
    assert not fresh(sent).live


def test_wagtails_own_address_for_reviews_asks_the_same(staff, sent):
    staff.first.review(sent)
    staff.second.review(sent)
    address = f"/content-admin/pages/workflow/action/{sent.pk}/approve/{current(sent).pk}/"
    for person in (staff.author, staff.first, staff.second):
        person.post(address, checks=["text", "facts", "rights"], comment="无改动")
        assert not fresh(sent).live
    staff.third.post(address, checks=["text", "facts", "rights"], comment="无改动")
    assert fresh(sent).live


def test_naming_another_page_does_not_open_a_review(editor, staff, sent):
    other = editor("center")
    theirs = other.write("别人的稿件")
    other.send(theirs)
    mine = current(sent).pk
    staff.author.post(
        f"/content-admin/pages/workflow/action/{theirs.pk}/approve/{mine}/",
        checks=["text", "facts", "rights"],
        comment="无改动",
    )
    assert current(sent).pk == mine
    assert current(sent).status == "in_progress"


@pytest.mark.parametrize(
    ("order", "why"),
    [(("second",), "初审 is not for the centre's reviewers"), (("first", "first"), "复审 is not for 业务员")],
)
def test_each_step_has_its_role(staff, sent, order, why):
    *before, last = order
    for name in before:
        getattr(staff, name).review(sent)
    assert getattr(staff, last).review(sent).status_code == 403, why


def test_a_department_reviewer_reviews_texts_of_its_own_department_only(editor):
    page_of = editor("department", DEPARTMENT)
    page = page_of.write("部门供稿")
    page_of.send(page)
    assert editor("department_reviewer", OTHER).review(page).status_code == 403
    assert editor("department_reviewer", DEPARTMENT).review(page).status_code == 302


@pytest.mark.parametrize("missing", [{"checks": ["text"]}, {"comment": " "}])
def test_without_the_proof_reading_nothing_passes(staff, sent, missing):
    waiting = current(sent)
    staff.first.review(sent, **missing)
    assert current(sent) == waiting
    assert waiting.status == "in_progress"


def test_the_proof_reading_is_kept_with_the_text_that_was_read(site, staff, sent):
    staff.first.review(sent, comment="改了两处标点")
    kept = "SELECT remark, step, passed, reviewer, length(digest) FROM editorial_step"
    assert site.owner().execute(kept).fetchall() == [
        ("改了两处标点", 1, True, staff.first.account.get_full_name(), 64)
    ]


def test_the_application_cannot_change_what_reviewers_decided(site, staff, sent):
    import psycopg

    staff.first.review(sent)
    for change in ("UPDATE editorial_step SET passed = false", "DELETE FROM editorial_step"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            site.app.execute(change)


def test_every_step_stands_in_the_audit_trail(site, staff, sent):
    for person in (staff.first, staff.second, staff.third):
        person.review(sent)
    rows = site.owner().execute(
        "SELECT action, actor, role FROM audit_entry WHERE target = %s", [f"article/{sent.pk}"]
    )
    seen = set(rows.fetchall())
    for action, person in (
        ("content.create", staff.author),
        ("content.workflow.start", staff.author),
        ("content.review1.pass", staff.first),
        ("content.review2.pass", staff.second),
        ("content.review3.pass", staff.third),
        ("content.publish", staff.third),
    ):
        assert (action, person.account.username, person.account.role) in seen


def test_a_returned_text_begins_again_with_the_first_review(staff, sent, editor):
    staff.first.review(sent)
    staff.second.review(sent, "reject", comment="日期有误")
    staff.author.send(sent, text="改过的正文")
    assert current(sent).task.specific.step == 1
    for person in (staff.first, staff.second):
        person.review(sent)
        assert not fresh(sent).live
    staff.third.review(sent)
    assert fresh(sent).live


def test_nobody_changes_a_text_under_review(staff, sent):
    before = fresh(sent).latest_revision_id
    for person in (staff.author, staff.first):
        person.post(f"/content-admin/pages/{sent.pk}/edit/", **form("换了题目", slug=sent.slug))
    assert fresh(sent).latest_revision_id == before


def test_a_text_changed_behind_the_reviewers_backs_is_not_published(staff, sent):
    from wagtail.models import Revision

    staff.first.review(sent)
    staff.second.review(sent)
    revision = Revision.objects.get(pk=fresh(sent).latest_revision_id)
    revision.content = {**revision.content, "title": "偷换的题目"}
    revision.save()
    assert staff.third.review(sent).status_code == 400
    assert not fresh(sent).live


def test_a_change_to_a_published_article_is_not_seen_before_its_three_reviews(staff, sent, reader):
    for person in (staff.first, staff.second, staff.third):
        person.review(sent)
    staff.author.send(sent, text="更新后的正文")
    assert "更新后的正文" not in reader.get(fresh(sent).url).content.decode()
    assert staff.author.review(sent).status_code == 403
    for person in (staff.first, staff.second, staff.third):
        person.review(sent)
    assert "更新后的正文" in reader.get(fresh(sent).url).content.decode()


OFFICE = ("department", "department_reviewer", "center", "center_reviewer")
ROUND_THE_REVIEWS = """
pages/{n}/unpublish/
pages/{n}/copy/
pages/{n}/move/
pages/{n}/move/1/confirm/
pages/{n}/set_position/
pages/{n}/privacy/
pages/{n}/lock/
pages/{n}/unlock/
pages/{n}/convert_alias/
pages/{n}/revisions/1/unschedule/
bulk/wagtailcore/page/publish/?id={n}
bulk/wagtailcore/page/unpublish/?id={n}
bulk/wagtailcore/page/delete/?id={n}
workflows/edit/1/
workflows/disable/1/
workflows/tasks/disable/1/
users/
groups/
sites/
collections/
reports/workflow/
password_reset/
login/
""".split()


def test_no_role_publishes_by_the_publish_button(editor):
    for role in OFFICE:
        someone = editor(role)
        page = someone.write(f"{role}直接发布", **{"action-publish": "1"})
        assert (page is None) == (role not in ("department", "center"))
        if page is not None:
            given = form(page.title, slug=page.slug)
            someone.post(f"/content-admin/pages/{page.pk}/edit/", **given, **{"action-publish": "1"})
            assert not fresh(page).live


def test_rooms_of_wagtail_that_go_round_the_reviews_are_closed_to_every_role(editor):
    from xinyong.website.content.models import Article

    live = Article.objects.live().first()
    for role in OFFICE:
        someone = editor(role)
        for address in ROUND_THE_REVIEWS:
            answer = someone.post("/content-admin/" + address.format(n=live.pk))
            assert answer.status_code in (403, 404), (role, address)
    assert fresh(live).live


def test_what_wagtail_adds_is_closed_until_it_is_opened(editor):
    """Every address of Wagtail's office is either listed or refused."""
    from django.urls import get_resolver

    from xinyong.website.content.gate import OPEN

    names, unguarded = set(), []
    for name, view in _views(get_resolver().url_patterns, ""):
        if name:
            names.add(name)
        if not hasattr(view, "action"):
            unguarded.append(name)
    assert unguarded == []
    assert OPEN <= names


def _views(patterns, prefix, namespace=""):
    for p in patterns:
        path = prefix + str(p.pattern)
        if hasattr(p, "url_patterns"):
            inner = f"{namespace}{p.namespace}:" if p.namespace else namespace
            yield from _views(p.url_patterns, path, inner)
        elif path.startswith(("content-admin/", "c/")):
            yield (f"{namespace}{p.name}" if p.name else "", p.callback)


def test_a_published_article_is_not_deleted(staff, sent):
    for person in (staff.first, staff.second, staff.third):
        person.review(sent)
    for person in (staff.author, staff.third):
        person.post(f"/content-admin/pages/{sent.pk}/delete/")
        assert fresh(sent).live


def test_withdrawing_asks_for_the_role_and_a_reason_and_is_audited(site, staff, sent, reader):
    for person in (staff.first, staff.second, staff.third):
        person.review(sent)
    address = f"/content-admin/withdraw/{sent.pk}/"
    assert staff.author.post(address, reason="想撤").status_code == 403
    staff.second.post(address, reason="  ")
    assert fresh(sent).live
    staff.second.post(address, reason="内容有误")
    assert reader.get(sent.url).status_code == 404
    assert (
        site.one("SELECT detail->>'reason' FROM audit_entry WHERE action = 'content.withdraw'") == "内容有误"
    )


def test_a_script_in_the_text_is_shown_as_words(staff, reader):
    page = staff.author.write("脚本", text="<script>alert(1)</script>")
    staff.author.send(page, text="<script>alert(1)</script><img src=x onerror=alert(1)>")
    for person in (staff.first, staff.second, staff.third):
        person.review(page)
    shown = reader.get(fresh(page).url).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert" in shown


def test_a_link_that_would_run_a_script_is_dropped(staff):
    import json

    given = json.loads(rich("点这里"))
    given["blocks"][0]["entityRanges"] = [{"offset": 0, "length": 3, "key": 0}]
    given["entityMap"] = {
        "0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(1)"}}
    }
    page = staff.author.write("链接", paragraph=json.dumps(given))
    assert "javascript:" not in page.get_latest_revision_as_object().body.render_as_block()
