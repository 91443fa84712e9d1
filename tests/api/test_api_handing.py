"""Handing in over the API, signed requests, and keys that make a retry safe."""

from __future__ import annotations

import hmac
import secrets
import time
from hashlib import sha256
from typing import Any

import pytest
from test_api_reading import problem


@pytest.fixture
def file(penalty: Any, write_csv: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    content = write_csv(
        [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2)] + [penalty(CF_WSH="")]
    ).read_bytes()
    return lambda name="处罚.csv", data=content: {"file": SimpleUploadedFile(name, data), "item": "XZCF"}


def worked(api: Any) -> None:
    """What the worker does with what waits."""
    from datetime import UTC, datetime

    from xinyong.collection import uploads

    for number in uploads.waiting(api.district.app, datetime.now(UTC)):
        uploads.take(number)


def test_a_department_s_system_hands_in_a_file_and_fetches_receipt_and_rejects(api: Any, file: Any) -> None:
    token = api.token()
    sent = api.post("/submissions", file(), token)
    assert sent.status_code == 202 and sent.json()["outcome"] == "running"
    worked(api)
    told = api.get(f"/submissions/{sent.json()['id']}", token).json()
    assert told["outcome"] == "taken" and told["receipt"]["new"] == 2 and told["receipt"]["rejected"] == 1
    rejects = api.get(f"/submissions/{sent.json()['id']}/rejects", token)
    assert b"".join(rejects.streaming_content).decode("utf-8-sig").startswith("行号")


def test_whose_system_took_the_returned_rows_away_is_in_the_trail(api: Any, file: Any) -> None:
    """They hold what the department wrote, personal numbers included."""
    token = api.token()
    number = api.post("/submissions", file(), token).json()["id"]
    worked(api)
    for kind in ("csv", "xlsx"):
        assert api.get(f"/submissions/{number}/rejects?format={kind}", token).status_code == 200
    rows = api.district.owner().execute(
        "SELECT actor, role, target, detail FROM audit_entry WHERE action = 'rejects.download' ORDER BY id"
    )
    batch = api.get(f"/submissions/{number}", token).json()["submission"]
    told = [{"rows": 1, "format": kind, "originals": True} for kind in ("csv", "xlsx")]
    assert rows.fetchall() == [("系统:示例业务系统", "department", str(batch), t) for t in told]


def test_another_department_s_system_does_not_see_it(api: Any, file: Any) -> None:
    number = api.post("/submissions", file(), api.token()).json()["id"]
    other = api.token(provider="11500152YY0000000X")
    for path in (f"/submissions/{number}", f"/submissions/{number}/rejects"):
        problem(api.get(path, other), 404, "no_upload")
    problem(api.post(f"/submissions/{number}/cancel", {}, other), 404, "no_upload")


def test_without_a_token_nothing_is_taken(api: Any, file: Any) -> None:
    problem(api.post("/submissions", file()), 401, "token_missing")
    assert api.district.one("SELECT count(*) FROM upload") == 0


def test_the_same_key_does_the_work_once_and_answers_the_same(api: Any, file: Any) -> None:
    token = api.token()
    first = api.post("/submissions", file(), token, Idempotency_Key="示例-0001".encode().hex())
    again = api.post("/submissions", file(), token, Idempotency_Key="示例-0001".encode().hex())
    assert first.json() == again.json() and again["Idempotency-Replayed"] == "true"
    assert api.district.one("SELECT count(*) FROM upload") == 1


def test_the_same_key_for_another_file_is_refused(api: Any, file: Any) -> None:
    token = api.token()
    api.post("/submissions", file(), token, Idempotency_Key="key-00000001")
    problem(
        api.post("/submissions", file(data=b"other"), token, Idempotency_Key="key-00000001"),
        422,
        "idempotency_mismatch",
    )


def test_a_refusal_is_kept_under_its_key_and_a_fault_is_not(
    api: Any, file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.collection import uploads
    from xinyong.kernel.errors import Fault

    token, key = api.token(), {"Idempotency_Key": "key-00000002"}
    problem(api.post("/submissions", file(data=b""), token, **key), 400, "upload_empty")
    assert api.post("/submissions", file(data=b""), token, **key)["Idempotency-Replayed"] == "true"
    with monkeypatch.context() as m:
        m.setattr(uploads, "receive", lambda *a, **k: (_ for _ in ()).throw(Fault("disk", "磁盘")))
        assert api.post("/submissions", file(), token, Idempotency_Key="key-00000003").status_code == 503
    assert api.post("/submissions", file(), token, Idempotency_Key="key-00000003").status_code == 202


def signed(
    api: Any, method: str, path: str, number: int, secret: str, body: bytes = b"", **changes: str
) -> Any:
    stamp, nonce = changes.pop("stamp", str(int(time.time()))), changes.pop("nonce", secrets.token_hex(8))
    target = f"/api/v1{path}"
    text = "\n".join([method, changes.pop("target", target), stamp, nonce, sha256(body).hexdigest()])
    made = hmac.new(secret.encode(), text.encode(), sha256).hexdigest()
    headers = {
        "X-Xinyong-Token": str(number),
        "X-Xinyong-Timestamp": stamp,
        "X-Xinyong-Nonce": nonce,
        "X-Xinyong-Signature": made,
    }
    return api.client.get(target, headers=headers)


def test_a_signed_request_is_believed_once(api: Any) -> None:
    number, secret = api.tokens(signs=True)
    assert signed(api, "GET", "/catalog/items", number, secret, nonce="n" * 16).status_code == 200
    problem(signed(api, "GET", "/catalog/items", number, secret, nonce="n" * 16), 401, "replayed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stamp": "1000"}, "signature_time"), ({"stamp": "soon"}, "signature_time"), ({"nonce": "short"}, "signature_nonce"),
        ({"target": "/api/v1/search?q=x"}, "signature"),
    ],
)  # fmt: skip
def test_a_signature_that_does_not_fit_is_refused(api: Any, changes: dict[str, str], code: str) -> None:
    number, secret = api.tokens(signs=True)
    problem(signed(api, "GET", "/catalog/items", number, secret, **changes), 401, code)


def test_another_secret_does_not_sign_and_a_signing_token_can_not_be_shown(api: Any) -> None:
    number, secret = api.tokens(signs=True)
    problem(signed(api, "GET", "/catalog/items", number, "xyt_other"), 401, "signature")
    problem(api.get("/catalog/items", secret), 401, "token_signs")
    bearer, _ = api.tokens()
    problem(signed(api, "GET", "/catalog/items", bearer, ""), 401, "signature")


def test_a_token_bound_to_a_certificate_needs_it(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.api import callers

    monkeypatch.setattr(callers, "CERTIFICATE", "X-Client-Cert-Sha256")
    token = api.token(certificate="ab" * 32)
    problem(api.get("/catalog/items", token), 401, "token_unknown")
    assert api.get("/catalog/items", token, X_Client_Cert_Sha256="AB" * 32).status_code == 200
