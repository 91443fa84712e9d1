#!/usr/bin/env python3
"""存证核验：不依赖平台，一个文件就能核验。只用标准库，验签另需 cryptography（SM2 另需 gmssl-pyx）。

    python3 verify.py checkpoint 检查点文件 --key 公钥文件
    python3 verify.py proof      证明.json --key 公钥文件 [--document 原文文件]
    python3 verify.py growth     旧检查点 新检查点 一致性证明.json --key 公钥文件

公钥文件每行一个“名称+编号+公钥”。退出码 0：核验通过；1：不通过；2：用法或文件有误。
依据：RFC 6962（默克尔树）、RFC 9162 第 2.1 节（核验步骤）、C2SP signed note 与 tlog-checkpoint（检查点格式）。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

TREES = {"sha256": "", "sm3": "/sm3"}  # algorithm → how its tree's origin ends
KINDS = {b"\x01": "ed25519", b"\xffsm2-sm3": "sm2"}


class Bad(Exception):
    """What is not as it should be, as a sentence."""


def digest(algorithm: str, data: bytes) -> bytes:
    try:
        return hashlib.new(algorithm, data).digest()
    except ValueError:
        raise Bad(
            f"本机的 OpenSSL 不支持 {algorithm}，不能核验这棵树；请换一台装有 OpenSSL 1.1.1 以上的机器。"
        ) from None


def node(algorithm: str, left: bytes, right: bytes) -> bytes:
    return digest(algorithm, b"\x01" + left + right)


def root_from_path(algorithm: str, hash: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        raise Bad(f"序号 {index} 不在 {size} 条之内。")
    at, last = index, size - 1
    for other in path:
        if last == 0:
            raise Bad("证明比应有的长。")
        if at & 1 or at == last:
            hash = node(algorithm, other, hash)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash = node(algorithm, hash, other)
        at, last = at >> 1, last >> 1
    if last:
        raise Bad("证明比应有的短。")
    return hash


def roots_from_growth(
    algorithm: str, old: int, old_root: bytes, size: int, path: list[bytes]
) -> tuple[bytes, bytes]:
    """Both roots as the proof gives them, RFC 9162 §2.1.4.2."""
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not path:
        raise Bad("缺少一致性证明。")
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for other in steps[1:]:
        if last == 0:
            raise Bad("一致性证明比应有的长。")
        if at & 1 or at == last:
            first, second = node(algorithm, other, first), node(algorithm, other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node(algorithm, second, other)
        at, last = at >> 1, last >> 1
    if last:
        raise Bad("一致性证明比应有的短。")
    return first, second


class Checkpoint:
    """A signed note: origin, size, root, and who signed."""

    def __init__(self, note: str) -> None:
        text, gap, tail = note.rpartition("\n\n")
        lines = text.split("\n")
        if not gap or len(lines) < 3 or not lines[1].isdigit():
            raise Bad("不是检查点文件：应有来源、条数、根值三行，空一行，再是签名。")
        self.text, self.origin, self.size = text + "\n", lines[0], int(lines[1])
        self.root, self.further = base64.b64decode(lines[2]), lines[3:]
        self.signatures = [self._signature(line) for line in tail.splitlines()]

    @staticmethod
    def _signature(line: str) -> tuple[str, bytes, bytes]:
        name, gap, data = line.removeprefix("— ").partition(" ")
        raw = base64.b64decode(data)
        if not gap or len(raw) < 5:
            raise Bad("检查点的签名行写法不对。")
        return name, raw[:4], raw[4:]

    @property
    def algorithm(self) -> str:
        return "sm3" if self.origin.endswith("/sm3") else "sha256"

    def signed_by(self, keys: list[Key]) -> list[Key]:
        """Those of the keys whose signature is on it and good. Bad: none, or one that is wrong."""
        good = []
        for name, key_id, signature in self.signatures:
            for key in keys:
                if (key.name, key.id) == (name, key_id):
                    key.check(self.text.encode(), signature)
                    good.append(key)
        if not good:
            raise Bad("检查点上没有这些公钥的签名：公钥不对，或者检查点不是这个平台签发的。")
        return good


class Key:
    """A public key, written `name+key id+base64(type ‖ key)`."""

    def __init__(self, line: str) -> None:
        name, identity, data = (line.strip().split("+", 2) + ["", ""])[:3]
        raw = base64.b64decode(data)
        self.name, self.id = name, hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        kind = next((k for k in KINDS if raw.startswith(k)), None)
        if kind is None or self.id.hex() != identity:
            raise Bad(f"公钥“{line.strip()[:40]}…”写法不对或编号与公钥不符。")
        self.kind, self.key = KINDS[kind], raw[len(kind) :]

    def check(self, message: bytes, signature: bytes) -> None:
        good = (
            _ed25519(self.key, message, signature)
            if self.kind == "ed25519"
            else _sm2(self.key, message, signature)
        )
        if not good:
            raise Bad(f"签名无效（{self.name}，{self.kind}）：内容在签名之后被改动，或者不是这把私钥签的。")


def _ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise Bad("验签需要 cryptography；请先 pip install cryptography。") from None
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _sm2(key: bytes, message: bytes, signature: bytes) -> bool:
    """GB/T 32918 with the standard's default signer id, DER of r and s."""
    try:
        import gmssl_pyx
    except ImportError:
        raise Bad(
            "验 SM2 签名需要 gmssl-pyx；请先 pip install gmssl-pyx，或只用 Ed25519 公钥核验。"
        ) from None
    try:
        return bool(gmssl_pyx.sm2_verify(key, message, signature))
    except gmssl_pyx.GmsslInnerError:
        return False


def keys(path: str) -> list[Key]:
    return [Key(line) for line in read(path).splitlines() if line.strip() and not line.startswith("#")]


def read(path: str) -> str:
    return Path(path).read_text("utf-8")


def hashes(listed: list[str]) -> list[bytes]:
    return [bytes.fromhex(h) for h in listed]


def checkpoint(given: argparse.Namespace) -> list[str]:
    found = Checkpoint(read(given.checkpoint))
    signers = found.signed_by(keys(given.key))
    return [told(found), *(f"签名有效：{k.name}（{k.kind}）" for k in signers)]


def told(c: Checkpoint) -> str:
    return f"检查点：{c.origin}，{c.size} 条，{'；'.join(c.further) or '未注明时间'}"


def proof(given: argparse.Namespace) -> list[str]:
    """The leaf is in every tree whose checkpoint stands in the proof, and those are signed."""
    p = json.loads(read(given.proof))
    said = _document(p, read(given.document) if given.document else p.get("document"))
    leaf, verified = bytes.fromhex(p["leaf"]), []
    for algorithm, note in p["checkpoints"].items():
        found = Checkpoint(note)
        found.signed_by(keys(given.key))
        if found.algorithm != algorithm or found.size != p["size"]:
            raise Bad(f"{algorithm} 的检查点与证明不是同一棵树、同一条数。")
        hash = digest(algorithm, b"\0" + p["kind"].encode() + b"\0" + leaf)
        if (
            root_from_path(algorithm, hash, p["index"], p["size"], hashes(p["paths"][algorithm]))
            != found.root
        ):
            raise Bad(f"这一条不在 {algorithm} 树里：内容、序号或证明被改动。")
        verified.append(f"在第 {p['index']} 条，{told(found)}，签名有效")
    if not verified:
        raise Bad("证明里没有检查点。")
    return [said, *verified]


def _document(p: dict[str, Any], document: str | None) -> str:
    if document is None:
        return "证明里没有原文，只核验了摘要值；要核验内容请给出 --document。"
    made = hashlib.sha256(p["salt"].encode() + document.encode()).hexdigest()
    if made != p["leaf"]:
        raise Bad("原文与封存的摘要值不符：原文或盐值被改动。")
    return "原文与封存的摘要值相符"


def growth(given: argparse.Namespace) -> list[str]:
    old, new = Checkpoint(read(given.old)), Checkpoint(read(given.new))
    for c in (old, new):
        c.signed_by(keys(given.key))
    if old.origin != new.origin or old.size > new.size:
        raise Bad("两个检查点不是同一本日志，或者新旧颠倒。")
    if old.size == new.size:
        same = old.root == new.root
    else:
        path = hashes(json.loads(read(given.proof))[old.algorithm])
        same = old.size == 0 or roots_from_growth(old.algorithm, old.size, old.root, new.size, path) == (
            old.root,
            new.root,
        )
    if not same:
        raise Bad(f"第 {old.size} 条以前的内容在两个检查点之间被改动或删除。")
    return [told(old), told(new), "后者完整保留了前者的全部内容"]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="checkpoint|proof|growth")
    for work, names in ((checkpoint, ["checkpoint"]), (proof, ["proof"]), (growth, ["old", "new", "proof"])):
        verb = verbs.add_parser(work.__name__)
        for name in names:
            verb.add_argument(name)
        verb.add_argument("--key", required=True)
        verb.set_defaults(work=work)
        if work is proof:
            verb.add_argument("--document")
    return parser


def end(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    raise SystemExit(code)


def main(argv: list[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    try:
        sys.stdout.write("\n".join(["核验通过", *given.work(given)]) + "\n")
    except Bad as e:
        end(1, f"核验不通过：{e}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        end(2, f"文件读不了或写法不对：{e}")


if __name__ == "__main__":
    main()
