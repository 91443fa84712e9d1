"""What tools/verify.py says of files that are wrong, damaged or of another kind: never tampering that nobody proved."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xinyong.kernel import merkle, tiles
from xinyong.kernel.checkpoints import ED25519, Checkpoint, Signature, Verifier, signed
from xinyong.kernel.merkle import ALGORITHMS, Algorithm

TOOL = Path(__file__).parents[2] / "tools" / "verify.py"
ORIGIN, BOM = "shili.example/evidence", "\ufeff"
OLD, NEW = 5, 300
ACCUSED = "被改动或删除"
UNFIT = "这份一致性证明与这两个检查点不符：可能拿错、损坏，或者日志被改写；请用瓦片地址重算"


class Book:
    """A log of numbered leaves with its key; `changed`: the leaf that says something else than it did."""

    def __init__(self, key: Ed25519PrivateKey, changed: int = -1) -> None:
        self.key = key
        leaves = [b"audit\0" + (b"other" if n == changed else n.to_bytes(32, "big")) for n in range(NEW)]
        self.rows: dict[Algorithm, list[list[bytes]]] = {}
        for a in ALGORITHMS:
            _, levels = merkle.grow(a, 0, [], merkle.leaf_hashes(a, leaves))
            self.rows[a] = [row for _, row in levels]

    def nodes(self, a: Algorithm) -> Any:
        return lambda level, index: self.rows[a][level][index]

    def note(self, size: int, a: Algorithm = "sha256") -> str:
        origin = ORIGIN + ("/sm3" if a == "sm3" else "")
        found = Checkpoint(origin, size, merkle.root(a, size, self.nodes(a)))
        v = Verifier(origin, ED25519, self.key.public_key().public_bytes_raw())
        return signed(found, [Signature(origin, v.key_id, self.key.sign(found.text.encode()))])

    def keys(self) -> str:
        names = (ORIGIN, f"{ORIGIN}/sm3")
        return "".join(f"{Verifier(n, ED25519, self.key.public_key().public_bytes_raw())}\n" for n in names)

    def growth(self, old: int, new: int = NEW) -> dict[str, list[str]]:
        return {
            a: [h.hex() for h in merkle.consistency_proof(a, old, new, self.nodes(a))] for a in ALGORITHMS
        }

    def tiles(self, folder: Path, a: Algorithm = "sha256") -> str:
        for level in range(2):
            row = self.rows[a][level * tiles.HEIGHT]
            for number in range(-(-len(row) // tiles.WIDTH)):
                part = row[number * tiles.WIDTH : (number + 1) * tiles.WIDTH]
                path = folder / tiles.path(level, number, len(part))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"".join(part))
        return str(folder)


class Hands:
    def __init__(self, folder: Path, book: Book) -> None:
        self.folder, self.book = folder, book
        self.keep("keys", book.keys())
        self.keep("old", book.note(OLD))
        self.keep("new", book.note(NEW))

    def keep(self, name: str, content: str | bytes | dict[str, Any]) -> str:
        text = json.dumps(content) if isinstance(content, dict) else content
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def run(self, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(TOOL), *arguments, "--keys", "keys"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        return done.returncode, said

    def grown(self, proof: str | bytes | dict[str, Any]) -> tuple[int, str]:
        return self.run("growth", "old", "new", self.keep("growth.json", proof))


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def book(key: Ed25519PrivateKey) -> Book:
    return Book(key)


@pytest.fixture(scope="module")
def rewritten(key: Ed25519PrivateKey) -> Book:
    """The platform changed a leaf below the old checkpoint and signed everything anew."""
    return Book(key, changed=2)


@pytest.fixture
def hands(tmp_path: Path, book: Book) -> Hands:
    return Hands(tmp_path, book)


# growth


def test_the_right_proof_and_the_right_tiles_verify(hands: Hands, book: Book, tmp_path: Path) -> None:
    assert hands.grown(book.growth(OLD))[0] == 0
    assert hands.run("growth", "old", "new", book.tiles(tmp_path / "t"))[0] == 0


def wrong_proofs(book: Book) -> dict[str, dict[str, list[str]]]:
    good = book.growth(OLD)
    digit = "1" if good["sha256"][0][0] == "0" else "0"
    one = [digit + good["sha256"][0][1:], *good["sha256"][1:]]
    return {
        "another old size": book.growth(OLD + 2), "another new size": book.growth(OLD, NEW - 40),
        "one digit": {**good, "sha256": one}, "the other tree": {"sha256": good["sm3"], "sm3": good["sha256"]},
        "empty": {"sha256": [], "sm3": []}, "too long": {**good, "sha256": good["sha256"] * 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    "what", ["another old size", "another new size", "one digit", "the other tree", "empty", "too long"]
)
def test_a_wrong_or_damaged_proof_is_called_that_and_not_tampering(
    hands: Hands, book: Book, what: str
) -> None:
    code, said = hands.grown(wrong_proofs(book)[what])
    assert code == 1 and UNFIT in said and ACCUSED not in said


def test_tiles_of_the_other_tree_are_called_that_and_not_tampering(
    hands: Hands, book: Book, tmp_path: Path
) -> None:
    code, said = hands.run("growth", "old", "new", book.tiles(tmp_path / "t", "sm3"))
    assert code == 1 and ACCUSED not in said and "瓦片" in said and "sm3" in said


def test_a_damaged_tile_is_called_that_and_not_tampering(hands: Hands, book: Book, tmp_path: Path) -> None:
    folder = book.tiles(tmp_path / "t")
    first = tmp_path / "t" / "tile" / "0" / "000"
    data = bytearray(first.read_bytes())
    data[32 * 3] ^= 1  # a leaf below the old checkpoint
    first.write_bytes(data)
    code, said = hands.run("growth", "old", "new", folder)
    assert code == 1 and ACCUSED not in said and "瓦片" in said


@pytest.mark.parametrize("old", [4, 5, 256])
def test_tiles_of_a_rewritten_log_prove_that_it_was_rewritten(
    hands: Hands, book: Book, rewritten: Book, tmp_path: Path, old: int
) -> None:
    hands.keep("old", book.note(old))
    hands.keep("new", rewritten.note(NEW))
    code, said = hands.run("growth", "old", "new", rewritten.tiles(tmp_path / "t"))
    assert code == 1 and f"第 {old} 条以前" in said and ACCUSED in said


def test_a_proof_that_leads_to_another_beginning_proves_that_the_log_was_rewritten(
    hands: Hands, rewritten: Book
) -> None:
    """It reaches the new root, so it is of the new tree: what that begins with is not what the old one had."""
    hands.keep("new", rewritten.note(NEW))
    code, said = hands.grown(rewritten.growth(OLD))
    assert code == 1 and ACCUSED in said


def test_two_checkpoints_of_one_size_with_different_roots_are_tampering(
    hands: Hands, rewritten: Book
) -> None:
    hands.keep("new", rewritten.note(OLD))
    code, said = hands.grown({})
    assert code == 1 and ACCUSED in said


def test_compare_does_not_accuse_for_a_wrong_growth_proof_or_a_forgotten_file(
    hands: Hands, book: Book
) -> None:
    leaf = (3).to_bytes(32, "big").hex()
    paths = {"sha256": [h.hex() for h in merkle.inclusion_proof("sha256", 3, OLD, book.nodes("sha256"))]}
    then = {"kind": "audit", "leaf": leaf, "index": 3, "size": OLD, "paths": paths}
    hands.keep("then", {**then, "checkpoints": {"sha256": book.note(OLD)}})
    wrong = hands.keep("wrong", book.growth(OLD + 2))
    code, said = hands.run("compare", "then", "old", "new", wrong)
    assert code == 1 and UNFIT in said and ACCUSED not in said
    right = hands.keep("right", book.growth(OLD))
    code, said = hands.run("compare", "then", "old", "new", right)
    assert code == 1 and "--now" in said and "没有给出" in said


# files that are not what they should be


def chinese(said: str) -> bool:
    """No sentence of a library: apart from names of files and words of the format there is no English."""
    return not any(
        word in said for word in ("Errno", "codec", "Expecting", "No such", "decode", "padding", "'", "line ")
    )


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:abc/x", "http://127.0.0.1:1/sha256", "http://[/x", "http://示例 例/"]
)
def test_an_address_without_tiles_gets_a_sentence(hands: Hands, address: str) -> None:
    code, said = hands.run("growth", "old", "new", address)
    assert code == 2 and chinese(said) and "瓦片" in said and address in said


def test_a_json_nested_without_end_gets_a_sentence(hands: Hands) -> None:
    deep = hands.keep("deep.json", "[" * 200_000)
    nested = hands.keep("nested.json", '{"checkpoints":' + "[" * 200_000)
    for arguments in (
        ("proof", deep),
        ("proof", nested),
        ("growth", "old", "new", deep),
        ("checkpoint", nested),
    ):
        code, said = hands.run(*arguments)
        assert code == 2 and chinese(said)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        (b"{not json", "JSON"),
        (b"", ""),
        (b'{"a": 1}', ""),
        (b"origin\n5\n!!\n\nx", ""),
    ],
)
def test_a_file_of_another_kind_gets_a_chinese_sentence(hands: Hands, content: bytes, word: str) -> None:
    wrong = hands.keep("wrong.bin", content)
    for arguments in (
        ("checkpoint", wrong),
        ("proof", wrong),
        ("growth", "old", "new", wrong),
        ("growth", wrong, "new", wrong),
    ):
        code, said = hands.run(*arguments)
        assert code in (1, 2) and chinese(said) and ACCUSED not in said, (arguments, said)
        if arguments[0] == "checkpoint":
            assert word in said and "wrong.bin" in said, said


def test_a_missing_file_and_a_folder_are_named(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for arguments, word in (
        (("checkpoint", "nowhere"), "nowhere"),
        (("proof", "nowhere"), "nowhere"),
        (("growth", "old", "nowhere", "x"), "nowhere"),
        (("growth", "old", "new", "nowhere.json"), "nowhere.json"),
        (("growth", "old", "new", "folder"), "瓦片"),
        (("checkpoint", "folder"), "文件夹"),
        (("report", "nowhere.pdf"), "nowhere.pdf"),
    ):
        code, said = hands.run(*arguments)
        assert code == 2 and word in said and chinese(said), (arguments, said)


def test_a_proof_is_told_from_other_json(hands: Hands, book: Book) -> None:
    code, said = hands.run("proof", hands.keep("g.json", book.growth(OLD)))
    assert code == 2 and "不是存证的证明" in said and chinese(said)
    code, said = hands.grown({"kind": "audit"})
    assert code == 2 and "不是一致性证明" in said and chinese(said)


def test_a_byte_order_mark_of_an_editor_is_no_tampering(hands: Hands, book: Book) -> None:
    hands.keep("old", BOM + book.note(OLD))
    hands.keep("keys", BOM + book.keys())
    assert hands.run("checkpoint", "old")[0] == 0
    assert hands.grown((BOM + json.dumps(book.growth(OLD))).encode())[0] == 0
    raw = book.key.public_key().public_bytes_raw()
    from xinyong.foundation import signing

    key = {
        "id": signing.key_id("Ed25519", raw),
        "algorithm": "Ed25519",
        "value": base64.b64encode(raw).decode(),
    }
    hands.keep("keys", BOM + json.dumps({"format": "xinyong-public-keys-1", "keys": [key]}))
    assert hands.run("checkpoint", "old")[0] == 0


def test_line_ends_of_windows_are_no_tampering_either(hands: Hands, book: Book) -> None:
    hands.keep("old", BOM + book.note(OLD).replace("\n", "\r\n"))
    assert hands.run("checkpoint", "old")[0] == 0


def test_a_file_that_may_not_be_read_is_told_so(hands: Hands, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "old").chmod(0)
    code, said = hands.run("checkpoint", "old")
    assert code == 2 and "权限" in said and chinese(said)
