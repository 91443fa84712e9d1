"""Too much in one request: refused by the length it announces, before a byte of it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from abused import as_role, opened
from signing_in import browser

HUGE = 10**12
PATHS = ("/login/", "/verify/500152202611230000000000000", "/display", "/login/register", "/console/department/submit",
         "/own/authorisations/new", "/api/v1/submissions", "/api/v1/reports", "/nothing", "/")  # fmt: skip


class Unread:
    """A body of which nothing may be read."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        self.read_bytes += 1
        return b""

    readline = read


@pytest.fixture
def announced(site: Any) -> Callable[..., tuple[int, str, int]]:
    """Announce a body of a length; how it was answered, with what type, and how often the body was read."""

    def send(path: str, length: int | str, client: Any = None, **headers: str) -> tuple[int, str, int]:
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import RequestFactory

        body, told = Unread(), []
        environ = RequestFactory().post(path).environ
        environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length), "HTTP_HOST": "localhost", **headers}
        environ["CONTENT_TYPE"] = "multipart/form-data; boundary=b"
        if client is not None:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={m.value}" for k, m in client.cookies.items())
        answer = WSGIHandler()(environ, lambda *given: told.append(given))
        answer.close()
        return int(told[0][0][:3]), dict(told[0][1])["Content-Type"], body.read_bytes

    return send


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_s_huge_body_is_refused_unread(announced: Any, path: str) -> None:
    status, kind, reads = announced(path, HUGE)
    assert (status, reads) == (413, 0)
    assert kind.startswith("application/problem+json" if path.startswith("/api") else "text/html")


def test_a_made_up_token_opens_no_larger_door(announced: Any, token: Any) -> None:
    for headers in ({"HTTP_AUTHORIZATION": "Bearer xyt_nobody"}, {"HTTP_X_XINYONG_TOKEN": "999"},
                    {"HTTP_X_XINYONG_TOKEN": "x" * 99}, {"HTTP_AUTHORIZATION": "Basic eDp5"}):  # fmt: skip
        assert announced("/api/v1/submissions", 100 << 20, **headers)[::2] == (413, 0), headers


@pytest.mark.parametrize("role", ["subject", "public"])
def test_nor_does_an_account_that_hands_in_no_files(announced: Any, role: str) -> None:
    assert announced("/console/department/submit", 100 << 20, as_role(role))[::2] == (413, 0)


def test_nor_one_of_staff_before_its_second_factor(announced: Any) -> None:
    from signing_in import signed_in

    client = signed_in(opened("department"), second=False)
    assert announced("/console/department/submit", 100 << 20, client)[::2] == (413, 0)


def test_who_may_hand_in_a_file_is_read_up_to_the_limit_and_not_beyond(announced: Any, token: Any) -> None:
    from xinyong.collection import uploads

    client, (_, secret) = as_role("department"), token()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    for path, given in (("/console/department/submit", {"client": client}), ("/api/v1/submissions", bearer)):
        assert announced(path, uploads.LARGEST, **given)[0] != 413, path
        assert announced(path, uploads.LARGEST + (2 << 20), **given)[::2] == (413, 0), path


@pytest.mark.parametrize("length", ["-1", "0x10", "１２", "1e9", " 5", "5, 5", "+5", "9" * 400])
def test_a_length_that_is_none_is_no_fault_of_ours(announced: Any, length: str) -> None:
    for path in ("/login/", "/api/v1/submissions"):
        assert announced(path, length)[0] in (400, 401, 403, 413, 422)


def test_json_that_is_too_long_is_told_so(site: Any, token: Any) -> None:
    _, secret = token()
    text = json.dumps({"code": "x" * 3_000_000, "purpose": "x"})
    answer = browser().post(
        "/api/v1/reports", text, "application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b--",
        b"\x00" * 1000,
        b"--b\r\n\r\n",
        b'--b\r\nContent-Disposition: form-data; name="item"\r\n\r\n',
    ],
)
def test_half_a_form_is_refused_in_a_sentence(site: Any, token: Any, body: bytes) -> None:
    _, secret = token()
    headers = {"Authorization": f"Bearer {secret}"}
    for kind in ("multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary=" + "b" * 300,
                 "application/x-www-form-urlencoded; charset=nonsense", "application/json"):  # fmt: skip
        for path in ("/api/v1/submissions", "/api/v1/reports"):
            answer = browser().generic("POST", path, body, kind, headers=headers)
            assert answer.status_code in (400, 415, 422), (kind, answer.content.decode())
            assert answer.headers["Content-Type"] == "application/problem+json" and answer.json()["detail"]
        assert browser().generic("POST", "/login/", body, kind).status_code in (200, 400, 403)


@pytest.mark.parametrize("many", ["fields", "files"])
def test_a_form_of_very_many_parts_is_refused(site: Any, many: str) -> None:
    part = '--b\r\nContent-Disposition: form-data; name="n{0}"' + (
        '; filename="f"' if many == "files" else ""
    )
    body = "".join(f"{part.format(n)}\r\n\r\nx\r\n" for n in range(6_000)) + "--b--\r\n"
    answer = browser().generic("POST", "/login/", body, "multipart/form-data; boundary=b")
    assert answer.status_code == 400


def test_a_file_for_verification_that_is_no_report_is_not_kept(site: Any) -> None:
    from xinyong.foundation import home

    before = len(list(home.home().rglob("*")))
    file = BytesIO(b"x" * 5_000_000)
    file.name = "a.pdf"
    assert browser().post("/verify/500152202611230000000000000", {"file": file}).status_code == 404
    assert len(list(home.home().rglob("*"))) == before
