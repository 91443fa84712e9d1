"""Who grants: a subject by its code, a natural person by the keyed hash of the number."""

from __future__ import annotations

import re
from datetime import date

from xinyong.catalog.regions import load_regions
from xinyong.foundation import keys
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import check_person_id, check_regno, check_uscc, normalize

PERSON = "person"
WINDOW = ("center", "counter")  # who takes a signed paper on a subject's behalf
HASH_LENGTH = 64

REGNO = re.compile(
    r"[0-9A-Za-z]{13}|[0-9A-Za-z]{15}"
)  # as registration numbers and their predecessors are written


def grantor_of(code: str, today: date) -> tuple[str, str]:
    """Scheme and value of the subject with this code. Refused: no kind of code."""
    if len(code) == HASH_LENGTH and code.isalnum():
        return PERSON, code
    plain, _ = normalize(code)
    if check_uscc(plain, regions=load_regions()).valid:
        return "uscc", plain
    person = check_person_id(plain, as_of=today)
    if person.valid:
        return PERSON, keys.hmac_hex("person", person.normalized.upper())
    if REGNO.fullmatch(plain) and check_regno(plain).valid:  # an ID number mistyped is not kept as it stands
        return "regno", plain
    raise Refused("grantor", "授权人的代码不正确；请用统一社会信用代码、工商注册号或身份证号码。")


def permitted(who: Who, grantor: str, today: date, evidence: str) -> tuple[str, str]:
    """The grantor, if `who` may act for it: itself on-line, or a window with the paper's number (`evidence`)."""
    key = grantor_of(grantor, today)
    if who.role == "subject":
        if not who.provider or grantor_of(who.provider, today) != key:
            raise NotPermitted("not_yours", "只能由信用主体本人办理；请用本主体的账号登录。")
        return key
    if who.role not in WINDOW:
        raise NotPermitted("not_grantor", "须由信用主体本人办理，或由窗口凭其书面材料办理。")
    if not evidence.strip():
        raise Refused("no_evidence", "窗口代办要写明书面授权或者书面申请的编号；请补填后重试。")
    return key


__all__ = ["PERSON", "WINDOW", "grantor_of", "permitted"]
