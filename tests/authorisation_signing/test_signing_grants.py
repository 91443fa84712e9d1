"""An authorisation by signature: the subject's own key, under this very text, now; anything else grants nothing."""

from __future__ import annotations

import base64
import shutil
import subprocess
import threading
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from signing_tools import (
    BANK,
    CODE,
    MAKERS,
    NOW,
    OTHER,
    OVER,
    PERSON,
    TODAY,
    Authority,
    Signer,
    certificate,
    ed25519,
    sm2,
)

from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

SELF, NEIGHBOUR = Who("示例甲", "subject", CODE), Who("示例乙", "subject", OTHER)
COUNTER = Who("示例窗口员", "counter")
TABLES = ("authorisation", "authorisation_signature", "authorisation_onward")


def refused(hall: Any, drawn: Any, signature: bytes, why: str, **options: Any) -> Refused:
    """And nothing at all was written."""
    before = [hall.count(t) for t in (*TABLES, "audit_entry", "event")]
    with pytest.raises(Refused, match=why) as no:
        hall.grant(drawn, signature, **options)
    assert [hall.count(t) for t in (*TABLES, "audit_entry", "event")] == before
    assert "请" in no.value.sentence
    return no.value


@pytest.mark.parametrize("kind", MAKERS)
def test_a_signature_by_each_kind_of_key_grants_and_is_kept(hall: Any, kind: str) -> None:
    mine = MAKERS[kind]()
    key = hall.register(mine)
    drawn = hall.draw(onward=(OTHER,))
    made = hall.grant(drawn, mine.sign(drawn.text))
    assert made.number == drawn.offer.number and made.made == "signature" and made.onward == [OTHER]
    found = hall.signed(made)
    assert found.text == drawn.text and found.key == key.key and found.holds
    assert found.named == bool(key.key.certificate)
    told = hall.district.one("SELECT detail FROM audit_entry WHERE action = 'authorisation.grant'")
    assert told["signature"]["key"] == key.fingerprint and told["signature"]["text_sha256"] == found.digest


@pytest.mark.parametrize("writing", [base64.b64encode, lambda s: s.hex().encode(), base64.encodebytes])
def test_a_signature_may_be_pasted(hall: Any, writing: Any) -> None:
    mine = sm2()
    hall.register(mine)
    drawn = hall.draw()
    assert hall.grant(drawn, writing(mine.sign(drawn.text))).made == "signature"


def test_a_login_and_a_paper_are_told_apart_from_a_signature(hall: Any) -> None:
    assert hall.grant(hall.draw()).made == "login" and hall.signed(hall.grant(hall.draw())) is None
    from dataclasses import replace

    drawn = hall.draw()
    paper = replace(drawn, terms=replace(drawn.terms, evidence="渝示授〔2026〕1号"))
    from xinyong.disclosure import authorisations

    made = authorisations.grant(hall.c, COUNTER, NOW, TODAY, CODE, paper.terms, hall.district.book)
    assert made.made == "paper"


# what is not a signature of this text by this subject


def test_a_forged_signature_grants_nothing(hall: Any) -> None:
    for kind in ("Ed25519", "SM2-SM3", "RSA-SHA256"):
        hall.register(MAKERS[kind]())
    drawn = hall.draw()
    for forged in (ed25519().sign(drawn.text), sm2().sign(drawn.text), bytes(64), b"\x00" * 256, b"abc"):
        refused(hall, drawn, forged, "不是本主体登记的密钥对这份文本作的.*重新下载")


@pytest.mark.parametrize("kind", ["Ed25519", "SM2-SM3", "RSA-SHA256", "ECDSA-SHA256"])
def test_a_signature_cut_short_or_bent_grants_nothing(hall: Any, kind: str) -> None:
    mine = MAKERS[kind]()
    hall.register(mine)
    drawn = hall.draw()
    whole = mine.sign(drawn.text)
    for bad in (whole[:-1], whole[1:], whole + b"\x00", whole[:20] + bytes([whole[20] ^ 4]) + whole[21:]):
        refused(hall, drawn, bad, "签名核验不通过")


@pytest.mark.parametrize("given", [b"-----BEGIN PKCS7-----\nAAAA", b"\x01" * 5_000])
def test_what_is_no_bare_signature_is_said_to_be_none(hall: Any, given: bytes) -> None:
    hall.register(ed25519())
    refused(hall, hall.draw(), given, "签名不能识别|单独的签名")


@pytest.mark.parametrize(
    "change",
    [lambda t: t.replace("贷前".encode(), "贷后".encode()), lambda t: t.replace(b"\n", b"\r\n"), lambda t: t.rstrip(),
     lambda t: b"\xef\xbb\xbf" + t],
    ids=["purpose", "crlf", "trimmed", "bom"],
)  # fmt: skip
def test_a_signature_of_another_text_grants_nothing(hall: Any, change: Any) -> None:
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw()
    assert change(drawn.text) != drawn.text
    refused(hall, drawn, mine.sign(change(drawn.text)), "不要打开另存")


@pytest.mark.parametrize(
    "changes", [{"recipient": OTHER}, {"items": ("XZCF", "XZXK")}, {"purpose": "贷后管理"}, {"once": True},
                {"ends": TODAY + timedelta(days=31)}, {"onward": (OTHER,)}], ids=lambda c: next(iter(c))
)  # fmt: skip
def test_other_terms_than_those_signed_are_not_granted(hall: Any, changes: dict[str, Any]) -> None:
    from dataclasses import replace

    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw()
    bent = replace(drawn, terms=replace(drawn.terms, **changes))
    refused(hall, bent, mine.sign(drawn.text), "签名核验不通过")


def test_another_subjects_key_signs_nothing_for_me(hall: Any) -> None:
    theirs = ed25519()
    hall.register(theirs, NEIGHBOUR, OTHER)
    hall.register(ed25519())
    drawn = hall.draw()
    refused(hall, drawn, theirs.sign(drawn.text), "签名核验不通过")


def test_the_same_words_signed_by_another_for_itself_are_not_mine(hall: Any) -> None:
    """The grantor stands in the text: what the neighbour signs for itself opens nothing of mine."""
    theirs = ed25519()
    hall.register(theirs, NEIGHBOUR, OTHER)
    drawn = hall.draw(OTHER)
    made = hall.grant(drawn, theirs.sign(drawn.text), NEIGHBOUR)
    assert made.value == OTHER
    refused(hall, hall.draw(), theirs.sign(drawn.text), "还没有登记签名密钥")


def test_without_a_registered_key_one_is_told_what_to_do(hall: Any) -> None:
    drawn = hall.draw()
    refused(hall, drawn, ed25519().sign(drawn.text), "先在“签名密钥”登记公钥")


def test_a_key_that_has_ended_signs_nothing_more_and_what_it_signed_stays(hall: Any) -> None:
    mine = ed25519()
    key = hall.register(mine)
    first, second = hall.draw(), hall.draw()
    made = hall.grant(first, mine.sign(first.text))
    hall.end(key)
    no = refused(hall, second, mine.sign(second.text), "已经停用")
    assert key.fingerprint[:16] in no.sentence
    found = hall.signed(made)
    assert found.holds and found.key_ended_at == NOW


def test_a_certificate_that_ran_out_before_the_signature_came_grants_nothing(hall: Any) -> None:
    mine = certificate("rsa", CODE)
    hall.register(mine)
    later = OVER + timedelta(hours=1)
    drawn = hall.draw(at=later, ends=later.date() + timedelta(days=9))
    refused(hall, drawn, mine.sign(drawn.text), "证书的有效期", now=later)
    in_time = hall.draw()
    assert hall.grant(in_time, mine.sign(in_time.text)).made == "signature"


def test_an_issuer_no_longer_trusted_ends_signing(
    hall: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, later = Authority("示例认证甲"), Authority("示例认证乙")
    monkeypatch.setenv("XINYONG_CA_DIR", str(tmp_path))
    (tmp_path / "a.pem").write_bytes(known.pem)
    mine = certificate("ecdsa", CODE, issuer=known)
    hall.register(mine)
    drawn = hall.draw()
    (tmp_path / "a.pem").write_bytes(later.pem)
    refused(hall, drawn, mine.sign(drawn.text), "不是由本平台信任的")
    (tmp_path / "a.pem").write_bytes(known.pem)
    assert hall.grant(drawn, mine.sign(drawn.text)).made == "signature"


def test_a_signature_serves_its_own_number_once_and_no_other(hall: Any) -> None:
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw(once=True)
    signature = mine.sign(drawn.text)
    hall.grant(drawn, signature)
    refused(hall, drawn, signature, "已经作出，不用再交一次")
    refused(hall, drawn, b"", "已经作出，不用再交一次")
    refused(hall, hall.draw(once=True), signature, "签名核验不通过")


@pytest.mark.parametrize("after", [timedelta(days=1, seconds=1), -timedelta(days=1, seconds=1)])
def test_a_text_serves_a_day(hall: Any, after: timedelta) -> None:
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw(at=NOW - after)
    for signature in (mine.sign(drawn.text), b""):
        refused(hall, drawn, signature, "已过一天")
    ok = hall.draw(at=NOW - timedelta(days=1))
    assert hall.grant(ok, mine.sign(ok.text)).made == "signature"


def test_only_the_subject_itself_hands_in_a_signature(hall: Any) -> None:
    from dataclasses import replace

    from xinyong.disclosure import authorisations

    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw()
    offer = replace(drawn.offer, signature=mine.sign(drawn.text))
    for who in (NEIGHBOUR, Who("示例行员", "bank", BANK), Who("示例", "department"), Who("示例", "auditor")):
        with pytest.raises(NotPermitted):
            authorisations.grant(hall.c, who, NOW, TODAY, CODE, drawn.terms, hall.district.book, offer)
    assert hall.count("authorisation") == 0


# keys


def test_who_may_register_and_end_a_key(hall: Any) -> None:
    for who in (NEIGHBOUR, Who("示例行员", "bank", BANK), Who("示例", "department"), Who("示例", "auditor")):
        with pytest.raises(NotPermitted):
            hall.register(ed25519(), who)
    with pytest.raises(Refused, match="书面申请的编号"):
        hall.register(ed25519(), COUNTER)
    key = hall.register(ed25519(), COUNTER, evidence="渝示申〔2026〕1号")
    assert (key.proof, key.evidence, key.by) == ("paper", "渝示申〔2026〕1号", "示例窗口员")
    for who in (NEIGHBOUR, Who("示例行员", "bank", BANK)):
        with pytest.raises(NotPermitted):
            hall.end(key, who)
    with pytest.raises(Refused, match="书面申请的编号"):
        hall.end(key, COUNTER)
    assert hall.end(key).state(NOW) == "已停用"
    with pytest.raises(Refused, match="已经停用，无须"):
        hall.end(key, COUNTER, evidence="渝示申〔2026〕2号")


def test_a_key_is_one_subjects_and_does_not_come_back(hall: Any) -> None:
    mine = ed25519()
    key = hall.register(mine)
    with pytest.raises(Refused, match="已经登记"):
        hall.register(mine)
    with pytest.raises(Refused, match="不能两家共用"):
        hall.register(mine, NEIGHBOUR, OTHER)
    hall.end(key)
    with pytest.raises(Refused, match="已经停用，不能再登记"):
        hall.register(mine)
    assert hall.count("grantor_key") == 1


def test_a_subject_has_so_many_keys_and_no_more(hall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.disclosure import grantor_keys

    monkeypatch.setattr(grantor_keys, "MOST", 2)
    first, _ = hall.register(ed25519()), hall.register(ed25519())
    with pytest.raises(Refused, match="已有 2 把.*先停用"):
        hall.register(ed25519())
    hall.end(first)
    hall.register(ed25519())


def test_a_bad_certificate_is_not_registered(hall: Any) -> None:
    for given, why in (
        (certificate("rsa", OTHER), "不是本主体的"),
        (certificate("rsa", CODE, ends=NOW - timedelta(days=1)), "现在不在期内"),
        (certificate("rsa", PERSON), "只登记公钥"),
        (Signer(b"nothing", lambda d: d), "不能识别"),
    ):
        with pytest.raises(Refused, match=why):
            hall.register(given)
    assert hall.count("grantor_key") == 0


def test_a_natural_person_signs_and_its_number_is_nowhere(hall: Any) -> None:
    mine, who = sm2(), Who("示例丙", "subject", PERSON)
    hall.register(mine, who, PERSON)
    drawn = hall.draw(PERSON)
    made = hall.grant(drawn, mine.sign(drawn.text), who)
    assert hall.signed(made).holds and PERSON.encode() not in drawn.text
    for table in ("authorisation", "authorisation_signature", "grantor_key", "audit_entry"):
        assert hall.district.one(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", f"%{PERSON}%") == 0


# races


def waiting(hall: Any, thread: threading.Thread) -> None:
    while not hall.district.one("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert thread.is_alive()


def held(hall: Any) -> Any:
    """A connection within a transaction that stays open until it is committed."""
    c = hall.district.connect(autocommit=False)
    c.execute("SELECT 1")
    return c


def started(work: Any, got: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            got.append(work())
        except Refused as no:
            got.append(no.code)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_of_an_end_and_a_signature_the_first_wins(hall: Any) -> None:
    """Deterministic: the end is held open until the signature waits for it."""
    mine = ed25519()
    key = hall.register(mine)
    drawn, got, first = hall.draw(), [], held(hall)
    hall.end(key, c=first)
    second = hall.district.connect()
    thread = started(lambda: hall.grant(drawn, mine.sign(drawn.text), c=second), got)
    waiting(hall, thread)
    first.commit()
    thread.join()
    assert got == ["signature_key_ended"] and hall.count("authorisation") == 0


def test_the_same_signature_handed_in_twice_at_once_grants_once(hall: Any) -> None:
    mine = ed25519()
    hall.register(mine)
    drawn, got, first = hall.draw(), [], held(hall)
    hall.grant(drawn, mine.sign(drawn.text), c=first)
    second = hall.district.connect()
    thread = started(lambda: hall.grant(drawn, mine.sign(drawn.text), c=second), got)
    waiting(hall, thread)
    first.commit()
    thread.join()
    assert (
        got == ["granted_before"]
        and hall.count("authorisation") == hall.count("authorisation_signature") == 1
    )


def test_a_signed_single_use_still_serves_one_of_two_at_once(hall: Any, penalty: Any, write_csv: Any) -> None:
    from xinyong.disclosure import authorisations

    hall.district.intake(write_csv([penalty()]), "XZCF")
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw(once=True)
    hall.grant(drawn, mine.sign(drawn.text))
    first, got = held(hall), []
    found = authorisations.live(first, BANK, [CODE], "贷前调查", (), TODAY)
    authorisations.use(first, found, Who("示例行员", "bank", BANK), NOW)
    second = hall.district.connect()
    thread = started(lambda: hall.look(c=second), got)
    waiting(hall, thread)
    first.commit()
    thread.join()
    assert got == ["no_authorisation"]


# signatures demanded


def test_items_that_demand_a_signature_are_not_opened_by_a_login(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from xinyong.disclosure import authorisations, signatures

    assert signatures.demanded(("XZCF",), hall.district.book, TODAY) == set()  # off by default
    [rule] = hall.district.book.rules[signatures.DEMANDED]
    assert rule.confidence == "sample"
    rules = {**hall.district.book.rules, signatures.DEMANDED: (replace(rule, value="XZXK、XZCF"),)}
    hall.district.book = replace(hall.district.book, rules=rules)
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw()
    refused(hall, drawn, b"", "信息事项 XZCF 要用电子签名授权")
    assert hall.grant(drawn, mine.sign(drawn.text)).made == "signature"
    paper = replace(hall.draw().terms, evidence="渝示授〔2026〕1号")
    book = hall.district.book
    assert authorisations.grant(hall.c, COUNTER, NOW, TODAY, CODE, paper, book).made == "paper"
    other = hall.draw(items=("DJZC",))
    assert hall.grant(other).made == "login"


# what a stranger checks


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="没有 openssl，没有与它核对")


@needs_openssl
@pytest.mark.parametrize("kind", MAKERS)
def test_a_stranger_checks_the_package_with_openssl_alone(hall: Any, kind: str, tmp_path: Path) -> None:
    from xinyong.disclosure import signatures

    mine = MAKERS[kind]()
    hall.register(mine)
    drawn = hall.draw()
    found = hall.signed(hall.grant(drawn, mine.sign(drawn.text)))
    data = signatures.package(found)
    assert data == signatures.package(found)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        archive.extractall(tmp_path)
        assert ("certificate.pem" in archive.namelist()) == bool(found.key.certificate)
    said = (tmp_path / "README.txt").read_text("utf-8")
    [line] = [line.strip() for line in said.splitlines() if line.startswith("  openssl ")]
    assert found.digest in said and found.key.fingerprint in said
    assert line in (Path(__file__).parents[2] / "docs" / "授权.md").read_text("utf-8")
    words = line.split()[1:]
    right = openssl(tmp_path, *words)
    assert right.returncode == 0, right.stderr
    (tmp_path / "authorisation.txt").write_bytes(drawn.text.replace("贷前".encode(), "贷后".encode()))
    assert openssl(tmp_path, *words).returncode != 0


@needs_openssl
@pytest.mark.parametrize("part", ["Ed25519", "SM2"])
def test_the_commands_in_the_manual_make_a_key_and_a_signature_that_are_taken(
    hall: Any, part: str, tmp_path: Path
) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "授权.md").read_text("utf-8")
    block = manual.split("## 签名\n")[1].split(f"# {part}\n")[1].split("\n\n")[0]
    drawn = hall.draw()
    generate, export, sign = [line.split()[1:] for line in block.splitlines()]
    for words in (generate, export):
        done = openssl(tmp_path, *words)
        assert done.returncode == 0, done.stderr

    def signed(name: str, data: bytes) -> bytes:
        """By the manual's command, with the name of the file in question."""
        (tmp_path / f"{name}.txt").write_bytes(data)
        done = openssl(tmp_path, *(word.replace("authorisation", name) for word in sign))
        assert done.returncode == 0, done.stderr
        return (tmp_path / f"{name}.sig").read_bytes()

    hall.register(Signer((tmp_path / "public.pem").read_bytes(), lambda d: signed("signing-key", d)))
    assert hall.grant(drawn, signed("authorisation", drawn.text)).made == "signature"
