"""Logging in as people do it: forms, second factor, lock-out, sessions."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from signing_in import PASSWORD, browser, open_account, signed_in


def fill(client, address, **fields):
    """Send a form with the token its page brought along."""
    page = client.get(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token, page.content.decode()[:2000]
    return client.post(address, {**fields, "csrfmiddlewaretoken": token[1]})


def log_in(client, name, password=PASSWORD):
    return fill(client, "/login/", login=name, password=password)


def totp(secret, step=0):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time() // 30) + step))


def enrol(client):
    """Set up an authenticator app; gives its secret."""
    page = client.get("/account/factors/totp").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    done = client.post("/account/factors/totp", {"code": totp(secret, -1), "csrfmiddlewaretoken": token})
    assert done.status_code == 302, done.content.decode()
    return secret


@pytest.fixture
def staff(site):
    return open_account("system_admin")


@pytest.fixture
def client(site):
    return browser(enforce_csrf_checks=True)


def test_staff_without_a_second_factor_gets_no_further_than_setting_one_up(client, staff):
    assert log_in(client, staff.username).url == "/console/"
    answer = client.get("/console/admin/accounts")
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/account/factors/totp")
    enrol(client)
    assert client.get("/console/admin/accounts").status_code == 200


def test_an_enrolled_second_factor_is_asked_for_at_the_next_login(client, staff):
    log_in(client, staff.username)
    secret = enrol(client)
    again = browser(enforce_csrf_checks=True)
    assert log_in(again, staff.username).url == "/login/second"
    assert again.get("/console/admin/accounts").url.startswith("/login/")
    assert fill(again, "/login/second", code="000000").status_code == 200
    assert fill(again, "/login/second", code=totp(secret)).status_code == 302
    assert again.get("/console/admin/accounts").status_code == 200


def test_a_code_works_once(client, staff):
    log_in(client, staff.username)
    code = totp(enrol(client))
    first, second = browser(enforce_csrf_checks=True), browser(enforce_csrf_checks=True)
    for each in (first, second):
        log_in(each, staff.username)
    assert fill(first, "/login/second", code=code).status_code == 302
    assert fill(second, "/login/second", code=code).status_code == 200


def test_a_factor_that_is_enrolled_but_not_used_in_this_session_is_not_enough(client, staff):
    log_in(client, staff.username)
    enrol(client)
    other = signed_in(staff, second=False)
    answer = other.get("/console/admin/accounts")
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/account/factors/again")


def test_a_recovery_code_stands_in_for_the_phone_once(client, staff):
    log_in(client, staff.username)
    enrol(client)
    codes = re.findall(r"<li><code>(\d+)</code>", client.get("/account/factors/codes").content.decode())
    assert len(codes) == 10
    shown_again = client.get("/account/factors/codes").content.decode()
    assert not any(code in shown_again for code in codes)
    for expected in (302, 200):
        other = browser(enforce_csrf_checks=True)
        log_in(other, staff.username)
        assert fill(other, "/login/second", code=codes[0]).status_code == expected


def test_staff_cannot_give_up_their_last_second_factor(client, staff):
    log_in(client, staff.username)
    enrol(client)
    assert "不能停用最后一种方式" in client.get("/account/factors/totp/off").content.decode()


def test_secrets_of_second_factors_are_not_in_the_database(client, staff, site):
    log_in(client, staff.username)
    secret = enrol(client)
    stored = str(site.one("SELECT data FROM mfa_authenticator WHERE type = 'totp'"))
    assert secret not in stored and len(stored) > 60


def test_five_failures_lock_the_name_also_with_the_right_password(client, staff, trail):
    for _ in range(5):
        assert "用户名或密码不对" in log_in(client, staff.username, "wrong").content.decode()
    answer = log_in(client, staff.username.upper())
    assert answer.status_code == 200 and "已暂停登录" in answer.content.decode()
    assert len(trail("login.failed")) == 6


def test_a_name_nobody_has_is_told_the_same(client, site, trail):
    open_account("center", "示例业务员")
    real, nobody = log_in(client, "示例业务员", "wrong"), log_in(client, "没有的人", "wrong")

    def said(answer):
        return re.findall(r'role="alert".*?</div>', answer.content.decode(), re.S)

    assert said(real) == said(nobody) != []


def test_a_lock_ends_after_a_quarter_of_an_hour(client, staff, site):
    for _ in range(5):
        log_in(client, staff.username, "wrong")
    earlier = datetime.now(UTC) - timedelta(minutes=16)
    site.owner().execute("UPDATE account_attempt SET at = %s", [earlier])
    assert log_in(client, staff.username).status_code == 302


def test_guessing_the_second_factor_locks_too(client, staff):
    log_in(client, staff.username)
    secret = enrol(client)
    guesser = browser(enforce_csrf_checks=True)
    log_in(guesser, staff.username)
    for n in range(5):
        fill(guesser, "/login/second", code=f"00000{n}")
    answer = fill(guesser, "/login/second", code=totp(secret))
    assert answer.status_code == 200 and "已暂停登录" in answer.content.decode()


def test_the_session_key_changes_at_login(client, staff):
    client.get("/login/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    log_in(client, staff.username)
    after = client.cookies["sessionid"].value
    assert after != before
    thief = browser()
    thief.cookies["sessionid"] = before
    assert thief.get("/account/factors").url.startswith("/login/")


def test_an_account_has_two_sessions_and_the_third_ends_the_oldest(site, trail):
    account = open_account("subject", "示例企业")
    browsers = [browser(enforce_csrf_checks=True) for _ in range(3)]
    for each in browsers:
        assert log_in(each, account.username).status_code == 302
        site.owner().execute("UPDATE account_session SET last_seen = last_seen - interval '1 minute'")
    assert [b.get("/account/factors").status_code for b in browsers] == [302, 200, 200]
    assert trail("session.superseded")


@pytest.mark.parametrize("column", ["last_seen", "started"])
def test_a_session_ends_when_it_is_idle_and_in_any_case(site, column):
    from xinyong.foundation.sessions import SEEN, STARTED

    account = open_account("subject", "示例企业")
    client = browser(enforce_csrf_checks=True)
    log_in(client, account.username)
    assert client.get("/account/factors").status_code == 200
    session = client.session
    past = {"last_seen": (SEEN, 31 * 60), "started": (STARTED, 11 * 3600)}[column]
    session[past[0]] = time.time() - past[1]
    session.save()
    assert client.get("/account/factors").status_code == 302


def test_logging_out_ends_the_session_on_the_server(client, staff, trail):
    log_in(client, staff.username)
    key = client.cookies["sessionid"].value
    fill(client, "/logout/")
    thief = browser()
    thief.cookies["sessionid"] = key
    assert thief.get("/account/factors").status_code == 302
    assert trail("logout")[0][1] == staff.username


def test_a_first_password_must_be_changed_before_anything_else(client, site):
    from xinyong.foundation.models import Account

    account = open_account("center")
    Account.objects.filter(pk=account.pk).update(must_change_password=True)
    log_in(client, account.username)
    assert client.get("/console/").url.split("?")[0] == "/account/password"
    weak = {"oldpassword": PASSWORD, "password1": "示例center-1A", "password2": "示例center-1A"}
    assert "太相似" in fill(client, "/account/password", **weak).content.decode()
    for bad in ("Short-1", "alllowercaseletters", "password123"):
        assert (
            fill(client, "/account/password", oldpassword=PASSWORD, password1=bad, password2=bad).status_code
            == 200
        )
    good = {"oldpassword": PASSWORD, "password1": "Better-staple-7", "password2": "Better-staple-7"}
    assert fill(client, "/account/password", **good).status_code == 302
    assert client.get("/console/").url.split("?")[0] == "/account/factors/totp"


def test_an_account_that_is_not_granted_a_role_cannot_log_in(client, site):
    from django.contrib.auth.hashers import make_password

    from xinyong.foundation import accounts, database
    from xinyong.foundation.audit import Who

    new = accounts.Opening("新人", proposed_role="center", password=make_password(PASSWORD))
    with database.connect_app() as c:
        accounts.create(c, new, Who("系统管理员", "system_admin"), datetime.now(UTC))
    assert log_in(client, "新人").url == "/login/inactive"
    assert client.get("/console/").url.startswith("/login/")


@pytest.mark.parametrize(
    "address", ["/accounts/signup/", "/signup/", "/login/signup", "/accounts/login/", "/admin/"]
)
def test_no_page_of_the_library_is_there_to_sign_up(client, address):
    assert client.get(address).status_code == 404


def test_every_login_page_is_ours_in_chinese_with_landmarks(client, staff):
    log_in(client, staff.username)
    enrol(client)
    for path in ("", "/totp/off", "/codes", "/codes/new", "/keys", "/keys/add", "/again"):
        page = client.get(f"/account/factors{path}", follow=True).content.decode()
        assert '<html lang="zh-CN"' in page and "<main" in page and page.count("<h1>") == 1, path
        assert not re.search(r"\b(Sign|Log|Password|Menu|Authenticator)\b", re.sub(r"<[^>]+>", "", page)), (
            path
        )


def test_login_pages_hold_to_the_content_policy(client, staff):
    log_in(client, staff.username)
    answer = client.get("/account/factors/keys/add")
    page = answer.content.decode()
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script([^>]*)>", page)
    assert scripts and all("src=" in s or 'type="application/json"' in s for s in scripts)
    assert "style=" not in page and "onclick" not in page


def test_a_post_without_its_token_is_refused_in_a_sentence(client, staff):
    answer = client.post("/login/", {"login": staff.username, "password": PASSWORD})
    assert answer.status_code == 403 and "刷新后重新提交" in answer.content.decode()


def test_logging_in_leads_nowhere_else(client, staff):
    page = client.get("/login/?next=https://evil.example/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    form = {"login": staff.username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = client.post("/login/?next=https://evil.example/", {**form, "next": "https://evil.example/"})
    assert answer.url == "/console/"


def test_a_session_in_use_goes_on(site):
    from xinyong.foundation.sessions import SEEN

    client = signed_in(open_account("subject", "示例企业"))
    session = client.session
    session[SEEN] = time.time() - 20 * 60
    session.save()
    assert client.get("/account/factors").status_code == 200
    assert time.time() - client.session[SEEN] < 60


def test_ended_sessions_and_old_tries_are_forgotten_and_live_ones_are_not(site):
    from xinyong.foundation.jobs import forget_sessions

    signed_in(open_account("subject", "示例企业"))
    signed_in(open_account("center"))
    site.owner().execute(
        "UPDATE account_session SET expire_date = now() - interval '1 day' WHERE account_id = 1"
    )
    site.owner().execute("UPDATE account_attempt SET at = now() - interval '31 days' WHERE id = 1")
    forget_sessions.func(0)
    assert site.one("SELECT count(*) FROM account_session") == 1
    assert site.one("SELECT count(*) FROM account_attempt") == 1


def test_behind_our_proxy_the_visitors_address_counts_and_from_elsewhere_none_is_believed(site):
    from django.test import RequestFactory, override_settings

    from xinyong.website.access import origin

    asked = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7")
    assert origin(asked) == "10.0.0.1"
    with override_settings(TRUSTED_PROXIES=["10.0.0.0/8"]):
        assert origin(asked) == "192.0.2.7"


def test_too_many_requests_is_a_page_of_ours(site):
    from django.test import override_settings

    with override_settings(ACCOUNT_RATE_LIMITS={"login": "1/m/ip"}):
        client = browser()
        answers = [client.post("/login/", {"login": "x", "password": "y"}) for _ in range(3)]
    assert answers[-1].status_code == 429 and "操作过于频繁" in answers[-1].content.decode()
