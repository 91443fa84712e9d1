"""The clocks of one record as the archive holds it: its catalogue item, its values, its marks, the rulebook.

What the kernel computes is found together here and put into words; nothing of it is stored. A natural person's
records are collected and forwarded, not published (setting PUB_NATURAL_PERSONS).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.windows import FEN_PER_WAN, DegreeRule
from xinyong.disclosure import marks as marking
from xinyong.disclosure.marks import Marks
from xinyong.disclosure.rules import cited, ruleset, setting
from xinyong.kernel.publicity import Facts, Use, Window, add_months, sharing, window

OURS, OTHER = "credit_china", "gsxt"
LIST_TERM = "PUB_LIST_TERM"
REVOKED = ("撤销", "确认违法", "确认无效")  # 行政处罚法第四十八条
REPAIRED = "已修复"


@dataclass(frozen=True, slots=True)
class Degree:
    """How serious a record is, who says so, and what a rule or the report proposes while nobody does.

    how: person | rule | reported | "" (undecided).
    """

    value: str = ""
    how: str = ""
    by: str = ""
    reason: str = ""
    rule: str = ""
    article: str = ""
    confidence: str = ""
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the clocks need of a stored record version. `provider`: who handed it in."""

    values: Mapping[str, str]
    decided: date | None
    valid_to: date | None = None
    natural: bool = False
    provider: str = ""
    received: date | None = None


STOPPED = ("repaired", "withdrawn", "groundless", "shielded")


@dataclass(frozen=True, slots=True)
class Clocks:
    """A record's publicity on each channel (ours first), its uses by purpose, its degree and open marks."""

    windows: Mapping[str, Window]
    uses: tuple[Use, ...]
    degree: Degree
    marks: Marks
    facts: Facts

    @property
    def ours(self) -> Window:
        return self.windows[OURS]

    @property
    def public(self) -> bool:
        return self.ours.public

    @property
    def stopped(self) -> str:
        """What ended sharing and use for every purpose, one of STOPPED; empty: nothing did."""
        return next((u.reason for u in self.uses if u.reason in STOPPED), "")

    def shared_for(self, purpose: str) -> bool:
        """Whether the record may be used for a purpose; for none in particular (empty) if nothing stopped it."""
        return not self.stopped and (not purpose or any(u.shared for u in self.uses if u.purpose == purpose))


def clocks(item: Item, stored: Stored, marks: Marks, today: date, book: Rulebook) -> Clocks:
    """All clocks of a record on `today`."""
    rules = ruleset(book, today)
    degree = degree_of(item, stored, marks, today, book)
    facts = facts_of(item, stored, marks, degree.value, book, today)
    channels = (OURS, OTHER) if _on_other(item, stored, today, book) else (OURS,)
    purposes = dict.fromkeys(r.purpose for r in rules.sharing)
    return Clocks(
        {channel: window(facts, rules, channel, today) for channel in channels},
        tuple(sharing(facts, rules, purpose, today) for purpose in purposes),
        degree,
        marks,
        facts,
    )


def our_window(item: Item, stored: Stored, marks: Marks, today: date, book: Rulebook) -> Window:
    """Publicity on our own site alone: all that the public's answers need."""
    return window(facts(item, stored, marks, today, book), ruleset(book, today), OURS, today)


def facts(item: Item, stored: Stored, marks: Marks, today: date, book: Rulebook) -> Facts:
    """What the kernel is told of a record, its degree as it stands."""
    return facts_of(item, stored, marks, degree_of(item, stored, marks, today, book).value, book, today)


def _on_other(item: Item, stored: Stored, today: date, book: Rulebook) -> bool:
    """Whether 国家企业信用信息公示系统 publishes it too: market regulators' decisions (总局令第45号第二条)."""
    if item.channel == OTHER:
        return True
    said = setting(book, "PUB_GSXT_AUTHORITY", today) if item.publicity == "by_degree" else ""
    return bool(said) and str(said) in _by_role(item, stored.values, "authority_name")


_codes: dict[int, tuple[Item, dict[str, str]]] = {}  # item → role → field code


def _code(item: Item, role: str) -> str | None:
    known = _codes.get(id(item))
    if known is None or known[0] is not item:
        if len(_codes) > 500:  # rulebooks come and go
            _codes.clear()
        known = _codes[id(item)] = (item, {f.role: f.code for f in item.fields if f.role})
    return known[1].get(role)


def _by_role(item: Item, values: Mapping[str, str], role: str) -> str:
    code = _code(item, role)
    return values.get(code, "") if code else ""


def degree_of(item: Item, stored: Stored, marks: Marks, today: date, book: Rulebook) -> Degree:
    """A person's decision first, then a rule that settles, then what the deciding authority itself reported."""
    if item.publicity != "by_degree":
        return Degree()
    reported = _by_role(item, stored.values, "degree")
    if mark := marking.newest(marks, "degree"):
        return Degree(mark.value, "person", mark.actor, mark.reason, article=mark.basis, proposed=reported)
    rule = _degree_rule(item, stored, today, book)
    if rule and rule.settles:
        text = cited(book.instruments.get(rule.basis.instrument), rule.basis.instrument)
        article = f"{text}{rule.basis.article}"
        return Degree(rule.degree, "rule", "规则", rule.name, rule.id, article, rule.confidence, reported)
    if reported and _counts(item, stored, today, book):
        by = _by_role(item, stored.values, "authority_name") or "认定单位"
        return Degree(reported, "reported", by, "认定单位在报送文件中填明", "PUB_REPORTED_DEGREE")
    return Degree(proposed=reported or (rule.degree if rule else ""))


def _degree_rule(item: Item, stored: Stored, today: date, book: Rulebook) -> DegreeRule | None:
    for rule in book.degrees:
        begun = rule.in_force_from is None or rule.in_force_from <= today
        live = begun and (rule.in_force_to is None or today <= rule.in_force_to)
        if live and rule.item == item.code and rule.when.holds(stored.values):
            return rule
    return None


def _counts(item: Item, stored: Stored, today: date, book: Rulebook) -> bool:
    """A reported degree is the deciding authority's own word only if the data are its own."""
    if setting(book, "PUB_REPORTED_DEGREE", today) != "accept":
        return False
    authority = _by_role(item, stored.values, "authority_code")
    source = _by_role(item, stored.values, "source_code") or authority
    return bool(authority) and authority in (source, stored.provider)


def facts_of(item: Item, stored: Stored, marks: Marks, degree: str, book: Rulebook, today: date) -> Facts:
    """What the kernel is told of the record."""
    values = stored.values
    stopped, until = _stop(item, values, marks)
    duties, extension = marking.newest(marks, "duties"), marking.newest(marks, "extension")
    term = list_term(item, stored, book, today)
    over = ended(item, stored, None if duties and duties.value == "unmet" else term)
    return Facts(
        item=item.code,
        decided=stored.decided,
        needs_degree=item.publicity == "by_degree",
        degree=degree,
        domain=_by_role(item, values, "domain"),
        procedure=_by_role(item, values, "procedure"),
        kinds=_by_role(item, values, "kinds"),
        fine=_fen(_by_role(item, values, "fine")),
        instrument_dated=_date(item, values, "instrument_dated"),
        first_public=_date(item, values, "first_public"),
        valid_to=stored.valid_to,
        removed=removal(item, stored),
        term=term,
        reported_until=_date(item, values, "public_until"),
        retained_until=retained_until(item, stored, over, book),
        closed=closed(item, stored, book, today),
        stop=stopped,
        stop_until=until,
        necessary=marking.newest(marks, "necessary") is not None,
        duties=duties.value if duties else "",
        extended_until=extension.until if extension else None,
    )


def ended(item: Item, stored: Stored, term: date | None = None) -> date | None:
    """The day from which a record counts as ended. `term`: of a list, where that ends the entry; see `list_term`."""
    return min((day for day in (removal(item, stored), term) if day), default=None)


def removal(item: Item, stored: Stored) -> date | None:
    """Its removal from a list, else the end of its own validity."""
    return _date(item, stored.values, "removed") if _code(item, "removed") else stored.valid_to


def list_term(item: Item, stored: Stored, book: Rulebook, today: date) -> date | None:
    """The last day of a list's own term (管理期限). With duties unmet a person decides what follows.

    None: no such term, or the switch says that only a removal ends the entry.
    """
    return stored.valid_to if ends_by_term(item, book, today) else None


def ends_by_term(item: Item, book: Rulebook, today: date) -> bool:
    """Whether its records are entries of a list that the end of its term ends."""
    listed = _code(item, "removed") is not None and _code(item, "valid_to") is not None
    return listed and setting(book, LIST_TERM, today) == "ends"


def closed(item: Item, stored: Stored, book: Rulebook, today: date | None = None) -> str:
    """Why the catalogue keeps a record from the public; "" if it doesn't."""
    if item.disclosure != "public" or item.publicity == "none":
        return "closed_item"
    if item.public_when is not None and not item.public_when.holds(stored.values):
        return "closed_row"
    if stored.natural and not (item.natural_persons_public and _persons_published(book, today)):
        return "closed_person"
    return ""


def _persons_published(book: Rulebook, today: date | None) -> bool:
    return setting(book, "PUB_NATURAL_PERSONS", today) == "published"


def _stop(item: Item, values: Mapping[str, str], marks: Marks) -> tuple[str, date | None]:
    """A mark, or what the record itself says: an upstream result has the same effects as ours."""
    if _by_role(item, values, "revoked") in REVOKED:
        return "withdrawn", None
    said, until = marking.stop(marks)
    if said in ("", "shielded") and _by_role(item, values, "repair_state") == REPAIRED:
        return "repaired", None
    return said, until


def retained_until(item: Item, stored: Stored, ended: date | None, book: Rulebook) -> date | None:
    """The last day of retention; None: without limit, or not yet begun."""
    rule = book.retention[item.retention]
    bases = {
        "decided": stored.decided,
        "valid_to": stored.valid_to,
        "received": stored.received,
        "created": stored.received,
        "ended": ended,
    }
    start = bases[rule.base]
    return None if rule.months is None or start is None else add_months(start, rule.months)


def _date(item: Item, values: Mapping[str, str], role: str) -> date | None:
    text = _by_role(item, values, role)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _fen(text: str) -> int | None:
    try:
        return int(Decimal(text) * FEN_PER_WAN) if text else None
    except InvalidOperation:
        return None
