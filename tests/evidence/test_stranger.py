"""tools/verify.py in the hands of somebody who has neither the platform nor its libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "verify.py"


class Stranger:
    """Has files, the public keys, and the one script, run without the product in reach."""

    def __init__(self, folder: Path, keys: str) -> None:
        self.folder = folder
        self.keep("keys", keys)

    def keep(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content, "utf-8")
        return name

    def run(self, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(TOOL), *arguments, "--key", "keys"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def stranger(filled: Any, tmp_path: Path) -> Stranger:
    return Stranger(tmp_path, filled.public_keys())


def proof_of_line(log: Any, line: int) -> dict[str, Any]:
    """As the platform hands it to the subject, with the record and its salt."""
    from xinyong.foundation.evidence import proofs

    owner = log.district.owner()
    salt, payload, leaf = owner.execute(
        "SELECT salt, payload, leaf FROM record_version WHERE line = %s", [line]
    ).fetchone()
    return {
        **proofs.of_leaf(log.district.app, "record", leaf).as_json(),
        "salt": salt.hex(),
        "document": payload,
    }


def test_a_record_s_proof_verifies(filled: Any, stranger: Stranger) -> None:
    code, said = stranger.run("proof", stranger.keep("p.json", json.dumps(proof_of_line(filled, 3))))
    assert code == 0 and "原文与封存的摘要值相符" in said and said.count("签名有效") == 2


@pytest.mark.parametrize("part", ["document", "salt", "leaf", "index", "paths", "kind", "size"])
def test_a_proof_with_any_part_changed_is_refused(filled: Any, stranger: Stranger, part: str) -> None:
    p = proof_of_line(filled, 3)
    first = p["paths"]["sha256"][0] if part == "paths" else None
    changed = {
        "document": p["document"].replace("0.2", "0.1"), "salt": "00" * 16, "leaf": "00" * 32, "index": p["index"] ^ 1,
        "paths": {**p["paths"], "sha256": ["00" * 32, *p["paths"]["sha256"][1:]]}, "kind": "audit", "size": p["size"] + 1,
    }  # fmt: skip
    assert changed[part] != p[part] and first != "00" * 32
    code, said = stranger.run("proof", stranger.keep("p.json", json.dumps({**p, part: changed[part]})))
    assert code == 1 and "核验不通过" in said


def test_a_checkpoint_verifies_and_one_byte_changed_does_not(filled: Any, stranger: Stranger) -> None:
    note = filled.sealed.notes["sm3"]
    code, said = stranger.run("checkpoint", stranger.keep("c", note))
    assert code == 0 and "ed25519" in said and "sm2" in said
    size = str(filled.sealed.size)
    forged = note.replace(f"\n{size}\n", f"\n{int(size) + 1}\n")
    assert forged != note
    assert stranger.run("checkpoint", stranger.keep("c", forged))[0] == 1


def test_keys_of_somebody_else_verify_nothing(filled: Any, stranger: Stranger) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from xinyong.kernel.checkpoints import ED25519, Verifier

    other = Verifier(
        "credit.tongnan/evidence", ED25519, Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    )
    stranger.keep("keys", f"{other}\n")
    code, said = stranger.run("checkpoint", stranger.keep("c", filled.sealed.notes["sha256"]))
    assert code == 1 and "没有这些公钥的签名" in said


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_growth_between_two_checkpoints_verifies_and_a_rewritten_past_does_not(
    filled: Any, stranger: Stranger, algorithm: str
) -> None:
    from xinyong.foundation.evidence import proofs

    old = filled.sealed
    filled.audited(20)
    new = filled.seal()
    paths = {a: [h.hex() for h in path] for a, path in proofs.growth(filled.district.app, old.size).items()}
    files = [stranger.keep("old", old.notes[algorithm]), stranger.keep("new", new.notes[algorithm])]
    assert stranger.run("growth", *files, stranger.keep("g.json", json.dumps(paths)))[0] == 0
    # the administrator starts the log again without one of the old entries, and signs it
    filled.behind("DELETE FROM evidence_checkpoint")
    filled.behind("DELETE FROM evidence_range")
    filled.behind("DELETE FROM evidence_entry WHERE id = (SELECT min(id) FROM evidence_entry)")
    filled.audited(5)
    forged = filled.seal()
    paths = {a: [h.hex() for h in path] for a, path in proofs.growth(filled.district.app, old.size).items()}
    files[1] = stranger.keep("new", forged.notes[algorithm])
    code, said = stranger.run("growth", *files, stranger.keep("g.json", json.dumps(paths)))
    assert code == 1 and "改动或删除" in said


def test_a_file_that_is_no_proof_gets_a_sentence_and_not_a_traceback(stranger: Stranger) -> None:
    for content in ("", "{}", "[]", '{"checkpoints": 3}'):
        code, said = stranger.run("proof", stranger.keep("p.json", content))
        assert code in (1, 2) and "Traceback" not in said and said.strip()
