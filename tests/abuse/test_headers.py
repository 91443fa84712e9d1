"""What every address has in common, walked: forms ask for their token, nothing is framed, nothing personal is kept."""

from __future__ import annotations

from typing import Any

import pytest
from abused import as_role
from walking import OFFICE, ROLES, Address, addresses

WITHOUT_TOKEN = {"display"}  # changes the visitor's own type size and nothing else
KEPT = {"content-picture"}  # published pictures, the same for everybody


@pytest.fixture(scope="module")
def clients(site: Any) -> dict[str, Any]:
    """A browser of each role, whose forms need their tokens."""
    made = {r: as_role(r) for r in ROLES}
    for client in made.values():
        client.handler.enforce_csrf_checks = True
    return made


def opened_by(address: Address) -> str:
    """A role that the address is open to, the least powerful first."""
    from xinyong.website.access import matrix

    allowed = matrix()[address.action].roles
    return next(r for r in ROLES if r in allowed)


def walked() -> list[tuple[Address, str]]:
    found = {(a.key, a.path): a for a in addresses()}
    return [(a, opened_by(a)) for a in found.values()]


def test_no_form_is_taken_without_its_token(clients: dict[str, Any], site: Any) -> None:
    before = site.one("SELECT count(*) FROM audit_entry")
    taken = []
    for address, role in walked():
        answer = clients[role].post(address.path, {"reason": "x"})
        refused = answer.status_code == 403 or answer.status_code in (404, 405)
        if not refused and address.name not in WITHOUT_TOKEN:
            taken.append((address.path, role, answer.status_code))
    assert taken == []
    assert site.one("SELECT count(*) FROM audit_entry") == before


def test_a_form_with_its_token_is_taken(clients: dict[str, Any]) -> None:
    """Else the walk above proves nothing."""
    import re

    client = clients["department"]
    page = client.get("/console/department/zero").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert (
        token
        and client.post("/console/department/zero", {"csrfmiddlewaretoken": token[1]}).status_code == 400
    )


def test_a_token_of_one_browser_is_no_good_in_another(clients: dict[str, Any]) -> None:
    import re

    page = clients["department_reviewer"].get("/account/password").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    clients["department"].get("/account/password")
    answer = clients["department"].post("/account/password", {"csrfmiddlewaretoken": token[1]})
    assert answer.status_code == 403


def test_every_answer_forbids_framing_sniffing_and_foreign_scripts(clients: dict[str, Any]) -> None:
    wrong = []
    for address, role in walked():
        h = clients[role].get(address.path).headers
        office = address.route.startswith(OFFICE)
        policy, wanted = h.get("Content-Security-Policy", ""), "SAMEORIGIN" if office else "DENY"
        safe = "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", "" if office else "unsafe")
        framed = h.get("X-Frame-Options") not in ("DENY", wanted)
        if framed or not safe or "default-src" not in policy or h.get("X-Content-Type-Options") != "nosniff":
            wrong.append((address.path, h.get("X-Frame-Options"), policy))
        if "frame-ancestors" not in policy and "sandbox" not in policy:
            wrong.append((address.path, "may be framed"))
    assert wrong == []


def test_no_page_is_kept_by_a_browser_or_a_cache_on_the_way(clients: dict[str, Any]) -> None:
    wrong = []
    for address, role in walked():
        answer = clients[role].get(address.path)
        kept = "no-store" not in answer.headers.get("Cache-Control", "")
        if kept and address.key not in KEPT and role != "public":
            wrong.append((address.path, role, answer.status_code, answer.headers.get("Cache-Control")))
    assert wrong == []


def test_a_public_page_that_somebody_signed_in_opens_is_not_kept_either(clients: dict[str, Any]) -> None:
    wrong = []
    for address, role in walked():
        if role == "public" and not address.route.startswith(("c/media", "evidence/")):
            control = clients["subject"].get(address.path).headers.get("Cache-Control", "")
            wrong += [] if "no-store" in control else [(address.path, control)]
    assert wrong == []


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(clients: dict[str, Any]) -> None:
    from django.conf import settings

    clients["public"].get("/login/")
    cookie = clients["public"].cookies["csrftoken"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY and settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_SECURE == settings.HTTPS == settings.CSRF_COOKIE_SECURE


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND"])
def test_a_method_no_page_has_is_refused_and_changes_nothing(
    clients: dict[str, Any], site: Any, method: str
) -> None:
    before = site.one("SELECT count(*) FROM audit_entry")
    for path in (
        "/",
        "/login/",
        "/console/department/submit",
        "/own/authorisations",
        "/api/v1/reports",
        "/verify",
    ):
        for client in (clients["public"], clients["department"]):
            answer = client.generic(method, path)
            assert answer.status_code in (200, 302, 400, 401, 403, 405), (method, path, answer.status_code)
            assert b"Traceback" not in answer.content
    assert site.one("SELECT count(*) FROM audit_entry") == before
