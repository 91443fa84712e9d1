"""The log watched over: the centre's page, a verification by a job, the doctor; and where the log's reach ends."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.signing_in import as_role
from xinyong.foundation.evidence import watching
from xinyong.kernel.errors import Refused


def now() -> datetime:
    return datetime.now(UTC)


def page(client: Any, path: str = "/console/centre/evidence") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def waiting_checks(log: Any) -> list[int]:
    rows = log.district.owner().execute(
        "SELECT (args ->> 'check')::int FROM procrastinate_jobs WHERE task_name LIKE '%verify_evidence' ORDER BY id"
    )
    return [number for (number,) in rows.fetchall()]


@pytest.mark.parametrize("role", ["center", "center_reviewer", "auditor"])
def test_centre_and_auditor_see_how_the_log_is_doing(site: Any, role: str) -> None:
    said = page(as_role(role))
    assert "没有见证者" in said and f"第 {site.seal().number - 1} 号" in said


@pytest.mark.parametrize("role", ["department", "bank", "system_admin", "security_admin", "audit_admin"])
def test_nobody_else_does(site: Any, role: str) -> None:
    client = as_role(role)
    assert client.get("/console/centre/evidence").status_code == 403
    assert client.post("/console/centre/evidence").status_code == 403
    assert waiting_checks(site) == []


def test_a_verification_runs_in_the_background_and_the_page_tells_what_it_found(site: Any) -> None:
    site.audited(120)
    site.seal()
    client = as_role("auditor")
    begun = client.post("/console/centre/evidence")
    (number,) = waiting_checks(site)
    assert begun.status_code == 302 and begun.headers["Location"].endswith(f"/evidence/{number}")
    assert "正在核验" in page(client, f"/console/centre/evidence/{number}")
    assert watching.run(number, now) is True
    said = page(client, f"/console/centre/evidence/{number}")
    assert "与封存时一致" in said and "审计" in said
    steps = site.district.one("SELECT count(*) FROM evidence_check_step WHERE run = %s", number)
    assert 2 <= steps <= watching.STEPS + 1
    assert site.district.one("SELECT count(*) FROM audit_entry WHERE action = 'evidence.verify'") == 1


def test_what_a_verification_finds_is_listed(site: Any) -> None:
    site.audited(3)
    site.seal()
    site.behind("UPDATE audit_entry SET actor = '别人' WHERE action = 'test'")
    c = site.district.app
    number = watching.begin(c, _auditor(), now())
    assert watching.run(number, now) is False
    found = watching.check(c, number, now())
    assert found.state == "unsound" and found.result["found"] == 3
    said = page(as_role("center"), f"/console/centre/evidence/{number}")
    assert said.count("与封存时不同") == 3 and "保留现场" in said


def test_only_one_verification_at_a_time_and_a_broken_one_does_not_bar_the_next(site: Any) -> None:
    c, at = site.district.app, now()
    watching.begin(c, _auditor(), at)
    with pytest.raises(Refused, match="正在进行"):
        watching.begin(c, _auditor(), at + timedelta(minutes=1))
    later = at + watching.SILENT + timedelta(minutes=1)
    assert watching.checks(c, later)[0].state == "broken"
    watching.begin(c, _auditor(), later)


def test_a_verification_that_is_run_twice_is_done_once(site: Any) -> None:
    number = watching.begin(site.district.app, _auditor(), now())
    assert watching.run(number, now) is True and watching.run(number, now) is None


def _auditor() -> Any:
    from xinyong.foundation.audit import Who

    return Who("审计员", "auditor")


class Hand:
    """A witness's key, in the hand of this test."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from xinyong.kernel.checkpoints import COSIGNATURE, Verifier

        self.key = Ed25519PrivateKey.generate()
        self.verifier = Verifier("示例见证", COSIGNATURE, self.key.public_key().public_bytes_raw())

    def cosigned(self, note: str) -> str:
        text, moment = note.rpartition("\n\n")[0] + "\n", 1_700_000_000
        made = self.key.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        data = self.verifier.key_id + moment.to_bytes(8, "big") + made
        return f"— {self.verifier.name} {base64.b64encode(data).decode()}\n"


def test_a_witness_is_shown_with_how_far_it_is_behind(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINYONG_WITNESSES", "http://127.0.0.1:9")
    client, hand = as_role("center"), Hand()
    assert "没有登记公钥" in page(client)
    monkeypatch.setenv("XINYONG_WITNESS_KEY", str(hand.verifier))
    assert "从未联署" in page(client)
    c = site.district.app
    newest = site.seal() or watching.state(c, now()).newest
    for tree in ("sha256", "sm3"):
        c.execute(
            "INSERT INTO evidence_anchor VALUES ('http://127.0.0.1:9', %s, %s, now(), %s)",
            [tree, newest.size, hand.cosigned(newest.notes[tree])],
        )
    assert ">最新</span>" in page(as_role("auditor"))
    site.audited(5)
    site.seal()
    assert "落后" in page(as_role("center_reviewer"))
    c.execute(
        "INSERT INTO evidence_anchor VALUES ('http://127.0.0.1:9', 'sm3', %s, now(), 'x')", [newest.size + 99]
    )
    assert "有内容被删去" in page(client)


# the bound


def test_unsealed_content_of_every_kind_is_counted_with_its_age(life: Any) -> None:
    c = life.c
    life.grant()
    life.look()
    life.mark()
    waiting = watching.state(c, life.now).unsealed
    assert waiting >= 1 + 1 + 3 + 2  # authorisation, look, marks, audit entries
    assert not watching.state(c, life.now + watching.BOUND - timedelta(seconds=1)).overdue
    assert watching.state(c, life.now + watching.BOUND + timedelta(seconds=10)).overdue
    life.log.seal()
    assert watching.state(c, life.now).unsealed == 0


def test_the_doctor_warns_of_old_unsealed_content_and_of_having_no_witness(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import doctor

    def told(at: datetime) -> dict[str, Any]:
        return {c.name: c for c in doctor.examine(load_rulebook(), at)}

    log.audited(1)
    assert told(now())["evidence"].level == "ok"
    late = told(now() + watching.BOUND + timedelta(seconds=5))
    assert late["evidence"].level == "warning" and "worker" in late["evidence"].sentence
    assert late["witnesses"].level == "warning" and "XINYONG_WITNESSES" in late["witnesses"].sentence
    log.seal()
    assert told(now() + timedelta(hours=1))["evidence"].level == "ok"
    monkeypatch.setenv("XINYONG_WITNESSES", "http://127.0.0.1:9")
    assert "没有登记见证者" in told(now())["witnesses"].sentence
    monkeypatch.setenv("XINYONG_WITNESS_KEY", str(Hand().verifier))
    assert "没有最新的检查点" in told(now())["witnesses"].sentence


def test_what_is_removed_before_it_is_sealed_leaves_no_trace_in_the_log_and_the_receipt_is_the_evidence(
    filled: Any, penalty: Any, write_csv: Any
) -> None:
    """The stated bound: within it only what is in other hands proves anything."""
    receipt = filled.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "later.csv"), "XZCF")
    handed = receipt.as_json()
    entered = filled.district.owner().execute(
        "SELECT at FROM evidence_entry WHERE kind = 'receipt' AND ref = %s", [str(receipt.submission)]
    )
    assert now() - entered.fetchone()[0] < watching.BOUND
    for statement in (
        "DELETE FROM record_version WHERE born = {n}",
        "DELETE FROM submission WHERE id = {n}",
        "DELETE FROM publication WHERE batch = {n}",
        "DELETE FROM evidence_entry WHERE kind IN ('receipt', 'record') AND ref = '{n}'",
        "DELETE FROM evidence_entry WHERE kind = 'audit' AND ref::bigint IN (SELECT id FROM audit_entry WHERE target = '{n}')",
    ):
        filled.district.owner().execute(statement.format(n=receipt.submission))
    filled.seal()
    result = filled.verify()
    assert not any("记录" in f.sentence or "回执" in f.sentence for f in result.findings)
    # what the department holds names the batch, the file's hash and the counts, and the platform has none of it
    assert handed["submission"] == receipt.submission and len(handed["sha256"]) == 64 and handed["new"] == 1
    from xinyong.collection import receipts

    with pytest.raises(Refused, match="没有批次"):
        receipts.load(filled.district.app, handed["submission"])


def test_once_it_is_sealed_the_same_removal_is_found(filled: Any, penalty: Any, write_csv: Any) -> None:
    receipt = filled.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "later.csv"), "XZCF")
    filled.seal()
    filled.behind("DELETE FROM record_version WHERE born = %s", receipt.submission)
    filled.behind("DELETE FROM evidence_entry WHERE kind = 'record' AND ref = %s", str(receipt.submission))
    assert "missing" in [f.kind for f in filled.verify().findings]


def test_checking_in_processes_of_their_own_finds_the_same(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.foundation.evidence import trees

    monkeypatch.setattr(trees, "OWN_PROCESS", 0)
    assert filled.verify().sound
    filled.behind(
        "UPDATE record_version SET payload = payload || '改',"
        " leaf = sha256(convert_to(encode(salt, 'hex') || payload || '改', 'UTF8')) WHERE line = 3"
    )
    result = filled.verify()
    assert [f.kind for f in result.findings] == ["changed"] and "第 3 行" in result.findings[0].sentence
    path: Path = filled.district.home / "evidence" / "sm3" / "level0"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "tree" in [f.kind for f in filled.verify().findings]


def test_a_checker_that_dies_is_a_fault_and_not_a_sound_log(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.foundation.evidence import trees
    from xinyong.kernel.errors import Fault

    monkeypatch.setattr(trees, "OWN_PROCESS", 0)
    monkeypatch.setattr(trees.sys, "executable", "/bin/false")
    with pytest.raises(Fault, match="意外结束"):
        filled.verify()
