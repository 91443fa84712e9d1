"""存证 for the centre and the auditor: growth, what waits, who keeps checkpoints, and a verification by a job."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.foundation.evidence import watching
from xinyong.foundation.evidence.checking import named
from xinyong.foundation.evidence.watching import Check
from xinyong.foundation.jobs import verify_evidence
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.console.base import Console
from xinyong.website.console.centre.made import now
from xinyong.website.console.columns import moment
from xinyong.website.errors import error_page

STATES = {
    "running": "正在核验",
    "sound": "一致",
    "unsound": "有不一致",
    "failed": "没有做成",
    "broken": "中断",
}
TAGS = {"running": "warn", "sound": "good", "unsound": "bad", "failed": "bad", "broken": "bad"}


class Evidence(Console):
    action, title, template = "evidence.read", "存证", "console/centre/evidence.html"
    intro = "每一条记录、回执、认定、授权、查询、报告和审计都在存证日志里留有加盐摘要，每分钟封存一次并签发检查点。"

    def get(self) -> HttpResponse:
        return self._shown()

    def post(self) -> HttpResponse:
        try:
            number = lending.act(lambda c: watching.begin(c, self.who, now()))
        except Refused as e:
            return self._shown(e.sentence, 409)
        verify_evidence.defer(check=number)
        return HttpResponseRedirect(reverse("centre-evidence-check", args=[number]))

    def _shown(self, refused: str = "", status: int = 200) -> HttpResponse:
        at = now()
        state, checks = lending.ask(lambda c: (watching.state(c, at), watching.checks(c, at)))
        waited = int((at - state.since).total_seconds()) if state.since else 0
        context = {
            "state": state,
            "sealed_at": moment(state.newest.at) if state.newest.at else "",
            "root": state.newest.roots["sha256"].hex()[:32],
            "waited": waited,
            "bound": int(watching.BOUND.total_seconds()),
            "keepers": [{"keeper": k, "at": moment(k.at) if k.at else ""} for k in state.keepers],
            "growth": _growth(state.growth),
            "checks": [shown(k) for k in checks],
            "refused": refused,
        }
        return self.page(context, status)


def _growth(days: list[Any]) -> list[dict[str, Any]]:
    """Each day's gain: its size less that of the day before; of the earliest shown it is not known."""
    earliest = 0 if days and days[-1][3] == 1 else None
    before = [*(size for _, size, _, _ in days[1:]), earliest]
    return [
        {"day": day, "size": size, "gain": size - b if b is not None else None, "checkpoints": number}
        for (day, size, number, _), b in zip(days, before[: len(days)], strict=True)
    ]


def shown(k: Check) -> dict[str, Any]:
    kinds = [(named(kind), count) for kind, count in sorted(k.result.get("kinds", {}).items())]
    return {
        "check": k,
        "state": STATES[k.state],
        "tag": TAGS[k.state],
        "begun": moment(k.at),
        "ended": moment(k.ended) if k.ended else "",
        "kinds": kinds,
        "more": k.result.get("found", 0) - len(k.result.get("findings", [])),
    }


class Progress(Console):
    """How far a verification is; at its end what it found. Asked again every two seconds while it runs."""

    action, title, template = "evidence.read", "存证核验", "console/centre/evidence_check.html"

    def get(self) -> HttpResponse:
        found = lending.ask(lambda c: watching.check(c, self.kwargs["number"], now()))
        if found is None:
            return error_page(404)
        part = "console/centre/evidence_check_part.html" if self.request.headers.get("HX-Request") else ""
        return self.page(shown(found), template=part)
