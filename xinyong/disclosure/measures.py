"""The third clock of a record: which measures may rest on it, and what the kernel says of each, put into words.

Nothing here imposes a measure. Which ones organs did impose is in the register of the floor above (`regulation.measures`);
here an answer says what such a record may bring, for how long at most, and what lifts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.windows import MeasureLine
from xinyong.disclosure.publicity import Stored
from xinyong.disclosure.rules import cited
from xinyong.kernel.measures import LIFTING, Basis, BasisState, Imposed, MeasureRule, Window, window
from xinyong.kernel.publicity import Facts

NOTE = (
    "措施由法律规定的机关依法作出，本平台不作出措施；作出机关登记了的，另见“措施登记”（本主体见“对我的措施”）。"
    "下面只按规则说明这类记录可能带来什么措施、最长到什么时候、什么使它解除。"
)
ENDED: dict[BasisState, str] = {
    "repaired": "已经修复",
    "withdrawn": "决定已撤回或撤销",
    "groundless": "所依据的决定已不再有效",
    "shielded": "按法院裁定临时屏蔽",
    "removed": "已经移出名单、名录",
    "expired": "名单的管理期限已经届满",
    "gone": "记录的保存期已届满",
}
CONFIDENCE = {"seen": "", "seen_in_report": "（据报道，原文待核）", "sample": "（样例，待确认）"}
LASTING = "公示期满、信用修复都不缩短它，决定被撤销的解除"
STOPS: tuple[BasisState, ...] = ("repaired", "withdrawn", "groundless", "shielded")
Lines = Mapping[str, tuple[tuple[MeasureLine, MeasureRule], ...]]
_compiled: dict[int, tuple[Rulebook, Lines]] = {}


def lines(book: Rulebook) -> Lines:
    """Item code → its measures, compiled once for each rulebook loaded."""
    known = _compiled.get(id(book))
    if known is None or known[0] is not book:
        if len(_compiled) > 8:
            _compiled.clear()
        found = defaultdict(list)
        for line in book.measures:
            found[line.item].append((line, rule_of(line, book)))
        known = _compiled[id(book)] = (book, {item: tuple(some) for item, some in found.items()})
    return known[1]


def rule_of(line: MeasureLine, book: Rulebook) -> MeasureRule:
    """What the kernel takes. A measure that follows its basis and names nothing is lifted by whatever ends that."""
    named = tuple(state for state in LIFTING if state in line.lifted_by)
    lifted = named or (LIFTING if line.follows == "basis" else ())
    instrument = cited(book.instruments.get(line.basis.instrument), line.basis.instrument)
    return MeasureRule(
        line.id, line.name, line.follows, instrument, line.basis.article, line.confidence, line.least, line.most,
        lifted, line.in_force_from, line.in_force_to, line.note,
    )  # fmt: skip


def of_record(
    record: str, known_at: int, item: Item, stored: Stored, facts: Facts, today: date, book: Rulebook
) -> list[tuple[MeasureLine, Window]]:
    """The measures that such a record may bring, as if imposed with the decision."""
    found = []
    for line, rule in lines(book).get(item.code, ()):
        fits = line.shown and (line.when is None or line.when.holds(stored.values))
        if fits and rule.in_force(facts.decided or today):
            basis = Basis(record, state_of(item, facts, today), known_at, facts.duties)
            imposed = Imposed(
                facts.decided, ends=_ends(line, item, facts), extended_until=facts.extended_until
            )
            found.append((line, window(rule, imposed, [basis], today)))
    return found


def state_of(item: Item, facts: Facts, today: date) -> BasisState:
    """A record as a basis. That it is no longer public is no reason: publicity is a clock of its own."""
    stops: dict[str, BasisState] = {s: s for s in STOPS}
    over = facts.stop == "shielded" and facts.stop_until is not None and today > facts.stop_until
    if facts.stop in stops and not over:
        return stops[facts.stop]
    if ends_by_removal(item) and facts.removed and facts.removed <= today:
        return "removed"
    if facts.term and facts.term < today and facts.duties != "unmet":
        return "expired"
    if facts.retained_until and today > facts.retained_until:
        return "gone"
    return "in_force"


def ends_by_removal(item: Item) -> bool:
    """Whether its records are entries of a list, which the day of their removal ends."""
    return _listing(item) or _removal(item)


def _listing(item: Item) -> bool:
    return item.by_role("removed") is not None


def _removal(item: Item) -> bool:
    """Lists without a term of their own (经营异常名录、失信被执行人) know one end, the day of removal."""
    ends = item.by_role("valid_to")
    return ends is not None and ends.name.startswith("移出")


def _ends(line: MeasureLine, item: Item, facts: Facts) -> date | None:
    """A list's own 管理期限 bounds what follows the list; a penalty's 有效期 says nothing of a bar's term."""
    return facts.valid_to if line.follows == "basis" and _listing(item) else None


def told(found: list[tuple[MeasureLine, Window]], state: BasisState) -> dict[str, Any]:
    """For the subject and for staff."""
    return {"sentence": NOTE if found else "", "possible": [_told(line, w, state) for line, w in found]}


def _told(line: MeasureLine, w: Window, state: BasisState) -> dict[str, Any]:
    rule = w.rule
    return {
        "id": rule.id, "name": rule.name, "organ": line.organ, "follows": rule.follows, "if_imposed": w.state,
        "begins": _iso(w.begins), "until": _iso(w.until), "task": w.task,
        "task_due": _iso(w.task_due), "basis": f"{rule.instrument} {rule.article}", "confidence": rule.confidence,
        "sentence": sentence(w, state) + CONFIDENCE[rule.confidence], "note": rule.note,
    }  # fmt: skip


def sentence(w: Window, state: BasisState) -> str:
    """What ends it, and when."""
    if w.state == "lifted":
        return f"{ENDED.get(state, '依据已不存在')}，作出过的依法解除。"
    if w.state == "ran_out":
        return f"最长期限已于 {w.until} 届满。"
    if w.state == "overrun":
        return f"最长期限已于 {w.until} 届满，仍有义务未履行：不自动解除，由认定单位按行业主管部门规定处理。"
    if w.state == "undated":
        return "缺少决定日期，期限算不出；请认定单位补齐日期。"
    return how_it_ends(w)


def how_it_ends(w: Window) -> str:
    """Of a measure that stands: until when at most, and what ends it before that."""
    if w.rule.follows == "own_term":
        until = f"期限自定，最长到 {w.until}（含当日）" if w.until else "终身"
        return f"{until}；{LASTING}。"
    until = f"，最长到 {w.until}（含当日）" if w.until else ""
    return f"随所依据的记录存续{until}；修复、撤销、移出即解除，公示期满不解除。"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


__all__ = [
    "CONFIDENCE", "ENDED", "LASTING", "NOTE", "ends_by_removal", "how_it_ends", "lines", "of_record", "rule_of", "sentence", "state_of", "told",
]  # fmt: skip
