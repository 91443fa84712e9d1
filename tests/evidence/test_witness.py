"""A second log in another process keeps our checkpoints and will not sign a rewritten past."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

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


def test_a_witness_that_is_down_is_told_and_sealing_goes_on(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINYONG_WITNESSES", "http://127.0.0.1:9")
    assert {f.code for f in anchored(filled)} == {"witness_down"}
    filled.audited(1)
    assert filled.seal() is not None
