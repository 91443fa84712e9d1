"""Keys: registered by who has the private half, ended as a pair, and never a stumbling block for a page."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from signing_tools import BEGUN, CODE, MAKERS, NAME, NOW, OTHER, TODAY, Signer, ed25519, sm2
from test_signing_grants import COUNTER, NEIGHBOUR, SELF, held, refused, started, waiting

from xinyong.disclosure import grantor_keys, public_keys
from xinyong.kernel.errors import Refused

KEYS = "/own/keys"


# possession


@pytest.mark.parametrize("kind", MAKERS)
def test_a_key_is_registered_by_its_own_signature_of_the_day_before_at_most(hall: Any, kind: str) -> None:
    mine = MAKERS[kind]()
    old, yesterday = (mine.sign(hall.letter(day=TODAY - timedelta(n))) for n in (2, 1))
    before = hall.count("audit_entry")
    with pytest.raises(Refused, match="对今天的登记书.*重新下载"):
        hall.register(mine, signature=old)
    assert hall.count("grantor_key") == 0 and hall.count("audit_entry") == before
    key = hall.register(mine, signature=yesterday)
    told = hall.district.one("SELECT detail FROM audit_entry WHERE action = 'grantor_key.register'")[
        "possession"
    ]
    kept = base64.b64decode(told["signature"])
    assert told["day"] == "2026-11-22"
    assert public_keys.verifies(key.key, hall.letter(day=date(2026, 11, 22)), kept)


@pytest.mark.parametrize(
    "sign",
    [
        lambda hall, mine: ed25519().sign(hall.letter()),
        lambda hall, mine: mine.sign(hall.letter(OTHER)),
        lambda hall, mine: mine.sign(hall.letter(day=TODAY + timedelta(1))),
        lambda hall, mine: mine.sign(hall.letter().replace(b"\n", b"\r\n")),
        lambda hall, mine: mine.sign(hall.draw().text),
        lambda hall, mine: bytes(64),
    ],
    ids=["another key", "another subject", "tomorrow", "edited", "an authorisation", "zeros"],
)
@pytest.mark.parametrize("who", [SELF, COUNTER], ids=["subject", "window"])
def test_without_the_private_key_nothing_is_registered(hall: Any, sign: Any, who: Any) -> None:
    mine = ed25519()
    paper = {} if who is SELF else {"evidence": "渝示申〔2026〕1号"}
    with pytest.raises(Refused) as no:
        hall.register(mine, who, signature=sign(hall, mine), **paper)
    assert no.value.code == "key_unproved" and hall.count("grantor_key") == 0


def test_who_copies_a_published_key_does_not_keep_its_owner_from_registering_it(hall: Any) -> None:
    """The package that strangers check has the public key in it."""
    theirs = ed25519()
    copied = Signer(theirs.given, ed25519().sign)
    with pytest.raises(Refused, match="不能证明私钥在本主体手里"):
        hall.register(copied)
    with pytest.raises(Refused, match="不能证明私钥在本主体手里"):
        hall.register(copied, signature=theirs.sign(hall.letter(OTHER)))  # what its owner signed for itself
    assert hall.register(theirs, NEIGHBOUR, OTHER).value == OTHER


def test_the_text_to_sign_says_who_and_when_and_that_it_authorises_nothing(hall: Any) -> None:
    assert hall.letter().decode() == (
        "签名密钥登记书\n格式：xinyong-signing-key/1\n日期：2026-11-23\n登记主体：统一社会信用代码 91500152YY00000282\n"
        "用途：证明要登记的密钥由登记主体自己持有；不授权任何人查询\n"
        "本登记书的文本由信用潼南生成；改动一个字，签名就核验不过。\n"
    )


# a pair in two certificates


def test_what_is_ended_ends_in_every_certificate_of_the_same_pair(hall: Any) -> None:
    first, second = pair_of_certificates()
    old, new = hall.register(first), hall.register(second)
    other = hall.register(sm2())
    drawn = hall.draw()
    hall.end(old)
    states = {k.id: (k.state(NOW), k.reason) for k in grantor_keys.of_grantor(hall.c, "uscc", CODE)}
    assert states == {
        old.id: ("已停用", "经办人变更"),
        new.id: ("已停用", "经办人变更"),
        other.id: ("可用", None),
    }
    refused(hall, drawn, first.sign(drawn.text), "已经停用")
    with pytest.raises(Refused, match="已经停用，不能再登记"):
        hall.register(certified(second, serial=9))
    told = "SELECT count(*) FROM audit_entry WHERE action = 'grantor_key.end'"
    assert hall.district.one(told) == hall.count("grantor_key_end") == 2


def test_of_an_end_and_a_renewal_the_first_wins(hall: Any) -> None:
    """Deterministic: the end is held open until the renewal waits for it."""
    first, second = pair_of_certificates()
    old, open_, got = hall.register(first), held(hall), []
    hall.end(old, c=open_)
    hall.c = hall.district.connect()
    thread = started(lambda: hall.register(second), got)
    waiting(hall, thread)
    open_.commit()
    thread.join()
    assert got == ["key_ended"] and hall.count("grantor_key") == 1


def test_a_twin_that_an_older_version_left_in_use_signs_nothing(hall: Any) -> None:
    first, second = pair_of_certificates()
    old, new = hall.register(first), hall.register(second)
    ended_before(hall, old)
    drawn = hall.draw()
    refused(hall, drawn, second.sign(drawn.text), "已经停用")
    other = hall.register(sm2())
    for found in (
        grantor_keys.of_grantor(hall.c, "uscc", CODE),
        [grantor_keys.one(hall.c, k.id) for k in (old, new, other)],
    ):
        assert {k.id: (k.state(NOW), k.reason) for k in found} == {
            old.id: ("已停用", "遗失"), new.id: ("已停用", "遗失"), other.id: ("可用", None)
        }  # fmt: skip
    ended = hall.end(new)
    assert (ended.state(NOW), ended.reason) == ("已停用", "经办人变更")


def test_a_twin_that_an_older_version_left_in_use_is_not_among_the_keys_in_use(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair_of_certificates()
    old = hall.register(first)
    hall.register(second)
    ended_before(hall, old)
    monkeypatch.setattr(grantor_keys, "MOST", 1)
    hall.register(sm2())
    with pytest.raises(Refused, match="已有 1 把"):
        hall.register(ed25519())


def ended_before(hall: Any, key: Any) -> None:
    """As an older version did it: the one row, without its twins."""
    hall.district.owner().execute(
        "INSERT INTO grantor_key_end (key, proof, evidence, reason, at, by, role, origin)"
        " VALUES (%s, 'login', '', '遗失', now(), '示例甲', 'subject', '')", [key.id],
    )  # fmt: skip


def pair_of_certificates() -> tuple[Signer, Signer]:
    """An old one and its renewal, of one pair."""
    first = certified(serial=1)
    return first, certified(first, serial=2)


_private: dict[int, ec.EllipticCurvePrivateKey] = {}


def certified(
    like: Signer | None = None, serial: int = 1, begins: datetime = BEGUN, ends: datetime = datetime(2030, 1, 1, tzinfo=UTC)
) -> Signer:  # fmt: skip
    """An ECDSA certificate; `like`: of the same pair."""
    key = _private[id(like.sign)] if like else ec.generate_private_key(ec.SECP256R1())
    sign = like.sign if like else lambda data: key.sign(data, ec.ECDSA(SHA256()))
    _private[id(sign)] = key
    names = ((NameOID.COMMON_NAME, NAME), (NameOID.SERIAL_NUMBER, CODE))
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in names])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(serial).not_valid_before(begins).not_valid_after(ends).sign(key, SHA256())
    )  # fmt: skip
    return Signer(made.public_bytes(Encoding.PEM), sign)


# certificates that no tool of ours would write


def der(signer: Signer) -> bytes:
    return x509.load_pem_x509_certificate(signer.given).public_bytes(Encoding.DER)


LATE = datetime(2055, 1, 1, tzinfo=UTC)  # written with four digits of the year


def test_a_certificate_without_an_end_is_registered_and_every_page_shows_it(
    hall: Any, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signing_in import as_role

    from xinyong.website.console.department import parts
    from xinyong.website.public import asking

    for module, name in ((asking, "clock"), (parts, "now")):
        monkeypatch.setattr(module, name, lambda: NOW)
    endless = certified(ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    renewed = certified(endless, serial=2)
    hall.register(endless)
    hall.register(renewed)
    owner = as_role("subject", subject_code=CODE)
    for address in (KEYS, f"{KEYS}/1/end"):
        page = owner.get(address)
        assert page.status_code == 200 and "起，没有写截止日期" in page.content.decode()
    assert "同一对密钥还登记在" in page.content.decode()
    done = owner.post(f"{KEYS}/1/end", {"reason": "遗失"}, follow=True)
    assert "同一对密钥的另外 1 项登记一并停用" in done.content.decode()
    letters = "SELECT count(*) FROM notice WHERE template = 'SIGNING_KEY_ENDED'"
    assert hall.count("grantor_key_end") == hall.district.one(letters) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01"),
        (b"20550101000000Z", b"00000101000000Z"),
        (b"20550101000000Z", b"20551301000000Z"),
        (NAME.encode()[:4], b"\xff\xff\xff\xff"),
    ],
    ids=["version 2", "year 0", "month 13", "a name that is no text"],
)
def test_a_malformed_certificate_is_refused_with_what_to_do(hall: Any, old: bytes, new: bytes) -> None:
    mine = certified(ends=LATE)
    assert old in der(mine)
    bad = Signer(der(mine).replace(old, new), mine.sign)
    with pytest.raises(Refused, match="请") as no:
        hall.register(bad)
    assert no.value.code in ("key_certificate", "key_form") and hall.count("grantor_key") == 0


SAMPLE = certified(ends=LATE)
WHOLE = der(SAMPLE)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of the library's, to whoever runs it
@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_whatever_stands_in_a_certificate_it_is_read_or_refused_in_words(
    changes: list[tuple[int, int]],
) -> None:
    from xinyong.website.own.keys import facts_of

    bent = bytearray(WHOLE)
    for at, value in changes:
        bent[at] = value
    try:
        key = public_keys.read(bytes(bent))
        public_keys.check_holder(key, "uscc", CODE, TODAY)
        public_keys.check_valid(key, NOW)
        public_keys.verifies(key, b"x", SAMPLE.sign(b"x"))
    except Refused:
        return
    shown = grantor_keys.GrantorKey(1, "uscc", CODE, key, True, "login", "", NOW, "", None, "", 0)
    assert shown.state(NOW) == "可用" and facts_of(shown)
