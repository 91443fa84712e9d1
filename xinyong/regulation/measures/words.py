"""A registered measure in words: whether it is in force, until when, what ended it or will, and by what law."""

from __future__ import annotations

from datetime import date, datetime

from xinyong.catalog.book import Rulebook
from xinyong.disclosure.basis import Standing
from xinyong.disclosure.measures import CONFIDENCE, ENDED, LASTING, how_it_ends
from xinyong.kernel.beijing import day_of
from xinyong.kernel.measures import MeasureRule
from xinyong.regulation.measures.kept import EXTENDED, Ground, Measure
from xinyong.regulation.measures.standing import Registered

STATES = {
    "in_force": "正在执行",
    "not_begun": "尚未开始",
    "overrun": "到期待处理",
    "lifted": "依据失效，已解除",
    "ended": "已由机关解除",
    "mistaken": "登记有误",
    "ran_out": "期限届满",
}
ACTS = {"lifted": "解除", "mistaken": "更正：登记有误", "extended": "延续"}
REMEDY = (
    "不服这项措施的，可以自知道之日起依法申请行政复议，或者依法提起行政诉讼；期限和受理机关以决定书写明的为准。"
    "措施所依据的信息有误的，可以提出异议；符合条件的，可以申请信用修复。"
)
SUSPENDED = "shielded"


def state(r: Registered) -> str:
    return STATES[r.state]


def law(rule: MeasureRule) -> str:
    return f"{rule.instrument}{rule.article}{CONFIDENCE[rule.confidence]}"


def sentence(r: Registered, book: Rulebook) -> str:
    """Why it is in force or not, and what ends it."""
    end = r.measure.end
    if end is not None:
        day, reason = _day(end.at), end.reason.rstrip("。")
        if r.state == "mistaken":
            return f"{r.measure.organ_name}于 {day} 更正：登记有误，这项措施不作数。理由：{reason}。"
        return f"已由{r.measure.organ_name}于 {day} 解除。理由：{reason}。"
    if r.state == "lifted":
        return _lifted(r, book)
    if r.state == "ran_out":
        return f"期限已于 {r.window.until} 届满，措施结束。"
    if r.state == "overrun":
        return f"最长期限已于 {r.window.until} 届满，仍有义务未履行：不自动解除，由作出机关按行业主管部门规定处理。"
    if r.state == "not_begun":
        return f"自 {r.window.begins} 起执行。{_ends(r)}"
    return _standing(r)


def _standing(r: Registered) -> str:
    extended = next((a for a in reversed(r.measure.acts) if a.kind == EXTENDED), None)
    if extended and r.window.until == extended.until:
        return (
            f"最长期限已满，按{extended.basis}延续，到 {extended.until}（含当日）；义务履行、依据失效的解除。"
        )
    return _ends(r)


def _ends(r: Registered) -> str:
    """A bar's term is the decision's; of what follows its basis, the last day is one at most."""
    if r.window.rule.follows == "basis":
        return how_it_ends(r.window)
    until = f"到 {r.window.until}（含当日）为止" if r.window.until else "终身"
    return f"{until}；{LASTING}。"


def _lifted(r: Registered, book: Rulebook) -> str:
    said = "；".join(f"{_titled(r.measure, s, book)}{ENDED[s.state]}" for s in r.lifting)
    if all(s.state == SUSPENDED for s in r.lifting):
        return f"依据的{said}，屏蔽期间这项措施停止执行。"
    return f"依据的{said}，这项措施随之依法解除。"


def _titled(m: Measure, s: Standing, book: Rulebook) -> str:
    return title(next(g for g in m.grounds if g.record == s.record), book)


def title(ground: Ground, book: Rulebook) -> str:
    """A basis record as it was named when the measure was registered."""
    versions = book.items.get(ground.item)
    name = versions[-1].name if versions else ground.item
    return f"{name}（{ground.document}）" if ground.document else name


def basis_state(s: Standing) -> str:
    return "有效" if s.state == "in_force" else ENDED[s.state]


def term(m: Measure) -> str:
    """The term as the decision fixed it, or as the law does."""
    if m.months is not None:
        return f"{m.months} 个月"
    if m.ends is not None:
        return f"到 {m.ends}"
    if m.rule.most is None:
        return "随依据存续" if m.rule.follows == "basis" else "终身"
    return f"{m.rule.most} 个月" if m.rule.least == m.rule.most else f"最长 {m.rule.most} 个月"


def allowed_term(rule: MeasureRule) -> str:
    """The term that the law allows."""
    if rule.least is None:
        return "随依据存续，没有以月计算的期限" if rule.follows == "basis" else "终身"
    return f"{rule.least} 个月" if rule.least == rule.most else f"{rule.least} 至 {rule.most} 个月"


def _day(at: datetime) -> date:
    return day_of(at)


__all__ = [
    "ACTS", "REMEDY", "STATES", "allowed_term", "basis_state", "law", "sentence", "state", "term", "title",
]  # fmt: skip
