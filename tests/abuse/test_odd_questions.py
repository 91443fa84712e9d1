"""Every page, asked oddly: the parameters of its own forms and links, filled with what nobody would type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from abused import Town, as_role
from walking import OFFICE, PARAMETER, ROLES, Address, addresses

USUAL = (
    "q",
    "page",
    "at",
    "date",
    "class",
    "sort",
    "purpose",
    "export",
    "month",
    "next",
    "line",
    "sheet",
    "after",
    "kind",
)
ODD = (
    "\x00",
    "'\"\\;--",
    "-1",
    "9" * 40,
    "\ud7ff\uffff\u202e😀",
    "١٢",
    "2026-02-31",
    "%s%(x)s{}",
    "a" * 4000,
    "99999999999-99",
)


def sampled(odd: Sequence[str]) -> list[Any]:
    """All of them; the ordinary run takes the two that once broke pages."""
    return [o if n in (0, 3) else pytest.param(o, marks=pytest.mark.verify) for n, o in enumerate(odd)]


@pytest.fixture(scope="module")
def clients(town: Town) -> dict[str, Any]:
    return {r: as_role(r) for r in ROLES}


def walked() -> list[tuple[Address, str]]:
    from xinyong.website.access import matrix

    found = {a.key: a for a in addresses() if not a.route.startswith(OFFICE)}
    return [(a, next(r for r in ROLES if r in matrix()[a.action].roles)) for a in found.values()]


def names(page: bytes) -> set[str]:
    """Of the parameters that the page itself uses."""
    text = page.decode(errors="replace")
    return set(re.findall(r'name="(\w+)"', text)) | set(re.findall(r"[?;&](\w+)=", text)) | set(USUAL)


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize("odd", sampled(ODD), ids=ascii)
def test_no_page_breaks_over_an_odd_question(clients: dict[str, Any], odd: str) -> None:
    wrong = []
    for address, role in walked():
        if address.name in ("account_logout", "mfa_generate_recovery_codes"):
            continue
        asked = dict.fromkeys(names(sent(clients[role].get(address.path, {"purpose": "核对"}))), odd)
        for query in (asked, {**asked, "purpose": "核对", "export": ""}):
            answer = clients[role].get(address.path, query)
            if answer.status_code >= 500:
                wrong.append((address.path, role, answer.status_code))
    assert not wrong, wrong


@pytest.mark.parametrize("odd", sampled(ODD[:5]), ids=ascii)
def test_no_form_breaks_over_an_odd_answer(clients: dict[str, Any], odd: str) -> None:
    wrong = []
    for address, role in walked():
        if address.name.startswith(("account_", "mfa_")):
            continue  # a password that was changed ends the walk
        page = sent(clients[role].get(address.path, {"purpose": "核对"}))
        given = dict.fromkeys(names(page) - {"csrfmiddlewaretoken"}, odd)
        for form in (given, {**given, "purpose": "核对"}):
            answer = clients[role].post(address.path, form)
            if answer.status_code >= 500:
                wrong.append((address.path, role, answer.status_code))
    assert not wrong, wrong


@pytest.mark.parametrize(
    "odd",
    ["%00", "%ff", "%ed%a0%80", "%F0%9F%98%80", "0x1", "-1", "9" * 30, "%E2%80%AE", "a" * 3000, "%0d%0aX:1"],
)
def test_no_address_breaks_over_an_odd_part(clients: dict[str, Any], odd: str) -> None:
    wrong = []
    for address, role in walked():
        if "<" in address.route and "(" not in address.route:
            path = "/" + PARAMETER.sub(odd, address.route)
            answer = clients[role].get(path, {"purpose": "核对"})
            if answer.status_code >= 500 or "X" in answer.headers:
                wrong.append((path, role, answer.status_code))
    assert not wrong, wrong


@pytest.mark.parametrize("header", ["X-Purpose", "Idempotency-Key", "If-None-Match", "Accept-Language", "Range", "Cookie", "HX-Request",
                                    "Referer", "X-Forwarded-For", "User-Agent", "Accept", "Origin", "X-Xinyong-Nonce"])  # fmt: skip
def test_no_header_breaks_a_page_or_the_api(clients: dict[str, Any], token: Any, header: str) -> None:
    from signing_in import browser

    _, secret = token()
    bearer = {"Authorization": f"Bearer {secret}"}
    for odd in (
        "\x01",
        "%00",
        "bytes=9-1",
        "bytes=-",
        "🙂".encode().decode("latin-1"),
        "a" * 9000,
        "'",
        ";;;,,,",
        "q=x",
    ):
        for path in ("/", "/search?q=示例", "/login/"):
            assert browser().get(path, headers={header: odd}).status_code < 500, (path, odd)
        for path in (
            "/api/v1/search?q=x",
            "/api/v1/subjects/91500152YY00000282/archive",
            "/api/v1/catalog/items",
        ):
            assert browser().get(path, headers={**bearer, header: odd}).status_code < 500, (path, odd)
