"""What is said to whoever asks for a proof: by `xinyong ledger prove`, by the API, in a subject's own copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from case_day import CODE, OWNER
from test_stranger import Stranger
from typer.testing import CliRunner

SOON = "下一次封存"


@pytest.fixture
def prove(filled: Any) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        from xinyong.cli.main import app

        done = CliRunner().invoke(app, ["ledger", "prove", *words])
        return done.exit_code, done.output.replace("\n", "")

    return run


def test_a_report_is_proved_by_its_number_as_printed_and_as_kept(lived: Any, prove: Any) -> None:
    from xinyong.services.creditreport import numbers

    number = lived.log.district.one("SELECT number FROM report_issue")
    for typed in (number, numbers.shown(number), numbers.shown(number).lower()):
        code, said = prove(f"report:{typed}")
        assert code == 0 and json.loads(said)["kind"] == "report"
    code, said = prove("report:500152-20261124-387T")
    assert code == 2 and SOON not in said and "核对编号" in said


def test_a_batch_has_no_text_and_that_is_no_erasure(filled: Any, prove: Any) -> None:
    batch = filled.district.one("SELECT min(id) FROM submission")
    assert prove(f"batch:{batch}")[0] == 0
    code, said = prove(f"batch:{batch}", "--with-document")
    assert code == 2 and "本来就没有原文" in said and "删除或封存" not in said


def test_what_can_not_be_is_told_from_what_is_not_sealed_yet(filled: Any, prove: Any) -> None:
    for what, word in (
        ("nonsense:1", "可以证明的种类有"),
        ("1", "可以证明的种类有"),
        ("records:1", "可以证明的种类有"),
        ("receipt:9999", "没有“receipt:9999”"),
        ("batch:9999", "没有“batch:9999”"),
        ("audit:abc", "应为数字"),
        ("look:abc", "应为数字"),
        ("look:99999999999999999999999", "应为数字"),
        ("report:abc", "没有“report:abc”"),
        ("case_step:99.1", "没有“case_step:99.1”"),
    ):
        code, said = prove(what)
        assert code == 2 and word in said and SOON not in said, (what, said)


def test_the_kinds_that_are_listed_are_those_the_log_has(lived: Any, prove: Any) -> None:
    from xinyong.foundation.evidence.proofs import kinds

    result = lived.log.verify()
    assert result.sound and {k for k, n in result.kinds.items() if n} <= set(kinds())
    said = prove("nonsense:1")[1]
    assert all(kind in said for kind in kinds()) and "records" not in kinds()


def test_what_was_just_written_is_told_to_come_back(
    filled: Any, prove: Any, write_csv: Any, penalty: Any
) -> None:
    receipt = filled.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "later.csv"), "XZCF")
    record = filled.district.one("SELECT record_id FROM record_version WHERE born = %s", receipt.submission)
    filled.audited(1)
    entry = filled.district.one("SELECT max(id) FROM audit_entry")
    whats = [
        f"audit:{entry}",
        f"receipt:{receipt.submission}",
        f"batch:{receipt.submission}",
        f"record:{record}",
    ]
    for what in whats:
        code, said = prove(what)
        assert code == 2 and SOON in said, (what, said)
    filled.seal()
    for what in whats:
        assert prove(what)[0] == 0, what
        code, said = prove(what, "--size", str(filled.sealed.size))
        assert code == 2 and SOON not in said and "更新的检查点" in said, (what, said)


# by the API


def test_the_api_says_what_a_digest_is_and_where_to_find_it(site: Any) -> None:
    from tests.signing_in import browser

    def asked(leaf: str, **more: str) -> tuple[int, str]:
        answer = browser().get(f"/api/v1/ledger/proof/{leaf}", more)
        return answer.status_code, answer.json()["detail"]

    code, said = asked("zz")
    assert code == 422 and "信息副本" in said and "回执" not in said
    code, said = asked("00" * 32, kind="nonsense")
    assert code == 400 and "可以证明的种类有" in said
    code, said = asked("00" * 32)
    assert code == 400 and "请核对摘要值" in said


def test_a_subject_can_prove_each_record_of_its_own_copy(life: Any, web: Any, folder: Path) -> None:
    """With nothing but the copy and the public API."""
    from dataclasses import replace

    from tests.signing_in import browser
    from xinyong.rights.persons import everything

    who = replace(OWNER, purpose="副本")
    copy = everything.gather(life.c, who, CODE, life.now, life.today, life.log.district.book)
    told = json.loads(everything.written(copy)[0])["records"]
    assert len(told) == 3
    for record in told:
        made = sha256(record["salt"].encode() + record["sealed_text"].encode()).hexdigest()
        assert made == record["leaf"]
        answer = browser().get(f"/api/v1/ledger/proof/{record['leaf']}")
        assert answer.status_code == 200 and answer.json()["leaf"] == record["leaf"]
    stranger = Stranger(folder, life.log.public_keys())
    proof = stranger.keep("proof.json", answer.content.decode())
    copied = stranger.keep("copy.json", everything.written(copy)[0].decode())
    code, said = stranger.run("proof", proof, "--document", copied)
    assert code == 0 and "原文与封存的摘要值相符" in said
    code, said = stranger.run("proof", proof, "--document", stranger.keep("text", told[-1]["sealed_text"]))
    assert code == 2 and "没有盐值" in said
    changed = everything.written({**copy, "records": told[:-1]})[0].decode()
    code, said = stranger.run("proof", proof, "--document", stranger.keep("copy.json", changed))
    assert code == 1 and "没有证明所说的这条记录" in said


def test_a_copy_given_out_at_the_window_has_the_digest_and_not_the_unmasked_text(life: Any) -> None:
    from xinyong.foundation.audit import Who
    from xinyong.rights.persons import everything

    teller = Who("示例窗口", "counter", "11500152YY0000239R", purpose="副本")
    copy = everything.gather(life.c, teller, CODE, life.now, life.today, life.log.district.book)
    assert len(copy["records"]) == 3
    for record in copy["records"]:
        assert len(record["leaf"]) == 64 and "salt" not in record and "sealed_text" not in record
