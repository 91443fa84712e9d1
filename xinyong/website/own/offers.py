"""The text that a subject was shown, carried by the page itself: nothing half-done is stored.

A token of ours holds number, moment, terms and whose they are; it is signed, so what comes back is what was shown.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core import signing

from xinyong.disclosure import signatures
from xinyong.disclosure.authorisations import Offer, Terms, grantor_of
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.website.public.asking import book

SALT = "authorisation-offer"
LONGEST = 8_000


def made(who: Who, now: datetime, today: date, terms: Terms, name: str) -> str:
    """A token with a number kept for these terms. Refused: terms that cannot be written as a text."""
    offer = Offer(str(uuid.uuid4()), now, name)
    text(who, today, offer, terms)
    told = {
        "number": offer.number, "drawn": now.isoformat(), "name": name, "grantor": grantor_of(who.provider, today),
        "recipient": terms.recipient, "items": terms.items, "purpose": terms.purpose, "once": terms.once,
        "begins": terms.begins.isoformat(), "ends": terms.ends.isoformat(), "onward": terms.onward,
    }  # fmt: skip
    return signing.dumps(told, salt=SALT, compress=True)


def read(who: Who, now: datetime, today: date, token: str, signature: bytes = b"") -> tuple[Offer, Terms]:
    """Refused: not ours, another subject's, older than a day."""
    try:
        told: dict[str, Any] = signing.loads(token[:LONGEST], salt=SALT)
    except signing.BadSignature:
        raise Refused(
            "offer_forged", "这份授权书的文本不是本平台刚才生成的；请从“新的授权”重新填写。"
        ) from None
    if tuple(told["grantor"]) != grantor_of(who.provider, today):
        raise Refused("offer_others", "这份授权书的文本不是为本主体生成的；请从“新的授权”重新填写。")
    offer = Offer(told["number"], datetime.fromisoformat(told["drawn"]), told["name"], signature)
    signatures.check_fresh(offer, now)
    return offer, Terms(
        told["recipient"], tuple(told["items"]), told["purpose"], date.fromisoformat(told["begins"]),
        date.fromisoformat(told["ends"]), told["once"], onward=tuple(told["onward"]),
    )  # fmt: skip


def text(who: Who, today: date, offer: Offer, terms: Terms) -> bytes:
    """As `grant` will write it: what is sorted there is sorted here."""
    ordered = replace(terms, items=tuple(sorted(set(terms.items))), onward=tuple(sorted(set(terms.onward))))
    return signatures.text_of(offer, *grantor_of(who.provider, today), ordered, book())


__all__ = ["made", "read", "text"]
