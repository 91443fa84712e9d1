"""Recalls sent to real servers: signed, in order, until they are taken, and what a false answer is worth."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from recall_desk import BANK, Desk, Subscriber, now, system

from xinyong.kernel.errors import Fault, Refused
from xinyong.rights import tasks
from xinyong.rights.recall import actions, chasing, deliveries, hosts, push

REAL = push.SOON
LOANS, CARDS = system("信贷系统"), system("信用卡系统")
Start = Callable[..., Subscriber]


def stop(desk: Desk, *records: str) -> None:
    desk.mark("repair", *records)
    desk.work()


def confirmed(desk: Desk) -> list[int]:
    return [r[0] for r in desk.c.execute("SELECT recall FROM recall_confirmation ORDER BY 1").fetchall()]


def outcomes(desk: Desk) -> list[str]:
    return [r[0] for r in desk.c.execute("SELECT outcome FROM recall_attempt ORDER BY id").fetchall()]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "SOON", (0.01, 0.02, 0.03))


def later(hours: float) -> Any:
    return lambda: now() + timedelta(hours=hours)


def test_a_recall_reaches_the_server_signed_and_its_signed_answer_confirms(
    desk: Desk, subscriber: Start
) -> None:
    record, server = desk.records()[0], subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    assert desk.push() == 1
    [told] = server.got
    [recall] = desk.recalls(LOANS)
    assert told["recalls"][0]["records"] == list(recall.records) and told["recalls"][0]["kind"] == "repaired"
    head = server.headers[0]
    lines = [head["X-Xinyong-Timestamp"], told["delivery"], hashlib.sha256(server.bodies[0]).hexdigest()]
    made = hmac.new(server.secret.encode(), "\n".join(lines).encode(), "sha256").hexdigest()
    assert head["X-Xinyong-Signature"] == made
    assert confirmed(desk) == [recall.id] and outcomes(desk) == ["confirmed"]
    assert desk.push() == 0


def test_what_names_a_subject_is_not_in_what_is_sent(desk: Desk, subscriber: Start) -> None:
    record, server = desk.records()[0], subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    desk.push()
    text = server.bodies[0].decode()
    assert "示例" not in text and "91500152" not in text and "测试理由" not in text and record not in text


def test_a_server_that_only_takes_it_has_not_confirmed(desk: Desk, subscriber: Start) -> None:
    record, server = desk.records()[0], subscriber("takes")
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    desk.push()
    assert outcomes(desk) == ["sent"] and confirmed(desk) == []


def test_taken_and_not_confirmed_it_comes_again_a_day_later(desk: Desk, subscriber: Start) -> None:
    record, server = desk.records()[0], subscriber("takes")
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    desk.push()
    assert push.remind(desk.c, now() + timedelta(hours=23)) == 0
    assert push.remind(desk.c, now() + timedelta(hours=25)) == 1
    server.mode = "confirms"
    desk.push()
    assert len(server.got) == 2 and len(confirmed(desk)) == 1
    assert push.remind(desk.c, now() + timedelta(hours=50)) == 0


def test_a_forged_confirmation_is_worth_nothing(desk: Desk, subscriber: Start) -> None:
    record, server = desk.records()[0], subscriber("forges")
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    desk.push()
    assert confirmed(desk) == []
    assert desk.district.one("SELECT detail FROM recall_attempt") == "确认的签名不对，未予采认"


def test_a_replayed_confirmation_is_worth_nothing(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.records()
    server = subscriber()
    desk.given(LOANS, first, second)
    desk.subscribe(LOANS, server)
    stop(desk, first)
    answers: list[Any] = []
    signed = server.answer
    monkeypatch.setattr(server, "answer", lambda h, b: answers.append(signed(h, b)) or answers[0])
    desk.push()
    stop(desk, second)
    desk.push()
    one, two = [r.id for r in desk.recalls(LOANS)]
    assert confirmed(desk) == [one] and two in server.numbers


def test_a_signed_answer_confirms_only_what_was_sent_with_it(desk: Desk, subscriber: Start) -> None:
    record = desk.records()[0]
    mine, theirs = subscriber(), subscriber("takes")
    for who, server in ((LOANS, mine), (CARDS, theirs)):
        desk.given(who, record)
        desk.subscribe(who, server)
    stop(desk, record)
    real = mine.answer

    def greedy(headers: dict[str, str], body: bytes) -> Any:
        real(headers, body)
        said = b'{"confirmed": [1, 2, 3, 4, 5, 6, 7, 8, 9]}'
        head = headers["X-Xinyong-Timestamp"], headers["X-Xinyong-Delivery"]
        return 200, said, {"X-Xinyong-Signature": push.sign(mine.secret, *head, said)}

    mine.answer = greedy  # type: ignore[method-assign]
    desk.push()
    assert confirmed(desk) == [desk.recalls(LOANS)[0].id]


@pytest.mark.parametrize("mode", ["fails", "moves"])
def test_an_error_or_a_redirect_is_a_failure_and_is_tried_again(
    desk: Desk, subscriber: Start, mode: str
) -> None:
    record, server = desk.records()[0], subscriber(mode)
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    assert desk.push() == 0 and set(outcomes(desk)) == {"failed"}
    server.mode = "confirms"
    assert push.run(later(1)) == 1 and len(confirmed(desk)) == 1


def test_down_for_a_day_it_gets_all_in_order_when_it_is_back(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "SOON", (0.0,))
    server = subscriber()
    desk.subscribe(LOANS, server)
    port = server.stop()
    numbers = [f"{n:032x}" for n in range(7)]
    for hour, number in enumerate(numbers):
        desk.given(LOANS, number)
        with desk.c.transaction():
            actions.issue(desk.c, actions.Cause(f"t{hour}", "repaired", now(), records=[number]), now())
        assert push.run(later(4 * hour)) == 0
    server.start(port)
    monkeypatch.setattr(push, "BATCH", 3)
    assert push.run(later(4 * 6 + 1.01)) == 7
    assert server.numbers == [r.id for r in desk.recalls(LOANS)] == confirmed(desk)
    assert [len(told["recalls"]) for told in server.got] == [3, 3, 1]


def test_one_that_is_down_keeps_no_other_waiting(desk: Desk, subscriber: Start) -> None:
    record = desk.records()[0]
    down, up = subscriber("fails"), subscriber()
    for who, server in ((LOANS, down), (CARDS, up)):
        desk.given(who, record)
        desk.subscribe(who, server)
    stop(desk, record)
    assert desk.push() == 1 and confirmed(desk) == [desk.recalls(CARDS)[0].id]


def test_back_within_seconds_it_is_served_in_the_same_run(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, server = desk.records()[0], subscriber("fails")
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    real, calls = server.answer, []

    def recovering(headers: dict[str, str], body: bytes) -> Any:
        calls.append(1)
        server.mode = "fails" if len(calls) < 2 else "confirms"
        return real(headers, body)

    monkeypatch.setattr(server, "answer", recovering)
    assert desk.push() == 1 and len(calls) == 2 and len(confirmed(desk)) == 1


def test_waits_grow_from_half_a_second_to_an_hour_and_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "SOON", REAL)
    waits = [push.wait(n).total_seconds() for n in range(40)]
    assert waits[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert waits == sorted(waits) and waits[-1] == 3600


def test_killed_between_sending_and_noting_it_is_sent_once_more_and_not_oftener(
    desk: Desk, subscriber: Start
) -> None:
    record, server = desk.records()[0], subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    script = (
        "from datetime import UTC, datetime\nfrom xinyong.foundation import setup\nsetup.django()\n"
        "from xinyong.rights.recall import push\npush.run(lambda: datetime.now(UTC))\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ))
    real = server.answer

    def deadly(headers: dict[str, str], body: bytes) -> Any:
        if not server.got:
            worker.send_signal(signal.SIGKILL)
            worker.wait(30)
        return real(headers, body)

    server.answer = deadly  # type: ignore[method-assign]
    assert worker.wait(60) == -signal.SIGKILL
    assert confirmed(desk) == [] and outcomes(desk) == []
    assert desk.push() == 0  # not before the lease has run out
    assert push.run(lambda: now() + timedelta(minutes=3)) == 1
    assert push.run(lambda: now() + timedelta(minutes=9)) == 0
    assert server.numbers == [1, 1] or len(set(server.numbers)) == 1 and len(server.numbers) == 2
    assert len(confirmed(desk)) == 1


def test_a_lease_is_renewed_with_every_batch_so_that_a_second_worker_sends_nothing_twice(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, server, time = desk.records()[0], subscriber(), [now()]
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    for n in range(3):
        with desk.c.transaction():
            actions.issue(desk.c, actions.Cause(f"t{n}", "repaired", now(), records=[record]), now())
    monkeypatch.setattr(push, "BATCH", 1)
    real, second = server.answer, desk.district.connect()

    def slow(headers: dict[str, str], body: bytes) -> Any:
        time[0] += timedelta(seconds=90)
        assert push._claim(second, time[0], 10) == []
        return real(headers, body)

    monkeypatch.setattr(server, "answer", slow)
    assert push.run(lambda: time[0]) == 3 and len(server.numbers) == len(set(server.numbers)) == 3


def test_whose_turn_has_not_come_is_left_to_other_workers(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = desk.records()[0]
    first, waiting = subscriber(), subscriber()
    for who, server in ((LOANS, first), (CARDS, waiting)):
        desk.given(who, record)
        desk.subscribe(who, server)
    stop(desk, record)
    monkeypatch.setattr(push, "THREADS", 1)
    real, second, left = first.answer, desk.district.connect(), []

    def slow(headers: dict[str, str], body: bytes) -> Any:
        left.extend(push._claim(second, now(), 10))
        return real(headers, body)

    monkeypatch.setattr(first, "answer", slow)
    assert desk.push() == 1 and len(left) == 1 and waiting.got == []


def test_a_new_address_takes_the_place_of_the_old_one_and_begins_with_what_is_not_confirmed(
    desk: Desk, subscriber: Start
) -> None:
    record = desk.records()[0]
    old, new = subscriber("takes"), subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, old)
    stop(desk, record)
    desk.push()
    desk.subscribe(LOANS, new)
    desk.push()
    assert len(old.got) == 1 and len(new.got) == 1 and len(confirmed(desk)) == 1


def test_unsubscribed_nothing_is_sent_and_the_feed_goes_on(desk: Desk, subscriber: Start) -> None:
    record, server = desk.records()[0], subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    found = deliveries.receivers(desk.c, BANK, "信贷系统")
    assert actions.unsubscribe(desk.c, LOANS, now(), found) == 1
    stop(desk, record)
    assert desk.push() == 0 and server.got == [] and len(desk.recalls(LOANS)) == 1


def test_the_centre_has_it_sent_at_once(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "SOON", (0.0,))
    record, server = desk.records()[0], subscriber("fails")
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    for _ in range(5):
        push.run(later(5))
    server.mode = "confirms"
    [receiver] = deliveries.receivers(desk.c, BANK, "信贷系统")
    actions.nudge(desk.c, LOANS, now(), receiver)
    assert desk.push() == 1
    with pytest.raises(Refused):
        actions.nudge(desk.c, LOANS, now(), receiver)


def test_who_has_no_address_gets_a_notice_and_the_centre_hears_after_three_days_once_a_week(
    desk: Desk,
) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    stop(desk, record)
    sql = "SELECT count(*) FROM notice WHERE template = %s AND value = %s"
    assert desk.district.one(sql, "RECALL_ISSUED", BANK) == 1
    for days in (2, 4, 4):
        chasing.chase(desk.c, now() + timedelta(days=days))
    assert desk.district.one(sql, "RECALL_LATE", "center") == 1
    chasing.chase(desk.c, now() + timedelta(days=12))
    assert desk.district.one(sql, "RECALL_LATE", "center") == 2


GOOD = "https://bank.example.cn/recalls?x=1"


@pytest.mark.parametrize("url", [
    "http://bank.example.cn/recalls", "ftp://bank.example.cn/", "https://evil.example.cn/", "https://bank.example.cn:444/",
    "https://bank.example.cn@evil.example.cn/", "https://user:pass@bank.example.cn/", "https://bank.example.cn/#x",
    "https://bank.example.cn\\@evil.example.cn/", "https://bank.example.cn./", "//bank.example.cn/", "https://[::1/",
    "https://bank.example.cn/\r\nHost: x", "http://127.0.0.1:5432/", "http://169.254.169.254/", "https://银行.example/", "",
    "https://bank.example.cn:99999/", "https://bank.example.cn/" + "x" * 600,
])  # fmt: skip
def test_an_address_that_is_not_on_the_list_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("XINYONG_RECALL_HOSTS", "bank.example.cn")
    assert hosts.allowed(GOOD) == ("https", "bank.example.cn", 443, "/recalls?x=1")
    with pytest.raises(Refused):
        hosts.allowed(url)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::1", "0.0.0.0", "224.0.0.1", "::ffff:127.0.0.1"]
)
def test_a_listed_name_that_leads_to_this_machine_or_to_metadata_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("XINYONG_RECALL_HOSTS", "bank.example.cn")
    monkeypatch.setattr(hosts.socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(Refused) as refused:
        hosts.found(GOOD)
    assert refused.value.code == "webhook_address"


def test_a_listed_name_inside_the_government_network_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINYONG_RECALL_HOSTS", "bank.example.cn")
    monkeypatch.setattr(hosts.socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("10.1.2.3", 443))])
    assert hosts.found(GOOD).address == "10.1.2.3"


def test_the_list_is_asked_again_with_each_sending(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, server = desk.records()[0], subscriber()
    desk.given(LOANS, record)
    desk.subscribe(LOANS, server)
    stop(desk, record)
    monkeypatch.setenv("XINYONG_RECALL_HOSTS", "")
    monkeypatch.setattr(push, "SOON", (0.0,))
    assert desk.push() == 0 and server.got == []


def certificate(folder: Any, name: str) -> tuple[str, str]:
    """Files of a certificate for `name` that signs itself, and of its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, who = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(1).not_valid_before(now() - timedelta(days=1)).not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return str(paths[0]), str(paths[1])


@pytest.mark.parametrize(("name", "status"), [("localhost", 200), ("other.example.cn", 0)])
def test_https_goes_to_the_address_that_was_checked_and_wants_the_names_certificate(
    subscriber: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, name: str, status: int
) -> None:
    import ssl

    server = subscriber()
    pem, key = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    port = server.server.server_address[1]
    monkeypatch.setenv("SSL_CERT_FILE", pem)
    monkeypatch.setenv("XINYONG_RECALL_HOSTS", f"localhost:{port}")
    recall = actions.Recall(1, now(), "repaired", now(), None, ("ab",), (), None)
    assert push.post(f"https://localhost:{port}/", "", [recall], now()).status == status
    assert len(server.got) == (1 if status else 0)


def test_what_fails_for_one_receiver_holds_up_no_other_and_is_named(
    desk: Desk, subscriber: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cause that can't be carried on, a secret that can't be read, a receiver of whom nobody can be told."""
    record, broken, up = desk.records()[0], subscriber(), subscriber()
    for who, server in ((LOANS, broken), (CARDS, up)):
        desk.given(who, record)
        desk.subscribe(who, server)
    stop(desk, record)
    unread = desk.district.one("SELECT min(id) FROM recall_subscription")
    real_read, real_tell, told = push.keys.unseal, chasing._tell, []

    def unseal(text: str) -> Any:
        secret = real_read(text)
        if secret == broken.secret:
            raise ValueError("读不出")
        return secret

    def tell(c: Any, at: Any, receiver: int, *given: Any) -> None:
        told.append(receiver)
        if len(told) == 1:
            raise ValueError("读不出")
        real_tell(c, at, receiver, *given)

    monkeypatch.setattr(push, "THREADS", 1)
    monkeypatch.setattr(push.keys, "unseal", unseal)
    monkeypatch.setattr(chasing, "_tell", tell)
    monkeypatch.setattr(actions, "_issue", lambda *given: 1 / 0)
    with pytest.raises(Fault) as fault:
        tasks.push_recalls.func(timestamp=0)
    assert f"subscription:{unread}：ValueError" in str(fault.value) and "ZeroDivisionError" in str(
        fault.value
    )
    assert up.numbers == [desk.recalls(CARDS)[0].id] == confirmed(desk)
    desk.district.owner().execute("TRUNCATE recall_confirmation")
    failed: dict[str, str] = {}
    chasing.chase(desk.c, now() + timedelta(days=4), failed)
    assert len(told) == 2 and list(failed.values()) == ["ValueError：读不出"]
