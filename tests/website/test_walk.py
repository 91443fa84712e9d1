"""Every address of the site, as every role: the answer is the permission matrix's, and no address is unclassified.

Addresses are collected from the URLconf, so that pages nobody thought of here are walked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from signing_in import browser, open_account, signed_in
from walk_examples import EXAMPLES

from xinyong.foundation.accounts import ROLES, STAFF

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
OFFICE = "content-admin/"  # the editors' office: a library's addresses, filled in by kind of parameter
SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
API = "api/v1/"  # asks for tokens, not for sessions; tests/api walks its operations as every role


@dataclass(frozen=True)
class Address:
    route: str
    name: str
    action: str

    @property
    def key(self) -> str:
        return self.name if self.name in EXAMPLES else self.route

    @property
    def path(self) -> str:
        filled = EXAMPLES.get(self.key, {})
        if "" in filled:
            return "/" + filled[""]
        return "/" + PARAMETER.sub(lambda m: filled.get(m[2]) or SAMPLES.get(m[1], "x"), self.route)


def collected() -> list[Address]:
    from django.urls import URLPattern, get_resolver

    def walk(patterns: Any, before: str) -> Iterator[Address]:
        for p in patterns:
            route = before + str(p.pattern)
            if isinstance(p, URLPattern):
                yield Address(route, p.name or "", getattr(p.callback, "action", ""))
            else:
                yield from walk(p.url_patterns, route)

    return list(walk(get_resolver().url_patterns, ""))


@pytest.fixture
def addresses(visitor: Any) -> list[Address]:
    return collected()


def test_every_address_has_an_action_of_the_matrix(addresses: list[Address]) -> None:
    from xinyong.website.access import matrix

    assert len(addresses) > 60
    assert [(a.route, a.action) for a in addresses if a.action not in matrix()] == []


def test_every_address_with_a_parameter_has_an_example(addresses: list[Address]) -> None:
    ours = [a for a in addresses if not a.route.startswith((OFFICE, API))]
    lacking = [a.key for a in ours if (PARAMETER.search(a.route) or "(" in a.route) and a.key not in EXAMPLES]
    assert lacking == []
    names = {a.key for a in addresses}
    assert [key for key in EXAMPLES if key not in names] == []


def verdict(answer: Any) -> str:
    """How the door answered: "in", "login", "factor", "no"."""
    if answer.status_code == 403:
        return "no"
    if answer.status_code == 302:
        where = answer.url.split("?")[0]
        return {"/login/": "login", "/account/factors/totp": "factor"}.get(where, "in")
    return "in"


def expected(address: Address, role: str, matrix: Any) -> str:
    roles = matrix[address.action].roles
    if role in roles:
        return "in"
    return "login" if role == "public" else "no"


def walked(addresses: list[Address], role: str, matrix: Any) -> list[Address]:
    """All but the API; in the editors' office, where a role may enter, its own tests open the rooms."""
    found = [a for a in addresses if not a.route.startswith(API)]
    return [a for a in found if not (a.route.startswith(OFFICE) and role in matrix[a.action].roles)]


@pytest.mark.whole
@pytest.mark.parametrize("role", ROLES)
def test_an_address_answers_each_role_as_the_matrix_says(addresses: list[Address], role: str) -> None:
    from xinyong.website.access import matrix

    client = browser() if role == "public" else signed_in(open_account(role))
    wrong = []
    for address in walked(addresses, role, matrix()):
        wanted = expected(address, role, matrix())
        answer = client.get(address.path)
        got = verdict(answer)
        open_to_all = "public" in matrix()[address.action].roles
        if answer.status_code >= 500 or (got != wanted and not (open_to_all and got == "login")):
            wrong.append((address.path, address.action, wanted, got, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", ["public", "auditor", "subject"])
def test_posting_opens_no_door_that_looking_does_not(addresses: list[Address], role: str) -> None:
    from xinyong.website.access import matrix

    client = browser() if role == "public" else signed_in(open_account(role))
    closed = [a for a in walked(addresses, role, matrix()) if role not in matrix()[a.action].roles]
    assert len(closed) > 30
    wrong = [(a.path, v) for a in closed if (v := verdict(client.post(a.path))) not in ("no", "login")]
    assert wrong == []


@pytest.mark.parametrize("role", ["center", "security_admin"])
def test_staff_without_a_second_factor_in_the_session_are_led_to_it_everywhere(
    addresses: list[Address], role: str
) -> None:
    assert role in STAFF
    from xinyong.website.access import SELF, matrix

    client = signed_in(open_account(role), second=False)
    ours = [a for a in addresses if not a.route.startswith(API)]
    closed = [a for a in ours if "public" not in matrix()[a.action].roles and a.action != SELF]
    assert len(closed) > 30
    wrong = [(a.path, v) for a in closed if (v := verdict(client.get(a.path))) != "factor"]
    assert wrong == []
