"""信用主体: found by name or code, shown with identities, names and merges; merged and split by two persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.collection import subject_proposals as proposals
from xinyong.collection import subjects_actions
from xinyong.collection.subject_proposals import KINDS, OUTCOMES, Proposal
from xinyong.disclosure import queries
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Asked, Choice, Column, Connection, Console, FormView, Row, Text
from xinyong.website.console.centre.made import SEARCHED, MadeList, Searched
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

PURPOSE = "查找与核对信用主体"
TAGS = {"待批准": "warn", "已批准": "good", "未批准": "bad", "已收回": "plain"}
STATUS_TAGS = {"已确认": "good", "自然人": "plain"}
MOST = 50
BASES = {"registration": "登记信息", "person": "人工核定"}


def question(who: Who) -> Question:
    return Question(replace(who, purpose=who.purpose or PURPOSE), parts.now(), parts.today())


def address_of(public_id: str | None) -> str:
    return reverse("centre-subject", args=[public_id]) if public_id else ""


class Subjects(Searched):
    """Found by name, code or initials; each search is in the look log. Natural persons are never found by name."""

    action, title, export_action = "subject.read", "信用主体", "subject.read"
    intro = "按名称、代码或拼音首字母查找，每次查询都会记录。自然人不能按姓名查找。"
    columns = (
        Column("name", "名称", link=lambda r: address_of(r["id"])),
        Column("code", "代码"),
        Column("kind", "类别"),
        Column("status", "登记", tag=lambda v: STATUS_TAGS.get(v, "warn")),
        Column("former", "曾用名", sort=False),
    )
    filters = (
        Text("q", "名称、代码或拼音首字母", "true"),
        Choice(
            "kind", "类别", "true", [("法人及非法人组织", "法人及非法人组织"), ("个体工商户", "个体工商户")]
        ),
        Choice("status", "登记", "true", [("已确认", "已确认"), ("暂存（待登记信息确认）", "暂存")]),
    )
    empty = "没有找到。请写全名称或代码后重试；自然人请用证件号码在“信用核查”中查询。"

    def get(self) -> HttpResponse:
        if not self.request.GET.get("q", "").strip():
            self.empty = "请在上面写明要查找的名称、代码或拼音首字母。"  # type: ignore[misc]
        return super().get()

    def buttons(self) -> list[tuple[str, str]]:
        return [("合并与拆分", reverse("centre-merges")), ("待确认的合并", reverse("centre-questions"))]

    def _found(self, c: Connection, asked: Asked) -> list[Row]:
        kept = {k: v for k, v in asked.filters.items() if k != "q"}
        return super()._found(c, replace(asked, filters=kept))

    def search(self, c: Connection) -> list[Row]:
        text = self.request.GET.get("q", "").strip()
        if not text:
            return []
        found = queries.search(c, text, question(self.who), MOST)
        self.cut(found, MOST, "个", SEARCHED)
        return [{**s, "former": "、".join(s["former_names"])} for s in found]


class SubjectPage(Console):
    """Who it is: codes, names, what is there, what it was merged with. A look, as any other."""

    action, template = "subject.read", "console/centre/subject.html"

    def get(self) -> HttpResponse:
        number = str(self.kwargs["public_id"])
        found = lending.ask(
            lambda c: queries.archive_by_public_id(c, number, question(self.who), parts.book())
        )
        if found.subject is None:
            return self._part_of(number) or error_page(404)
        s, merges = found.subject, lending.ask(lambda c: proposals.merges_about(c, number))
        facts = [("代码", s["code"] or "（自然人，不显示）"), ("类别", s["kind"]), ("登记", s["status"]),
                 ("公开编号", s["id"]), ("有效记录", f"{len(found.records)} 条")]  # fmt: skip
        told = {"title": s["name"] or s["code"] or "信用主体", "facts": facts, "names": found.names,
                "counts": _counts(found.records), "merges": [_merge(m, number) for m in merges]}  # fmt: skip
        waiting = lending.ask(lambda c: proposals.about(c, number))
        return self.page(
            {**told, "proposals": [_proposal(p) for p in waiting], "buttons": self._buttons(number)}
        )

    def _part_of(self, number: str) -> HttpResponse | None:
        """A subject that was merged: where it is now, and how to take it back."""
        whole = lending.ask(lambda c: proposals.whole_of(c, number))
        if whole is None:
            return None
        merges = lending.ask(lambda c: proposals.merges_about(c, number))
        told = {"title": "已并入另一主体的主体", "facts": [("公开编号", number)], "whole": address_of(whole)}
        split = [("提出拆分", reverse("centre-subject-split", args=[number]))] if self._may() else []
        waiting = [_proposal(p) for p in lending.ask(lambda c: proposals.about(c, number))]
        shown = {"merges": [_merge(m, number) for m in merges], "proposals": waiting, "buttons": split}
        return self.page({**told, **shown})

    def _may(self) -> bool:
        return access.may(self.who.role, proposals.PROPOSE)

    def _buttons(self, number: str) -> list[tuple[str, str]]:
        return [("提出合并", reverse("centre-subject-merge", args=[number]))] if self._may() else []


def _counts(records: list[dict[str, Any]]) -> list[tuple[str, int]]:
    names = parts.item_names()
    found: dict[str, int] = {}
    for r in records:
        found[r["item"]] = found.get(r["item"], 0) + 1
    return [(names.get(code, code), n) for code, n in sorted(found.items())]


def _merge(m: dict[str, Any], number: str) -> dict[str, Any]:
    codes = {
        side: "（自然人）" if m[f"{side}_scheme"] == "person" else m[f"{side}_code"]
        for side in ("loser", "winner")
    }
    split = (
        reverse("centre-subject-split", args=[m["loser"]]) if m["stands"] and m["basis"] == "person" else ""
    )
    return {**m, **codes, "basis": BASES.get(m["basis"], m["basis"]), "when": m["at"].astimezone(BEIJING),
            "loser_address": address_of(m["loser"]), "winner_address": address_of(m["winner"]), "split": split}  # fmt: skip


def _proposal(p: Proposal) -> dict[str, Any]:
    return {"p": p, "kind": KINDS[p.kind], "state": OUTCOMES[p.outcome], "tag": TAGS[OUTCOMES[p.outcome]],
            "address": reverse("centre-merge", args=[p.id]), "when": p.at.astimezone(BEIJING)}  # fmt: skip


class Reason(forms.Form):
    reason = forms.CharField(label="理由和依据", max_length=proposals.LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
                             help_text="例如：登记机关出具证明，两个代码属同一企业（更名、迁入）。")  # fmt: skip


class MergeForm(Reason):
    winner = forms.CharField(
        label="并入哪个主体", max_length=60, help_text="写它的统一社会信用代码、注册号或公开编号。"
    )
    field_order = ("winner", "reason")


class _OfSubject(FormView):
    """A form about the subject of the address. Who it is, is looked up and logged."""

    template = "console/centre/form.html"

    def about(self) -> dict[str, Any]:
        number = str(self.kwargs["public_id"])
        return {"facts": [("主体", self._named(number))], "back": address_of(number)}

    def _named(self, number: str) -> str:
        found = lending.ask(
            lambda c: queries.archive_by_public_id(c, number, question(self.who), parts.book())
        )
        s = found.subject
        return f"{s['name']}（{s['code'] or '自然人'}）" if s else number

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已提出，等待审核员批准；批准以前没有任何改动。")
        return reverse("centre-merge", args=[answer])


class Merge(_OfSubject):
    action, title, submit, form_class = "subject.merge", "提出合并", "提出合并", MergeForm
    intro = "认定这个主体与另一个是同一主体。批准后，两边的记录一起显示；记录不搬动，随时可以拆分恢复。"

    def make_form(self, data: Any = None) -> MergeForm:
        return MergeForm(data, initial={"winner": self.request.GET.get("with", "")})

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        winner = lending.ask(
            lambda other: self._id_of(other, data["winner"].strip())
        )  # logged, whatever follows
        number = str(self.kwargs["public_id"])
        return proposals.propose(c, self.who, at, parts.book(), "merge", number, winner, data["reason"])

    def _id_of(self, c: Connection, text: str) -> str:
        """The subject that a code stands for; a public id stands for itself."""
        if len(text) == 36 and text.count("-") == 4:
            return text
        found = queries.archive(c, text, question(self.who), parts.book()).subject
        if found is None:
            raise Refused(
                "no_such_subject", f"没有代码为“{text}”的主体；请核对代码，或从主体查询结果中抄公开编号。"
            )
        return str(found["id"])


class Split(_OfSubject):
    action, title, submit, form_class = "subject.merge", "提出拆分", "提出拆分", Reason
    intro = "认定这个主体不属于它并入的那个主体。批准后恢复为单独的主体，记录各归各。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        number = str(self.kwargs["public_id"])
        return proposals.propose(c, self.who, at, parts.book(), "split", number, None, data["reason"])


class Merges(MadeList):
    """Proposals, those that wait first."""

    action, title, export_action = "subject.read", "合并与拆分", "subject.read"
    intro = "一人提出，另一位审核员批准后生效；合并可以拆分，拆分可以再合并。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-merge", args=[r["id"]])),
        Column("kind", "事由"),
        Column("loser_name", "主体"),
        Column("loser_code", "代码"),
        Column("winner_name", "并入（对照）"),
        Column("winner_code", "对照代码"),
        Column("state", "情况", tag=lambda v: TAGS[v]),
        Column("by", "提出人"),
        Column("at", "提出时间", "moment"),
        Column("ended_by", "批准人"),
        Column("reason", "理由", sort=False),
    )
    filters = (
        Choice("state", "情况", "true", [(s, s) for s in TAGS]),
        Choice("kind", "事由", "true", [(s, s) for s in KINDS.values()]),
        Text("loser_name", "主体名称", "true"),
        Text("by", "提出人", "true"),
    )
    empty = "没有合并或拆分。"
    most = 1_000

    def buttons(self) -> list[tuple[str, str]]:
        return [("待确认的合并", reverse("centre-questions")), ("查找主体", reverse("centre-subjects"))]

    def made(self, c: Connection) -> list[Row]:
        found = proposals.listed(c, self.most)
        self.cut(found, self.most, "项")
        keys = (
            "id",
            "loser_name",
            "loser_code",
            "winner_name",
            "winner_code",
            "by",
            "at",
            "ended_by",
            "reason",
        )
        return [
            {**{k: getattr(p, k) for k in keys}, "kind": KINDS[p.kind], "state": OUTCOMES[p.outcome]}
            for p in found
        ]


class Questions(MadeList):
    """What registration data calls one while the names differ: for a person to decide."""

    action, title, export_action = "subject.read", "待确认的合并", "subject.read"
    intro = "登记信息说是同一主体而名称不同的，系统没有自行合并，请核实后提出合并，或确认为两个主体。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-question", args=[r["id"]])),
        Column("loser_name", "主体"),
        Column("loser_code", "代码"),
        Column("winner_name", "可能同一的主体"),
        Column("winner_code", "其代码"),
        Column("why", "线索"),
        Column("submission", "登记批次", "number"),
    )
    filters = (Text("loser_name", "主体名称", "true"), Text("winner_name", "对照主体", "true"))
    empty = "没有待确认的合并。"

    def made(self, c: Connection) -> list[Row]:
        return [{k: getattr(q, k) for k in q.__slots__} for q in subjects_actions.questions(c)]


class QuestionForm(Reason):
    kind = forms.ChoiceField(label="核实结果", choices=[("merge", "是同一主体，提出合并"), ("apart", "是两个主体")],
                             widget=forms.RadioSelect)  # fmt: skip
    field_order = ("kind", "reason")


class AnswerQuestion(FormView):
    action, title, submit, form_class = "subject.merge", "核实待确认的合并", "提出", QuestionForm
    template = "console/centre/form.html"

    def dispatch(self) -> HttpResponse:
        found = lending.ask(subjects_actions.questions)
        self.question = next((q for q in found if q.id == self.kwargs["number"]), None)
        return error_page(404) if self.question is None else super().dispatch()

    def about(self) -> dict[str, Any]:
        q = self.question
        assert q is not None
        facts = [("主体", f"{q.loser_name or ''}（{q.loser_code}）"), ("可能同一的主体", f"{q.winner_name or ''}（{q.winner_code}）"),
                 ("线索", q.why), ("登记批次", str(q.submission))]  # fmt: skip
        return {"facts": facts, "back": reverse("centre-questions")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> int:
        q = self.question
        assert q is not None
        return proposals.propose(
            c, self.who, at, parts.book(), data["kind"], q.loser, q.winner, data["reason"]
        )

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已提出，等待审核员批准。")
        return reverse("centre-merge", args=[answer])


class ProposalPage(Console):
    """One proposal: what it is about, why, and what to do with it."""

    action, template = "subject.read", "console/centre/proposal.html"

    def get(self) -> HttpResponse:
        try:
            p = lending.ask(lambda c: proposals.one(c, self.kwargs["number"]))
        except Refused:
            return error_page(404)
        may = p.open and access.may(self.who.role, proposals.APPROVE)
        told = {"title": f"{KINDS[p.kind]}（编号 {p.id}）", "facts": facts_of(p), "state": OUTCOMES[p.outcome],
                "tag": TAGS[OUTCOMES[p.outcome]], "p": p, "subject": address_of(p.loser)}  # fmt: skip
        shown = {"may_approve": may and p.by != self.who.name, "own": may and p.by == self.who.name}
        back = p.open and p.by == self.who.name and access.may(self.who.role, proposals.PROPOSE)
        return self.page({**told, **shown, "may_take_back": back, "winner": address_of(p.winner)})


def facts_of(p: Proposal) -> list[tuple[str, str]]:
    facts = [
        ("主体", f"{p.loser_name}（{p.loser_code}）"), ("并入（对照）", f"{p.winner_name}（{p.winner_code}）" if p.winner else ""),
        ("理由和依据", p.reason), ("提出人", p.by), ("提出时间", f"{p.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"),
        ("办理人", p.ended_by), ("办理意见", p.note),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


class _Decide(FormView):
    """The second person's word on a proposal."""

    action, template, said = "subject.approve", "console/centre/form.html", ""

    def dispatch(self) -> HttpResponse:
        try:
            self.proposal = lending.ask(lambda c: proposals.one(c, self.kwargs["number"]))
        except Refused:
            return error_page(404)
        return super().dispatch()

    def about(self) -> dict[str, Any]:
        return {"facts": facts_of(self.proposal), "back": reverse("centre-merge", args=[self.proposal.id])}

    def target(self, answer: Any) -> str:
        messages.success(self.request, self.said)
        return reverse("centre-merge", args=[self.proposal.id])


class Opinion(forms.Form):
    note = forms.CharField(
        label="审核意见",
        required=False,
        max_length=proposals.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class Refusal(forms.Form):
    note = forms.CharField(
        label="不批准的理由", max_length=proposals.LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )


class Approve(_Decide):
    title, submit, form_class, said = (
        "批准",
        "批准并生效",
        Opinion,
        "已批准，即时生效；需要时可以再提出拆分或合并恢复。",
    )

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        proposals.approve(c, self.who, at, parts.book(), self.proposal.id, data["note"])


class Refuse(_Decide):
    title, submit, form_class, said = "不批准", "不批准", Refusal, "已退回，没有任何改动。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        proposals.refuse(c, self.who, at, parts.book(), self.proposal.id, data["note"])


class TakeBack(_Decide):
    action, title, submit, said = "subject.merge", "收回", "收回", "已收回，没有任何改动。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        proposals.take_back(c, self.who, at, parts.book(), self.proposal.id)


__all__ = ["Approve", "Merges", "ProposalPage", "Questions", "Subjects"]
