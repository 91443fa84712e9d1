"""查看质疑与依法保密: looks that were challenged, and holds that keep looks from their subjects for a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import holds, looks
from xinyong.disclosure.holds import Hold, Terms
from xinyong.foundation.accounts import ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.rights.persons import challenges, dues
from xinyong.rights.persons.challenges import FINDINGS, MOST_TEXT, Challenge
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, DetailView, FormView, Row, Text
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

WIDE = {"rows": 4}
STATES = {
    "答复超期": "bad", "单位说明超期": "warn", "待查看单位说明": "plain", "待答复": "warn",
    FINDINGS["lawful"]: "good", FINDINGS["unlawful"]: "bad",
}  # fmt: skip
HOLD_STATES = {"保密中": "warn", "待批准": "plain", "已到期": "good", "已提前解除": "good", "未批准": "bad"}


def area(label: str, longest: int = MOST_TEXT, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, help_text=hint, widget=forms.Textarea(WIDE))


def unit_name(code: str, role: str, book: Rulebook) -> str:
    known = book.provider_by_code(code)
    return known.name if known else code or ROLES.get(role, "本平台自动办理")


def facts_of(k: Challenge, book: Rulebook, today: date) -> list[tuple[str, str]]:
    duties = {d.id: d.name for d in book.duties_on(today)}
    told = [
        ("情况", k.state(today)),
        ("查看单位", unit_name(k.unit, k.role, book)),
        ("角色", ROLES.get(k.role, "系统")),
        ("查看时间", f"{k.looked_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"),
        ("看了什么", f"{looks.WHAT.get(k.what, k.what)}，{k.records} 条"),
        ("用途", k.purpose or "没有写明"),
        ("依据", k.ground + (f"：{duties.get(k.duty, k.duty)}" if k.duty else "")),
        ("质疑时间", f"{k.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"),
        ("质疑理由", k.reason),
        ("单位说明期限", dues.of_explanation(k, book)),
        ("答复期限", dues.of_answer(k, book)),
        ("单位说明", k.explanation or "还没有"),
    ]  # fmt: skip
    if k.answer:
        told += [("答复", k.answer), ("答复的依据", k.basis or "")]
    return told


def introduced(intro: str, rule: str) -> str:
    """With how sure the limit is."""
    sure = dues.how_sure(rule, parts.today(), parts.book())
    return intro + (f"答复期限按现行规则计算{sure}。" if sure else "")


def left_off(closed: int, most: int) -> str:
    """Whether older ones are not in the list."""
    return f"没有办结的全部列出，已办结的只列出最近 {most} 项。" if closed >= most else ""


class _List(MadeList):
    """`one`: the page behind the number."""

    intro = "主体对一次查看提出的质疑：听取查看单位的说明，写明理由答复。"
    one = "centre-challenge"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse(r["one"], args=[r["number"]])),
        Column("at", "质疑时间", "moment"),
        Column("unit", "查看单位"),
        Column("looked_at", "查看时间", "moment"),
        Column("purpose", "用途"),
        Column("state", "情况", tag=lambda v: STATES.get(v, "plain")),
        Column("due", "答复期限", "day"),
    )
    filters = (
        Text("unit", "查看单位", "true"),
        Choice("state", "情况", "true", [(s, s) for s in STATES]),
    )
    empty = "没有质疑。"

    def made(self, c: Connection) -> list[Row]:
        book, today = parts.book(), parts.today()
        found = challenges.for_staff(c, self.who, book)
        closed = sum(not k.open for k in found)
        self.intro = introduced(type(self).intro, challenges.RULE)  # type: ignore[misc]
        self.notice = left_off(closed, challenges.MOST_CLOSED)
        return [
            {
                "id": k.id, "number": k.number, "at": k.at, "unit": unit_name(k.unit, k.role, book), "one": self.one,
                "looked_at": k.looked_at, "purpose": k.purpose or "没有写明", "state": k.state(today), "due": k.due,
            }
            for k in found
        ]  # fmt: skip


class Challenges(_List):
    action, title, export_action = "challenge.read", "查看质疑", "challenge.read"


class UnitChallenges(_List):
    action, title, one = "challenge.explain", "质疑说明", "unit-challenge"
    intro = (
        "主体对本单位一次查看提出的质疑。请在期限内写明查看的事由和依据；说明会交答复的人，不直接给主体看。"
    )


class AuditChallenges(_List):
    action, title, one = "challenge.answer_centre", "查看质疑", "admin-challenge"
    intro = "主体对信用中心自己的查看提出的质疑。信用中心不裁断自己的查看，由审计管理员答复。"


class OneChallenge(DetailView):
    action, title, template = "challenge.read", "查看质疑", "console/centre/persons_one.html"

    def load(self, c: Connection) -> Mapping[str, Any] | None:
        k, today = _theirs(c, self.who, str(self.kwargs["number"])), parts.today()
        if k is None:
            return None
        return {"facts": facts_of(k, parts.book(), today), "buttons": self.ways(k)}

    def ways(self, k: Challenge) -> list[tuple[str, str]]:
        """What this role may do next with it."""
        if not k.open:
            return []
        wanted = []
        if not k.explained_at:
            own = "challenge.explain_own" if k.handler == challenges.AUDIT else "challenge.handle"
            label = "说明本中心的查看" if k.handler == challenges.AUDIT else "代录单位的说明"
            wanted.append((own, label, "centre-challenge-explain"))
        if k.handler == challenges.OFFICE:
            wanted.append(("challenge.answer", "答复", "centre-challenge-answer"))
        role = self.who.role
        return [
            (label, reverse(page, args=[k.number])) for may, label, page in wanted if access.may(role, may)
        ]


def _theirs(c: Connection, who: Any, number: str) -> Challenge | None:
    """Another unit's and none at all look the same."""
    return challenges.seen_by(c, who, number, parts.book())


class _Step(FormView):
    """One step of a challenge; what is not there for this role gives 404."""

    back_to = "centre-challenge"

    def dispatch(self) -> Any:
        found = lending.ask(lambda c: _theirs(c, self.who, str(self.kwargs["number"])))
        if found is None:
            return error_page(404)
        self.found = found
        return super().dispatch()

    found: Challenge

    def about(self) -> dict[str, Any]:
        back = reverse(self.back_to, args=[self.found.number] if self.back_to == "centre-challenge" else [])
        return {"facts": facts_of(self.found, parts.book(), parts.today()), "back": back}

    def target(self, answer: Any) -> str:
        return str(self.about()["back"])


class ExplainForm(forms.Form):
    text = area("说明", hint="写明因何事、依据哪项职责或授权查看，并附可以核对的办件编号。")


class LetterForm(ExplainForm):
    letter = forms.CharField(label="单位函件的文号", max_length=100)


class Explain(_Step):
    """The centre: of its own look, or what a unit without an account wrote."""

    action, title, submit = "challenge.read", "说明查看的事由", "提交说明"

    def make_form(self, data: Any = None) -> forms.Form:
        return ExplainForm(data) if self.found.handler == challenges.AUDIT else LetterForm(data)

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Challenge:
        return challenges.explain(
            c, self.who, at, self.found.number, data["text"], parts.book(), data.get("letter", "")
        )


class UnitExplain(_Step):
    action, title, submit, form_class = "challenge.explain", "说明本单位的查看", "提交说明", ExplainForm
    back_to = "unit-challenges"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Challenge:
        return challenges.explain(c, self.who, at, self.found.number, data["text"], parts.book())


class AnswerForm(forms.Form):
    finding = forms.ChoiceField(label="结论", choices=[("", "请选择"), *FINDINGS.items()])
    reasons = area("理由（主体会看到）")
    basis = forms.CharField(label="依据（条文、登记的职责或授权，主体会看到）", max_length=200)


class Answer(_Step):
    action, title, submit, form_class = "challenge.answer", "答复质疑", "答复", AnswerForm

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Challenge:
        said = (data["finding"], data["reasons"], data["basis"])
        return challenges.answer(c, self.who, at, parts.today(), self.found.number, *said, parts.book())


class AuditAnswer(Answer):
    action, back_to = "challenge.answer_centre", "admin-challenges"


class Holds(MadeList):
    """Never seen by the subject; the auditor sees every one."""

    action, title = "hold.read", "依法保密"
    intro = (
        "国家机关依法要求暂不告知主体的查看（个人信息保护法第十八条、第三十五条）。查看照样记入日志；"
        "保密期间主体的“谁看过我”里不显示，到期次日起显示。必须有依据、有期限、两人办理。"
    )
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-hold", args=[r["number"]])),
        Column("at", "提出时间", "moment"),
        Column("organ_name", "机关"),
        Column("document", "函件"),
        Column("basis", "依据"),
        Column("ends", "截止日", "day"),
        Column("state", "情况", tag=lambda v: HOLD_STATES.get(v, "plain")),
    )
    filters = (
        Text("organ_name", "机关", "true"),
        Choice("state", "情况", "true", [(s, s) for s in HOLD_STATES]),
    )
    empty = "没有依法保密的查看。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("提出保密", reverse("centre-hold-new"))] if access.may(self.who.role, "hold.ask") else []

    def made(self, c: Connection) -> list[Row]:
        today, book = parts.today(), parts.book()
        found = holds.listed(c, self.most)
        self.cut(found, self.most, "项")
        return [
            {
                "id": h.id, "number": h.number, "at": h.at, "organ_name": h.organ_name, "document": h.document,
                "basis": f"{_titled(h.instrument, book)}{h.article}", "ends": h.ends, "state": h.state(today),
            }
            for h in found
        ]  # fmt: skip


def _titled(instrument: str, book: Rulebook) -> str:
    known = book.instruments.get(instrument)
    return known.title if known else instrument


def laws() -> list[tuple[str, str]]:
    """Instruments that can be a legal ground."""
    kinds = ("法律", "行政法规", "地方性法规", "司法解释")
    return [(i.id, i.title) for i in parts.book().instruments.values() if i.level in kinds]


class HoldForm(forms.Form):
    code = forms.CharField(label="被查看主体的代码", max_length=30)
    organ = forms.CharField(label="要求保密的机关的统一社会信用代码", max_length=18)
    organ_name = forms.CharField(label="机关名称", max_length=100)
    document = forms.CharField(label="函件文号", max_length=100)
    instrument = forms.ChoiceField(label="法律依据", choices=laws)
    article = forms.CharField(label="条款", max_length=100, help_text="例如：第十八条第一款。")
    reason = area("理由", 300)
    ends = forms.DateField(
        label="截止日（含当日）", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class NewHold(FormView):
    action, title, submit, form_class = "hold.ask", "提出依法保密", "提交批准", HoldForm
    intro = "只对该机关在批准以后的查看有效。到期自动解除，不能延长；确需继续的，凭新的函件重新办理。"

    def about(self) -> dict[str, Any]:
        last = holds.latest_end(parts.today(), parts.book())
        return {"back": reverse("centre-holds"), "facts": [("最晚截止日", f"{last}（样例，待确认）")]}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Hold:
        return holds.ask(c, self.who, at, parts.today(), Terms(**data), parts.book())

    def target(self, answer: Any) -> str:
        return reverse("centre-holds")


class DecideForm(forms.Form):
    reason = area("理由", 300)
    act = forms.ChoiceField(label="办理", choices=[])

    def __init__(self, *given: Any, acts: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["act"].choices = acts  # type: ignore[attr-defined]


ACTS = {"approve": holds.approve, "refuse": holds.refuse, "lift": holds.lift}


class OneHold(FormView):
    action, title, submit, template = "hold.read", "依法保密", "办理", "console/centre/persons_decide.html"

    def dispatch(self) -> Any:
        self.found = lending.ask(lambda c: holds.one(c, str(self.kwargs["number"])))
        return super().dispatch()

    found: Hold

    def acts(self) -> list[tuple[str, str]]:
        state, may = self.found.state(parts.today()), lambda a: access.may(self.who.role, a)
        if state == "待批准" and may("hold.approve"):
            return [("", "请选择"), ("approve", "批准"), ("refuse", "不批准")]
        if state == "保密中" and (may("hold.approve") or may("hold.ask")):
            return [("lift", "提前解除")]
        return []

    def make_form(self, data: Any = None) -> forms.Form:
        return DecideForm(data, acts=self.acts())

    def about(self) -> dict[str, Any]:
        h, book = self.found, parts.book()
        facts = [
            ("情况", h.state(parts.today())), ("机关", f"{h.organ_name}（{h.organ}）"), ("函件", h.document),
            ("依据", f"{_titled(h.instrument, book)}{h.article}"), ("理由", h.reason),
            ("提出", f"{h.at.astimezone(BEIJING):%Y-%m-%d %H:%M} {h.actor}"), ("截止日", f"{h.ends}"),
            ("批准", f"{h.approved_at.astimezone(BEIJING):%Y-%m-%d %H:%M} {h.approved_by}" if h.approved_at else "—"),
            ("办理的理由", h.said or "—"),
        ]  # fmt: skip
        return {"facts": facts, "back": reverse("centre-holds"), "acts": self.acts()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Hold:
        return ACTS[data["act"]](
            c, self.who, at, parts.today(), self.found.number, data["reason"], parts.book()
        )

    def target(self, answer: Any) -> str:
        return reverse("centre-hold", args=[self.found.number])
