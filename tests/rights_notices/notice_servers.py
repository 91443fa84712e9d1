"""A real SMTP server and a real SMS gateway on this machine."""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "schluessel"


@dataclass
class Mail:
    """`refuses`: what a recipient is answered, e.g. "550 no"; `before`: done before a message is taken."""

    refuses: str = ""
    before: Callable[[], None] = lambda: None
    got: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.before()
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.got.append((list(envelope.rcpt_tos), message))  # type: ignore[arg-type]
        return "250 OK"


class MailServer:
    """Runs in a thread with a loop of its own, on a free port."""

    def __init__(self, mail: Mail) -> None:
        from aiosmtpd.smtp import SMTP

        self.loop = asyncio.new_event_loop()
        made = self.loop.create_server(
            lambda: SMTP(mail, hostname="localhost", loop=self.loop), "127.0.0.1", 0
        )
        self.server = self.loop.run_until_complete(made)
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        async def end() -> None:
            self.server.close()
            await self.server.wait_closed()
            others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@dataclass
class Gateway:
    """`says`: status and body of each answer."""

    says: tuple[int, bytes] = (200, b'{"accepted": true, "receipt": "r-1"}')
    got: list[dict[str, Any]] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)

    def take(self, headers: Any, body: bytes) -> None:
        text = f"{headers['X-Xinyong-Timestamp']}.".encode() + body
        made = hmac.new(KEY.encode(), text, sha256).hexdigest()
        self.signed.append(hmac.compare_digest(made, headers["X-Xinyong-Signature"]))
        self.got.append(json.loads(body))


def gateway_server(gateway: Gateway) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            gateway.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            status, said = gateway.says
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
