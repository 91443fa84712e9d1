"""Public keys and certificates as subjects hand them in: read, named, used to check a signature.

A bare key is Ed25519 or SM2 (GB/T 32918, with SM3). A certificate (X.509) may also hold RSA or ECDSA, signed with
SHA-256. Whether a certificate comes from somebody to be trusted is checked only where `XINYONG_CA_DIR` names a folder
with certificates of issuers; revocation lists are never asked. The library does not know the curve of SM2: what
belongs to it in a certificate is taken here.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import gmssl_pyx
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from xinyong.catalog.regions import load_regions
from xinyong.foundation import signing
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.identifiers import check_person_id, check_uscc

ED25519, SM2, RSA, ECDSA = signing.ED25519, signing.SM2, "RSA-SHA256", "ECDSA-SHA256"
LARGEST = 20_000  # bytes of a key or certificate
SMALLEST_RSA = 2_048  # bits
SM2_SIGNED = "1.2.156.10197.1.501"  # SM2 with SM3, as a certificate names it
SM2_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")  # then 04 ‖ x ‖ y
TRIES = 256
IDENTITY = b"\x01" + bytes(63)  # a signature that holds for every eighth message under a point of small order
Term = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Key:
    """`public`: DER of the SubjectPublicKeyInfo. `certificate`: DER, empty for a bare key."""

    algorithm: str
    public: bytes
    certificate: bytes = b""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, of a bare key of its DER, in hex."""
        return sha256(self.certificate or self.public).hexdigest()

    @property
    def pem(self) -> bytes:
        return _pem("PUBLIC KEY", self.public)

    @property
    def certificate_pem(self) -> bytes:
        return _pem("CERTIFICATE", self.certificate) if self.certificate else b""

    @property
    def valid(self) -> Term | None:
        """From when to when the certificate is valid; None: a bare key."""
        if not self.certificate:
            return None
        made = x509.load_der_x509_certificate(self.certificate)
        return made.not_valid_before_utc, made.not_valid_after_utc


def _pem(name: str, der: bytes) -> bytes:
    body = base64.encodebytes(der).replace(b"\n", b"").decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {name}-----\n{lines}\n-----END {name}-----\n".encode()


# reading


def read(given: bytes) -> Key:
    """What a subject hands in: PEM or DER of a certificate or key, or a bare key in hex or base64.

    Refused: a private key, nothing of these, an algorithm that does not serve, a weak key.
    """
    if b"PRIVATE KEY" in given:
        raise Refused(
            "key_private",
            "这是私钥，没有保存。私钥只能自己保管，任何人索要都不要给；它可能已经泄露，请换一把新的，只登记公钥。",
        )
    if not 0 < len(given) <= LARGEST:
        raise Refused("key_form", KEY_FORM)
    label, der = _der(given)
    if label != "PUBLIC KEY" and (found := _certificate(der)):
        return found
    return _bare(der)


KEY_FORM = "公钥或者证书不能识别；请交 PEM 文件（以 -----BEGIN 开头），或者 Ed25519、SM2 公钥的十六进制。"
BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")


def _der(given: bytes) -> tuple[str, bytes]:
    """What the PEM says it is, and its bytes; the first of several blocks."""
    if block := BLOCK.search(given):
        return block[1].decode(), decoded(block[2]) or b""
    return "", decoded(given) or given  # what is not text is taken to the byte: a key may end like a line


def decoded(text: bytes) -> bytes | None:
    """Bytes of hex or base64; None: the text is neither."""
    plain = b"".join(text.split())
    try:
        return binascii.unhexlify(plain)
    except ValueError:
        pass
    try:
        return base64.b64decode(plain, validate=True)
    except ValueError:
        return None


def _bare(der: bytes) -> Key:
    if der.startswith(SM2_HEAD):
        return _sm2(der[len(SM2_HEAD) :])
    if len(der) == 32:
        return _ed25519(der)
    if len(der) in (33, 64, 65):
        return _sm2(der)
    try:
        found: Any = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("key_form", KEY_FORM) from None
    if not isinstance(found, Ed25519PublicKey):
        raise Refused(
            "key_algorithm", "单独登记的公钥只收 Ed25519 和 SM2；RSA、ECDSA 的密钥请交证书（X.509）。"
        )
    return _ed25519(found.public_bytes_raw())


def _ed25519(value: bytes) -> Key:
    key = Key(ED25519, _spki(Ed25519PublicKey.from_public_bytes(value)))
    if any(verifies(key, b"%d" % n, IDENTITY) for n in range(TRIES)):
        raise Refused("key_weak", "这把公钥谁都能冒用（小阶点），不能登记；请用正规的工具重新生成一对密钥。")
    return key


def _sm2(point: bytes) -> Key:
    try:
        value = bytes(gmssl_pyx.normalize_sm2_public_key(point))
    except gmssl_pyx.GmsslInnerError:
        raise Refused("key_form", KEY_FORM) from None
    return Key(SM2, SM2_HEAD + b"\x04" + value)


def _spki(key: Any) -> bytes:
    der: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def _certificate(der: bytes) -> Key | None:
    """None: not a certificate."""
    try:
        found = x509.load_der_x509_certificate(der)
    except x509.InvalidVersion:
        raise Refused("key_certificate", MALFORMED) from None
    except ValueError:
        return None
    _whole(found)
    try:
        key: Any = found.public_key()
    except UnsupportedAlgorithm:
        if point := _sm2_point(found):
            return Key(SM2, _sm2(point).public, der)
        raise Refused("key_algorithm", UNKNOWN) from None
    except ValueError:
        raise Refused("key_algorithm", UNKNOWN) from None
    return Key(_algorithm(key), _spki(key), der)


def _whole(certificate: x509.Certificate) -> None:
    """Names and days are read when they are asked for, and may be malformed only then: all that we ever ask, now."""
    try:
        _ = list(certificate.subject), list(certificate.issuer), certificate.signature_algorithm_oid
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError:
        raise Refused("key_certificate", MALFORMED) from None


MALFORMED = "证书的内容不合规范，读不出版本、名称或者有效期，不能登记；请换一张证书，或者只登记公钥（Ed25519 或 SM2）。"
UNKNOWN = "证书里的密钥种类不能识别；请换一张证书，或者只登记公钥（Ed25519 或 SM2）。"


def _sm2_point(certificate: x509.Certificate) -> bytes:
    """x and y of the key if it is one of SM2, else nothing. DER writes such a key in one way only."""
    head, _, rest = certificate.tbs_certificate_bytes.partition(SM2_HEAD + b"\x04")
    return b"" if SM2_HEAD in head + rest or len(rest) < 64 else rest[:64]


def _algorithm(key: Any) -> str:
    if isinstance(key, Ed25519PublicKey):
        return _ed25519(key.public_bytes_raw()).algorithm
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in ("secp256r1", "secp384r1"):
        return ECDSA
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return RSA
    raise Refused(
        "key_algorithm",
        f"证书里的密钥不能用：只收 RSA（{SMALLEST_RSA} 位以上）、ECDSA（P-256、P-384）和 Ed25519；请换一张证书。",
    )


# whose a certificate is, and when it holds


def check_holder(key: Key, scheme: str, value: str, today: date) -> bool:
    """Whether the certificate names this subject's unified code; False: a bare key, or no code in it.

    Refused: another's code, a natural person's certificate or an ID number in it, which we would have to keep.
    """
    if not key.certificate:
        return False
    if scheme == "person" or _person_within(key.certificate, value, today):
        raise Refused(
            "key_person",
            "证书里有自然人的姓名或者证件号码，本平台不保存；请从证书导出公钥，只登记公钥（Ed25519 或 SM2）。",
        )
    codes = codes_within(key)
    if codes and codes != {value}:
        raise Refused(
            "key_other_code",
            f"证书上写的统一社会信用代码是 {'、'.join(sorted(codes))}，不是本主体的；请用本主体的证书。",
        )
    return bool(codes)


def codes_within(key: Key) -> set[str]:
    """Valid unified codes in the certificate's subject, among them serialNumber and organizationIdentifier."""
    subject = x509.load_der_x509_certificate(key.certificate).subject
    texts = (str(a.value).upper() for a in subject)
    found = {code for text in texts for code in CODE.findall(text)}
    return {code for code in found if check_uscc(code, regions=load_regions()).valid}


CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
NUMBER = re.compile(
    r"(?=(\d{17}[\dXx]))"
)  # wherever it begins: what DER writes around it may look like digits


def _person_within(certificate: bytes, own: str, today: date) -> bool:
    found = set(NUMBER.findall(certificate.decode("latin-1"))) - {own}
    return any(check_person_id(number, as_of=today).valid for number in found)


def check_valid(key: Key, now: datetime) -> None:
    """Refused: the certificate is not valid now, or no issuer that is trusted here has issued it."""
    if key.valid is None:
        return
    begins, ends = key.valid
    if not begins <= now <= ends:
        raise Refused(
            "key_expired",
            f"证书的有效期是 {begins:%Y-%m-%d} 至 {ends:%Y-%m-%d}，现在不在期内；请换用有效的证书，先登记再签名。",
        )
    issuers = trusted()
    if issuers is not None and not any(_issued(key.certificate, i, now) for i in issuers):
        raise Refused(
            "key_untrusted",
            "证书不是由本平台信任的电子认证服务机构签发的；请换用其签发的证书，或向信用中心了解收哪些机构的。",
        )


def trusted() -> Sequence[x509.Certificate] | None:
    """The issuers trusted here; None: no folder is configured, and chains are not checked."""
    folder = os.environ.get("XINYONG_CA_DIR")
    if not folder:
        return None
    try:
        files = sorted(p for p in Path(folder).iterdir() if p.suffix in (".pem", ".crt", ".cer"))
        found = [c for p in files for c in _issuers(p.read_bytes())]
    except (OSError, ValueError, x509.InvalidVersion):
        found = []
    if not found:
        raise Fault(
            "ca_folder",
            f"XINYONG_CA_DIR 所指的 {folder} 里没有能读的证书（.pem、.crt、.cer）；请放入签发机构的证书，或取消这项设置。",
        )
    return found


def _issuers(data: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificates(data)
    return [x509.load_der_x509_certificate(data)]


def _issued(certificate: bytes, issuer: x509.Certificate, now: datetime) -> bool:
    if not issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc or not _is_authority(issuer):
        return False
    found = x509.load_der_x509_certificate(certificate)
    if found.signature_algorithm_oid.dotted_string == SM2_SIGNED:
        point, signed = _sm2_point(issuer), found.tbs_certificate_bytes
        return found.issuer == issuer.subject and signing.verifies(SM2, point, signed, found.signature)
    try:
        found.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _is_authority(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


# signatures

LARGEST_SIGNATURE = 4_096  # bytes, with all that a tool writes around it


def bare(given: bytes, again: str) -> bytes:
    """A signature as it is handed in, without its writing. `again`: what to do next, where it is none. Refused: none."""
    if not 0 < len(given) <= LARGEST_SIGNATURE:
        raise Refused(
            "signature_form",
            f"签名不能识别：要交签名工具生成的签名文件，或者它的 Base64、十六进制文字。{again}",
        )
    if b"-----BEGIN" in given:
        raise Refused(
            "signature_form",
            f"这是密钥、证书或者带信封的签名（PKCS#7），不是单独的签名。请让工具输出单独的签名。{again}",
        )
    return decoded(given) or given  # what is not text is taken to the byte


def signed_by(key: Key, data: bytes, signature: bytes) -> bytes | None:
    """The signature in the form in which it holds for this key and data; None: in none."""
    return next((s for s in forms(key.algorithm, signature) if verifies(key, data, s)), None)


def verifies(key: Key, data: bytes, signature: bytes) -> bool:
    return _VERIFY[key.algorithm](key.public, data, signature)


def forms(algorithm: str, signature: bytes) -> list[bytes]:
    """The signature as it came, and where tools write two numbers without DER, as DER too."""
    found = [signature]
    if algorithm in (SM2, ECDSA) and len(signature) in (64, 96):
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        found.append(encode_dss_signature(r, s))
    return found


def _by_library(verify: Callable[[Any, bytes, bytes], None]) -> Callable[[bytes, bytes, bytes], bool]:
    def verified(public: bytes, data: bytes, signature: bytes) -> bool:
        try:
            verify(load_der_public_key(public), signature, data)
        except InvalidSignature:
            return False
        return True

    return verified


_VERIFY: dict[str, Callable[[bytes, bytes, bytes], bool]] = {
    ED25519: lambda public, data, signature: signing.verifies(ED25519, public[-32:], data, signature),
    SM2: lambda public, data, signature: signing.verifies(SM2, public[-64:], data, signature),
    RSA: _by_library(lambda k, signature, data: k.verify(signature, data, padding.PKCS1v15(), SHA256())),
    ECDSA: _by_library(lambda k, signature, data: k.verify(signature, data, ec.ECDSA(SHA256()))),
}


__all__ = [
    "ECDSA", "ED25519", "RSA", "SM2", "Key", "bare", "check_holder", "check_valid", "codes_within", "decoded", "forms", "read",
    "signed_by", "trusted", "verifies",
]  # fmt: skip
