"""A report file in hand: are its signatures ours, is its number known, is it still how things stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.foundation import signing
from xinyong.kernel.errors import Refused
from xinyong.services.creditreport import numbers, queries
from xinyong.services.creditreport import signing as files
from xinyong.services.creditreport.queries import CHANGED, CURRENT


@dataclass(frozen=True, slots=True)
class Checked:
    """`genuine`: signed by this platform and byte for byte as issued. `standing` as in `queries.Verification`."""

    genuine: bool
    number: str
    standing: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return {"genuine": self.genuine, "number": self.number or None, "standing": self.standing or None,
                "sentence": self.sentence}  # fmt: skip


def check(
    c: psycopg.Connection[Any], data: bytes, signature: bytes, now: datetime, today: date, book: Rulebook
) -> Checked:
    """What can be said about a report file with its signature file. Never raises over a file's content."""
    try:
        signatures = files.read_signature_file(signature)
    except Refused as e:
        return Checked(False, "", "", e.sentence)
    if not signing.genuine(data, signatures, signing.signer(c, now).public_keys()):
        return Checked(False, "", "", "不能确认：文件被改动过，或不是由本平台签名的。")
    row = c.execute(queries.SQL["by_digest"], {"digest": sha256(data).hexdigest()}).fetchone()
    found = queries.verify(c, row[0], now, today, book) if row else None
    if found is None:
        return Checked(True, "", "", "签名正确，但本平台没有这份报告的出具记录；请向出具单位查询。")
    head = f"真实：{found.issuer}于 {found.issued_on} 出具，编号 {numbers.shown(found.number)}；"
    tail = {CURRENT: "所载信息至今没有变化。", CHANGED: "此后内容已有变化，现已不再反映最新情况。"}
    return Checked(
        True, found.number, found.standing, head + tail.get(found.standing, "目前不能核对是否仍为现状。")
    )
