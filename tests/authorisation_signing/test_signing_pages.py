"""The pages: fill in, take the text away, sign it at home, hand the signature in; and who sees what of it."""

from __future__ import annotations

import re
import zipfile
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from signing_in import as_role, browser, open_account, signed_in
from signing_tools import BANK, BANK_NAME, CODE, NOW, OTHER, Authority, certificate, ed25519, private_pem, sm2

NEW, SIGN, TEXT, KEYS = (
    "/own/authorisations/new",
    "/own/authorisations/sign",
    "/own/authorisations/text",
    "/own/keys",
)
PURPOSE = "贷前审查示例"


class Clock:
    now = NOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock()


@pytest.fixture
def site(hall: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, web: Any) -> Any:
    from xinyong.website.console.department import parts
    from xinyong.website.public import asking

    for module, name in ((asking, "clock"), (parts, "now")):
        monkeypatch.setattr(module, name, lambda: clock.now)
    return hall


def subject(code: str = CODE, name: str = "示例企业") -> Any:
    return as_role("subject", name=name, subject_code=code)


@pytest.fixture
def owner(site: Any) -> Any:
    return subject()


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[-2500:])
    return unescape(answer.content.decode())


def filled(**changes: Any) -> dict[str, Any]:
    usual = {"recipient": BANK, "recipient_name": BANK_NAME, "items": ["XZCF", "DJZC"], "purpose": PURPOSE,
             "once": "period", "begins": "2026-11-23", "ends": "2026-12-23", "onward": ""}  # fmt: skip
    return {**usual, **changes}


def offered(client: Any, **changes: Any) -> str:
    """The token of the page that asks to confirm."""
    shown = said(client.post(NEW, filled(**changes)))
    [token] = re.findall(r'name="offer" value="([^"]+)"', shown)
    return str(token)


def taken(client: Any, token: str) -> bytes:
    answer = client.post(TEXT, {"offer": token})
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    return bytes(answer.content)


def uploaded(data: bytes, name: str = "authorisation.sig") -> Any:
    return SimpleUploadedFile(name, data)


def key_form(client: Any, signer: Any) -> dict[str, Any]:
    """The form of a registration, with the text of the day signed."""
    letter = client.get(f"{KEYS}/new", {"text": "yes"})
    assert letter.headers["Content-Disposition"] == 'attachment; filename="signing-key-2026-11-23.txt"'
    signature = uploaded(signer.sign(letter.content), "signing-key.sig")
    return {"file": uploaded(signer.given, "public.pem"), "signed_file": signature}


def registered(client: Any, signer: Any) -> None:
    assert "已经登记，指纹" in said(client.post(f"{KEYS}/new", key_form(client, signer), follow=True))


def signed(client: Any, signer: Any, **changes: Any) -> str:
    """The number of an authorisation given by signature."""
    token = offered(client, **changes)
    text = taken(client, token)
    done = said(
        client.post(SIGN, {"offer": token, "file": uploaded(signer.sign(text)), "text": ""}, follow=True)
    )
    assert "签名核验通过，授权已经作出" in done
    return re.findall(r"编号：(\S+)", text.decode())[0]


# the subject's way through


@pytest.mark.parametrize("kind", [ed25519, sm2, lambda: certificate("rsa", CODE)])
def test_from_filling_in_to_a_signature_that_everybody_concerned_can_check(
    site: Any, owner: Any, kind: Any
) -> None:
    mine = kind()
    registered(owner, mine)
    token = offered(owner)
    page = said(owner.post(SIGN, {"offer": token, "open": "yes"}))
    text = taken(owner, token)
    assert text.decode() in page and PURPOSE in page and site.count("authorisation") == 0
    done = owner.post(SIGN, {"offer": token, "file": uploaded(mine.sign(text)), "text": ""}, follow=True)
    listed = said(done)
    number, fingerprint = site.district.owner().execute(
        "SELECT a.number::text, k.fingerprint FROM authorisation a, grantor_key k"
    ).fetchone()  # fmt: skip
    assert all(t in listed for t in ("电子签名", fingerprint, "现在核验：", "通过", "2026-11-23 10:00:00"))
    bank = as_role("bank", provider=BANK)
    auditor = as_role("auditor")
    for client, address in (
        (owner, f"/own/authorisations/{number}/package"),
        (bank, f"/console/authorisations/received/{number}/package"),
        (auditor, f"/console/authorisations/every/{number}/package"),
    ):
        answer = client.get(address)
        assert answer.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(BytesIO(answer.content)) as package:
            assert package.read("authorisation.txt") == text
    for client, address in (
        (bank, f"/console/authorisations/received/{number}"),
        (auditor, f"/console/authorisations/every/{number}"),
    ):
        shown = said(client.get(address))
        assert all(t in shown for t in ("电子签名", fingerprint, "下载签名核验包", "本人登录并用第二道验证"))


def test_a_signature_may_be_pasted(site: Any, owner: Any) -> None:
    mine = sm2()
    registered(owner, mine)
    token = offered(owner)
    pasted = mine.sign(taken(owner, token)).hex()
    assert "授权已经作出" in said(owner.post(SIGN, {"offer": token, "text": pasted}, follow=True))


def test_to_confirm_by_login_stays_possible_and_is_said_to_be_that(site: Any, owner: Any) -> None:
    token = offered(owner)
    number = re.findall(r"编号：(\S+)", taken(owner, token).decode())[0]
    assert "授权已经作出" in said(owner.post(NEW, filled(confirmed="yes", offer=token), follow=True))
    assert site.district.one("SELECT number::text FROM authorisation") == number
    assert "本人登录确认" in said(owner.get("/own/authorisations"))
    assert "已经作出，不用再交一次" in said(owner.post(NEW, filled(confirmed="yes", offer=token)), 400)
    assert site.count("authorisation") == 1


def test_what_was_shown_is_granted_whatever_the_form_says_then(site: Any, owner: Any) -> None:
    token = offered(owner)
    owner.post(NEW, filled(confirmed="yes", offer=token, purpose="别的用途", items=["XZXK"]))
    row = site.district.owner().execute("SELECT purpose, items FROM authorisation").fetchone()
    assert row == (PURPOSE, ["DJZC", "XZCF"])


def test_nothing_is_kept_until_it_is_granted(site: Any, owner: Any) -> None:
    before = site.count("audit_entry")
    token = offered(owner)
    owner.post(SIGN, {"offer": token, "open": "yes"})
    taken(owner, token)
    assert site.count("authorisation") == 0 and site.count("audit_entry") == before


def test_a_term_that_cannot_stand_in_a_text_is_refused_on_the_form(site: Any, owner: Any) -> None:
    answer = said(owner.post(NEW, filled(recipient_name="示例\u202e银行")), 400)
    assert "看不见的字符" in answer


# refused, each in one sentence that says what to do


def test_each_refusal_says_what_to_do_next_and_grants_nothing(site: Any, owner: Any, clock: Clock) -> None:
    mine, other = ed25519(), ed25519()
    token = offered(owner)
    text = taken(owner, token)
    assert "还没有登记签名密钥" in said(owner.post(SIGN, {"offer": token, "open": "yes"}))
    assert "先在“签名密钥”登记公钥" in said(
        owner.post(SIGN, {"offer": token, "file": uploaded(b"x" * 64)}), 400
    )
    registered(owner, mine)
    cases = [
        ({"file": uploaded(other.sign(text))}, "签名核验不通过"),
        ({"file": uploaded(mine.sign(text + b" "))}, "签名核验不通过"),
        ({"file": uploaded(mine.sign(text)[:60])}, "签名核验不通过"),
        ({}, "请选一个文件，或者粘贴文字"),
        ({"file": uploaded(mine.sign(text)), "text": "00"}, "只交一样"),
        ({"file": uploaded(b"x" * 5_000)}, "文件超过 4 KB"),
        ({"file": uploaded(b"")}, "空的"),
        ({"text": "-----BEGIN CMS-----"}, "不是单独的签名"),
    ]
    for data, why in cases:
        assert why in said(owner.post(SIGN, {"offer": token, **data}), 400), why
    forged = token[:-3] + ("abc" if token[-3:] != "abc" else "abd")
    assert "不是本平台刚才生成的" in said(
        owner.post(SIGN, {"offer": forged, "file": uploaded(mine.sign(text))}), 400
    )
    assert "不是为本主体生成的" in said(subject(OTHER, "示例邻居").post(TEXT, {"offer": token}), 400)
    clock.now = NOW + timedelta(days=1, seconds=1)
    assert "已过一天" in said(owner.post(SIGN, {"offer": token, "file": uploaded(mine.sign(text))}), 400)
    again = filled(confirmed="yes", offer=token, begins="2026-11-24")
    assert "已过一天" in said(owner.post(NEW, again), 400)
    assert site.count("authorisation") == 0


def test_a_signature_handed_in_again_is_said_to_have_served(site: Any, owner: Any) -> None:
    mine = ed25519()
    registered(owner, mine)
    token = offered(owner)
    text = taken(owner, token)
    data = {"offer": token, "text": mine.sign(text).hex()}
    assert owner.post(SIGN, data).status_code == 302
    assert "已经作出，不用再交一次" in said(owner.post(SIGN, data), 400)
    other = offered(owner)
    assert "签名核验不通过" in said(owner.post(SIGN, {**data, "offer": other}), 400)
    assert site.count("authorisation") == 1


def test_without_the_form_s_token_nothing_happens(site: Any, owner: Any) -> None:
    mine = ed25519()
    registered(owner, mine)
    token = offered(owner)
    owner.handler.enforce_csrf_checks = True
    for address, data in (
        (SIGN, {"offer": token, "text": "00"}),
        (f"{KEYS}/new", {"text": ed25519().given.decode()}),
        (f"{KEYS}/1/end", {"reason": "冒充"}),
    ):
        assert owner.post(address, data).status_code == 403
    assert site.count("grantor_key") == 1 and site.count("grantor_key_end") == 0


def test_where_a_signature_is_demanded_the_page_offers_nothing_else(
    site: Any, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.disclosure import signatures

    monkeypatch.setattr(signatures, "demanded", lambda items, book, today: set(items) & {"XZCF"})
    page = said(owner.post(NEW, filled()))
    assert "行政处罚要用电子签名授权" in page and 'name="confirmed"' not in page
    [token] = re.findall(r'name="offer" value="([^"]+)"', page)
    assert "要用电子签名授权" in said(owner.post(NEW, filled(confirmed="yes", offer=token)), 400)
    registered(owner, mine := ed25519())
    signed(owner, mine)
    assert site.count("authorisation") == 1


def test_opened_by_address_the_second_step_leads_to_the_first(site: Any, owner: Any) -> None:
    for address in (SIGN, TEXT):
        assert owner.get(address).url == NEW


# keys


def test_registering_wants_the_second_factor_and_ending_does_not(site: Any) -> None:
    account = open_account("subject", "示例企业", subject_code=CODE)
    client = signed_in(account, second=False)
    for answer in (client.get(f"{KEYS}/new"), client.post(f"{KEYS}/new", {"text": ed25519().given.decode()})):
        assert answer.url.split("?")[0] == "/account/factors/totp" and answer.url.endswith(
            "next=%2Fown%2Fkeys%2Fnew"
        )
    assert site.count("grantor_key") == 0
    with_factor = signed_in(account)
    registered(with_factor, ed25519())
    ended = client.post(f"{KEYS}/1/end", {"reason": "遗失"}, follow=True)
    assert "密钥已经停用" in said(ended) and "已停用" in said(client.get(KEYS))


def test_what_is_registered_is_shown_told_and_can_be_ended(site: Any, owner: Any) -> None:
    registered(owner, certificate("rsa", CODE))
    registered(owner, certificate("ecdsa"))
    page = said(owner.get(KEYS))
    assert "写明本主体的统一社会信用代码" in page and "不能核对是谁的" in page
    told = said(owner.get("/own/inbox"))
    assert told.count("登记了一把授权签名的密钥") == 2
    assert "请写明停用的原因" in said(owner.post(f"{KEYS}/1/end", {"reason": " "}), 400)
    owner.post(f"{KEYS}/1/end", {"reason": "经办人变更"})
    assert "经办人变更" in said(owner.get(KEYS)) and "一把授权签名的密钥已停用" in said(
        owner.get("/own/inbox")
    )
    assert owner.get(f"{KEYS}/1/end").status_code == 404


def test_a_bad_key_is_refused_on_the_form(site: Any, owner: Any) -> None:
    for given, why in (
        (private_pem(), "这是私钥，没有保存"), (certificate("rsa", OTHER).given, "不是本主体的"), (b"what", "不能识别"),
        (b"x" * 20_001, "文件超过 20 KB"),
    ):  # fmt: skip
        assert why in said(owner.post(f"{KEYS}/new", {"file": uploaded(given), "signed": "00"}), 400)
    assert site.count("grantor_key") == 0
    assert site.district.one("SELECT count(*) FROM audit_entry t WHERE t::text LIKE '%%PRIVATE%%'") == 0


def test_the_page_says_plainly_whether_issuers_are_checked(
    site: Any, owner: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "不核对证书由谁签发" in said(owner.get(f"{KEYS}/new"))
    (tmp_path / "a.pem").write_bytes(Authority("示例认证甲").pem)
    monkeypatch.setenv("XINYONG_CA_DIR", str(tmp_path))
    page = said(owner.get(f"{KEYS}/new"))
    assert "要由本平台信任的电子认证服务机构签发" in page and "不查证书是否被签发机构吊销" in page
    answer = owner.post(f"{KEYS}/new", key_form(owner, certificate("rsa", CODE)))
    assert "不是由本平台信任的" in said(answer, 400)


def test_a_window_registers_and_ends_on_paper_and_the_subject_is_told(site: Any, owner: Any) -> None:
    window, mine = as_role("counter", name="示例窗口员"), ed25519()
    new, end = "/console/signing-keys/new", "/console/signing-keys/end"
    assert "代码不正确" in said(window.post(new, {"grantor": "123", "take": "yes"}), 400)
    letter = window.post(new, {"grantor": CODE, "take": "yes"}).content
    assert CODE in letter.decode() and site.count("grantor_key") == 0
    given = {"grantor": CODE, "text": mine.given.decode(), "paper": "渝示申〔2026〕1号"}
    assert "只交一样" in said(window.post(new, given), 400)
    assert "不能证明私钥在本主体手里" in said(
        window.post(new, {**given, "signed": mine.sign(letter + b"x").hex()}), 400
    )
    given["signed"] = mine.sign(letter).hex()
    assert "不正确" in said(window.post(new, {**given, "grantor": "123"}), 400)
    assert window.post(new, {**given, "paper": ""}).status_code == 400
    listed = said(window.post(new, given, follow=True))
    fingerprint = site.district.one("SELECT fingerprint FROM grantor_key")
    assert fingerprint[:16] in listed and "渝示申〔2026〕1号" in listed
    assert "窗口核对书面材料" in said(owner.get(KEYS))
    ending = {
        "grantor": CODE,
        "fingerprint": fingerprint[:16],
        "reason": "遗失",
        "paper": "渝示申〔2026〕2号",
    }
    for wrong in ({"fingerprint": fingerprint[:15]}, {"grantor": OTHER}, {"fingerprint": "0" * 16}):
        assert "没有指纹以此开头" in said(window.post(end, {**ending, **wrong}), 400)
    assert "渝示申〔2026〕2号" in said(window.post(end, ending, follow=True))
    assert "窗口凭您的书面材料" in _letters(owner)
    assert "已停用" in said(owner.get(KEYS))
    elsewhere = as_role("counter", name="示例别处窗口", provider=OTHER)
    assert fingerprint[:16] not in said(elsewhere.get("/console/signing-keys"))


def _letters(client: Any) -> str:
    found = re.findall(r'href="(/own/inbox/\d+)"', said(client.get("/own/inbox")))
    return "".join(said(client.get(address)) for address in found)


# outsiders


def test_nobody_else_takes_the_package(site: Any, owner: Any) -> None:
    mine = ed25519()
    registered(owner, mine)
    number = signed(owner, mine)
    ours = f"/own/authorisations/{number}/package"
    theirs = f"/console/authorisations/received/{number}/package"
    every = f"/console/authorisations/every/{number}/package"
    neighbour, other_bank = subject(OTHER, "示例邻居"), as_role("bank", name="示例别家", provider=OTHER)
    assert neighbour.get(ours).status_code == 404
    assert neighbour.get(ours).content == neighbour.get(ours.replace(number, NOBODYS)).content
    assert other_bank.get(theirs).status_code == 404
    assert other_bank.get(theirs.removesuffix("/package")).status_code == 404
    for role in ("department", "center", "center_reviewer", "counter", "system_admin"):
        client = as_role(role, name=f"示例外人{role}")
        assert {client.get(a).status_code for a in (ours, theirs, every)} == {403}
    for a in (ours, theirs, every):
        assert browser().get(a).url.startswith("/login/")
    unsigned = site.grant(site.draw())
    assert owner.get(f"/own/authorisations/{unsigned.number}/package").status_code == 404


NOBODYS = "00000000-0000-4000-8000-000000000001"


def test_another_subjects_key_is_not_there(site: Any, owner: Any) -> None:
    registered(owner, ed25519())
    neighbour = subject(OTHER, "示例邻居")
    assert "还没有登记签名密钥" in said(neighbour.get(KEYS))
    for answer in (neighbour.get(f"{KEYS}/1/end"), neighbour.post(f"{KEYS}/1/end", {"reason": "冒充"})):
        assert answer.status_code == 404 and answer.content == neighbour.get(f"{KEYS}/99/end").content
    assert site.count("grantor_key_end") == 0


def test_the_pages_are_for_their_roles_alone(site: Any) -> None:
    pages = {"subject": (KEYS, f"{KEYS}/new", NEW), "auditor": ("/console/authorisations/every",),
             "counter": ("/console/signing-keys", "/console/signing-keys/new", "/console/signing-keys/end")}  # fmt: skip
    for role in ("subject", "auditor", "counter", "bank", "department", "center"):
        client = as_role(role, name=f"示例{role}")
        for whose, addresses in pages.items():
            wanted = 200 if role == whose else 403
            assert {client.get(a).status_code for a in addresses} == {wanted}, (role, whose)


def test_an_auditor_sees_how_each_was_made_and_that_is_noted(site: Any, owner: Any) -> None:
    mine = ed25519()
    registered(owner, mine)
    signed(owner, mine)
    site.grant(site.draw())
    auditor = as_role("auditor")
    page = said(auditor.get("/console/authorisations/every"))
    assert "电子签名</" in page and "本人登录确认</" in page
    only = said(auditor.get("/console/authorisations/every?made=signature"))
    assert only.count("贷前审查示例") == 1 and "贷前调查" not in only
    assert site.district.one("SELECT count(*) FROM audit_entry WHERE action = 'authorisation.read'") == 2


def test_the_copy_of_ones_information_tells_of_keys_and_ways(site: Any, owner: Any) -> None:
    mine = ed25519()
    registered(owner, mine)
    signed(owner, mine)
    page = said(owner.get("/own/information/copy"))
    assert "签名密钥（1 把）" in page and "电子签名" in page
    told = owner.get("/own/information/copy.json")
    assert b'"signing_keys"' in (told.content if not told.streaming else b"".join(told.streaming_content))
