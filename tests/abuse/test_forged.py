"""Requests that lie about where they go and where they come from; answers lead nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from abused import CODE, Town, as_role, opened
from signing_in import PASSWORD, browser
from walking import addresses

EVIL = "evil.example"
PAGES = ("/", "/search?q=示例", "/verify", "/login/", "/c/", "/c/rss.xml", "/api/v1/docs", "/api/v1/openapi.json", "/services/report")  # fmt: skip
HOSTS = (EVIL, f"localhost.{EVIL}", f"localhost@{EVIL}", f"localhost:80@{EVIL}", f"{EVIL}:80", "localhost, " + EVIL,
         "localhost/" + EVIL, "[::1]." + EVIL, "127.0.0.1.nip.io", "*", "")  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_not_ours_gets_no_page(site: Any, host: str) -> None:
    for page in PAGES:
        answer = browser().get(page, headers={"host": host})
        assert answer.status_code == 400, page
        assert EVIL.encode() not in answer.content and "Location" not in answer.headers
        assert "Content-Security-Policy" in answer.headers


FORWARDED = {"X-Forwarded-Host": EVIL, "X-Host": EVIL, "X-Forwarded-Server": EVIL, "X-Original-Host": EVIL,
             "Forwarded": f"host={EVIL}", "X-Original-URL": "/console/", "X-Rewrite-URL": "/console/",
             "X-Forwarded-Proto": "https", "X-Forwarded-Port": "444", "X-Forwarded-Prefix": f"//{EVIL}"}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_no_header_of_a_proxy_changes_a_page(site: Any, page: str) -> None:
    client = browser()
    usual, forged = client.get(page), client.get(page, headers=FORWARDED)
    assert usual.status_code == forged.status_code == 200
    assert EVIL.encode() not in forged.content and b":444" not in forged.content
    assert EVIL not in str(forged.headers)


def test_a_report_names_the_site_s_own_address_whoever_orders_it_by_whatever_host(town: Town) -> None:
    """The address in the QR code is a setting, never what a request says."""
    client = as_role("subject", subject_code=CODE)
    made = client.post("/report/own", {"use": "政府采购"}, headers=FORWARDED)
    number = made.url.rpartition("/")[2]
    body = client.get(f"/report/file/{number}/json", headers=FORWARDED).content.decode()
    assert EVIL not in body and "http://127.0.0.1:8000/verify/" in body


def test_a_purpose_or_an_address_that_was_forged_stands_in_no_trail(town: Town) -> None:
    client = as_role("audit_admin")
    client.get("/console/admin/audit", headers={"X-Forwarded-For": "192.0.2.66", "X-Real-IP": "192.0.2.66"})
    told = town.district.one("SELECT count(*) FROM audit_entry WHERE origin LIKE '192.0.2%'")
    assert told == 0 and town.district.one("SELECT count(*) FROM audit_entry WHERE origin = '127.0.0.1'") > 0


ELSEWHERE = (
    f"https://{EVIL}/", f"//{EVIL}/", f"/\\{EVIL}", f"\\\\{EVIL}", f"///{EVIL}", f"http:{EVIL}", f"https:/{EVIL}",
    f"/%09/{EVIL}", f"javascript:alert(1)//{EVIL}", f"data:text/html,{EVIL}", f"\thttps://{EVIL}", f"https://localhost@{EVIL}/",
    f"/\n/{EVIL}",
)  # fmt: skip
NAMES = (
    "next",
    "back",
    "return",
    "returnTo",
    "url",
    "redirect",
    "redirect_to",
    "continue",
    "r",
    "u",
    "referer",
)


def leads_away(answer: Any) -> bool:
    """By its header, or by a link, form or refresh of the page."""
    where = answer.headers.get("Location", "") or answer.headers.get("HX-Redirect", "")
    netloc = urlsplit(where.replace("\\", "/").strip()).netloc
    scheme = urlsplit(where.strip()).scheme
    text = "" if answer.streaming else answer.content.decode(errors="replace")
    linked = any(f'{a}="{e}' in text for a in ("href", "action", "content", "src") for e in ELSEWHERE)
    return bool(netloc not in ("", "localhost") or scheme not in ("", "http") or linked)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_page_leads_to_another_site(site: Any, elsewhere: str) -> None:
    pages = [a.path for a in addresses() if "<" not in a.route and "(" not in a.route]
    client, asked = browser(), dict.fromkeys(NAMES, elsewhere)
    wrong = [p for p in pages if leads_away(client.get(p, asked, headers={"referer": elsewhere}))]
    assert wrong == []


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nor_does_one_after_something_was_done(site: Any, elsewhere: str) -> None:
    account = opened("subject")
    given = dict.fromkeys(NAMES, elsewhere)
    client, origin = browser(), {"referer": f"http://localhost/{elsewhere}"}
    assert not leads_away(client.post("/display", {**given, "mode": "elder"}, headers={"referer": elsewhere}))
    assert not leads_away(client.post("/display", {**given, "mode": "elder"}, headers=origin))
    into = client.post(
        "/login/?next=" + elsewhere, {**given, "login": account.username, "password": PASSWORD}
    )
    assert into.status_code == 302 and not leads_away(into)
    assert not leads_away(client.post("/logout/", given))


def test_the_way_back_after_logging_in_leads_to_a_page_of_ours_only(site: Any) -> None:
    account = opened("subject")
    client = browser()
    asked = client.get("/own/looks")
    assert asked.url.startswith("/login/?next=%2Fown%2Flooks")
    done = client.post(asked.url, {"login": account.username, "password": PASSWORD, "next": "/own/looks"})
    assert done.url in ("/own/looks", "/console/")
