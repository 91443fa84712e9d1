"""What a database administrator may hide from a verification, and what he may do to the checkpoints of before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner


def told(result: Any) -> str:
    return "\n".join(f.sentence for f in result.findings)


def claimed(log: Any, kind: str, ref: str, first: int) -> None:
    """An entry of which the table says that it was sealed at a place which the log does not have."""
    owner = log.district.owner()
    [entry] = owner.execute(
        "INSERT INTO evidence_entry (txid, at, kind, ref, salt, leaf) VALUES ('1', now(), %s, %s, 'x', 'x') RETURNING id",
        [kind, ref],
    ).fetchone()
    owner.execute("INSERT INTO evidence_range (entry, first, count) VALUES (%s, %s, 1)", [entry, first])


@pytest.mark.parametrize("first", [4_000_000, 2**63 - 1])
def test_a_forged_row_does_not_hide_behind_a_place_beyond_the_log(filled: Any, first: int) -> None:
    [audit] = filled.district.owner().execute(
        "INSERT INTO audit_entry (at, actor, role, origin, action, target, purpose, detail)"
        " VALUES ('2026-01-01', '某人', 'center', '', 'record.erase', 'x', '', '{}') RETURNING id"
    ).fetchone()  # fmt: skip
    claimed(filled, "audit", str(audit), first)
    result = filled.verify()
    assert not result.sound and f"audit {audit}" in told(result) and "从未封存" in told(result)


def test_a_genuine_entry_is_not_kept_out_of_the_log_by_such_a_place(filled: Any) -> None:
    filled.audited(1)
    owner = filled.district.owner()
    [entry] = owner.execute("SELECT max(id) FROM evidence_entry").fetchone()
    owner.execute("INSERT INTO evidence_range (entry, first, count) VALUES (%s, 5000000, 1)", [entry])
    result = filled.verify()
    assert [f.kind for f in result.findings] == ["surplus"] and "5000000" in told(result)


@pytest.fixture
def grown(filled: Any) -> Any:
    """A log with three checkpoints."""
    filled.audited(2)
    filled.sealed = filled.seal()
    assert filled.verify().sound and filled.sealed.number == 3
    return filled


@pytest.mark.parametrize(
    "change, said",
    [
        ("note_sha256 = replace(note_sha256, 'time', 'tame')", "sha256）签名无效"),
        ("note_sm3 = note_sha256", "sm3）的文本与登记的条数、摘要值不符"),
        ("note_sm3 = 'x'", "文本与登记的条数、摘要值不符"),
        ("root_sha256 = sha256('x')", "与存证日志当时的状态不符"),
        ("number = 7", "第 2 至 6 号检查点没有了"),
    ],
)
def test_a_checkpoint_of_before_does_not_change_unseen(grown: Any, change: str, said: str) -> None:
    grown.behind(f"UPDATE evidence_checkpoint SET {change} WHERE number = 2")
    assert said in told(grown.verify())


def test_a_checkpoint_of_before_is_not_taken_away_unseen(grown: Any) -> None:
    grown.behind("DELETE FROM evidence_checkpoint WHERE number = 2")
    assert "第 2 号检查点没有了" in told(grown.verify())


def test_the_newest_checkpoint_is_not_taken_away_unseen(grown: Any) -> None:
    grown.behind("DELETE FROM evidence_checkpoint WHERE number = 3")
    assert "日志只有" in told(grown.verify())


@pytest.mark.parametrize(
    "bent",
    [
        "ALTER TABLE look ENABLE ROW LEVEL SECURITY",
        "CREATE RULE gone AS ON DELETE TO look DO INSTEAD NOTHING",
    ],
)
def test_a_table_that_shows_others_something_else_is_told(filled: Any, bent: str) -> None:
    filled.district.owner().execute(bent)
    result = filled.verify()
    assert "数据表 look 被加上了" in told(result)


def run(*words: str) -> Any:
    from xinyong.cli.main import app

    return CliRunner().invoke(app, ["ledger", "verify", *words])


def test_a_verification_tells_a_program_too(filled: Any) -> None:
    done = run("--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0 and said["sound"] and said["kinds"]["record"] == 3


def test_a_checkpoint_that_is_not_ours_accuses_nobody(filled: Any, tmp_path: Path) -> None:
    lines = filled.sealed.notes["sha256"].splitlines(keepends=True)
    foreign = tmp_path / "checkpoint.txt"
    foreign.write_text("".join([*lines[:2], "AAAA" + lines[2][4:], *lines[3:]]), "utf-8")
    done = run("--checkpoint", str(foreign))
    assert done.exit_code and "没有拿来核对" in done.output and "重新封存" not in done.output


def test_a_kept_checkpoint_is_compared_though_notepad_wrote_it(filled: Any, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(filled.sealed.notes["sm3"], "utf-8-sig")
    assert run("--checkpoint", str(kept)).exit_code == 0
    filled.behind("UPDATE evidence_checkpoint SET size = size - 1 WHERE size = %s", filled.sealed.size)
    assert "外部留存的检查点有" in run("--checkpoint", str(kept)).output
