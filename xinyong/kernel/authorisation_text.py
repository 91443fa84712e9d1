"""授权书: an authorisation as the text that its grantor reads and signs.

One line per term, UTF-8, line feeds, the last line ended too. The same terms give the same bytes; another form gets
another number in its second line, and what was signed stays as it was. Nobody parses it: who checks a signature needs
the bytes, who signs needs to understand them.

What a signed text should name is not fixed by any text we have seen (confidence: sample).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from xinyong.kernel.errors import Refused

FORM = "xinyong-authorisation/1"
TITLE = "信用信息查询授权书"
USCC = "统一社会信用代码"
SCHEMES = {"uscc": USCC, "regno": "工商注册号", "person": "自然人，证件号码的密钥散列"}
ENDING = "本授权书的文本由信用潼南生成；改动一个字，签名就核验不过。"
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


@dataclass(frozen=True, slots=True)
class Letter:
    """The terms. `scheme`, `grantor`: of a natural person the keyed hash, never the number.

    `items`: (code, name). `drawn`: the day the text was made. `recipient_name`: as the grantor wrote it.
    """

    number: str
    drawn: date
    scheme: str
    grantor: str
    recipient: str
    recipient_name: str
    items: tuple[tuple[str, str], ...]
    purpose: str
    begins: date
    ends: date
    once: bool
    revocable: bool = True
    onward: tuple[str, ...] = ()


def written(letter: Letter) -> bytes:
    """The bytes to sign. Refused: a term with a line break or with signs that nobody sees; no items."""
    if not letter.items:
        raise Refused("letter_items", "授权书没有写明信息事项；请选好以后重试。")
    return "".join(f"{line}\n" for line in (TITLE, *_terms(letter), ENDING)).encode()


def _terms(letter: Letter) -> list[str]:
    onward = "、".join(sorted(set(letter.onward)))
    pairs = [
        ("格式", FORM),
        ("编号", letter.number),
        ("拟定日期", letter.drawn.isoformat()),
        ("授权人", f"{SCHEMES[letter.scheme]} {letter.grantor}"),
        ("被授权机构", f"{letter.recipient_name}（{USCC} {letter.recipient}）"),
        ("可以转给", f"{USCC} {onward}" if onward else "不许转给任何人"),
        *(("信息事项", f"{code} {name}") for code, name in sorted(set(letter.items))),
        ("用途", letter.purpose),
        ("使用次数", "只能用一次" if letter.once else "有效期内可以多次使用"),
        ("有效期", f"{letter.begins} 至 {letter.ends}（含当日）"),
        ("撤回", "可以随时撤回" if letter.revocable else "约定不可撤回"),
    ]
    return [f"{label}：{_seen(label, text)}" for label, text in pairs]


def _seen(label: str, text: str) -> str:
    """A line break would let one term pose as another; a sign that turns the writing round, too."""
    if not text.strip() or any(unicodedata.category(sign) in UNSEEN for sign in text):
        raise Refused(
            "letter_sign", f"“{label}”是空的，或者有换行和看不见的字符，不能写进授权书；请重新填写。"
        )
    return text


__all__ = ["FORM", "Letter", "written"]
