"""质疑一次查看: the look, why it is challenged, and what was answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import looks
from xinyong.kernel.beijing import BEIJING
from xinyong.rights import limits
from xinyong.rights.persons import challenges, dues
from xinyong.rights.persons.challenges import FINDINGS, MOST_TEXT
from xinyong.website import lending
from xinyong.website.console.base import FormView
from xinyong.website.errors import error_page
from xinyong.website.own import views
from xinyong.website.own.asking import Page
from xinyong.website.public.asking import book

NOT_HERE = "没有这次查看，或者不是对本主体的查看；请从“谁看过我”重新打开。"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="为什么认为这次查看不当",
        max_length=MOST_TEXT,
        error_messages={"required": "请写明理由。"},
        help_text="例如：与该单位没有业务往来，没有申请过任何事项。",
        widget=forms.Textarea({"rows": 4}),
    )


class Challenge(FormView, Page):
    """A look of another's, one under a hold and none at all look the same."""

    action, title, template = "own.looks", "质疑一次查看", "own/challenge.html"
    form_class, submit = ReasonForm, "提出质疑"

    def dispatch(self) -> HttpResponse:
        _, today = self.moment()
        reference = str(self.kwargs["reference"])

        def asked(c: Any) -> Any:
            seen = looks.look_of(c, self.who, reference, today)
            if seen is None or seen.own:
                return None
            mine = {k.look: k for k in challenges.of_subject(c, self.who)}
            names = looks.called(c, [seen.unit] if seen.unit else [], today)
            duties = {d.id: d.name for d in book().duties_on(today)}
            return views.line(seen, names, duties, mine.get(seen.id), today)

        self.look = lending.ask(asked)
        if self.look is None:
            return error_page(404, NOT_HERE)
        return super().dispatch()

    look: views.Look

    def about(self) -> dict[str, Any]:
        k = self.look.challenge
        told = {"l": self.look, "back": reverse("own-looks"), "k": k}
        if k is not None:
            told |= {
                "finding": FINDINGS.get(k.finding, ""),
                "due": dues.of_answer(k, book()),
                "asked_at": k.at.astimezone(BEIJING),
                "answered_at": k.answered_at.astimezone(BEIJING) if k.answered_at else None,
            }
        else:
            _, today = self.moment()
            told["limit"] = limits.working_days(book(), challenges.RULE, today)
            told["sure"] = dues.how_sure(challenges.RULE, today, book())
        return told

    def done(self, c: Any, data: dict[str, Any], at: Any) -> challenges.Challenge:
        now, today = self.moment()
        reference = str(self.kwargs["reference"])
        return challenges.challenge(c, self.who, now, today, reference, data["reason"], book())

    def target(self, answer: challenges.Challenge) -> str:
        due = dues.of_answer(answer, book())
        messages.success(self.request, f"质疑已经提出，最迟在 {due} 前答复；答复显示在这一次查看里。")
        return reverse("own-look-challenge", args=[self.kwargs["reference"]])


__all__ = ["Challenge"]
