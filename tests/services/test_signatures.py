"""Signatures over both files: any changed byte shows, here and in the stand-alone script."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_desk import CENTER, OWNER, Office

from xinyong.kernel.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TRIES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Loose:
    """A pair of keys of each kind, without a database."""

    def __init__(self) -> None:
        import gmssl_pyx
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from xinyong.foundation import signing

        self.ed = Ed25519PrivateKey.generate()
        self.point, self.scalar = gmssl_pyx.sm2_key_generate()
        values = {signing.ED25519: self.ed.public_key().public_bytes_raw(), signing.SM2: self.point}
        self.keys = [signing.PublicKey(signing.key_id(a, v), a, v, NOW) for a, v in values.items()]

    def sign(self, data: bytes) -> list[Any]:
        import gmssl_pyx

        from xinyong.foundation.signing import Signature

        values = [self.ed.sign(data), gmssl_pyx.sm2_sign(self.scalar, self.point, data)]
        return [Signature(k.algorithm, k.id, v) for k, v in zip(self.keys, values, strict=True)]


@pytest.fixture(scope="module")
def pair() -> Loose:
    return Loose()


@pytest.fixture
def handed(known: Office, tmp_path: Path) -> Callable[[], Path]:
    """A report's four files and the public keys, as somebody received them."""

    def put() -> Path:
        from xinyong.foundation import signing
        from xinyong.services.creditreport.signing import key_file

        for name, data in known.issue().files().items():
            (tmp_path / ("report" + name[name.index(".") :])).write_bytes(data)
        keys = signing.signer(known.connection, known.now).public_keys()
        (tmp_path / "public-keys.json").write_bytes(key_file(keys, "示例中心"))
        return tmp_path / "report.pdf"

    return put


def script(*arguments: object) -> tuple[int, str]:
    run = [sys.executable, str(ROOT / "tools" / "verify.py"), "report", *map(str, arguments)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@TRIES
@given(data=st.binary(min_size=1, max_size=200), where=st.integers(0, 10**6), by=st.integers(1, 255))
def test_any_changed_byte_of_the_file_shows(pair: Loose, data: bytes, where: int, by: int) -> None:
    from xinyong.foundation.signing import genuine

    signatures = pair.sign(data)
    changed = bytearray(data)
    changed[where % len(data)] ^= by
    assert genuine(data, signatures, pair.keys) and not genuine(bytes(changed), signatures, pair.keys)


@TRIES
@given(where=st.integers(0, 10**6), by=st.integers(1, 255))
def test_any_changed_byte_of_the_signature_file_shows(pair: Loose, where: int, by: int) -> None:
    from xinyong.foundation.signing import genuine
    from xinyong.services.creditreport.signing import read_signature_file, signature_file

    whole = signature_file(pair.sign(b"report"))
    changed = bytearray(whole)
    changed[where % len(whole)] ^= by
    assert genuine(b"report", read_signature_file(whole), pair.keys)
    try:
        signatures = read_signature_file(bytes(changed))
    except Refused:
        return
    assert not genuine(b"report", signatures, pair.keys)


def test_one_signature_of_the_two_is_not_enough(pair: Loose) -> None:
    from xinyong.foundation.signing import genuine

    signatures = pair.sign(b"report")
    assert not any(genuine(b"report", [s], pair.keys) for s in signatures)


def test_anothers_keys_do_not_verify(pair: Loose) -> None:
    from xinyong.foundation.signing import genuine

    assert not genuine(b"report", pair.sign(b"report"), Loose().keys)


def test_the_keys_are_made_once_and_wrapped(known: Office) -> None:
    known.issue()
    known.issue()
    rows = known.district.owner().execute("SELECT algorithm, public, private FROM signing_key").fetchall()
    assert sorted(r[0] for r in rows) == ["Ed25519", "SM2-SM3"]
    assert all(len(bytes(private)) > 32 for _, _, private in rows)


def test_after_a_renewal_earlier_reports_still_verify(known: Office) -> None:
    from xinyong.foundation import signing
    from xinyong.services.creditreport.signing import read_signature_file

    first = known.issue()
    keys = signing.renew(known.connection, CENTER, known.now)
    second = known.issue()
    assert len(keys) == 4
    for issued in (first, second):
        assert signing.genuine(issued.pdf, read_signature_file(issued.pdf_signatures), keys)
    used = {s.key for s in read_signature_file(first.pdf_signatures)}
    assert not used & {s.key for s in read_signature_file(second.pdf_signatures)}


def test_a_signer_of_ones_own_takes_the_place_of_the_stored_keys(
    known: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINYONG_SIGNER", "signer_module:Module")
    number = known.issue().number
    keys = known.district.one("SELECT pdf_signatures FROM report_issue WHERE number = %s", number)
    assert {s["key"] for s in keys} == {"hardware-1"}
    assert known.district.one("SELECT count(*) FROM signing_key") == 0


# the stand-alone script


def test_the_script_verifies_pdf_and_json(handed: Callable[[], Path]) -> None:
    pdf = handed()
    for path in (pdf, pdf.with_suffix(".json")):
        status, said = script(path)
        assert (status, said.count("签名正确")) == (0, 2), said


def test_the_script_tells_a_changed_report(handed: Callable[[], Path]) -> None:
    pdf = handed()
    data = bytearray(pdf.read_bytes())
    data[len(data) // 2] ^= 1
    pdf.write_bytes(bytes(data))
    status, said = script(pdf)
    assert status == 1 and said.count("签名不对") == 2


def test_the_script_does_not_take_another_platforms_key(handed: Callable[[], Path], pair: Loose) -> None:
    from xinyong.services.creditreport.signing import key_file

    pdf = handed()
    (pdf.parent / "public-keys.json").write_bytes(key_file(pair.keys, "别人"))
    status, said = script(pdf)
    assert status == 1 and "不在公钥文件中" in said


def test_the_script_refuses_a_key_under_anothers_name(handed: Callable[[], Path], pair: Loose) -> None:
    pdf = handed()
    path = pdf.parent / "public-keys.json"
    raw = json.loads(path.read_text())
    raw["keys"][0]["value"], raw["keys"][1]["value"] = raw["keys"][1]["value"], raw["keys"][0]["value"]
    path.write_text(json.dumps(raw))
    assert script(pdf)[0] == 2


def test_the_script_says_what_is_missing(handed: Callable[[], Path]) -> None:
    pdf = handed()
    (pdf.parent / "report.pdf.sig").unlink()
    status, said = script(pdf)
    assert status == 2 and "读不到签名文件" in said


def test_the_script_imports_nothing_of_the_platform() -> None:
    assert "xinyong." not in (ROOT / "tools" / "verify.py").read_text("utf-8").replace("xinyong-", "")


def test_a_report_file_is_checked_whole(known: Office) -> None:
    from xinyong.services.creditreport.checking import check

    issued = known.issue(OWNER)

    def said(data: bytes, signature: bytes) -> Any:
        return check(known.connection, data, signature, known.now, known.today, known.district.book)

    good = said(issued.json, issued.json_signatures)
    assert (good.genuine, good.number, good.standing) == (True, issued.number, "current")
    assert not said(issued.json + b" ", issued.json_signatures).genuine
    assert not said(issued.json, issued.pdf_signatures).genuine
    assert not said(issued.json, b"{}").genuine
