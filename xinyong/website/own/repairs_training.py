"""信用修复培训: lessons to read, a test to take, a certificate to print. Voluntary."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from xinyong.disclosure import authorisations, looks
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.rights.repair import training
from xinyong.website import lending
from xinyong.website.errors import error_page
from xinyong.website.own.asking import Page
from xinyong.website.public.asking import book


class Training(Page):
    action, title, template = "own.repair", "信用修复培训", "own/training.html"

    def get(self) -> HttpResponse:
        return self._shown({})

    def post(self) -> HttpResponse:
        now, today = self.moment()
        chosen = {
            q.id: int(given)
            for q in training.questions(book(), today)
            if (given := self.request.POST.get(q.id, "")).isdecimal() and len(given) < 3
        }
        try:
            outcome = lending.act(lambda c: training.take(c, self.who, now, chosen, book()))
        except Refused as e:
            return self._shown({"refused": e.sentence, "chosen": chosen}, 400)
        return self._shown({"outcome": outcome, "chosen": chosen})

    def _shown(self, told: dict[str, Any], status: int = 200) -> HttpResponse:
        _, today = self.moment()
        subject = authorisations.grantor_of(self.who.provider, today)
        passed = lending.ask(lambda c: training.certificates(c, *subject))
        chosen = told.pop("chosen", {})
        asked = [
            {"q": q, "options": [(n, o, chosen.get(q.id) == n) for n, o in enumerate(q.options, 1)]}
            for q in training.questions(book(), today)
        ]
        lessons = training.lessons(book(), today)
        return self.page({"lessons": lessons, "questions": asked, "passed": passed, **told}, status)


class Certificate(Page):
    """The subject's own; another's is not there."""

    action, title, template = "own.repair", "信用修复培训证明", "own/certificate.html"

    def get(self) -> HttpResponse:
        _, today = self.moment()
        subject, number = authorisations.grantor_of(self.who.provider, today), str(self.kwargs["number"])

        def asked(c: Any) -> Any:
            found = next((x for x in training.certificates(c, *subject) if x.number == number), None)
            names = looks.called(c, [self.who.provider], today) if found and subject[0] != "person" else {}
            return found, names

        found, names = lending.ask(asked)
        if found is None:
            return error_page(404, "没有这份证明；请从“信用修复培训”打开。")
        name = names.get(self.who.provider, "")
        return self.page({"certificate": found, "name": name, "on": found.at.astimezone(BEIJING)})
