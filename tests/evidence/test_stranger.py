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


def proof_of_line(log: Any, line: int, size: int | None = None) -> dict[str, Any]:
    """As the platform hands it to the subject, with the record and its salt."""
    proof: dict[str, Any] = log.proof("record", log.record(line), size)
    return proof


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
    old = filled.sealed
    filled.audited(20)
    new = filled.seal()
    paths = filled.growth(old.size)
    files = [stranger.keep("old", old.notes[algorithm]), stranger.keep("new", new.notes[algorithm])]
    assert stranger.run("growth", *files, stranger.keep("g.json", json.dumps(paths)))[0] == 0
    # the administrator starts the log again without one of the old entries, and signs it
    filled.behind("DELETE FROM evidence_checkpoint")
    filled.behind("DELETE FROM evidence_range")
    filled.behind("DELETE FROM evidence_entry WHERE id = (SELECT min(id) FROM evidence_entry)")
    filled.audited(5)
    forged = filled.seal()
    paths = filled.growth(old.size)
    files[1] = stranger.keep("new", forged.notes[algorithm])
    code, said = stranger.run("growth", *files, stranger.keep("g.json", json.dumps(paths)))
    assert code == 1 and "改动或删除" in said


def test_a_file_that_is_no_proof_gets_a_sentence_and_not_a_traceback(stranger: Stranger) -> None:
    for content in ("", "{}", "[]", '{"checkpoints": 3}'):
        code, said = stranger.run("proof", stranger.keep("p.json", content))
        assert code in (1, 2) and "Traceback" not in said and said.strip()


# what became of something


def kept(stranger: Stranger, name: str, content: Any) -> str:
    return stranger.keep(
        name, content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    )


def compared(log: Any, s: Stranger, then: Any, old: Any, *more: str, tree: str = "sha256") -> tuple[int, str]:
    """Today's checkpoint and the growth up to it, as the platform gives them out now."""
    from xinyong.foundation.evidence import sealing

    new = sealing.last(log.district.app)
    files = [
        kept(s, "then.json", then),
        kept(s, "old", old.notes[tree]),
        kept(s, "new", new.notes[tree]),
        kept(s, "growth.json", log.growth(old.size)),
    ]
    return s.run("compare", *files, *more, "--tree", tree)


@pytest.mark.parametrize("tree", ["sha256", "sm3"])
def test_what_was_not_touched_shows_as_unchanged(filled: Any, stranger: Stranger, tree: str) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    filled.audited(7)
    filled.seal()
    now = kept(stranger, "now.json", proof_of_line(filled, 3))
    code, said = compared(filled, stranger, then, old, "--now", now, tree=tree)
    assert code == 0 and "未改动" in said


def test_what_was_corrected_openly_shows_as_corrected(
    filled: Any, stranger: Stranger, penalty: Any, write_csv: Any
) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    again = penalty(CF_WSH="潼示罚〔2026〕2号", CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    assert filled.district.intake(write_csv([again], "again.csv"), "XZCF").corrected == 1
    filled.seal()
    now = filled.proof("record", filled.record(3))
    assert now["leaf"] != then["leaf"]
    code, said = compared(filled, stranger, then, old, "--now", kept(stranger, "now.json", now))
    assert code == 0 and "平台称已更正" in said and "未改动" not in said
    assert "当时的原文：" in said and "0.2 |" in said and "现在的原文：" in said and "0.3 |" in said


def test_a_later_leaf_of_another_kind_is_no_correction(filled: Any, stranger: Stranger) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    filled.audited(1)
    filled.seal()
    entry = filled.district.one("SELECT max(id) FROM audit_entry WHERE action = 'test'")
    now = kept(stranger, "now.json", filled.proof("audit", entry))
    code, said = compared(filled, stranger, then, old, "--now", now)
    assert code == 1 and "另一种内容" in said and "更正" not in said


def test_without_the_text_of_then_nobody_says_that_it_was_corrected(
    filled: Any, stranger: Stranger, penalty: Any, write_csv: Any
) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    filled.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "other.csv"), "XZCF")
    filled.seal()
    other = filled.district.one(
        "SELECT replace(record_id::text, '-', '') FROM record_version ORDER BY born DESC"
    )
    now = kept(stranger, "now.json", filled.proof("record", other))
    bare = {name: value for name, value in then.items() if name != "document"}
    code, said = compared(filled, stranger, bare, old, "--now", now)
    assert code == 1 and "没有原文" in said


def test_what_was_sealed_away_by_rule_shows_as_that_and_not_as_tampering(
    filled: Any, stranger: Stranger
) -> None:
    from datetime import UTC, date, datetime

    from xinyong.disclosure import sealed
    from xinyong.foundation.audit import SYSTEM

    then, old, record = proof_of_line(filled, 3), filled.sealed, filled.record(3)
    subject = filled.district.one("SELECT subject FROM record_version WHERE line = 3")
    past = date(2026, 1, 1)
    found = sealed.Ending(record, "XZCF", subject, past, "REC_PENALTY", "PIPL", "第四十七条", delete=False)
    owner = filled.district.owner()
    with owner.transaction():
        assert sealed.seal(owner, found, SYSTEM, datetime.now(UTC)) == 1
    filled.seal()
    result = filled.verify()
    assert result.sound and result.erased == 1
    proof = filled.proof("erased", filled.district.one("SELECT max(id) FROM erasure"))
    code, said = compared(filled, stranger, then, old, "--erased", kept(stranger, "e.json", proof))
    assert code == 0 and "依规则移入封存档案" in said and "PIPL 第四十七条" in said
    filled.behind("DELETE FROM erasure")
    assert {f.kind for f in filled.verify().findings} == {"missing", "changed"}


def test_what_the_platform_can_not_show_any_more_shows_as_removed(filled: Any, stranger: Stranger) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    filled.behind("DELETE FROM record_version WHERE line = 3")
    filled.audited(1)
    filled.seal()
    code, said = compared(filled, stranger, then, old)
    assert code == 1 and "被删去" in said


@pytest.fixture
def erased(filled: Any) -> tuple[Any, Any, Any]:
    """A proof of before, the checkpoint of then, and the proof of the erasure."""
    from datetime import UTC, datetime

    from xinyong.collection import erasure
    from xinyong.foundation.audit import Who
    from xinyong.foundation.erasures import Ground

    then, old = proof_of_line(filled, 3), filled.sealed
    ground = Ground("REC_PERSONAL", "PIPL", "第四十七条")
    who = Who("信用中心审核员", "center_reviewer")
    erasure.erase_record(filled.record(3), ground, who, datetime.now(UTC), filled.district.book)
    filled.seal()
    return then, old, filled.proof("erased", filled.district.one("SELECT max(id) FROM erasure"))


def test_what_was_erased_by_rule_shows_as_that_and_not_as_tampering(
    filled: Any, stranger: Stranger, erased: Any
) -> None:
    then, old, proof = erased
    code, said = compared(filled, stranger, then, old, "--erased", kept(stranger, "e.json", proof))
    assert code == 0 and "依规则删除" in said and "PIPL 第四十七条" in said
    result = filled.verify()
    assert result.sound and result.erased == 1


def test_the_erasure_of_something_else_explains_nothing(filled: Any, stranger: Stranger, erased: Any) -> None:
    _, old, proof = erased
    from xinyong.foundation.evidence import proofs

    leaf = filled.district.one("SELECT leaf FROM record_version WHERE line = 4")
    other = proofs.of_leaf(filled.district.app, "record", bytes(leaf), old.size).as_json()
    code, said = compared(filled, stranger, other, old, "--erased", kept(stranger, "e.json", proof))
    assert code == 1 and "不是这一条" in said


def test_a_forged_erasure_is_refused(filled: Any, stranger: Stranger, erased: Any) -> None:
    then, old, proof = erased
    forged = {**proof, "document": proof["document"].replace("REC_PERSONAL", "REC_ANYTHING")}
    assert forged != proof
    code, said = compared(filled, stranger, then, old, "--erased", kept(stranger, "e.json", forged))
    assert code == 1 and "原文与封存的摘要值不符" in said


def test_an_older_row_shown_in_place_of_what_was_is_refused(filled: Any, stranger: Stranger) -> None:
    then, old = proof_of_line(filled, 4), filled.sealed
    filled.audited(1)
    filled.seal()
    code, said = compared(
        filled, stranger, then, old, "--now", kept(stranger, "now.json", proof_of_line(filled, 2))
    )
    assert code == 1 and "顶替" in said


@pytest.mark.parametrize("part", ["document", "leaf", "index"])
def test_what_the_platform_shows_now_is_believed_only_with_its_proof(
    filled: Any, stranger: Stranger, part: str
) -> None:
    then, old = proof_of_line(filled, 3), filled.sealed
    filled.audited(1)
    filled.seal()
    now = proof_of_line(filled, 3)
    changed = {"document": now["document"] + "改", "leaf": "00" * 32, "index": now["index"] + 1}
    forged = kept(stranger, "now.json", {**now, part: changed[part]})
    code, said = compared(filled, stranger, then, old, "--now", forged)
    assert code == 1 and "结论" not in said


def test_a_proof_of_another_state_than_the_kept_checkpoint_is_refused(
    filled: Any, stranger: Stranger
) -> None:
    """Else the platform could show one log to one person and another to the next."""
    old = filled.sealed
    filled.audited(1)
    filled.seal()
    later = proof_of_line(filled, 3)
    code, said = compared(filled, stranger, later, old, "--now", kept(stranger, "now.json", later))
    assert code == 1 and "对应这个检查点的证明" in said


def test_a_row_changed_with_log_and_signature_made_anew_is_caught_by_a_report_in_hand(
    lived: Any, folder: Path
) -> None:
    """The attacker has database and key: everything the platform shows agrees, but not with the report."""
    log = lived.log
    stranger = Stranger(folder, log.public_keys())
    issued = lived.report()
    stranger.keep("report.json", issued.json.decode())
    body = json.loads(issued.json)["checkpoint"]
    assert body["size"] == log.sealed.size and body["number"] == log.sealed.number
    log.audited(3)
    new = stranger.keep("new", log.seal().notes["sha256"])
    growth = kept(stranger, "g.json", log.growth(body["size"]))
    code, said = stranger.run("growth", "report.json", new, growth)
    assert code == 0 and "全部内容" in said
    log.behind(
        "UPDATE record_version SET payload = payload || '改',"
        " leaf = sha256(convert_to(encode(salt, 'hex') || payload || '改', 'UTF8')) WHERE line = 3"
    )
    log.behind("DELETE FROM evidence_checkpoint")
    log.behind("DELETE FROM evidence_range")
    log.behind("DELETE FROM evidence_entry WHERE txid = '0'")
    forged = log.seal()
    assert log.verify().sound, "the forgery must be good, or the test shows nothing"
    new = stranger.keep("new", forged.notes["sha256"])
    assert forged.size > body["size"]
    code, said = stranger.run(
        "growth", "report.json", new, kept(stranger, "g.json", log.growth(body["size"]))
    )
    assert code == 1 and "改动或删除" in said
    assert [f.kind for f in log.verify(("sha256", body["notes"]["sha256"])).findings] == ["checkpoint"]


def test_a_printed_checkpoint_is_compared_with_the_published_one(lived: Any, folder: Path) -> None:
    from xinyong.services.creditreport.document import view

    stranger = Stranger(folder, lived.log.public_keys())
    printed = {h["label"]: h["text"] for h in view(json.loads(lived.report().json))["head"]}["存证检查点"]
    number, size, root = printed.replace(" 号，", "，").split("，")
    assert number == f"第 {lived.log.sealed.number}" and len(root.replace(" ", "")) == 32
    file = stranger.keep("c", lived.log.sealed.notes["sha256"])
    assert stranger.run("checkpoint", file, "--printed", f"{size.removesuffix(' 条')}:{root}")[0] == 0
    for wrong in (
        f"{lived.log.sealed.size + 1}:{root}",
        f"{lived.log.sealed.size}:{'0' * 32}",
        f"{lived.log.sealed.size}:{root[:9]}",
    ):
        assert stranger.run("checkpoint", file, "--printed", wrong)[0] == 1


def test_the_reports_key_file_verifies_checkpoints_too(filled: Any, stranger: Stranger) -> None:
    from datetime import UTC, datetime

    from xinyong.foundation import signing
    from xinyong.services.creditreport.signing import key_file

    keys = signing.signer(filled.district.app, datetime.now(UTC)).public_keys()
    stranger.keep("keys", key_file(keys, "示例中心").decode())
    file = stranger.keep("c", filled.sealed.notes["sha256"])
    assert stranger.run("checkpoint", file)[0] == 0
    stranger.keep("c", filled.sealed.notes["sha256"].replace(f"\n{filled.sealed.size}\n", "\n1\n"))
    assert stranger.run("checkpoint", file)[0] == 1
