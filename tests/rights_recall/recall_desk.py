"""A district with records, the systems that were given them, and real HTTP servers that take recalls."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from xinyong.disclosure import actions as marking
from xinyong.foundation import events
from xinyong.foundation.audit import Who
from xinyong.rights.recall import actions, deliveries, push

AUTHORITY = "11500152YY0000239R"
BANK = "91500152YY00000282"
OTHER = "91500152YY0000706H"
REVIEWER = Who("部门审核员示例", "department_reviewer", AUTHORITY, purpose="测试")
RULING = "（2026）渝0152破申1号裁定"
REGISTRATION = {
    "主体名称": "重庆示例甲乙商贸有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
    "统一社会信用代码": "91500152YY00000282", "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续",
    "登记机关": "潼南区市场监督管理局",
}  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)


def system(name: str, provider: str = BANK, role: str = "bank") -> Who:
    return Who(f"系统:{name}", role, provider, purpose="测试")


@dataclass
class Desk:
    """Everything goes the product's own way: marks, submissions, the outbox."""

    district: Any = field(repr=False)
    rows: Callable[..., Any] = field(repr=False)
    write: Callable[..., Any] = field(repr=False)

    @property
    def c(self) -> Any:
        return self.district.app

    def records(self) -> list[str]:
        """Of penalties, oldest first."""
        sql = (
            "SELECT replace(v.record_id::text, '-', '') FROM record_version v JOIN catalog_item i ON i.id = v.item"
            " WHERE i.code = 'XZCF' AND v.seq = 1 ORDER BY v.born, v.line"
        )
        return [row[0] for row in self.district.owner().execute(sql)]

    def known_at(self) -> int:
        return int(self.district.one("SELECT max(seq) FROM publication"))

    def given(self, who: Who, *records: str, reference: str = "", known_at: int | None = None) -> None:
        seen = self.known_at() if known_at is None else known_at
        deliveries.given(self.c, who, now(), records, seen, reference)

    def mark(self, kind: str, *records: str, who: Who = REVIEWER, **more: Any) -> Any:
        said = {"reason": "测试理由", "basis": RULING} | more
        return marking.mark(self.c, who, now(), kind, records, **said)

    def close(self, number: int) -> None:
        marking.close_mark(self.c, REVIEWER, now(), number, "测试理由", RULING)

    def work(self) -> events.Done:
        done = events.run(self.c, now())
        assert done.failures == []
        return done

    def recalls(self, who: Who) -> list[actions.Recall]:
        found = deliveries.receivers(self.c, who.provider, who.name.removeprefix(deliveries.SYSTEM))
        return actions.feed(self.c, found, 0, 100)

    def hand_in(self, name: str, *rows: dict[str, str], **more: Any) -> Any:
        return self.district.intake(self.write(list(rows), name), "XZCF", **more)

    def subscribe(self, who: Who, server: Subscriber) -> None:
        number = deliveries.receiver(
            self.c, who.provider, who.name.removeprefix(deliveries.SYSTEM), who.role, now()
        )
        server.secret = actions.subscribe(self.c, who, now(), number, server.url)[1]

    def push(self) -> int:
        return push.run(now)


@dataclass
class Subscriber:
    """A server of an institution. `mode`: confirms, takes, fails, forges, moves, waits."""

    mode: str = "confirms"
    secret: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/recalls"

    @property
    def numbers(self) -> list[int]:
        """In the order in which they came."""
        return [r["id"] for told in self.got for r in told["recalls"]]

    def start(self, port: int = 0) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> int:
        """Its port."""
        port = int(self.server.server_address[1])
        self.server.shutdown()
        self.server.server_close()
        return port

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self.mode == "fails":
            return 503, b"", {}
        if self.mode == "moves":
            return 302, b"", {"Location": "http://127.0.0.1:1/"}
        told = json.loads(body)
        self.got.append(told)
        self.headers.append(headers)
        self.bodies.append(body)
        if self.mode == "takes":
            return 204, b"", {}
        said = json.dumps({"confirmed": [r["id"] for r in told["recalls"]]}).encode()
        secret = "falsch" if self.mode == "forges" else self.secret
        signature = push.sign(secret, headers["X-Xinyong-Timestamp"], headers["X-Xinyong-Delivery"], said)
        return 200, said, {"X-Xinyong-Signature": signature}


def _handler(subscriber: Subscriber) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said, headers = subscriber.answer(dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
