#!/usr/bin/env python3
"""离线核验信用报告：只用 Python 标准库和 cryptography；装了 gmssl-pyx 的，同时核验 SM2 签名。

    python verify_report.py 报告.pdf                         # 旁边要有 报告.pdf.sig 和 public-keys.json
    python verify_report.py 报告.json --signature 签名.sig --keys public-keys.json

退出码：0 真实且未被改动；1 不能确认（被改动、签名不对或公钥不对）；2 缺少文件或文件不能识别。

公钥文件要从可信的渠道取得（信用网站的核验页、政务大厅窗口），并核对公钥编号。本脚本不联网；
报告是否仍为现状，请在核验页凭报告编号查询。

This file stands alone on purpose: it imports nothing of the platform, so a verification does not trust it.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENUINE, DOUBTFUL, UNREADABLE = 0, 1, 2
ALGORITHMS = {"Ed25519", "SM2-SM3"}


class Unreadable(Exception):
    """One sentence: which file, what is wrong."""


def read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise Unreadable(f"读不到{what} {path}（{e.strerror}）。") from None


def parsed(data: bytes, path: Path, what: str, form: str) -> dict[str, Any]:
    try:
        raw = json.loads(data)
        if raw["format"] == form:
            return dict(raw)
    except (ValueError, KeyError, TypeError):
        pass
    raise Unreadable(f"{what} {path} 不是能识别的格式，可能不完整或被改动。")


def signatures(path: Path) -> list[tuple[str, str, bytes]]:
    """Algorithm, key id and value. The file has one spelling; anything else was changed."""
    data = read(path, "签名文件")
    raw = parsed(data, path, "签名文件", "xinyong-signatures-1")
    try:
        found = [
            (str(s["algorithm"]), str(s["key"]), base64.b64decode(s["value"])) for s in raw["signatures"]
        ]
    except (KeyError, TypeError, ValueError):
        found = []
    listed = [{"algorithm": a, "key": k, "value": base64.b64encode(v).decode()} for a, k, v in found]
    spelled = {"format": "xinyong-signatures-1", "signatures": listed}
    if json.dumps(spelled, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n" != data:
        raise Unreadable(f"签名文件 {path} 不完整或被改动。")
    return found


def public_keys(path: Path) -> dict[str, tuple[str, bytes]]:
    """Key id → algorithm and key; an id that is not the key's own is refused."""
    raw = parsed(read(path, "公钥文件"), path, "公钥文件", "xinyong-public-keys-1")
    found = {}
    for k in raw["keys"]:
        value = base64.b64decode(k["value"])
        if hashlib.sha256(k["algorithm"].encode() + b":" + value).hexdigest()[:16] != k["id"]:
            raise Unreadable(f"公钥文件 {path} 中的编号 {k['id']} 与公钥不符。")
        found[k["id"]] = (k["algorithm"], value)
    return found


def ed25519(key: bytes, data: bytes, value: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def sm2(key: bytes, data: bytes, value: bytes) -> bool | None:
    """None: gmssl-pyx is not installed."""
    try:
        import gmssl_pyx
    except ImportError:
        return None
    with quiet():
        try:
            return bool(gmssl_pyx.sm2_verify(key, data, value))
        except gmssl_pyx.GmsslInnerError:
            return False


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The library writes its own notes about a false signature to the terminal."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def verify(report: Path, signature: Path, keys: Path) -> tuple[int, list[str]]:
    """Exit status and what to say."""
    data, known = read(report, "报告文件"), public_keys(keys)
    said = [f"文件：{report}（SHA-256 {hashlib.sha256(data).hexdigest()}）"]
    good, seen = True, set()
    for algorithm, key, value in signatures(signature):
        if known.get(key, ("",))[0] != algorithm:
            said.append(f"{algorithm}：签名所用的公钥 {key} 不在公钥文件中，不能确认。")
            good = False
            continue
        result = (ed25519 if algorithm == "Ed25519" else sm2)(known[key][1], data, value)
        seen.add(algorithm)
        if result is None:
            said.append(f"{algorithm}：没有核验（未安装 gmssl-pyx；安装后可一并核验）。")
        else:
            said.append(f"{algorithm}：{'签名正确' if result else '签名不对'}（公钥 {key}）。")
            good = good and result
    if seen != ALGORITHMS:
        said.append("签名不齐：应同时有 Ed25519 和 SM2-SM3 两种签名。")
        good = False
    said.append(
        "结论：真实，未被改动。" if good else "结论：不能确认。报告可能被改动，或不是由公钥的主人出具。"
    )
    return GENUINE if good else DOUBTFUL, said


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="离线核验信用报告")
    parser.add_argument("report", type=Path, help="报告文件（.pdf 或 .json）")
    parser.add_argument("--signature", type=Path, help="签名文件，默认是报告文件名后加 .sig")
    parser.add_argument("--keys", type=Path, help="公钥文件，默认是报告旁边的 public-keys.json")
    given = parser.parse_args(arguments)
    signature = given.signature or given.report.with_name(given.report.name + ".sig")
    keys = given.keys or given.report.with_name("public-keys.json")
    try:
        status, said = verify(given.report, signature, keys)
    except Unreadable as e:
        status, said = UNREADABLE, [str(e)]
    sys.stdout.write("\n".join(said) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
