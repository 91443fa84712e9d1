"""A second log in another process keeps our checkpoints and will not sign a rewritten past."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xinyong.kernel.errors import Fault

TOOL = Path(__file__).parents[2] / "tools" / "witness.py"


@pytest.fixture
def witness(filled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; it runs without the product in reach."""
    (tmp_path / "keys").write_text(filled.public_keys())
    command = [
        sys.executable,
        "-I",
        str(TOOL),
        "--folder",
        "kept",
        "--key",
        "keys",
        "--name",
        "示例见证",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        monkeypatch.setenv("XINYONG_WITNESSES", address)
        monkeypatch.setenv("XINYONG_WITNESS_KEY", process.stdout.readline().strip())
        yield address
        process.terminate()


def anchored(log: Any) -> Any:
    from xinyong.foundation.evidence import anchoring

    return anchoring.anchor(log.district.app, datetime.now(UTC))


def receipts(log: Any) -> int:
    return int(log.district.one("SELECT count(*) FROM evidence_anchor"))


def test_a_witness_cosigns_each_tree_s_checkpoint_and_each_growth(filled: Any, witness: str) -> None:
    assert anchored(filled) == [] and receipts(filled) == 2
    filled.audited(5)
    filled.seal()
    assert anchored(filled) == [] and receipts(filled) == 4
    assert anchored(filled) == [] and receipts(filled) == 4


def test_a_witness_does_not_sign_a_log_that_was_rewritten(filled: Any, witness: str) -> None:
    anchored(filled)
    filled.behind("DELETE FROM evidence_checkpoint")
    filled.behind("DELETE FROM evidence_range")
    filled.behind("DELETE FROM evidence_entry WHERE id = (SELECT min(id) FROM evidence_entry)")
    filled.audited(9)
    filled.seal()
    failed = anchored(filled)
    assert [f.code for f in failed] == ["witness_refused"] * 2
    assert all("已见证的不同" in f.sentence for f in failed) and receipts(filled) == 2


def test_a_witness_that_knows_more_than_we_noted_is_asked_from_there(filled: Any, witness: str) -> None:
    anchored(filled)
    filled.behind("DELETE FROM evidence_anchor")
    filled.audited(2)
    filled.seal()
    assert anchored(filled) == [] and receipts(filled) == 2


# its signature counts, not its word


def codes(log: Any) -> set[str]:
    return {f.code for f in anchored(log)}


def doctor_says(log: Any) -> Any:
    from xinyong.foundation.doctor import _witnessed

    return _witnessed(log.district.app)


def other_key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from xinyong.kernel.checkpoints import COSIGNATURE, Verifier

    return str(
        Verifier("示例见证", COSIGNATURE, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    )


def test_an_answer_under_another_key_is_no_receipt(
    filled: Any, witness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINYONG_WITNESS_KEY", other_key())
    assert codes(filled) == {"witness_false"} and receipts(filled) == 0
    assert "没有最新的检查点" in doctor_says(filled).sentence


def test_without_its_key_a_witness_is_asked_and_does_not_count(
    filled: Any, witness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XINYONG_WITNESS_KEY")
    assert codes(filled) == {"witness_key"} and receipts(filled) == 0
    said = doctor_says(filled)
    assert said.level == "warning" and "XINYONG_WITNESS_KEY" in said.sentence


def test_a_key_that_is_no_witness_s_is_refused(
    filled: Any, witness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.foundation.evidence import anchoring

    for wrong in ("x", filled.public_keys().splitlines()[0]):
        monkeypatch.setenv("XINYONG_WITNESS_KEY", wrong)
        with pytest.raises(Fault, match="不是见证者的公钥"):
            anchoring.anchors()


def test_a_receipt_put_in_by_hand_does_not_silence_the_doctor(filled: Any, witness: str) -> None:
    assert anchored(filled) == [] and doctor_says(filled).level == "ok"
    filled.audited(1)
    size = filled.seal().size
    filled.behind(
        "INSERT INTO evidence_anchor SELECT anchor, algorithm, %s, now(), receipt FROM evidence_anchor", size
    )
    assert doctor_says(filled).level == "warning"
    assert [f.kind for f in filled.verify().findings] == ["checkpoint", "checkpoint"]


def test_a_log_shorter_than_what_the_witness_has_is_told_everywhere(filled: Any, witness: str) -> None:
    """The newest rows are removed with their leaves and their checkpoint; the receipt of the witness stays."""
    before = filled.sealed
    filled.audited(3)
    filled.seal()
    assert anchored(filled) == [] and filled.verify().sound
    newest = "SELECT entry FROM evidence_range WHERE first >= %s"
    filled.behind(
        f"DELETE FROM audit_entry WHERE id::text IN (SELECT ref FROM evidence_entry WHERE id IN ({newest}))",
        before.size,
    )
    filled.behind(f"DELETE FROM evidence_entry WHERE id IN ({newest})", before.size)
    filled.behind("DELETE FROM evidence_range WHERE first >= %s", before.size)
    filled.behind("DELETE FROM evidence_checkpoint WHERE size > %s", before.size)
    found = filled.verify().findings
    assert [f.kind for f in found] == ["checkpoint", "checkpoint"] and "有内容被删去" in found[0].sentence
    assert codes(filled) == {"log_shorter"}
    assert doctor_says(filled).level == "fault" and "被删去" in doctor_says(filled).sentence
    filled.behind("DELETE FROM evidence_anchor")
    assert codes(filled) == {"log_shorter"}, "the witness itself remembers"


def test_a_log_rewritten_and_signed_again_is_caught_by_the_receipts_that_are_kept_here(
    filled: Any, witness: str
) -> None:
    """The administrator has the key, but not the witness's."""
    anchored(filled)
    filled.behind("DELETE FROM evidence_checkpoint")
    filled.behind("DELETE FROM evidence_range")
    filled.behind("DELETE FROM evidence_entry WHERE txid = '0'")
    filled.behind(
        "UPDATE evidence_entry SET id = id + 100000 WHERE id = (SELECT min(id) FROM evidence_entry)"
    )
    forged = filled.seal()
    assert forged.size == filled.sealed.size
    found = filled.verify().findings
    assert [f.kind for f in found] == ["checkpoint", "checkpoint"] and "联署" in found[0].sentence


def test_a_checkpoint_carries_the_cosignature_to_a_stranger_who_has_the_witness_s_key(
    filled: Any, witness: str, tmp_path: Path
) -> None:
    import os

    from xinyong.foundation.evidence import anchoring, sealing

    anchored(filled)
    note = anchoring.cosigned_note(filled.district.app, sealing.last(filled.district.app), "sm3")
    (tmp_path / "note").write_text(note, "utf-8")
    (tmp_path / "both").write_text(filled.public_keys() + os.environ["XINYONG_WITNESS_KEY"] + "\n", "utf-8")
    script = str(TOOL.with_name("verify.py"))

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", script, "checkpoint", "note", "--keys", "both"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run()
    assert done.returncode == 0 and "示例见证（cosignature）" in done.stdout and "ed25519" in done.stdout
    last = note.splitlines()[-1]
    (tmp_path / "note").write_text(note.replace(last, last[:-12] + "AAAAAAAAAAA="), "utf-8")
    assert run().returncode == 1


def test_a_witness_that_is_down_is_told_and_sealing_goes_on(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINYONG_WITNESSES", "http://127.0.0.1:9")
    assert {f.code for f in anchored(filled)} == {"witness_down"}
    filled.audited(1)
    assert filled.seal() is not None
