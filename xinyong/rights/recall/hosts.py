"""To which addresses the platform sends by itself: only those hosts that the system administrator has listed.

A name is looked up once and the connection goes to the address found, so that a name cannot mean another machine
the second time; and nothing is sent to this machine or its network card's own range unless the list says so itself.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from xinyong.kernel.errors import Refused

VARIABLE = "XINYONG_RECALL_HOSTS"
LONGEST = 500
HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect: `address` is a number, `host` the name it is asked for."""

    scheme: str
    host: str
    port: int
    address: str
    target: str


def listed() -> frozenset[tuple[str, int]]:
    """Host and port of each entry, e.g. `bank.example.cn, 10.1.2.3:8443`; without a port: 443."""
    found = (entry.strip() for entry in os.environ.get("XINYONG_RECALL_HOSTS", "").split(","))
    return frozenset(_pair(entry) for entry in found if entry)


def _pair(entry: str) -> tuple[str, int]:
    parts = urlsplit(f"//{entry}")
    return (parts.hostname or "", parts.port or 443)


def allowed(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address that may be used. Refused: any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("地址读不懂") from None
    host = (parts.hostname or "").lower()
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _bad("地址过长或含有不能用的字符")
    if parts.username or parts.password or parts.fragment:
        raise _bad("地址里不能有用户名、口令或 # 部分")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in HERE):
        raise _bad("地址应以 https:// 开头")
    port = port or (443 if parts.scheme == "https" else 80)
    if (host, port) not in listed():
        raise Refused(
            "webhook_host",
            f"“{host}:{port}”不在允许推送的主机之列；请向信用中心申请，由系统管理员加入 {VARIABLE} 后重试。",
        )
    return parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _bad(why: str) -> Refused:
    return Refused("webhook_url", f"推送地址不能用：{why}；请改正，例如 https://bank.example.cn/recalls。")


def found(url: str) -> Place:
    """Look the host up. Refused: as `allowed`, or it leads to a machine it must not. OSError: the name is unknown."""
    scheme, host, port, target = allowed(url)
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(row[4][0]) for row in rows]
    if not addresses or any(_forbidden(ip_address(a), host) for a in addresses):
        raise Refused("webhook_address", f"“{host}”指向不允许推送的地址；请联系系统管理员核对域名解析。")
    return Place(scheme, host, port, addresses[0], target)


def _forbidden(address: IPv4Address | IPv6Address, host: str) -> bool:
    """This machine only under its own names; never link-local (cloud metadata), multicast or no address at all."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_loopback:
        return host not in HERE
    return bool(mapped.is_link_local or mapped.is_multicast or mapped.is_unspecified or mapped.is_reserved)


__all__ = ["VARIABLE", "Place", "allowed", "found", "listed"]
