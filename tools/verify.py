#!/usr/bin/env python3
"""离线核验信用报告和存证：不依赖平台，一个文件就能核验。只用标准库，验签另需 cryptography（SM2 另需 gmssl-pyx）。

    python3 verify.py report     报告.pdf                                    报告的签名（旁边要有 报告.pdf.sig）
    python3 verify.py checkpoint 检查点 [--printed 条数:根值前段]              检查点的签名，是不是报告上印的那一个
    python3 verify.py proof      证明.json [--document 原文或信息副本文件]    这条内容在那时已经封存
    python3 verify.py growth     旧检查点 新检查点 一致性证明                  后来的日志保留了先前的全部内容
    python3 verify.py compare    当时的证明 旧检查点 新检查点 一致性证明 [--now 现在的证明] [--erased 删除的证明]
                                                                            未改动、称已更正、依规则删除，还是被改动、被删去

检查点可以是检查点文件，也可以是 JSON 报告（上面有出具时的检查点）。一致性证明可以是证明文件，也可以是存放瓦片（tile）的
文件夹或网址，例如 https://信用网站/evidence/sha256 ：那样连证明也由本脚本自己算。
公钥用 --keys 给出：信用网站核验页的 public-keys.json，或每行一个“名称+编号+公钥”的文件；要从可信的渠道取得。
退出码 0：核验通过；1：不通过；2：用法或文件有误。除了给出网址的瓦片，本脚本不联网。
只有算得出来的才说“被改动或删除”；证明文件拿错、损坏，说的是与检查点不符，请用瓦片地址重算。
依据：RFC 6962（默克尔树）、RFC 9162 第 2.1 节（核验步骤）、C2SP signed-note、tlog-checkpoint、tlog-cosignature、tlog-tiles。

This file stands alone on purpose: it imports nothing of the platform, so a verification does not trust it.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

KINDS = {b"\x01": "ed25519", b"\xffsm2-sm3": "sm2", b"\x04": "cosignature"}  # the last is a witness's
NAMES = {"ed25519": "Ed25519", "sm2": "SM2-SM3"}  # as reports' signatures call them
SIGNATURES, PUBLIC_KEYS, REPORT = "xinyong-signatures-1", "xinyong-public-keys-1", "xinyong-report-1"
COPY = "xinyong-personal-copy/1"
FILES = "public-keys.json"
SHORTEST = 32  # hexadecimal digits of a printed root below which another log could be made to fit
WIDTH, HEIGHT, HASH = 256, 8, 32  # of a tile
PARTS = {"kind", "leaf", "index", "size", "paths", "checkpoints"}  # of a proof
UNFIT = "这份一致性证明与这两个检查点不符：可能拿错、损坏，或者日志被改写；请用瓦片地址重算。"
TILES_UNFIT = (
    "由这些瓦片算出的根值与新检查点不符：可能是另一棵树的瓦片（sha256 和 sm3 各有各的地址），不完整、损坏，"
    "或者日志在这个检查点之后被改写；请核对地址，并换一份最新的检查点重算。"
)
Nodes = Callable[[int, int], bytes]


class Bad(Exception):
    """What is not as it should be, as a sentence."""


class Misfit(Bad):
    """A proof that is too short or too long for its checkpoints."""


class Unreadable(ValueError):
    """A file that is missing or is not what it should be, as a sentence."""


# trees


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
        raise Misfit("缺少一致性证明。")
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for other in steps[1:]:
        if last == 0:
            raise Misfit("一致性证明比应有的长。")
        if at & 1 or at == last:
            first, second = node(algorithm, other, first), node(algorithm, other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node(algorithm, second, other)
        at, last = at >> 1, last >> 1
    if last:
        raise Misfit("一致性证明比应有的短。")
    return first, second


# tiles: proofs made here, from nothing but hashes anybody can download


class Tiles:
    """C2SP tlog-tiles of height 8, in a folder or at an address: `<prefix>/tile/<level>/<number>[.p/<width>]`."""

    def __init__(self, prefix: str, algorithm: str, size: int) -> None:
        self.prefix, self.algorithm, self.size = prefix.rstrip("/"), algorithm, size
        self.kept: dict[str, bytes] = {}

    def tile(self, level: int, number: int) -> bytes:
        width = min(WIDTH, (self.size >> HEIGHT * level) - number * WIDTH)
        path = tile_path(level, number, width)
        if path not in self.kept:
            self.kept[path] = self._fetched(path)
            if len(self.kept[path]) != width * HASH:
                raise Bad(f"瓦片 {path} 应有 {width} 个摘要值，实际长度不对。")
        return self.kept[path]

    def _fetched(self, path: str) -> bytes:
        try:
            if not remote(self.prefix):
                return Path(self.prefix, path).read_bytes()
            with urllib.request.urlopen(f"{self.prefix}/{path}", timeout=30) as answer:
                data: bytes = answer.read(WIDTH * HASH + 1)
                return data
        except (OSError, ValueError, http.client.HTTPException) as e:
            status = f"（网站回答 {e.code}）" if isinstance(e, urllib.error.HTTPError) else ""
            raise Unreadable(
                f"取不到瓦片 {self.prefix}/{path}{status}；请核对地址或文件夹，地址如 https://信用网站/evidence/sha256。"
            ) from None

    def node(self, level: int, index: int) -> bytes:
        """The full subtree of 2^level leaves at `index`."""
        above, within = divmod(level, HEIGHT)
        number, first = divmod(index << within, WIDTH)
        data = self.tile(above, number)
        row = [data[i * HASH : (i + 1) * HASH] for i in range(first, first + (1 << within))]
        while len(row) > 1:
            row = [node(self.algorithm, row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    def range(self, start: int, end: int) -> bytes:
        """RFC 6962 §2.1 over leaves [start, end)."""
        size = end - start
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self.node(level, start >> level)
        middle = start + split(size)
        return node(self.algorithm, self.range(start, middle), self.range(middle, end))

    def growth(self, old: int) -> list[bytes]:
        """RFC 6962 §2.1.2."""
        start, end, path, whole = 0, self.size, list[bytes](), True
        while old != end:
            middle = start + split(end - start)
            if old <= middle:
                path.append(self.range(middle, end))
                end = middle
            else:
                path.append(self.range(start, middle))
                start, whole = middle, False
        return [*([] if whole else [self.range(start, end)]), *reversed(path)]

    def inclusion(self, index: int) -> list[bytes]:
        """RFC 6962 §2.1.1."""
        start, end, path = 0, self.size, list[bytes]()
        while end - start > 1:
            middle = start + split(end - start)
            left = index < middle
            path.append(self.range(middle, end) if left else self.range(start, middle))
            start, end = (start, middle) if left else (middle, end)
        return path[::-1]


def remote(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def split(size: int) -> int:
    """The largest power of two smaller than `size` (> 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([*(f"x{g}" for g in groups[:-1]), groups[-1]])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


# checkpoints and keys


def decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        raise Bad(f"{what}不是 Base64 写法，可能不完整。") from None


class Checkpoint:
    """A signed note: origin, size, root, and who signed."""

    def __init__(self, note: str) -> None:
        text, gap, tail = note.rpartition("\n\n")
        lines = text.split("\n")
        if not gap or len(lines) < 3 or not lines[1].isdigit():
            raise Bad("不是检查点文件：应有来源、条数、根值三行，空一行，再是签名。")
        self.text, self.origin, self.size = text + "\n", lines[0], int(lines[1])
        self.root, self.further = decoded(lines[2], "检查点的根值"), lines[3:]
        self.signatures = [self._signature(line) for line in tail.splitlines()]

    @staticmethod
    def _signature(line: str) -> tuple[str, bytes, bytes]:
        name, gap, data = line.removeprefix("— ").partition(" ")
        raw = decoded(data, "检查点的签名")
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
                if key.signs_as(name) == key_id:
                    key.check(self.text.encode(), signature)
                    good.append(key)
        if not good:
            raise Bad("检查点上没有这些公钥的签名：公钥不对，或者检查点不是这个平台签发的。")
        return good


class Key:
    """A public key, written `name+key id+base64(type ‖ key)`; out of a reports' key file it has no name."""

    def __init__(self, line: str) -> None:
        name, identity, data = (line.strip().split("+", 2) + ["", ""])[:3]
        raw = decoded(data, f"公钥“{line.strip()[:40]}…”")
        kind = next((k for k in KINDS if raw.startswith(k)), None)
        if kind is None or hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != identity:
            raise Bad(f"公钥“{line.strip()[:40]}…”写法不对或编号与公钥不符。")
        self.name, self.type, self.key = name, kind, raw[len(kind) :]

    @classmethod
    def of_reports(cls, raw: dict[str, Any]) -> Key:
        """Unreadable: the id is not the key's own."""
        kind = next((t for t, k in KINDS.items() if NAMES.get(k) == raw["algorithm"]), b"")
        made = cls.__new__(cls)
        made.name, made.type, made.key = "", kind, base64.b64decode(raw["value"])
        if not kind or made.report_id != raw["id"]:
            raise Unreadable(f"公钥文件中的编号 {raw['id']} 与公钥不符。")
        return made

    @property
    def kind(self) -> str:
        return KINDS[self.type]

    @property
    def report_id(self) -> str:
        """How signatures of reports name it."""
        return hashlib.sha256(NAMES[self.kind].encode() + b":" + self.key).hexdigest()[:16]

    def signs_as(self, name: str) -> bytes | None:
        """The key id under this name; None: this is somebody else's name."""
        if self.name and self.name != name:
            return None
        return hashlib.sha256(name.encode() + b"\n" + self.type + self.key).digest()[:4]

    def good(self, message: bytes, signature: bytes) -> bool | None:
        """None: the library that checks it is not installed."""
        if self.kind == "cosignature":  # over the moment, too: eight bytes of seconds before the signature
            moment, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {moment}\n".encode() + message
        return (_sm2 if self.kind == "sm2" else _ed25519)(self.key, message, signature)

    def check(self, message: bytes, signature: bytes) -> None:
        good = self.good(message, signature)
        if good is None:
            raise Bad("验 SM2 签名需要 gmssl-pyx；请先 pip install gmssl-pyx，或只用 Ed25519 公钥核验。")
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
    except (InvalidSignature, ValueError):
        return False
    return True


def _sm2(key: bytes, message: bytes, signature: bytes) -> bool | None:
    """GB/T 32918 with the standard's default signer id, DER of r and s."""
    try:
        import gmssl_pyx
    except ImportError:
        return None
    with _quiet():
        try:
            return bool(gmssl_pyx.sm2_verify(key, message, signature))
        except gmssl_pyx.GmsslInnerError:
            return False


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library writes its own notes about a false signature to the terminal."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def keys(path: str) -> list[Key]:
    text = read(path, "公钥文件")
    if text.lstrip().startswith("{"):
        return [Key.of_reports(k) for k in parsed(text.encode(), path, "公钥文件", PUBLIC_KEYS)["keys"]]
    return [Key(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


# files


BOM = b"\xef\xbb\xbf"  # what Windows' editor puts before a text
WHY = {
    FileNotFoundError: "没有这个文件",
    PermissionError: "没有读取的权限",
    IsADirectoryError: "这是文件夹，不是文件",
}


def read(path: str, what: str) -> str:
    """Without its byte order mark, and with Windows' ends of lines made plain."""
    data = data_of(Path(path), what)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Unreadable(
            f"{what} {path} 不是 UTF-8 文本，可能是 PDF、Word 或压缩文件；请核对是不是拿错了文件。"
        ) from None


def data_of(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as e:
        why = next((w for kind, w in WHY.items() if isinstance(e, kind)), "读取出错")
        raise Unreadable(f"读不到{what} {path}（{why}）。") from None


def loaded(path: str, what: str) -> Any:
    text = read(path, what)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(f"{what} {path} 不是 JSON 文件，或者不完整；请核对是不是拿错了文件。") from None


def parsed(data: bytes, path: object, what: str, form: str) -> dict[str, Any]:
    try:
        raw = json.loads(data)
        if raw["format"] == form:
            return dict(raw)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Unreadable(f"{what} {path} 不是能识别的格式，可能不完整或被改动。")


def hashes(listed: list[str]) -> list[bytes]:
    return [bytes.fromhex(h) for h in listed]


def checkpoint_in(path: str, tree: str) -> Checkpoint:
    """Out of a checkpoint's own file, or out of a report in JSON."""
    text = read(path, "检查点文件")
    if not text.startswith("{"):
        return _checkpoint(text, path)
    raw = loaded(path, "检查点文件")
    if raw.get("format") == REPORT:
        raw = raw["checkpoint"] or {}
    note = raw.get("notes", raw).get(tree)
    if note is None:
        raise Bad(f"{path} 里没有 {tree} 树的检查点：出具时还没有封存，或者不是这种文件。")
    return _checkpoint(note, path)


def _checkpoint(note: str, path: str) -> Checkpoint:
    try:
        return Checkpoint(note)
    except (Bad, ValueError, AttributeError):
        raise Unreadable(
            f"{path} 不是检查点文件，或者不完整：应有来源、条数、根值三行，空一行，再是签名。"
        ) from None


def proof_in(path: str) -> dict[str, Any]:
    raw = loaded(path, "证明文件")
    if not isinstance(raw, dict) or not raw.keys() >= PARTS:
        raise Unreadable(
            f"{path} 不是存证的证明，或者不完整；请给出 xinyong ledger prove 或证明接口给出的文件。"
        )
    return raw


# what can be asked


def report(given: argparse.Namespace) -> list[str]:
    """A report file with its signature file: both signatures good, by known keys."""
    path = Path(given.report)
    data = data_of(path, "报告文件")
    beside = Path(given.keys) if given.keys else path.with_name(FILES)
    data_of(beside, "公钥文件")
    known = {(NAMES[k.kind], k.report_id): k for k in keys(str(beside)) if k.kind in NAMES}
    signature = Path(given.signature) if given.signature else path.with_name(path.name + ".sig")
    said, doubts, seen = [f"文件：{path}（SHA-256 {hashlib.sha256(data).hexdigest()}）"], [], set()
    for algorithm, key_id, value in _signatures(signature):
        key = known.get((algorithm, key_id))
        good = key.good(data, value) if key else False
        seen.add(algorithm)
        if key is None:
            doubts.append(f"{algorithm}：签名所用的公钥 {key_id} 不在公钥文件中，不能确认。")
        elif good is None:
            said.append(f"{algorithm}：没有核验（未安装 gmssl-pyx；安装后可一并核验）。")
        else:
            (said if good else doubts).append(
                f"{algorithm}：{'签名正确' if good else '签名不对'}（公钥 {key_id}）。"
            )
    if seen != set(NAMES.values()):
        doubts.append("签名不齐：应同时有 Ed25519 和 SM2-SM3 两种签名。")
    if doubts:
        raise Bad("\n".join([*doubts, "结论：不能确认。报告可能被改动，或不是由公钥的主人出具。"]))
    return [*said, *_carried(data), "结论：真实，未被改动。"]


def _signatures(path: Path) -> list[tuple[str, str, bytes]]:
    """Algorithm, key id and value. The file has one spelling; anything else was changed."""
    data = data_of(path, "签名文件").removeprefix(BOM)
    raw = parsed(data, path, "签名文件", SIGNATURES)
    try:
        found = [
            (str(s["algorithm"]), str(s["key"]), base64.b64decode(s["value"])) for s in raw["signatures"]
        ]
    except (KeyError, TypeError, ValueError):
        found = []
    listed = [{"algorithm": a, "key": k, "value": base64.b64encode(v).decode()} for a, k, v in found]
    spelled = {"format": SIGNATURES, "signatures": listed}
    if json.dumps(spelled, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n" != data:
        raise Unreadable(f"签名文件 {path} 不完整或被改动。")
    return found


def _carried(data: bytes) -> list[str]:
    """The checkpoint a report in JSON carries."""
    if not data.startswith(b"{"):
        return []
    found = json.loads(data).get("checkpoint")
    return [f"报告上的检查点：第 {found['number']} 号，{found['size']} 条。"] if found else []


def checkpoint(given: argparse.Namespace) -> list[str]:
    found = checkpoint_in(given.checkpoint, given.tree)
    signers = found.signed_by(keys(given.keys))
    said = [told(found), *(f"签名有效：{k.name or found.origin}（{k.kind}）" for k in signers)]
    return said + (_printed(found, given.printed) if given.printed else [])


def _printed(found: Checkpoint, typed: str) -> list[str]:
    """Bad: not the checkpoint that a report has in print."""
    size, _, root = typed.replace("：", ":").replace(",", "").partition(":")
    root = "".join(root.split()).lower()
    if len(root) < SHORTEST:
        raise Bad(f"报告上印的根值应有 {SHORTEST} 位；请照报告完整输入，写成“条数:根值”。")
    if size.strip() != str(found.size) or not found.root.hex().startswith(root):
        raise Bad("与报告上印的检查点不同：条数或根值不一致，日志可能被改写过。")
    return ["与报告上印的检查点一致"]


def told(c: Checkpoint) -> str:
    return f"检查点：{c.origin}，{c.size} 条，{'；'.join(c.further) or '未注明时间'}"


def proof(given: argparse.Namespace) -> list[str]:
    """The leaf is in every tree whose checkpoint stands in the proof, and those are signed."""
    p = proof_in(given.proof)
    if given.document:
        p |= _beside(p, given.document)
    return proved(p, keys(given.keys), p.get("document"))


def _beside(p: dict[str, Any], path: str) -> dict[str, Any]:
    """Document and salt out of a file of its own: the document alone, or a subject's own copy, which has both."""
    text = read(path, "原文文件")
    if f'"{COPY}"' not in text[:100]:
        if "salt" not in p:
            raise Unreadable(
                "证明里没有盐值，不能核对原文；请索取带原文和盐值的证明，或者给出“信息副本”文件。"
            )
        return {"document": text}
    for record in loaded(path, "信息副本")["records"]:
        if record.get("leaf") == p["leaf"] and "salt" in record:
            return {"document": record["sealed_text"], "salt": record["salt"]}
    raise Bad(f"信息副本 {path} 里没有证明所说的这条记录，或者没有它的盐值和原文。")


def proved(p: dict[str, Any], known: list[Key], document: str | None) -> list[str]:
    said, verified = _document(p, document), []
    for algorithm, note in p["checkpoints"].items():
        found = Checkpoint(note)
        found.signed_by(known)
        if found.algorithm != algorithm or found.size != p["size"]:
            raise Bad(f"{algorithm} 的检查点与证明不是同一棵树、同一条数。")
        path = hashes(p["paths"][algorithm])
        if root_from_path(algorithm, leaf_hash(algorithm, p), p["index"], p["size"], path) != found.root:
            raise Bad(f"由证明算不到 {algorithm} 检查点的根值：证明可能拿错、损坏，或者内容、序号被改动。")
        verified.append(f"在第 {p['index']} 条，{told(found)}，签名有效")
    if not verified:
        raise Bad("证明里没有检查点。")
    return [said, *verified]


def leaf_hash(algorithm: str, p: dict[str, Any]) -> bytes:
    return digest(algorithm, b"\0" + p["kind"].encode() + b"\0" + bytes.fromhex(p["leaf"]))


def _document(p: dict[str, Any], document: str | None) -> str:
    if document is None:
        return "证明里没有原文，只核验了摘要值；要核验内容请给出 --document。"
    made = hashlib.sha256(p["salt"].encode() + document.encode()).hexdigest()
    if made != p["leaf"]:
        raise Bad("原文与封存的摘要值不符：可能拿错了原文，或者原文、盐值被改动。")
    return "原文与封存的摘要值相符"


def growth(given: argparse.Namespace) -> list[str]:
    old, new = checkpoint_in(given.old, given.tree), checkpoint_in(given.new, given.tree)
    return grown(old, new, given.proof, keys(given.keys))


def grown(old: Checkpoint, new: Checkpoint, proof: str, known: list[Key]) -> list[str]:
    for c in (old, new):
        c.signed_by(known)
    if old.origin != new.origin or old.size > new.size:
        raise Bad("两个检查点不是同一本日志，或者新旧颠倒。")
    begun = old.root if old.size in (0, new.size) else _beginning(old, new, proof)
    if begun != old.root or old.size == new.size and old.root != new.root:
        raise Bad(f"第 {old.size} 条以前的内容在两个检查点之间被改动或删除。")
    return [told(old), told(new), "后者完整保留了前者的全部内容"]


def _beginning(old: Checkpoint, new: Checkpoint, proof: str) -> bytes:
    """The root of the new tree's first leaves, as many as the old one has: shown by a proof that reaches the new root.

    Bad: the proof does not, so it shows nothing, not even that something was changed.
    """
    first, from_tiles = old.root, remote(proof) or Path(proof).is_dir()
    if from_tiles:
        tiles = Tiles(proof, new.algorithm, new.size)
        first, path = tiles.range(0, old.size), tiles.growth(old.size)
    else:
        path = _path(proof, old.algorithm)
    try:
        begun, reached = roots_from_growth(old.algorithm, old.size, first, new.size, path)
    except Misfit:
        reached = b""
    if reached != new.root:
        raise Bad(TILES_UNFIT if from_tiles else UNFIT)
    return begun


def _path(proof: str, algorithm: str) -> list[bytes]:
    raw = loaded(proof, "一致性证明")
    try:
        return hashes(raw[algorithm])
    except (KeyError, TypeError, ValueError):
        raise Unreadable(f"{proof} 不是一致性证明，或者不完整：里面没有 {algorithm} 树的摘要值。") from None


def compare(given: argparse.Namespace) -> list[str]:
    """What became of something that was sealed then. Bad: it was changed or removed and the log does not say so."""
    known, then = keys(given.keys), proof_in(given.then)
    old, new = checkpoint_in(given.old, given.tree), checkpoint_in(given.new, given.tree)
    said = proved(then, known, then.get("document"))
    _within(then, old)
    said += grown(old, new, given.growth, known)
    if given.erased:
        return [*said, _erased(then, proof_in(given.erased), new, known)]
    if not given.now:
        raise Bad(
            "内容当时已经封存。没有给出现在的证明（--now），也没有给出依规则删除的证明（--erased）："
            "请向平台索取；两样都拿不出来，就是被删去。"
        )
    return [*said, *_now(then, proof_in(given.now), new, known)]


def _within(p: dict[str, Any], c: Checkpoint) -> None:
    """Bad: the proof is of another state than this checkpoint, so it shows nothing about it."""
    if p["size"] != c.size:
        raise Bad(
            f"证明对应 {p['size']} 条，检查点是 {c.size} 条；请向平台索取对应这个检查点的证明（size={c.size}）。"
        )
    if Checkpoint(p["checkpoints"][c.algorithm]).root != c.root:
        raise Bad("证明所附的检查点与手上的条数相同而根值不同：平台对不同的人出示了不同的日志。")


def _now(then: dict[str, Any], now: dict[str, Any], new: Checkpoint, known: list[Key]) -> list[str]:
    """That a later leaf takes the place of this one the log can't show: who has both texts judges."""
    if now["kind"] != then["kind"]:
        raise Bad(
            f"现在的证明是另一种内容（{now['kind']}，当时是 {then['kind']}）：文件拿错了，或者平台拿别的内容顶替。"
        )
    if now.get("document") is None:
        raise Bad("现在的证明里没有原文，不能和当时的内容比较；请向平台索取带原文的证明。")
    proved(now, known, now["document"])
    _within(now, new)
    if now["leaf"] == then["leaf"]:
        return ["结论：未改动。"]
    if now["index"] <= then["index"]:
        raise Bad("现在的证明里的内容与当时的不同，封存在它之前：文件拿错了，或者平台拿别的内容顶替。")
    if then.get("document") is None:
        raise Bad("平台称已更正，但当时的证明里没有原文，无从核对是不是同一件事。")
    texts = [f"{when}的原文：{shown(p['document'])}" for when, p in (("当时", then), ("现在", now))]
    return [
        *texts,
        "结论：平台称已更正，请核对上面两份原文是不是同一件事；是，则更正另行封存，当时的内容也还在日志里。",
    ]


def shown(document: str) -> str:
    return document.replace("\x1f", " | ")


def _erased(then: dict[str, Any], erased: dict[str, Any], new: Checkpoint, known: list[Key]) -> str:
    if erased["kind"] != "erased" or erased.get("document") is None:
        raise Bad("这不是带原文的删除证明。")
    proved(erased, known, erased["document"])
    _within(erased, new)
    row = json.loads(erased["document"])
    if then["leaf"] not in row["detail"].get("leaves", []):
        raise Bad("这份删除登记说的不是这一条。")
    word = "移入封存档案" if row["detail"].get("sealed") else "删除"
    return (
        f"结论：依规则{word}（{row['rule']}，{row['instrument']} {row['article']}，{row['at']}），不是篡改。"
    )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="report|checkpoint|proof|growth|compare")
    optional = {
        report: ["signature"],
        checkpoint: ["printed"],
        proof: ["document"],
        compare: ["now", "erased"],
    }
    wanted = {report: ["report"], checkpoint: ["checkpoint"], proof: ["proof"], growth: ["old", "new", "proof"],
              compare: ["then", "old", "new", "growth"]}  # fmt: skip
    for work, names in wanted.items():
        verb = verbs.add_parser(work.__name__)
        for name in names:
            verb.add_argument(name)
        verb.add_argument("--keys", "--key", required=work is not report)
        verb.add_argument("--tree", choices=["sha256", "sm3"], default="sha256")
        for name in optional.get(work, []):
            verb.add_argument(f"--{name}")
        verb.set_defaults(work=work)
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
    except Unreadable as e:
        end(2, str(e))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        end(2, "文件的内容不是预期的写法，可能拿错或不完整；请核对每个文件是不是这一步要的那一种。")


if __name__ == "__main__":
    main()
