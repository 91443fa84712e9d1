"""电子签名: an authorisation given by a signature of the grantor's own key under its text.

The platform makes the text (`kernel.authorisation_text`) and never has the private key: the subject signs the
downloaded bytes with its own tool and hands in a detached signature. Text and signature are kept and handed to whom
they concern, so that a stranger can check them without us.

电子签名法 第十三条、第十四条 (a reliable electronic signature has the force of a handwritten one): 条文待核. Whether a
signature here is a reliable one in the sense of the law also depends on how the subject keeps its key.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import grantor_keys, public_keys
from xinyong.disclosure.grantor_keys import PROOFS, SQL, GrantorKey
from xinyong.disclosure.public_keys import ED25519, SM2, Key
from xinyong.kernel import authorisation_text
from xinyong.kernel.authorisation_text import Letter
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import Refused

if TYPE_CHECKING:
    from xinyong.disclosure.authorisations import Terms

OFFERED = timedelta(days=1)
LARGEST = public_keys.LARGEST_SIGNATURE
DEMANDED = "AUTHORISATION_SIGNED"  # the rule that names the items which only a signature opens
NONE = "无"
AGAIN = "请重新下载授权书文本，不要打开另存，用登记的密钥签名后再交。"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the subject was shown: the number kept for it, when, and the recipient's name as it wrote it.

    `signature`: as it was handed in; empty: the subject confirmed by its login.
    """

    number: str
    drawn: datetime
    recipient_name: str
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature under an authorisation, with the key as it stands today."""

    authorisation: int
    key_id: int
    key: Key
    signature: bytes
    text: bytes
    digest: str
    at: datetime
    named: bool
    proof: str
    key_ended_at: datetime | None

    @property
    def holds(self) -> bool:
        """Whether the signature holds now, for the text that is kept."""
        return sha256(self.text).hexdigest() == self.digest and public_keys.verifies(
            self.key, self.text, self.signature
        )

    @property
    def identity(self) -> str:
        return PROOFS[self.proof] + ("；证书写明本主体的统一社会信用代码" if self.named else "")


def text_of(offer: Offer, scheme: str, value: str, terms: Terms, book: Rulebook) -> bytes:
    """The bytes to sign. Items bear the names that the rulebook gave them on the day of the offer."""
    drawn = day_of(offer.drawn)
    items = tuple((code, book.item(code, drawn).name) for code in terms.items)
    return authorisation_text.written(
        Letter(
            offer.number, drawn, scheme, value, terms.recipient, offer.recipient_name, items, terms.purpose,
            terms.begins, terms.ends, terms.once, terms.revocable, terms.onward,
        )
    )  # fmt: skip


def check_fresh(offer: Offer, now: datetime) -> None:
    """Refused: the offer was made more than a day ago (or the clock was set back behind it)."""
    if abs(now - offer.drawn) > OFFERED:
        raise Refused(
            "offer_over", "这份授权书的文本已过一天，不能再用；请从“新的授权”重新填写，取新的文本。"
        )


def demanded(items: Iterable[str], book: Rulebook, today: date) -> set[str]:
    """Which of these items a subject opens on-line by a signature only; by default none (a dated rule)."""
    listed = str(book.value(DEMANDED, today))
    return set(items) & set(listed.split("、")) - {NONE}


def proved(
    c: psycopg.Connection[Any], scheme: str, value: str, text: bytes, given: bytes, now: datetime
) -> tuple[GrantorKey, bytes]:
    """The subject's key that signed the text, kept from ending until the transaction does; the signature bare.

    Refused: no signature at all, of another text or another's key, a key that has ended, a certificate not valid now.
    """
    keys = grantor_keys.of_grantor(c, scheme, value)
    if not keys:
        raise Refused(
            "no_key", "本主体还没有登记签名密钥；请先在“签名密钥”登记公钥，再签名；也可以直接登录确认。"
        )
    found = _signer(keys, text, public_keys.bare(given, AGAIN))
    if found is None:
        raise Refused("signature_wrong", f"签名核验不通过：不是本主体登记的密钥对这份文本作的。{AGAIN}")
    key, signature = found
    grantor_keys.lock(c, key.id)
    if grantor_keys.pair_ended(c, key.id):
        raise Refused(
            "signature_key_ended",
            f"签名用的密钥（指纹 {key.fingerprint[:16]}…）已经停用；请换用没有停用的密钥重新签名。",
        )
    public_keys.check_valid(key.key, now)
    return key, signature


def _signer(keys: Sequence[GrantorKey], text: bytes, given: bytes) -> tuple[GrantorKey, bytes] | None:
    """Keys in use first: the same pair may stand in an old certificate and in its renewal.

    Of those that have ended, the newest, so that whoever uses one by mistake is told so.
    """
    ended = [k for k in keys if k.ended_at][: grantor_keys.MOST]
    for key in [*(k for k in keys if not k.ended_at), *ended]:
        if signature := public_keys.signed_by(key.key, text, given):
            return key, signature
    return None


def keep(
    c: psycopg.Connection[Any],
    authorisation: int,
    key: GrantorKey,
    signature: bytes,
    text: bytes,
    now: datetime,
) -> dict[str, str]:
    """In the transaction of the grant; returns what the audit trail is told."""
    told = {"key": key.fingerprint, "algorithm": key.key.algorithm, "text_sha256": sha256(text).hexdigest()}
    row = {
        "authorisation": authorisation, "key": key.id, "algorithm": key.key.algorithm,
        "signature": base64.b64encode(signature).decode(), "text": text.decode(), "digest": told["text_sha256"],
        "at": now,
    }  # fmt: skip
    c.execute(SQL["sign"], row)
    return told


def of(c: psycopg.Connection[Any], authorisations: Iterable[int]) -> dict[int, Signed]:
    """By authorisation; one look-up for all. What was given otherwise is not in it."""
    ids = list(authorisations)
    rows = c.execute(SQL["signatures"], {"ids": ids}).fetchall() if ids else []
    return {r[0]: _signed(r) for r in rows}


def _signed(r: Sequence[Any]) -> Signed:
    key = Key(r[2], base64.b64decode(r[7]), base64.b64decode(r[8]))
    return Signed(r[0], r[1], key, base64.b64decode(r[3]), r[4].encode(), r[5], r[6], *r[10:])


# what a stranger checks

TEXT, SIGNATURE, KEY, CERTIFICATE, README = (
    "authorisation.txt", "authorisation.sig", "key.pem", "certificate.pem", "README.txt",
)  # fmt: skip
EARLIEST = (1980, 1, 1, 0, 0, 0)
ID = "1234567812345678"  # of the SM2 signer, as in `foundation.signing`
COMMANDS = {
    ED25519: f"openssl pkeyutl -verify -pubin -inkey {KEY} -rawin -in {TEXT} -sigfile {SIGNATURE}",
    SM2: f"openssl pkeyutl -verify -pubin -inkey {KEY} -rawin -digest sm3 -pkeyopt distid:{ID}"
    f" -in {TEXT} -sigfile {SIGNATURE}",
}
DIGESTED = f"openssl dgst -sha256 -verify {KEY} -signature {SIGNATURE} {TEXT}"


def command(algorithm: str) -> str:
    """The OpenSSL 3 command with which anybody checks the package."""
    return COMMANDS.get(algorithm, DIGESTED)


def package(s: Signed) -> bytes:
    """A ZIP with text, signature, key and how to check; the same bytes each time."""
    files = {
        TEXT: s.text, SIGNATURE: s.signature, KEY: s.key.pem, CERTIFICATE: s.key.certificate_pem,
        README: _readme(s).encode(),
    }  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            if data:
                archive.writestr(zipfile.ZipInfo(name, EARLIEST), data)
    return made.getvalue()


def _readme(s: Signed) -> str:
    lines = [
        "怎样核验这份授权书的电子签名",
        "",
        f"{TEXT} 是授权人签名的授权书文本；不要打开另存，改一个字节就核验不过。",
        f"{SIGNATURE} 是签名，{KEY} 是授权人登记的公钥。算法：{s.key.algorithm}。",
        "在装有 OpenSSL 3 的电脑上，进入解开的文件夹，运行：",
        "",
        f"  {command(s.key.algorithm)}",
        "",
        "显示 Signature Verified Successfully 或 Verified OK，就是这把密钥对这份文本的签名。",
        f"文本的 SHA-256：{s.digest}",
        f"密钥指纹（{'证书' if s.key.certificate else '公钥 DER'} 的 SHA-256）：{s.key.fingerprint}",
        f"登记时核验身份的方式：{s.identity}。",
        f"本平台收到并核验的时间：{s.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}（北京时间）。",
        "密钥是不是授权人的，以授权人自己确认的指纹为准；证书另可向签发机构核对。",
    ]
    return "\n".join(lines) + "\n"


__all__ = [
    "Offer", "Signed", "check_fresh", "command", "demanded", "keep", "of", "package", "proved", "text_of",
]  # fmt: skip
