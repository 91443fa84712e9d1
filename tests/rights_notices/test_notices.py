"""Notices: the inbox, reminders by e-mail and SMS through real servers, and what becomes of each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from notice_servers import Gateway, Mail
from signing_in import DEPARTMENT, SUBJECT, as_role, open_account

from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault, Refused
from xinyong.rights import tasks
from xinyong.rights.notices import inbox, sending
from xinyong.rights.notices.actions import Recipient, notify, template_of

PERSON = "110105199003077710"
SECRET = "潼示罚〔2026〕77号不得外传"
ME = Recipient("subject", SUBJECT)
OWNER = Who("示例subject", "subject", SUBJECT)
VALUES = {"case": "XF-1", "reason": SECRET, "basis": "第七条"}


def now() -> datetime:
    return datetime.now(UTC)


def tell(district: Any, to: Recipient = ME, template: str = "REPAIR_REFUSED", **values: str) -> int:
    c = district.app
    with c.transaction():
        return notify(c, now(), template, to, VALUES | values, "case:1")


def send(district: Any, clock: Callable[[], datetime] = now) -> int:
    return sending.run(district.app, clock, district.book)


def outcomes(district: Any) -> list[str]:
    return [r[0] for r in district.app.execute("SELECT outcome FROM notice_result ORDER BY id").fetchall()]


def test_a_notice_waits_in_the_inbox_and_is_read_once(outside: Any) -> None:
    number = tell(outside)
    [listed] = inbox.listed(outside.app, OWNER)
    version = template_of(outside.book, "REPAIR_REFUSED", now()).version
    assert (listed.id, listed.template, listed.version) == (number, "REPAIR_REFUSED", version)
    assert SECRET in listed.body and listed.read_at is None and inbox.unread(outside.app, OWNER) == 1
    first = inbox.opened(outside.app, OWNER, now(), number)
    again = inbox.opened(outside.app, OWNER, now() + timedelta(days=1), number)
    assert first and again and first.read_at == again.read_at and inbox.unread(outside.app, OWNER) == 0


def test_what_a_notice_says_does_not_stand_open_in_the_database(outside: Any) -> None:
    tell(outside)
    assert SECRET not in outside.one("SELECT notice::text FROM notice")


def test_nobody_reads_anothers_notices(outside: Any) -> None:
    numbers = [
        tell(outside),
        tell(outside, Recipient("provider", DEPARTMENT)),
        tell(outside, Recipient("role", "center")),
    ]
    readers = {
        numbers[0]: OWNER,
        numbers[1]: Who("部门", "department", DEPARTMENT),
        numbers[2]: Who("中心", "center"),
    }
    others = [
        Who("另一企业", "subject", "91500152YY0000714C"), Who("没有代码", "subject"), Who("银行", "bank", SUBJECT),
        Who("冒充", "subject", "center"), Who("审计员", "auditor"), Who("公众", "public"),
    ]  # fmt: skip
    for number, reader in readers.items():
        assert inbox.opened(outside.app, reader, now(), number)
        for other in [*others, *(r for n, r in readers.items() if n != number)]:
            assert inbox.opened(outside.app, other, now(), number) is None
    assert all(inbox.listed(outside.app, other) == [] for other in others)


def test_a_persons_number_is_kept_as_a_keyed_hash_and_finds_its_inbox(outside: Any) -> None:
    tell(outside, Recipient("subject", PERSON))
    assert outside.one("SELECT value FROM notice") != PERSON
    assert len(inbox.listed(outside.app, Who("本人", "subject", PERSON))) == 1


@pytest.mark.parametrize(("given", "code"), [
    (("NO_SUCH", ME, VALUES), "notice_template"), (("REPAIR_REFUSED", ME, {"case": "1"}), "notice_value"),
    (("REPAIR_REFUSED", Recipient("role", "nobody"), VALUES), "notice_nobody"),
    (("REPAIR_REFUSED", Recipient("subject", " "), VALUES), "notice_nobody"),
])  # fmt: skip
def test_a_mistake_of_the_program_is_a_fault_and_nothing_is_written(
    outside: Any, given: Any, code: str
) -> None:
    template, to, values = given
    with pytest.raises(Fault) as fault:
        notify(outside.app, now(), template, to, values, "")
    assert fault.value.code == code and outside.one("SELECT count(*) FROM notice") == 0


def test_a_value_is_never_read_as_a_place_and_never_breaks_the_line(outside: Any) -> None:
    tell(outside, reason="{case}\n{x} <b>" + "长" * 2_100)
    [listed] = inbox.listed(outside.app, OWNER)
    assert "{case} {x} <b>" in listed.body and "\n" not in listed.body and len(listed.body) < 2_100


def test_before_its_template_begins_nothing_can_be_told(outside: Any) -> None:
    with pytest.raises(Fault):
        notify(outside.app, datetime(2026, 3, 31, tzinfo=UTC), "REPAIR_REFUSED", ME, VALUES, "")


def test_the_mail_says_only_that_there_is_something(outside: Any, mail: Mail) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    assert send(outside) == 1 and outcomes(outside) == ["delivered"]
    [(to, message)] = mail.got
    text = str(message["Subject"]) + message.get_content()
    assert to == ["owner@enterprise.example.cn"] and "您有一条信用事项通知，请登录信用潼南查看" in text
    for secret in (SECRET, SUBJECT, "XF-1", "修复", "处罚", "示例"):
        assert secret not in text
    assert send(outside) == 0 and len(mail.got) == 1


def test_the_sms_says_only_that_there_is_something_and_is_signed(outside: Any, gateway: Gateway) -> None:
    open_account("subject")
    inbox.set_phone(outside.app, OWNER, now(), "138 0013-8000")
    tell(outside)
    assert send(outside) == 1 and gateway.signed == [True]
    [told] = gateway.got
    assert told["to"] == "13800138000" and told["text"] == "您有一条信用事项通知，请登录信用潼南查看。"
    assert "13800138000" not in outside.one("SELECT string_agg(n::text, '') FROM notice_contact n")
    assert inbox.phone(outside.app, OWNER) == "138****8000"
    inbox.set_phone(outside.app, OWNER, now(), "")
    tell(outside)
    assert send(outside) == 0


@pytest.mark.parametrize("number", ["1", "23800138000", "1380013800０", "138001380001", "+8613800138000;x"])
def test_what_is_no_mobile_number_is_refused(outside: Any, number: str) -> None:
    with pytest.raises(Refused):
        inbox.set_phone(outside.app, OWNER, now(), number)


def test_the_staff_of_a_department_with_an_address_are_reminded_and_no_others(
    outside: Any, mail: Mail
) -> None:
    open_account("department", "甲", email="a@x.example.cn")
    open_account("department_reviewer", "乙", email="b@x.example.cn")
    open_account("department", "丙")
    open_account("department", "丁", provider="11500152YY0000999X", email="d@x.example.cn")
    tell(outside, Recipient("provider", DEPARTMENT), "REPAIR_DUE_SOON", due="2026-12-01")
    assert send(outside) == 2
    assert sorted(to for tos, _ in mail.got for to in tos) == ["a@x.example.cn", "b@x.example.cn"]


def test_without_a_server_nothing_is_queued(outside: Any) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    assert outside.one("SELECT count(*) FROM notice_sending") == 0


def test_nothing_goes_out_of_what_was_never_committed(outside: Any, mail: Mail) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    c = outside.connect(autocommit=False)
    notify(c, now(), "REPAIR_REFUSED", ME, VALUES, "")
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'rights:send_notices'"
    assert send(outside) == 0 and outside.one(jobs) == 0
    c.commit()
    assert outside.one(jobs) == 1 and send(outside) == 1


def test_a_mailbox_that_does_not_exist_is_not_tried_again(outside: Any, mail: Mail) -> None:
    open_account("subject", email="nobody@enterprise.example.cn")
    tell(outside)
    mail.refuses = "550 no such user"
    assert send(outside) == 0 and outcomes(outside) == ["refused"]
    reason = outside.one("SELECT reason FROM notice_result")
    assert "550" in reason and "nobody" not in reason
    assert send(outside, lambda: now() + timedelta(days=9)) == 0 and outcomes(outside) == ["refused"]


def test_a_busy_server_is_tried_again_later_and_later_and_then_given_up(outside: Any, mail: Mail) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    mail.refuses = "451 later"
    at = now()
    assert send(outside, lambda: at) == 0
    assert send(outside, lambda: at + timedelta(seconds=59)) == 0 and outcomes(outside) == ["failed"]
    for _ in range(sending.MOST + 3):
        at += timedelta(hours=7)
        send(outside, lambda at=at: at)
    assert outcomes(outside) == ["failed"] * (sending.MOST - 1) + ["given_up"]
    assert outside.one("SELECT count(*) FROM notice_due") == 0


def test_when_the_server_is_back_it_is_delivered(outside: Any, mail: Mail, monkeypatch: Any) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    url = os.environ["XINYONG_SMTP_URL"]
    monkeypatch.setenv("XINYONG_SMTP_URL", "smtp://127.0.0.1:1")
    assert send(outside) == 0 and outcomes(outside) == ["failed"]
    monkeypatch.setenv("XINYONG_SMTP_URL", url)
    assert send(outside, lambda: now() + timedelta(minutes=2)) == 1


@pytest.mark.parametrize(("says", "outcome"), [
    ((200, b'{"accepted": false, "reason": "blocked"}'), "refused"), ((200, b"<html>"), "failed"),
    ((200, b'{"accepted": "yes"}'), "failed"), ((200, b"[]"), "failed"), ((503, b""), "failed"), ((302, b""), "failed"),
])  # fmt: skip
def test_what_a_gateway_says_otherwise_is_no_delivery(
    outside: Any, gateway: Gateway, says: tuple[int, bytes], outcome: str
) -> None:
    open_account("subject")
    inbox.set_phone(outside.app, OWNER, now(), "13800138000")
    tell(outside)
    gateway.says = says
    assert send(outside) == 0 and outcomes(outside) == [outcome] and len(gateway.got) == 1


@pytest.mark.parametrize(
    "address", ["a b@x.cn", "x@y.cn, z@y.cn", "用户@例子.cn", "x@y.cn\nBcc: z@y.cn", "@"]
)
def test_a_strange_address_reaches_nobody_else(outside: Any, mail: Mail, address: str) -> None:
    open_account("subject", email=address)
    tell(outside)
    assert send(outside) == 0 and mail.got == [] and outcomes(outside)[0] in ("refused", "failed")


def test_a_closed_account_is_not_written_to(outside: Any, mail: Mail) -> None:
    account = open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    account.is_active = False
    account.save(update_fields=["is_active"])
    assert send(outside) == 0 and mail.got == [] and outcomes(outside) == ["refused"]


KILLED = """
from datetime import UTC, datetime
from xinyong.foundation import setup
setup.django()
from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import database
from xinyong.rights.notices import sending
with database.connect_app(autocommit=True) as c:
    sending.run(c, lambda: datetime.now(UTC), load_rulebook())
"""


def test_killed_between_sending_and_noting_it_goes_out_once_more_under_the_same_number(
    outside: Any, mail: Mail
) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    started: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        if not mail.got:
            started[0].send_signal(signal.SIGKILL)

    mail.before = kill
    started.append(subprocess.Popen([sys.executable, "-c", KILLED], env=dict(os.environ)))
    assert started[0].wait(60) == -signal.SIGKILL
    assert len(mail.got) == 1 and outcomes(outside) == []
    assert send(outside) == 0  # not before the lease has run out
    assert send(outside, lambda: now() + timedelta(minutes=11)) == 1
    assert send(outside, lambda: now() + timedelta(minutes=30)) == 0
    assert len(mail.got) == 2 and len({m["Message-ID"] for _, m in mail.got}) == 1


def test_a_subject_reads_its_messages_and_sets_its_number_on_its_pages(outside: Any) -> None:
    number = tell(outside)
    page = as_role("subject", email="owner@enterprise.example.cn")
    listed = page.get("/own/inbox").content.decode()
    assert "您的信用修复申请未获准予" in listed and "未读" in listed and SECRET not in listed
    message = page.get(f"/own/inbox/{number}").content.decode()
    assert SECRET in message and "/own/repairs" in message
    assert "未读" not in page.get("/own/inbox").content.decode()
    assert page.post("/own/inbox/phone", {"number": "123"}).status_code == 400
    assert page.post("/own/inbox/phone", {"number": "13800138000"}).status_code == 302
    assert "138****8000" in page.get("/own/inbox").content.decode()


def test_pages_show_nobody_anothers_message(outside: Any) -> None:
    number = tell(outside)
    staff = tell(outside, Recipient("role", "center"))
    other = as_role("subject", name="另一企业", subject_code="91500152YY0000714C")
    assert other.get(f"/own/inbox/{number}").status_code == 404
    assert as_role("center").get(f"/own/inbox/{number}").status_code == 403
    assert other.get(f"/console/inbox/{staff}").status_code == 403
    assert as_role("department").get(f"/console/inbox/{staff}").status_code == 404
    centre = as_role("center", name="示例中心二")
    assert "未读" in centre.get("/console/inbox").content.decode()
    assert SECRET in centre.get(f"/console/inbox/{staff}").content.decode()
    assert "未读" not in centre.get("/console/inbox").content.decode()


def test_a_reminder_that_cannot_be_tried_holds_up_no_other_and_is_named(
    outside: Any, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account("subject", email="owner@enterprise.example.cn")
    tell(outside)
    tell(outside)
    real, first = sending._address, outside.one("SELECT min(id) FROM notice_sending")

    def failing(c: Any, due: sending.Due) -> str:
        if due.sending == first:
            raise ValueError("读不出")
        return real(c, due)

    monkeypatch.setattr(sending, "_address", failing)
    with pytest.raises(Fault, match=f"sending:{first}：ValueError"):
        tasks.send_notices.func(timestamp=0)
    assert outcomes(outside) == ["delivered"] and len(mail.got) == 1
