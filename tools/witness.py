#!/usr/bin/env python3
"""存证见证：另一处独立保存检查点的小服务。与 verify.py 放在同一文件夹即可运行，不需要平台。

    python3 witness.py --folder 文件夹 --key 日志公钥文件 --name 见证者名称 [--host 127.0.0.1] [--port 8701]

它记住每本日志最近的检查点，只有当新检查点完整保留了旧内容时才联署；改写过的日志它不签。
协议：C2SP tlog-witness（POST /add-checkpoint），联署格式 tlog-cosignature v1（Ed25519）。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parent))
from verify import Bad, Checkpoint, Key, keys, roots_from_growth

LONGEST = 64 * 1024
COSIGNATURE = b"\x04"


class Conflict(Exception):
    """The witness knows another state than the one the proof begins with."""


class Witness:
    def __init__(self, folder: Path, name: str, known: list[Key]) -> None:
        self.folder, self.name, self.known, self.lock = folder, name, known, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.key = self._key()

    def _key(self) -> Ed25519PrivateKey:
        path = self.folder / "witness.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())

    @property
    def public(self) -> bytes:
        return COSIGNATURE + self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.public).digest()[:4]

    def verifier(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.public).decode()}"

    def add(self, body: str, now: int) -> str:
        """The cosignature line. Bad: not genuine or not a growth. Conflict: begins at another size than known."""
        head, _, note = body.partition("\n\n")
        first, *path = head.split("\n")
        word, _, size = first.partition(" ")
        if word != "old" or not size.isdigit():
            raise Bad("请求的第一行应为 old 和条数。")
        found = Checkpoint(note)
        found.signed_by(self.known)
        with self.lock:
            self._follows(found, int(size), [base64.b64decode(line) for line in path])
            self._remember(found, note)
        return self._signed(found, now)

    def _follows(self, new: Checkpoint, old_size: int, path: list[bytes]) -> None:
        kept = self._kept(new.origin)
        known = kept.size if kept else 0
        if old_size != known:
            raise Conflict(str(known))
        if old_size > new.size:
            raise Bad("新检查点比已见证的短。")
        if kept is None or old_size == 0:
            return
        if old_size == new.size:
            same = kept.root == new.root
        else:
            same = roots_from_growth(new.algorithm, old_size, kept.root, new.size, path) == (
                kept.root,
                new.root,
            )
        if not same:
            raise Bad(f"第 {old_size} 条以前的内容与已见证的不同，不予联署。")

    def _file(self, origin: str) -> Path:
        return self.folder / (hashlib.sha256(origin.encode()).hexdigest() + ".checkpoint")

    def _kept(self, origin: str) -> Checkpoint | None:
        path = self._file(origin)
        return Checkpoint(path.read_text("utf-8")) if path.exists() else None

    def _remember(self, c: Checkpoint, note: str) -> None:
        path = self._file(c.origin)
        path.with_suffix(".new").write_text(note, "utf-8")
        path.with_suffix(".new").replace(path)

    def _signed(self, c: Checkpoint, now: int) -> str:
        made = self.key.sign(f"cosignature/v1\ntime {now}\n{c.text}".encode())
        return f"— {self.name} {base64.b64encode(self.key_id + now.to_bytes(8, 'big') + made).decode()}\n"


class Handler(BaseHTTPRequestHandler):
    witness: Witness

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if self.path != "/add-checkpoint" or size > LONGEST:
            return self._answer(404 if size <= LONGEST else 413, "")
        try:
            self._answer(200, self.witness.add(self.rfile.read(size).decode(), int(time.time())))
        except Conflict as e:
            self._answer(409, f"{e}\n", "text/x.tlog.size")
        except (Bad, ValueError) as e:
            self._answer(422, f"{e}\n")

    def do_GET(self) -> None:
        known = self.path == "/key"
        self._answer(200 if known else 404, self.witness.verifier() + "\n" if known else "")

    def _answer(self, status: int, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given: object) -> None:
        """Silent: the kept checkpoints are the record."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in (
        ("folder", None),
        ("key", None),
        ("name", None),
        ("host", "127.0.0.1"),
        ("port", "8701"),
    ):
        parser.add_argument(f"--{name}", default=value, required=value is None)
    given = parser.parse_args()
    try:
        Handler.witness = Witness(Path(given.folder), given.name, keys(given.key))
        server = ThreadingHTTPServer((given.host, int(given.port)), Handler)
    except (Bad, OSError, ValueError) as e:
        sys.stderr.write(f"见证服务没有启动：{e}\n")
        raise SystemExit(2) from None
    sys.stdout.write(f"{server.server_address[1]}\n{Handler.witness.verifier()}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
