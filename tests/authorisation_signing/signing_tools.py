"""What a subject has at home: keys, certificates, and a tool that signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import gmssl_pyx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from sampledistrict.codes import person_id, uscc

CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER = uscc("91", "500152", "YY000088")
BANK, BANK_NAME = uscc("91", "500152", "YY000777"), "重庆示例银行有限公司"
ELSEWHERE = uscc("91", "500152", "YY000999")
PERSON = person_id("19800101", 1)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = NOW.date()
BEGUN, OVER = NOW - timedelta(days=100), NOW + timedelta(days=265)


@dataclass(frozen=True)
class Signer:
    """`given`: what is handed in to be registered."""

    given: bytes
    sign: Callable[[bytes], bytes]


def ed25519() -> Signer:
    key = Ed25519PrivateKey.generate()
    return Signer(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), key.sign)


def sm2() -> Signer:
    point, scalar = gmssl_pyx.sm2_key_generate()
    return Signer(
        b"04" + bytes(point).hex().encode(),
        lambda data: bytes(gmssl_pyx.sm2_sign(bytes(scalar), bytes(point), data)),
    )


_RSA = rsa.generate_private_key(65537, 2048)


def private_of(kind: str) -> tuple[object, Callable[[bytes], bytes]]:
    if kind == "rsa":
        return _RSA, lambda data: _RSA.sign(data, padding.PKCS1v15(), SHA256())
    if kind == "ecdsa":
        found = ec.generate_private_key(ec.SECP256R1())
        return found, lambda data: found.sign(data, ec.ECDSA(SHA256()))
    key = Ed25519PrivateKey.generate()
    return key, key.sign


def certificate(
    kind: str = "rsa",
    code: str = "",
    begins: datetime = BEGUN,
    ends: datetime = OVER,
    issuer: object = None,
    **names: str,
) -> Signer:
    """One made out to `code` (serialNumber), issued by itself or by an `Authority`; `names`: attributes by name."""
    key, sign = private_of(kind)
    attributes = {"COMMON_NAME": NAME, **({"SERIAL_NUMBER": code} if code else {}), **names}
    subject = x509.Name([x509.NameAttribute(getattr(NameOID, k), v) for k, v in attributes.items()])
    made = (
        x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        .issuer_name(issuer.name if isinstance(issuer, Authority) else subject)
    )  # fmt: skip
    signing = issuer.key if isinstance(issuer, Authority) else key
    algorithm = None if isinstance(signing, Ed25519PrivateKey) else SHA256()
    return Signer(made.sign(signing, algorithm).public_bytes(Encoding.PEM), sign)  # type: ignore[arg-type]


class Authority:
    """Somebody who issues certificates."""

    def __init__(self, name: str, authority: bool = True, ends: datetime = OVER) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(BEGUN).not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self.key, SHA256()).public_bytes(Encoding.PEM)
        )  # fmt: skip


def private_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


MAKERS = {
    "Ed25519": ed25519,
    "SM2-SM3": sm2,
    "RSA-SHA256": lambda: certificate("rsa", CODE),
    "ECDSA-SHA256": lambda: certificate("ecdsa", CODE),
    "certified": lambda: certificate("ed25519", CODE),
}
