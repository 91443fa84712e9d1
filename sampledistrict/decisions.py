"""Clean rows of permits and penalties, the bulk of what departments send."""

from __future__ import annotations

from datetime import date, timedelta

from sampledistrict import codes
from sampledistrict.layouts import XZCF, XZXK
from sampledistrict.matters import OFFENCES, PERMITS, Offence, Permit
from sampledistrict.plan import Case, Recipe
from sampledistrict.subjects import PERSON, Subject

_CENTS = (500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 86_400, 123_456, 200_000)  # 元
FOREVER = "2099-12-31"


def money(yuan: float) -> str:
    """元 as 万元 with six decimals."""
    return f"{yuan / 10_000:.6f}"


def party(prefix: str, subject: Subject, name: str) -> dict[str, str]:
    """The thirteen party columns of the exchange standard."""
    shown = {"XDR_MC": name, "XDR_LB": subject.category}
    if subject.category == PERSON:
        shown |= {"XDR_ZJLX": "身份证", "XDR_ZJHM": subject.id_no}
    else:
        shown |= {"XDR_SHXYM": subject.code, "XDR_ZZJG": subject.org_code, "FRDB": subject.person}
        if subject.code == codes.PLACEHOLDER or subject.serial % 3 == 0:
            shown["XDR_GSZC"] = subject.regno
    return {prefix + code: value for code, value in shown.items()}


def penalty(case: Case) -> dict[str, str]:
    """A decision of 行政处罚."""
    provider, day, draws = case.provider, case.day, case.draws
    offences = OFFENCES[provider.domain]
    offence = offences[draws[0] % len(offences)]
    fine = _CENTS[draws[1] % len(_CENTS)]
    taken = (draws[2] % 400 + 1) * 50
    row = party("CF_", case.subject, case.name)
    row |= {
        "CF_WSH": f"潼{provider.short}罚决〔{day.year}〕{case.serial}号",
        "CF_WFXW": offence.kind, "CF_SY": _filled(offence.facts, draws[3]),
        "CF_YJ": offence.ground, "CF_CFLB": offence.penalties,
        "CF_NR": _verdict(offence, fine, taken), "CF_JDRQ": day.isoformat(),
        "CF_YXQ": _later(day, 365 * (1 + draws[3] % 3)), "BZ": "",
        "CF_CFJG": provider.name, "CF_CFJGDM": provider.code,
        "CF_SJLY": provider.name, "CF_SJLYDM": provider.code, "KZ_WFLY": provider.domain,
        "KZ_CXLB": ("普通程序", "简易程序")[fine <= 3000 and draws[2] % 3 == 0],
        "KZ_SXCD": _degree(offence, fine) if draws[3] % 3 else "",
    }  # fmt: skip
    if "罚款" in offence.penalties:
        row["CF_NR_FK"] = money(fine)
    if "没收" in offence.penalties:
        row["CF_NR_WFFF"] = money(taken)
    if offence.licence:
        row["CF_NR_ZKDX"] = f"{offence.licence} 示例{draws[2] % 1_000_000:06d}"
    return row


def permit(case: Case) -> dict[str, str]:
    """A decision of 行政许可."""
    provider, day, draws = case.provider, case.day, case.draws
    permits = PERMITS[provider.domain]
    chosen = permits[draws[0] % len(permits)]
    row = party("XK_", case.subject, case.name)
    row |= {
        "XK_XKWS": chosen.document, "XK_WSH": f"潼{provider.short}许准〔{day.year}〕{case.serial}号",
        "XK_XKLB": chosen.kind,
        "XK_XKZS": chosen.certificate, "XK_XKBH": _certificate_number(chosen, day, draws[2]),
        "XK_NR": _filled(chosen.content, draws[3]), "XK_JDRQ": day.isoformat(), "XK_YXQZ": day.isoformat(),
        "XK_YXQZI": FOREVER if draws[1] % 4 == 0 else _later(day, 365 * (1 + draws[1] % 5)),
        "XK_XKJG": provider.name, "XK_XKJGDM": provider.code, "XK_ZT": "1",
        "XK_LYDW": provider.name, "XK_LYDWDM": provider.code, "BZ": "",
    }  # fmt: skip
    return row


def _certificate_number(permit: Permit, day: date, draw: int) -> str:
    return f"SL{day.year}{draw % 10_000_000:07d}" if permit.certificate else ""


def _verdict(offence: Offence, fine: int, taken: int) -> str:
    parts = [_spoken(kind, fine, taken, offence.licence) for kind in offence.penalties.split(";")]
    return "；".join(parts)


def _spoken(kind: str, fine: int, taken: int, licence: str) -> str:
    if kind == "罚款":
        return f"罚款人民币{fine}元"
    if kind.startswith("没收"):
        return f"{kind}人民币{taken}元"
    return f"{kind}（{licence}）" if licence else kind


def _degree(offence: Offence, fine: int) -> str:
    if any(word in offence.penalties for word in ("吊销", "责令停产停业", "限制开展")):
        return "严重"
    return "轻微" if offence.penalties in ("警告", "通报批评") or fine <= 3000 else "一般"


def _filled(text: str, draw: int) -> str:
    return text.format(n=draw % 40 + 2, m=(draw // 64 % 900 + 10) * 5)


def _later(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


DECISIONS = (
    Recipe(XZXK, permit, 0.85, timely=True),
    Recipe(XZCF, penalty, 1.0, timely=True),
)
