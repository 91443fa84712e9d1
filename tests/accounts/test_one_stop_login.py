"""An enterprise logs in through the government's one-stop login; it binds by code and makes no staff."""

from __future__ import annotations

import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from identity_service import CLIENT, SECRET, IdentityService
from signing_in import SUBJECT, browser, open_account

PERSON = {"sub": "person-1", "uscc": SUBJECT}


@pytest.fixture
def service(site):
    from django.conf import settings
    from django.test import override_settings

    made = IdentityService()
    made.claims, made.details = dict(PERSON), {"sub": "person-1", "name": "重庆示例甲乙商贸有限公司"}
    app = {
        "provider_id": "gov", "name": "一网通办", "client_id": CLIENT, "secret": SECRET,
        "settings": {"server_url": made.issuer, "uid_field": "sub"},
    }  # fmt: skip
    providers = {"openid_connect": {**settings.SOCIALACCOUNT_PROVIDERS["openid_connect"], "APPS": [app]}}
    with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
        yield made
    made.close()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def to_service(client):
    """Press the button; where the service sends the browser back to."""
    away = client.post("/login/oidc/gov?process=login")
    assert away.status_code == 200, away.content.decode()
    try:
        urllib.request.build_opener(Stay).open(away.headers["Refresh"].removeprefix("0; url="))
    except urllib.error.HTTPError as e:
        back = urlsplit(e.headers["Location"])
        e.close()
    return f"{back.path}?{back.query}"


def come_in(client):
    return client.get(to_service(client))


def accounts(site):
    return site.owner().execute("SELECT role, subject_code, is_active FROM account ORDER BY id").fetchall()


def test_an_enterprise_gets_an_account_bound_to_its_code(service, site, trail):
    client = browser()
    assert "一网通办" in client.get("/login/").content.decode()
    assert come_in(client).url == "/console/"
    assert accounts(site) == [("subject", SUBJECT, True)]
    assert client.get("/account/factors").status_code == 200
    assert trail("account.create")[0][1] == "统一身份认证" and trail("login.succeeded")


def test_coming_again_is_the_same_account(service, site):
    for _ in range(2):
        assert come_in(browser()).url == "/console/"
    assert len(accounts(site)) == 1


@pytest.mark.parametrize("code", [None, "", "91500152YY00000281", "510000199001010000", "X" * 40])
def test_without_a_valid_code_nobody_comes_in(service, site, code, trail):
    service.claims["uscc"] = code
    answer = come_in(browser())
    assert answer.status_code == 403 and "统一社会信用代码" in answer.content.decode()
    assert accounts(site) == [] and trail("login.failed")


def test_a_token_signed_by_somebody_else_lets_nobody_in(service, site):
    service.forge()
    client = browser()
    assert come_in(client).status_code in (403, 503)
    assert accounts(site) == [] and client.get("/account/factors").status_code == 302


def test_a_token_for_another_site_lets_nobody_in(service, site):
    service.audience = "another"
    assert come_in(browser()).status_code in (403, 503)
    assert accounts(site) == []


def test_details_of_another_person_do_not_lend_their_code(service, site):
    service.claims = {"sub": "person-1"}
    service.details = {"sub": "person-2", "uscc": SUBJECT}
    assert come_in(browser()).status_code == 403
    assert accounts(site) == []


def test_a_person_who_comes_with_another_code_is_stopped(service, site):
    come_in(browser())
    service.claims["uscc"] = "11500152YY0000239R"
    answer = come_in(browser())
    assert answer.status_code == 403 and "另一个" in answer.content.decode()
    assert accounts(site) == [("subject", SUBJECT, True)]


def test_the_service_makes_nobody_staff(service, site):
    open_account("center", "示例业务员")
    service.claims |= {"role": "system_admin", "is_superuser": True, "preferred_username": "示例业务员"}
    client = browser()
    come_in(client)
    assert sorted(accounts(site)) == [("center", "", True), ("subject", SUBJECT, True)]
    assert client.get("/console/admin/accounts").status_code == 403


def test_an_account_of_staff_tied_to_the_service_is_not_let_in(service, site):
    from allauth.socialaccount.models import SocialAccount

    staff = open_account("center")
    SocialAccount.objects.create(user=staff, provider="gov", uid="person-1")
    assert come_in(browser()).status_code == 403


def test_a_stopped_account_does_not_come_in_this_way(service, site):
    come_in(browser())
    site.owner().execute("UPDATE account SET is_active = false")
    client = browser()
    assert come_in(client).url == "/login/inactive"
    assert client.get("/account/factors").status_code == 302


def test_a_link_does_not_start_the_login(service):
    assert browser().get("/login/oidc/gov").url == "/login/"


def test_an_answer_that_nobody_asked_for_is_refused(service, site):
    back = to_service(browser())
    assert browser().get(back).status_code == 403
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert browser().get(f"/login/oidc/gov/callback?error=access_denied&state={state}").status_code == 403
    assert accounts(site) == []


def test_an_unknown_service_is_not_there(service):
    assert browser().post("/login/oidc/other").status_code == 404


def test_a_service_out_of_reach_is_a_sentence(service):
    service.close()
    service.close = lambda: None
    answer = browser().post("/login/oidc/gov")
    assert answer.status_code == 503 and "稍后重试" in answer.content.decode()
