from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from signing_tools import BANK, BANK_NAME, CODE, NOW, TODAY, Signer

from xinyong.foundation.audit import Who

SELF = Who("示例甲", "subject", CODE)


@dataclass
class Drawn:
    """A text as it was offered, and the terms it is of."""

    offer: Any
    terms: Any
    text: bytes


@dataclass
class Hall:
    """Subjects with their keys before the platform."""

    district: Any
    c: Any = field(init=False)

    def __post_init__(self) -> None:
        self.c = self.district.app

    def register(self, signer: Signer, who: Who = SELF, code: str = CODE, **given: Any) -> Any:
        from xinyong.disclosure import grantor_keys

        at = given.pop("at", NOW)
        signature = given.pop("signature", None) or signer.sign(self.letter(code))
        return grantor_keys.register(self.c, who, at, TODAY, code, signer.given, signature, **given)

    def letter(self, code: str = CODE, day: date = TODAY) -> bytes:
        """What a key signs to be registered."""
        from xinyong.disclosure import grantor_keys
        from xinyong.disclosure.grantors import grantor_of

        return grantor_keys.text_of(*grantor_of(code, TODAY), day)

    def end(self, key: Any, who: Who = SELF, c: Any = None, **given: Any) -> Any:
        from xinyong.disclosure import grantor_keys

        return grantor_keys.end(c or self.c, who, NOW, TODAY, key.id, "经办人变更", **given)[0]

    def draw(self, code: str = CODE, at: datetime = NOW, **changes: Any) -> Drawn:
        from xinyong.disclosure import signatures
        from xinyong.disclosure.authorisations import Offer, Terms, grantor_of

        usual = {"recipient": BANK, "items": ("XZCF",), "purpose": "贷前调查", "begins": TODAY,
                 "ends": TODAY + timedelta(days=30)}  # fmt: skip
        terms, offer = Terms(**{**usual, **changes}), Offer(str(uuid4()), at, BANK_NAME)
        return Drawn(
            offer, terms, signatures.text_of(offer, *grantor_of(code, TODAY), terms, self.district.book)
        )

    def grant(
        self, drawn: Drawn, signature: bytes = b"", who: Who = SELF, c: Any = None, now: datetime = NOW
    ) -> Any:
        from dataclasses import replace

        from xinyong.disclosure import authorisations

        offer = replace(drawn.offer, signature=signature)
        book = self.district.book
        return authorisations.grant(c or self.c, who, now, TODAY, who.provider, drawn.terms, book, offer)

    def signed(self, authorisation: Any) -> Any:
        from xinyong.disclosure import signatures

        return signatures.of(self.c, [authorisation.id]).get(authorisation.id)

    def look(self, c: Any = None, **options: Any) -> Any:
        from xinyong.disclosure import queries

        who = Who("示例行员", "bank", BANK, purpose="贷前调查")
        q = queries.Question(who, NOW, TODAY, **options)
        return queries.archive(c or self.c, CODE, q, self.district.book)

    def count(self, table: str) -> int:
        return int(self.district.one(f"SELECT count(*) FROM {table}"))


@pytest.fixture
def hall(district: Any) -> Iterator[Hall]:
    yield Hall(district)
