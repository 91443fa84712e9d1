"""Three administrators, none of whom can do another's work; four eyes on every account; a trail nobody alters."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import psycopg
import pytest
from signing_in import SUBJECT, as_role, browser, open_account, signed_in

from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.permissions import meeting
from xinyong.foundation import database
from xinyong.foundation.accounts import ADMINS

NEW = {"username": "李示例", "display_name": "李示例", "proposed_role": "center", "provider": "", "email": ""}


def number_of(site, name):
    return site.one("SELECT id FROM account WHERE username = %s", name)


def opened(site, by=None):
    """An account that the system administrator opened; gives its one-time password."""
    page = (
        signed_in(by or open_account("system_admin"))
        .post("/console/admin/accounts/new", NEW)
        .content.decode()
    )
    return re.search(r'class="console-secret">([^<]+)<', page)[1]


def test_the_three_administrators_share_no_action(home):
    found = load_rulebook().permissions
    assert meeting(found.values()) == []
    for admin in ADMINS:
        assert any(admin in a.roles and a.area.endswith("管理") for a in found.values())


def test_an_account_works_only_when_a_second_person_gives_it_its_role(site, trail):
    opened(site)
    assert site.one("SELECT is_active FROM account WHERE username = '李示例'") is False
    number = number_of(site, "李示例")
    answer = as_role("security_admin").post(
        f"/console/admin/roles/{number}", {"role": "center", "provider": ""}
    )
    assert answer.status_code == 302
    assert site.one("SELECT role || is_active FROM account WHERE id = %s", number) == "centertrue"
    assert trail("role.grant")[0] == ("role.grant", "示例security_admin", "李示例")


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("system_admin", "/console/admin/roles/1"),
        ("system_admin", "/console/admin/audit"),
        ("security_admin", "/console/admin/accounts/new"),
        ("security_admin", "/console/admin/accounts/1/password"),
        ("security_admin", "/console/admin/looks"),
        ("audit_admin", "/console/admin/accounts"),
        ("audit_admin", "/console/admin/roles/1"),
        ("audit_admin", "/console/admin/sessions"),
        ("center", "/console/admin/audit"),
        ("auditor", "/console/admin/audit"),
    ],
)
def test_one_administrators_page_is_closed_to_the_other(site, role, address):
    client = as_role(role)
    assert client.get(address).status_code == 403
    assert client.post(address, {}).status_code == 403


def test_who_opened_an_account_cannot_give_it_a_role_even_after_changing_sides(site):
    from xinyong.foundation.models import Account

    turncoat = open_account("system_admin", "两面")
    opened(site, turncoat)
    Account.objects.filter(pk=turncoat.pk).update(role="security_admin")
    turncoat.refresh_from_db()
    answer = signed_in(turncoat).post(f"/console/admin/roles/{number_of(site, '李示例')}", {"role": "center"})
    assert answer.status_code == 400 and "不能是同一人" in answer.content.decode()


@pytest.mark.parametrize("page", ["", "/state", "/factor"])
def test_a_security_administrator_does_nothing_to_the_own_account(site, page):
    account = open_account("security_admin")
    answer = signed_in(account).post(f"/console/admin/roles/{account.pk}{page}", {"role": "audit_admin"})
    assert answer.status_code == 400 and ("自己" in answer.content.decode())


def test_a_department_role_needs_its_department(site):
    opened(site)
    number = number_of(site, "李示例")
    answer = as_role("security_admin").post(
        f"/console/admin/roles/{number}", {"role": "department", "provider": ""}
    )
    assert answer.status_code == 400 and "统一社会信用代码" in answer.content.decode()


def test_the_one_time_password_is_shown_once_and_stored_nowhere(site):
    password = opened(site)
    dump = str(site.owner().execute("SELECT * FROM account").fetchall())
    dump += str(site.owner().execute("SELECT * FROM audit_entry").fetchall())
    assert password not in dump and len(password) > 15


def test_stopping_an_account_ends_its_sessions_at_once(site):
    account = open_account("center")
    client = signed_in(account)
    assert client.get("/account/factors").status_code == 200
    as_role("security_admin").post(f"/console/admin/roles/{account.pk}/state", {})
    assert client.get("/account/factors").status_code == 302


def test_taking_a_role_away_takes_effect_in_the_running_session(site):
    account = open_account("audit_admin")
    client = signed_in(account)
    assert client.get("/console/admin/audit").status_code == 200
    as_role("security_admin").post(f"/console/admin/roles/{account.pk}", {"role": "center", "provider": ""})
    assert client.get("/console/admin/audit").status_code == 302
    assert (
        signed_in(account.__class__.objects.get(pk=account.pk)).get("/console/admin/audit").status_code == 403
    )


def test_resetting_the_password_and_the_second_factor_takes_two_people(site):
    from allauth.mfa.models import Authenticator

    account = open_account("center")
    Authenticator.objects.create(user=account, type="totp", data={"secret": "x"})
    system, security = as_role("system_admin"), as_role("security_admin")
    assert system.post(f"/console/admin/roles/{account.pk}/factor").status_code == 403
    assert security.post(f"/console/admin/accounts/{account.pk}/password").status_code == 403
    assert system.post(f"/console/admin/accounts/{account.pk}/password").status_code == 200
    assert Authenticator.objects.filter(user=account).exists()
    assert security.post(f"/console/admin/roles/{account.pk}/factor").status_code == 302
    assert not Authenticator.objects.filter(user=account).exists()


def test_a_session_is_listed_without_its_key_and_can_be_ended(site):
    account = open_account("subject")
    client = signed_in(account)
    security = as_role("security_admin")
    page = security.get("/console/admin/sessions").content.decode()
    assert client.session.session_key not in page
    row = re.search(rf'{account.username}.*?href="(/console/admin/sessions/[0-9a-f]+)"', page, re.S)
    assert security.post(row[1], {}).status_code == 302
    assert client.get("/account/factors").status_code == 302


def test_nobody_can_be_a_superuser(site):
    account = open_account("system_admin")
    for connect in (database.connect_app, database.connect_owner):
        with (
            connect() as c,
            pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)),
        ):
            c.execute("UPDATE account SET is_superuser = true WHERE id = %s", [account.pk])


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = ''", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_trail_cannot_be_altered_by_the_application(site, statement):
    open_account("center")
    with database.connect_app() as c, pytest.raises(psycopg.errors.InsufficientPrivilege):
        c.execute(statement)


def test_accounts_are_never_deleted_and_keep_their_name(site):
    open_account("center")
    for statement in (
        "DELETE FROM account",
        "UPDATE account SET username = 'x'",
        "UPDATE account SET created_by = 'x'",
    ):
        with database.connect_app() as c, pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute(statement)


def test_the_audit_administrator_searches_by_who_what_whom_and_when(site):
    open_account("center", "甲示例")
    open_account("center", "乙示例")
    client = as_role("audit_admin")

    def found(**query):
        page = client.get("/console/admin/audit", query).content.decode()
        return {n for n in ("甲示例", "乙示例") if f">{n}<" in page}

    today = datetime.now(UTC).date().isoformat()
    assert found(act="account.create") == {"甲示例", "乙示例"}
    assert found(target="甲示", act="account") == {"甲示例"}
    assert found(actor="没有的人") == set()
    assert found(until="2020-01-01") == set() and found(since="2020-01-01", target="甲示例") == {"甲示例"}
    assert client.get("/console/admin/audit", {"since": "昨天"}).status_code == 200 and today


def test_an_export_asks_for_a_purpose_and_is_itself_in_the_trail(site, trail):
    client = as_role("audit_admin")
    asked = client.get("/console/admin/audit", {"export": "csv", "act": "account"})
    assert "写明用途" in asked.content.decode() and not trail("audit.export")
    answer = client.get("/console/admin/audit", {"export": "csv", "act": "account", "purpose": "年度审计"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[0][:4] == ["时间", "谁", "角色", "来自"] and len(lines) == 2
    assert trail("audit.export")[0][1] == "示例audit_admin"
    assert site.one("SELECT purpose FROM audit_entry WHERE action = 'audit.export'") == "年度审计"


def test_no_exported_cell_is_a_formula(site):
    import openpyxl

    open_account("center", "=HYPERLINK(1)")
    open_account("center", "@示例")
    client = as_role("audit_admin")
    query = {"act": "account.create", "purpose": "审计"}
    body = b"".join(client.get("/console/admin/audit", {**query, "export": "csv"}).streaming_content).decode(
        "utf-8-sig"
    )
    assert "'=HYPERLINK(1)" in body and "'@示例" in body and ",=HYPERLINK" not in body
    xlsx = b"".join(client.get("/console/admin/audit", {**query, "export": "xlsx"}).streaming_content)
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(xlsx)).active.iter_rows() for c in row]
    assert cells and all(c.data_type != "f" for c in cells)


def test_a_list_is_safe_from_what_stands_in_it_and_in_its_address(site):
    open_account("center", "<script>alert(1)</script>")
    client = as_role("audit_admin")
    page = client.get("/console/admin/audit", {"sort": "id; DROP TABLE look", "page": "-1", "q": "'; --"})
    assert page.status_code == 200 and b"<script>alert" not in page.content
    assert client.get("/console/admin/audit", {"actor": "%' OR '1'='1"}).content.count(b"<tr>") == 0


def test_a_list_page_costs_the_same_few_statements_however_long_it_is(site):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from xinyong.website import lending

    client = as_role("system_admin")
    counts = []
    for extra in (0, 60):
        for n in range(extra):
            open_account("center", f"示例{n}")
        raw, ask = [], lending.ask

        def counted(work, raw=raw, ask=ask):
            class Spy:
                def __init__(self, c):
                    self.c = c

                def __getattr__(self, name):
                    return getattr(self.c, name)

                def execute(self, *a, **k):
                    raw.append(a)
                    return self.c.execute(*a, **k)

                def cursor(self, *a, **k):
                    raw.append(a)
                    return self.c.cursor(*a, **k)

            return ask(lambda c: work(Spy(c)))

        lending.ask = counted
        try:
            with CaptureQueriesContext(connection) as orm:
                assert client.get("/console/admin/accounts").status_code == 200
        finally:
            lending.ask = ask
        counts.append((len(raw), len(orm)))
    assert counts[0] == counts[1] and counts[0][0] == 2 and counts[0][1] <= 3


def test_pages_of_a_list_do_not_overlap_and_lead_on(site):
    for n in range(60):
        open_account("center", f"示例{n:02}")
    client = as_role("system_admin")
    first, second = (client.get("/console/admin/accounts", {"page": p}).content.decode() for p in (1, 2))
    names = [set(re.findall(r">(示例\d\d)<", page)) for page in (first, second)]
    assert not names[0] & names[1] and len(names[0] | names[1]) == 60
    assert 'rel="next"' in first and 'rel="next"' not in second


def test_an_htmx_request_gets_the_rows_alone_and_caches_keep_the_two_apart(site):
    client = as_role("system_admin")
    whole = client.get("/console/admin/accounts")
    part = client.get("/console/admin/accounts", headers={"HX-Request": "true"})
    assert b"<html" in whole.content and b"<html" not in part.content and b"<table" in part.content
    assert "HX-Request" in whole.headers["Vary"]


def test_a_subject_sees_nothing_until_the_centre_has_verified_its_account(site, trail):
    client = browser()
    form = {
        "username": "示例公司", "display_name": "重庆示例甲乙商贸有限公司", "code": SUBJECT, "contact": "a@example.com",
        "password": "Better-staple-7", "again": "Better-staple-7",
    }  # fmt: skip
    assert client.post("/login/register", form).status_code == 302
    row = site.owner().execute("SELECT id, subject_code, claimed_code FROM account").fetchone()
    assert row[1:] == ("", SUBJECT)
    from xinyong.foundation.models import Account

    client = signed_in(Account.objects.get(pk=row[0]))
    waiting = client.get("/console/")
    assert waiting.status_code == 403 and "信用中心核验" in waiting.content.decode()
    centre = as_role("center")
    assert centre.post(f"/console/verify/{row[0]}", {"basis": ""}).status_code == 400
    assert centre.post(f"/console/verify/{row[0]}", {"basis": "营业执照原件"}).status_code == 302
    assert site.one("SELECT subject_code FROM account WHERE id = %s", row[0]) == SUBJECT
    assert client.get("/console/").status_code != 403
    assert trail("account.verify")[0][2] == "示例公司"


@pytest.mark.parametrize("role", ["department", "center_reviewer", "system_admin", "subject"])
def test_only_the_centre_verifies(site, role):
    assert as_role(role).post("/console/verify/1", {"basis": "x"}).status_code == 403


def test_a_registration_claims_no_bad_code_and_no_role(site):
    form = {
        "username": "示例公司", "display_name": "示例", "code": "91500152YY00000281", "contact": "a@example.com",
        "password": "Better-staple-7", "again": "Better-staple-7", "role": "system_admin", "subject_code": SUBJECT,
    }  # fmt: skip
    assert browser().post("/login/register", form).status_code == 400
    assert browser().post("/login/register", {**form, "code": SUBJECT}).status_code == 302
    assert site.owner().execute("SELECT role, subject_code FROM account").fetchall() == [("subject", "")]


def test_a_job_that_failed_is_put_back_and_one_under_way_is_left(site):
    insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts) VALUES ('default', 'x', %s, 1) RETURNING id"
    owner = site.owner()
    failed, doing = (owner.execute(insert, [s]).fetchone()[0] for s in ("failed", "doing"))
    client = as_role("system_admin")
    assert client.post(f"/console/admin/jobs/{failed}", {}).status_code == 302
    assert client.post(f"/console/admin/jobs/{doing}", {}).status_code == 400
    assert site.one("SELECT status::text FROM procrastinate_jobs WHERE id = %s", failed) == "todo"


def test_a_scope_holds_for_page_count_and_export_alike(site):
    from django.test import RequestFactory

    from xinyong.website.access import who
    from xinyong.website.console.base import Column, ListView

    class Mine(ListView):
        action = export_action = "audit.export"
        title = "样例"
        source = "SELECT n AS id, CASE WHEN n %% 10 = 0 THEN 'mine' ELSE 'theirs' END AS body FROM generate_series(1, 100) n"
        columns = (Column("id", "编号", "number"), Column("body", "单位"))

        def scope(self, who):
            return "body = %(body)s", {"body": "mine"}

    account = open_account("audit_admin")
    session = signed_in(account).session

    def answer(query):
        view = Mine()
        view.request = RequestFactory().get("/x", query)
        view.request.user, view.request.session, view.request._messages = account, session, []
        view.kwargs, view.who = {}, who(view.request)
        return view.get()

    page = answer({}).content.decode()
    assert "共 10 条" in page and page.count(">mine<") == 10 and "theirs" not in page
    body = b"".join(answer({"export": "csv", "purpose": "核对"}).streaming_content).decode()
    assert body.count("mine") == 10 and "theirs" not in body
