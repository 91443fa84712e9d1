"""Which layout a report follows: dated data from the rulebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from xinyong.catalog.book import Rulebook, in_force
from xinyong.catalog.model import Item, ReportProfile
from xinyong.kernel.errors import Refused

Form = Literal["legal", "natural"]
PURPOSES = "BGYT"  # code set: the fifteen purposes


@dataclass(frozen=True, slots=True)
class Choices:
    """What the applicant chose of a special report; empty: everything."""

    domains: tuple[str, ...] = ()
    begins: date | None = None
    ends: date | None = None

    def as_json(self) -> dict[str, Any]:
        days = {"begins": self.begins, "ends": self.ends}
        return {"domains": list(self.domains), **{k: d.isoformat() if d else None for k, d in days.items()}}

    @staticmethod
    def of_json(raw: dict[str, Any]) -> Choices:
        days = (date.fromisoformat(raw[k]) if raw[k] else None for k in ("begins", "ends"))
        return Choices(tuple(raw["domains"]), *days)


def in_use(book: Rulebook, day: date) -> tuple[ReportProfile, ...]:
    """Every profile in force on `day`, the general ones first."""
    found = (in_force(versions, day) for versions in book.report_profiles.values())
    return tuple(sorted((p for p in found if p), key=lambda p: (p.kind != "general", p.id)))


def chosen(book: Rulebook, identifier: str, form: Form, day: date) -> ReportProfile:
    """The profile asked for; empty: the general report of this form. Refused: unknown, or not for this form."""
    fitting = [p for p in in_use(book, day) if form in p.forms]
    wanted = identifier.strip().upper()
    for profile in fitting:
        if profile.id == wanted or (not wanted and profile.kind == "general"):
            return profile
    known = "、".join(f"{p.id}（{p.name}）" for p in fitting) or "无"
    raise Refused(
        "report_profile",
        f"这类主体在 {day} 没有编号为“{identifier}”的报告版式（可用：{known}）；请改选后重试。",
    )


def checked(choices: Choices, profile: ReportProfile) -> Choices:
    """Refused: a choice this profile does not offer, or one that makes no sense."""
    names = {d.name for d in profile.domains}
    strange = [name for name in choices.domains if name not in names]
    if strange:
        raise Refused(
            "report_domain", f"这种报告没有“{strange[0]}”这个领域；请在列出的领域中选择，或不选（全部领域）。"
        )
    if (choices.begins or choices.ends) and not profile.period:
        raise Refused("report_period", "这种报告不能自选时间；请去掉起止日期，或改选专项信用报告。")
    if choices.begins and choices.ends and choices.ends < choices.begins:
        raise Refused("report_period", f"截止日 {choices.ends} 早于起始日 {choices.begins}；请核对日期。")
    return choices


def purpose(book: Rulebook, text: str) -> str:
    """One of the fifteen purposes, by name or number. Refused: none of them."""
    known = book.code_sets[PURPOSES]
    plain = text.strip()
    found = known.old_values.get(plain, plain)
    if found not in known.values:
        raise Refused(
            "report_purpose",
            f"报告用途“{plain}”不在规定的用途之内；请从 {'、'.join(known.values)} 中选一个。",
        )
    return found


def items(profile: ReportProfile, form: Form, every: Iterable[Item]) -> tuple[Item, ...]:
    """The catalogue items a profile draws on for a subject of this form."""
    kinds = {"自然人"} if form == "natural" else {"法人及非法人组织", "个体工商户"}
    return tuple(
        i for i in every
        if kinds.intersection(i.subject_kinds)
        and any(i.code in p.items or i.category in p.categories for p in profile.parts)
    )  # fmt: skip


def in_choice(
    choices: Choices, profile: ReportProfile, domain: str, provider: str, decided: date | None
) -> bool:
    """Whether a record lies within what was chosen; one that names no domain and no day is never left out."""
    if decided and (
        (choices.begins and decided < choices.begins) or (choices.ends and decided > choices.ends)
    ):
        return False
    if not choices.domains:
        return True
    belongs = {d.name for d in profile.domains if d.name == domain or provider in d.providers}
    return not belongs or bool(belongs & set(choices.domains))
