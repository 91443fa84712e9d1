"""签名密钥登记书: what a subject signs with a key when it registers it, so that nobody registers a key that he hasn't got.

One line per statement, UTF-8, line feeds. It names the subject and the day and nothing else: who knows both can write it
himself. No rule demands it (confidence: sample).
"""

from __future__ import annotations

from datetime import date

from xinyong.kernel.authorisation_text import SCHEMES

FORM = "xinyong-signing-key/1"
TITLE = "签名密钥登记书"
PURPOSE = "证明要登记的密钥由登记主体自己持有；不授权任何人查询"
ENDING = "本登记书的文本由信用潼南生成；改动一个字，签名就核验不过。"


def written(scheme: str, grantor: str, day: date) -> bytes:
    """The bytes to sign. `grantor`: the code; of a natural person the keyed hash, never the number."""
    lines = (
        TITLE,
        f"格式：{FORM}",
        f"日期：{day.isoformat()}",
        f"登记主体：{SCHEMES[scheme]} {grantor}",
        f"用途：{PURPOSE}",
        ENDING,
    )
    return "".join(f"{line}\n" for line in lines).encode()


__all__ = ["FORM", "written"]
