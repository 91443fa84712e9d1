"""The API, asked whatever its own description allows and much that it does not, by every kind of caller.

No answer is a 5xx, none has a status or type that is not described, and each has the described shape.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from abused import AUTHORITY, BANK, CODE, Town
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

CALLERS = ("public", "stranger", "department", "center", "bank", "agency", "signed")
PURPOSE = "%E8%B4%B7%E5%89%8D%E5%AE%A1%E6%9F%A5"  # 贷前审查
FEW, MANY = 4, 150
Start = Callable[..., Any]


def bearing(application: Any, secret: str) -> Any:
    """The application as a system meets it that shows its token."""

    def asked(environ: dict[str, Any], start: Start) -> Any:
        if secret:
            environ |= {"HTTP_AUTHORIZATION": f"Bearer {secret}", "HTTP_X_PURPOSE": PURPOSE}
        return application(environ, start)

    return asked


def signing(application: Any, number: int, secret: str) -> Any:
    """The application as a system meets it that signs each request."""
    from django.core.handlers.wsgi import WSGIRequest

    def asked(environ: dict[str, Any], start: Start) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        method, target = environ["REQUEST_METHOD"], WSGIRequest(dict(environ)).get_full_path()
        stamp, nonce = str(int(time.time())), secrets.token_hex(12)
        text = "\n".join([method, target, stamp, nonce, sha256(body).hexdigest()])
        made = hmac.new(secret.encode(), text.encode(), sha256).hexdigest()
        named = {"TOKEN": str(number), "TIMESTAMP": stamp, "NONCE": nonce, "SIGNATURE": made}
        environ |= {f"HTTP_X_XINYONG_{name}": value for name, value in named.items()}
        environ["HTTP_X_PURPOSE"] = PURPOSE
        environ["wsgi.input"].seek(0)
        return application(environ, start)

    return asked


@pytest.fixture
def callers(town: Town, token: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The application as each of them meets it."""
    from xinyong.website.api import limits
    from xinyong.website.wsgi import application

    monkeypatch.setattr(limits, "ANONYMOUS", 10_000_000)
    provider = {"department": AUTHORITY, "bank": BANK, "agency": BANK}
    made = {"public": bearing(application, ""), "stranger": bearing(application, "xyt_nobody")}
    for role in CALLERS[2:-1]:
        scopes = ("api.look", "api.report", *(("api.submit",) if role == "department" else ()))
        made[role] = bearing(application, token(role, provider.get(role, ""), scopes=scopes)[1])
    return {**made, "signed": signing(application, *token(signs=True))}


@pytest.fixture
def known(town: Town) -> dict[str, list[str]]:
    """Parameters that lead somewhere: what is generated alone never would."""
    return {
        "code": [CODE, "XZCF", town.public_id()],
        "number": [town.owned["upload"], town.owned["report"]],
        "leaf": ["00" * 32],
    }


def operations(application: Any) -> Iterator[Any]:
    import schemathesis

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for found in schema.get_all_operations():
        yield found.ok()


def checks() -> list[Any]:
    from schemathesis import checks as usual
    from schemathesis.specs.openapi import checks as described

    return [
        usual.not_a_server_error, described.status_code_conformance, described.content_type_conformance,
        described.response_headers_conformance, described.response_schema_conformance,
    ]  # fmt: skip


def cases(operation: Any, known: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    """What the description allows, with and without parameters that lead somewhere, and what it does not."""
    from schemathesis import GenerationMode

    names = {p.name for p in operation.path_parameters}
    fixed = [{name: value} for name, values in known.items() if name in names for value in values]
    allowed = [operation.as_strategy(GenerationMode.POSITIVE, path_parameters=f) for f in fixed]
    kinds = [*allowed, operation.as_strategy(GenerationMode.POSITIVE)]
    with suppress(Exception):
        kinds.append(operation.as_strategy(GenerationMode.NEGATIVE))
    return st.one_of(kinds)


def fuzzed(operation: Any, known: dict[str, list[str]], examples: int) -> None:
    held = checks()

    @seed(20261123)
    @settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
    )  # fmt: skip
    @given(case=cases(operation, known))
    def whatever(case: Any) -> None:
        case.call_and_validate(checks=held)

    whatever()


def test_the_description_names_the_operations_that_are_fuzzed(callers: dict[str, Any]) -> None:
    found = {(o.method, o.path) for o in operations(callers["public"])}
    assert ("post", "/api/v1/submissions") in found and len(found) >= 14


@pytest.mark.parametrize("caller", CALLERS)
def test_no_call_gets_an_answer_that_is_not_described(
    callers: dict[str, Any], known: dict[str, list[str]], caller: str
) -> None:
    for operation in operations(callers[caller]):
        fuzzed(operation, known, FEW)


@pytest.mark.verify
@pytest.mark.parametrize("caller", CALLERS)
def test_no_call_of_very_many_gets_an_answer_that_is_not_described(
    callers: dict[str, Any], known: dict[str, list[str]], caller: str
) -> None:
    for operation in operations(callers[caller]):
        fuzzed(operation, known, MANY)
