"""Keys and certificates as they are handed in: what is read, what is refused, and why."""

from __future__ import annotations

import base64
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gmssl_pyx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from signing_tools import (
    BEGUN,
    CODE,
    MAKERS,
    NOW,
    OTHER,
    OVER,
    PERSON,
    TODAY,
    Authority,
    certificate,
    ed25519,
    private_pem,
)

from xinyong.disclosure import public_keys
from xinyong.disclosure.public_keys import check_holder, check_valid, read
from xinyong.kernel.errors import Fault, Refused

DATA = "授权书".encode()


def der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_is_read_and_checks_its_own_signatures_and_no_others(kind: str) -> None:
    mine, other = MAKERS[kind](), ed25519()
    key = read(mine.given)
    assert key.algorithm == {"certified": "Ed25519"}.get(kind, kind)
    signature = mine.sign(DATA)
    assert public_keys.verifies(key, DATA, signature)
    flipped = bytes([signature[0], signature[1] ^ 1, *signature[2:]])
    for data, wrong in (
        (DATA + b"\n", signature), (DATA, signature[:-1]), (DATA, flipped), (DATA, b""), (DATA, b"x"),
        (DATA, other.sign(DATA)),
    ):  # fmt: skip
        assert not public_keys.verifies(key, data, wrong)


def test_a_key_is_read_in_each_writing() -> None:
    private = Ed25519PrivateKey.generate().public_key()
    pem = private.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = private.public_bytes_raw()
    writings = (
        pem,
        b"\n" + pem,
        der(pem),
        raw,
        raw.hex().encode(),
        base64.b64encode(raw),
        base64.b64encode(der(pem)),
    )
    assert {read(w).fingerprint for w in writings} == {read(pem).fingerprint}
    point = bytes(gmssl_pyx.sm2_key_generate()[0])
    compressed = bytes([2 + point[-1] % 2]) + point[:32]
    found = {
        read(w).public for w in (b"\x04" + point, point, point.hex().encode(), compressed, read(point).pem)
    }
    assert found == {public_keys.SM2_HEAD + b"\x04" + point}
    made = certificate("rsa", CODE)
    assert read(made.given).fingerprint == read(der(made.given)).fingerprint


def test_numbers_side_by_side_are_taken_for_der() -> None:
    for kind in ("SM2-SM3", "ECDSA-SHA256"):
        mine = MAKERS[kind]()
        r, s = decode_dss_signature(mine.sign(DATA))
        plain = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        key = read(mine.given)
        assert [public_keys.verifies(key, DATA, f) for f in public_keys.forms(key.algorithm, plain)] == [
            False,
            True,
        ]


def test_a_private_key_is_refused_and_its_owner_warned() -> None:
    with pytest.raises(Refused, match="这是私钥，没有保存"):
        read(private_pem())


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_whatever_is_handed_in_is_read_or_refused_in_words(data: bytes) -> None:
    try:
        assert read(data).algorithm in ("Ed25519", "SM2-SM3")
    except Refused as no:
        assert no.code in ("key_form", "key_algorithm", "key_weak", "key_private")


def test_what_does_not_serve_is_refused() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for bare in (small, curve):
        with pytest.raises(Refused, match="请交证书"):
            read(bare.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    off = bytes(63) + b"\x05"
    with pytest.raises(Refused, match="不能识别"):
        read(off)
    for point in (b"\x01" + bytes(31), bytes(32), b"\xec" + b"\xff" * 30 + b"\x7f"):
        with pytest.raises(Refused, match="谁都能冒用"):
            read(point)


def test_a_certificate_on_an_unknown_curve_is_refused_with_what_to_do() -> None:
    made = der(certificate("ecdsa", CODE).given)
    p256, unknown = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a811ccf55018255")
    assert made.count(p256) == 1
    with pytest.raises(Refused, match="只登记公钥"):
        read(made.replace(p256, unknown))


# certificates of SM2, made by OpenSSL


def openssl(folder: Path, line: str) -> None:
    sm3 = "-sm3 -sigopt distid:1234567812345678"
    done = subprocess.run(
        ["openssl", *line.replace("SM3", sm3).split()], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def sm2_folder(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("没有 openssl，没有与它核对")
    for name in ("a", "b", "mine"):
        openssl(tmp_path, f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out {name}.key")
    for name in ("a", "b"):
        openssl(tmp_path, f"req -x509 -new -key {name}.key SM3 -days 30 -subj /CN=ca -out {name}.pem")
    openssl(tmp_path, f"req -new -key mine.key SM3 -subj /CN=x/serialNumber={CODE} -out mine.csr")
    issued = "x509 -req -in mine.csr -CA a.pem -CAkey a.key SM3 -vfyopt distid:1234567812345678 -days 9 -set_serial 5"
    openssl(tmp_path, f"{issued} -out mine.crt")
    (tmp_path / "data").write_bytes(DATA)
    openssl(
        tmp_path,
        "pkeyutl -sign -inkey mine.key -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in data -out data.sig",
    )
    return tmp_path


def test_a_certificate_of_sm2_is_read_and_its_issuer_known(
    sm2_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`a` issued it; `b` bears the same name."""
    key = read((sm2_folder / "mine.crt").read_bytes())
    assert key.algorithm == "SM2-SM3" and key.certificate and check_holder(key, "uscc", CODE, TODAY)
    assert public_keys.verifies(key, DATA, (sm2_folder / "data.sig").read_bytes())
    assert not public_keys.verifies(key, DATA + b"x", (sm2_folder / "data.sig").read_bytes())
    trust, now = tmp_path / "trust", datetime.now(UTC)
    trust.mkdir()
    monkeypatch.setenv("XINYONG_CA_DIR", str(trust))
    (trust / "ca.pem").write_bytes((sm2_folder / "b.pem").read_bytes())
    with pytest.raises(Refused, match="不是由本平台信任的"):
        check_valid(key, now)
    (trust / "ca.pem").write_bytes(Authority("ca").pem)
    with pytest.raises(Refused, match="不是由本平台信任的"):
        check_valid(key, now)
    (trust / "ca.pem").write_bytes((sm2_folder / "a.pem").read_bytes())
    check_valid(key, now)
    with pytest.raises(Refused, match="现在不在期内"):
        check_valid(key, now + timedelta(days=10))


# whose a certificate is


def holder(made: object, scheme: str = "uscc", value: str = CODE) -> bool:
    return check_holder(read(made.given), scheme, value, TODAY)  # type: ignore[attr-defined]


def test_a_certificate_that_names_the_subject_is_its() -> None:
    assert holder(certificate(code=CODE))
    assert holder(certificate(ORGANIZATION_IDENTIFIER=f"NTRCN-{CODE}"))
    assert holder(certificate(ORGANIZATIONAL_UNIT_NAME=CODE.lower()))


def test_one_without_a_code_and_a_bare_key_name_nobody() -> None:
    assert not holder(certificate()) and not holder(certificate(code="ABC-1")) and not holder(ed25519())


@pytest.mark.parametrize(
    "names", [{"SERIAL_NUMBER": OTHER}, {"ORGANIZATION_IDENTIFIER": f"NTRCN-{OTHER}"},
              {"SERIAL_NUMBER": CODE, "ORGANIZATION_IDENTIFIER": OTHER}]
)  # fmt: skip
def test_a_certificate_that_names_another_is_refused(names: dict[str, str]) -> None:
    with pytest.raises(Refused, match=f"{OTHER}.*不是本主体的"):
        holder(certificate(**names))


def test_a_persons_certificate_or_an_id_number_in_one_is_not_kept() -> None:
    with pytest.raises(Refused, match="只登记公钥"):
        holder(certificate(code=PERSON))
    with pytest.raises(Refused, match="只登记公钥"):
        holder(certificate(), "person", "ab" * 32)
    assert not holder(ed25519(), "person", "ab" * 32)


# when it holds, and from whom it is


@pytest.mark.parametrize("now", [BEGUN - timedelta(seconds=1), OVER + timedelta(seconds=1)])
def test_out_of_its_term_a_certificate_is_refused(now: object) -> None:
    key = read(certificate().given)
    for day in (BEGUN, OVER, NOW):
        check_valid(key, day)
    with pytest.raises(Refused, match="现在不在期内"):
        check_valid(key, now)  # type: ignore[arg-type]


@pytest.fixture
def issuers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XINYONG_CA_DIR", str(tmp_path))
    return tmp_path


def test_where_issuers_are_named_a_certificate_must_be_theirs(issuers: Path) -> None:
    known, unknown = Authority("示例认证甲"), Authority("示例认证甲")
    (issuers / "a.pem").write_bytes(known.pem)
    der_of = x509.load_pem_x509_certificate(Authority("示例认证乙").pem).public_bytes(Encoding.DER)
    (issuers / "b.cer").write_bytes(der_of)
    for kind in ("rsa", "ecdsa", "ed25519"):
        check_valid(read(certificate(kind, CODE, issuer=known).given), NOW)
    for stranger in (certificate(code=CODE), certificate(code=CODE, issuer=unknown)):
        with pytest.raises(Refused, match="不是由本平台信任的"):
            check_valid(read(stranger.given), NOW)
    check_valid(read(ed25519().given), NOW)


def test_an_issuer_that_is_none_or_is_over_vouches_for_nobody(issuers: Path) -> None:
    for issuer in (
        Authority("示例认证甲", authority=False),
        Authority("示例认证甲", ends=NOW - timedelta(days=1)),
    ):
        (issuers / "a.pem").write_bytes(issuer.pem)
        with pytest.raises(Refused, match="不是由本平台信任的"):
            check_valid(read(certificate(issuer=issuer).given), NOW)


def test_an_empty_folder_of_issuers_is_a_fault_of_ours_and_nothing_passes(issuers: Path) -> None:
    (issuers / "b.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(Fault, match="XINYONG_CA_DIR"):
        check_valid(read(certificate().given), NOW)
