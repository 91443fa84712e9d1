"""What a catalogue item is: plain values, built from the rulebook's YAML by `loading`."""

from __future__ import annotations

from builtins import all as all_of
from builtins import any as any_of
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Confidence = Literal["seen", "seen_in_report", "sample"]
Disclosure = Literal["public", "government", "authorised"]  # 社会公开 / 政务共享 / 授权查询
FieldType = Literal["text", "date", "amount", "integer", "number"]
Level = Literal["error", "warning"]
SubjectKind = Literal["法人及非法人组织", "个体工商户", "自然人"]

# What a field means to the platform, whatever an item calls it. At most one field per role and item.
ROLES = frozenset({
    "subject_name", "subject_kind", "uscc", "regno", "orgcode", "taxno", "instno", "socno",
    "person_id_type", "person_id", "legal_rep", "legal_rep_id_type", "legal_rep_id",
    "doc_no", "decided", "valid_from", "valid_to", "status",
    "authority_name", "authority_code", "source_name", "source_code",
    "public_until", "degree", "domain", "procedure", "remark",
    "kinds", "fine", "instrument_dated", "first_public", "removed", "revoked", "repair_state",
})  # fmt: skip

# What `Field.check` may name. person_id is meant for ID cards; other kinds of document are not checked.
CHECKS = frozenset({"uscc", "uscc_or_placeholder", "regno", "orgcode", "person_id", "taxno"})

SEPARATORS = ";；、|"  # between the values of a `multiple` field


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal ground: a `LegalInstrument` id and an article of it."""

    instrument: str
    article: str


@dataclass(frozen=True, slots=True)
class LegalInstrument:
    id: str
    number: str
    title: str
    issuer: str
    level: str  # 法律 行政法规 地方性法规 部门规章 规范性文件 国家标准 地方标准 司法解释 系统设定
    in_force_from: date | None
    in_force_to: date | None
    superseded_by: str | None
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` of the same row …: exactly one of the tests is given; `all`/`any` nest."""

    field: str | None = None
    equals: str | None = None
    one_of: tuple[str, ...] = ()
    contains_any: tuple[str, ...] = ()  # of a multi-valued or free text field
    starts_with: tuple[str, ...] = ()
    present: bool | None = None  # True: filled in; False: empty
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether one row's values meet it (`collection.checks.holds` is the same for a whole frame)."""
        if self.all:
            return all_of(c.holds(values) for c in self.all)
        if self.any:
            return any_of(c.holds(values) for c in self.any)
        value = values.get(self.field or "") or None
        if self.present is not None:
            return (value is not None) == self.present
        if value is None:
            return False
        if self.equals is not None:
            return value == self.equals
        if self.one_of:
            return value in self.one_of
        if self.contains_any:
            return any_of(part in value for part in self.contains_any)
        return value.startswith(self.starts_with)


@dataclass(frozen=True, slots=True)
class Field:
    code: str
    name: str
    type: FieldType
    length: int | None = None  # characters; None: unlimited (a hard cap of 20,000 applies all the same)
    decimals: int | None = None  # amount/number
    aliases: tuple[str, ...] = ()  # other header texts: old codes, old names
    role: str | None = None
    required: bool | Condition = False
    empty_when: Condition | None = None  # must be empty when this holds (error)
    code_set: str | None = None
    code_set_level: Level = "error"
    multiple: bool = False  # several values, separated by ; ； or 、
    check: str | None = None  # uscc | uscc_or_placeholder | regno | orgcode | person_id | taxno
    disclosure: Disclosure = "government"
    mask: tuple[int, int] | None = None  # keep first n, last m characters when shown masked
    personal: bool = False  # personal identifier: encrypted at rest, masked by default
    free_text: bool = False  # passes the detector when public
    extension: bool = False  # local extension field (facts §2.6)
    retention: str | None = None  # retention rule id; None: the item's
    note: str = ""  # for the template
    basis: Basis | None = None
    confidence: Confidence = "seen"  # of code and name
    rule_confidence: Confidence = "sample"  # of length, required rule and allowed values


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A rule over one row.

    kind: `not_after` (field ≤ other), `not_future` (field ≤ received date), `max_value` (field ≤ value),
    `min_value`, `when_then` (when ⇒ then), `different` (field ≠ other).
    """

    rule: str  # stable identifier, e.g. R07_valid_range
    kind: str
    level: Level
    message: str  # Chinese: what is wrong
    suggestion: str = ""
    field: str | None = None
    other: str | None = None
    value: str | None = None
    when: Condition | None = None
    then: Condition | None = None
    confidence: Confidence = "sample"
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Item:
    code: str  # XZXK, XZCF …
    name: str
    version: str
    in_force_from: date
    in_force_to: date | None
    category: str  # class of the national catalogue 2024
    plan_classes: tuple[str, ...]  # classes of the plan's 专栏二 (3)
    subject_kinds: tuple[SubjectKind, ...]
    fields: tuple[Field, ...]
    business_key: tuple[str, ...]  # roles or field codes; "subject" stands for the resolved subject
    row_checks: tuple[RowCheck, ...]
    basis: tuple[Basis, ...]
    providers: tuple[str, ...]  # provider ids; empty: any
    repair_route: Literal["credit_china", "gsxt", "court", "tax", "none"]
    disclosure: Disclosure  # of the item as a whole; a field may be narrower, never wider
    natural_persons_public: bool
    publicity: Literal["open", "by_degree", "none"]  # by_degree: unpublished until a degree is decided
    polarity: Literal["positive", "negative", "neutral"]
    frequency: str  # update frequency, Chinese
    late_after_workdays: int | None  # per the item's channel; None: no time limit
    channel: str  # credit_china | gsxt | none
    retention: str  # retention rule id
    multi_party: bool  # 多当事人: one document, several subjects
    multi_item: bool  # 一文多项: one document, several decisions for one subject
    confidence: Confidence
    source: Literal["shipped", "local"] = "shipped"
    digest: str = ""  # SHA-256 of the file's bytes
    description: str = ""
    kind: Literal["records", "registration", "ledger"] = "records"
    public_when: Condition | None = None  # a row is public only if this holds (narrows, never widens)

    def by_role(self, role: str) -> Field | None:
        return next((f for f in self.fields if f.role == role), None)

    def field(self, code: str) -> Field:
        return next(f for f in self.fields if f.code == code)


@dataclass(frozen=True, slots=True)
class CodeSet:
    id: str
    name: str
    values: tuple[str, ...]  # allowed spellings
    old_values: dict[str, str]  # spelling of an earlier generation → today's value
    other_prefix: str | None  # e.g. "其他-": free spelling allowed after it
    basis: Basis | None
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Provider:
    id: str
    code: str  # unified social credit code (fictitious ones are sample)
    name: str
    kind: Literal["department", "town", "court", "utility", "other"]
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long something is kept. `months` is None: without limit. `base` says from which date it runs."""

    id: str
    name: str
    months: int | None
    base: Literal["decided", "valid_to", "received", "ended", "created"]
    applies_to: Literal["records", "source_file", "log", "report", "text"]
    basis: Basis
    confidence: Confidence
    note: str = ""
    at_end: Literal["seal", "delete"] = "seal"  # of records; a natural person's are deleted whatever it says


@dataclass(frozen=True, slots=True)
class ProhibitedData:
    """One kind of data that may not be collected about natural persons.

    `columns` and `content` are regular expressions in the dialect Polars and Python share (no look-around).
    action: `refuse` (not taken at all) or `flag` (a person decides: lawful with written consent only).
    """

    id: str
    name: str
    action: Literal["refuse", "flag"]
    columns: tuple[str, ...]
    content: tuple[str, ...]
    basis: tuple[Basis, ...]
    confidence: Confidence
    note: str = ""


RuleValue = int | str | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A value that a law, a plan or an office fixes, in force between two dates (both inclusive)."""

    id: str
    name: str
    value: RuleValue  # a number, a quoted decimal, a period (3M, 1Y) or several of these under names
    unit: str  # workday | day | period | ratio | set
    base: str  # the date it runs from: decision_date | instrument_date | publicity_date | received_date | ""
    channel: str  # late limits: credit_china | gsxt; else ""
    in_force_from: date | None
    in_force_to: date | None
    basis: Basis
    confidence: Confidence
    note: str = ""
    reference: bool = False  # nothing reads it: it stands there for people


@dataclass(frozen=True, slots=True)
class Duty:
    """法定职责: a lawful ground to look without the subject's authorisation (个人信息保护法第十三条第一款第三项、第三十四条).

    `items` and `fields` bound the answer. "*": no bound; a field may also be named by its role or code, and
    `public` stands for what the item makes public. `use`: a purpose of the sharing rules; what may not be shared
    for it is left out of the answer. Empty: the whole archive.
    """

    id: str
    name: str
    matter: str
    roles: tuple[str, ...]
    default_for: tuple[str, ...]  # roles that act on it when they state none
    providers: tuple[str, ...]  # provider ids; empty: any
    items: tuple[str, ...]
    fields: tuple[str, ...]
    in_force_from: date | None
    in_force_to: date | None
    basis: tuple[Basis, ...]
    confidence: Confidence
    use: str = ""
    note: str = ""

    def covers(self, item: str) -> bool:
        return ALL in self.items or item in self.items

    def shows(self, field: Field) -> bool:
        named = {ALL, field.code, field.role, "public" if field.disclosure == "public" else ALL}
        return bool(named.intersection(self.fields))


ALL = "*"


@dataclass(frozen=True, slots=True)
class QualityFormula:
    """A figure of data quality: named counts, added and subtracted, over named counts; with its threshold.

    `better` says which side of the threshold is good; `weight` counts in the score card, 0 not at all.
    """

    id: str
    name: str
    dimension: str
    formula: str  # in words
    numerator: tuple[str, ...]  # names of counts, "-name" subtracts
    denominator: tuple[str, ...]
    better: Literal["high", "low"]
    threshold: str  # decimal; empty: the rule `threshold_rule` has it
    threshold_rule: str
    weight: int
    parameters: Mapping[str, object]
    in_force_from: date | None
    in_force_to: date | None
    basis: Basis
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year's published calendar: weekdays off, and weekend days that are worked (调休上班)."""

    year: int
    days_off: frozenset[date]
    workdays: frozenset[date]
    basis: str  # number of the State Council notice
    source: Literal["shipped", "local"] = "shipped"


@dataclass(frozen=True, slots=True)
class CatalogClass:
    """A class of a published catalogue and the items that hold its information."""

    id: str
    scheme: Literal["plan_box_2", "national_2024", "internal"]
    name: str
    items: tuple[str, ...]
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportPart:
    """Records that belong together in a credit report: by class of the national catalogue, or by item.

    `when`: item code → what a record of it has to meet. `shape`: one table for the subject itself, or records.
    """

    title: str
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    when: Mapping[str, Condition] = field(default_factory=dict)
    shape: Literal["records", "table"] = "records"
    empty: str = ""  # what stands there if nothing was found; empty: the profile's own sentence

    def takes(self, item: Item, values: Mapping[str, str]) -> bool:
        """Whether a record of `item` with these values (by field code) belongs here."""
        if item.code not in self.items and item.category not in self.categories:
            return False
        condition = self.when.get(item.code)
        return condition is None or condition.holds(values)


@dataclass(frozen=True, slots=True)
class ReportTag:
    """A tag beside the subject's name: `name` if a record of `items` is in force, or that record's `role` text."""

    items: tuple[str, ...]
    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class ReportAdvice:
    """A sentence of guidance, shown if a record of `items` is in the report; without items: if none is."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportDomain:
    """A field of government a report may be limited to, with the providers that work in it."""

    name: str
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportProfile:
    """What a credit report says and leaves out, in force between two dates (both inclusive)."""

    id: str
    name: str
    kind: Literal["general", "special"]
    forms: tuple[Literal["legal", "natural"], ...]
    title: str
    subtitle: str
    version: str
    issuer: str
    in_force_from: date | None
    in_force_to: date | None
    parts: tuple[ReportPart, ...]
    counts: tuple[ReportPart, ...]
    tags: tuple[ReportTag, ...]
    advice: tuple[ReportAdvice, ...]
    advice_title: str
    domains: tuple[ReportDomain, ...]  # empty: no choice
    period: bool  # whether the applicant may choose the time covered
    use: str  # the sharing rule that says which records may be used for it
    omitted_roles: tuple[str, ...]
    omitted_fields: tuple[str, ...]
    empty: str
    not_queried: tuple[str, ...]
    notes: tuple[str, ...]
    basis: tuple[Basis, ...]
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A local edition and today's shipped edition disagree. The local one is in force; a person decides."""

    code: str  # shipped_changed | undeclared | shipped_gone | overtaken
    file: str
    entry: str
    based_on: str
    shipped_digest: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One shipped state of the rulebook."""

    id: str
    published: date
    files: Mapping[str, str]  # relative path → SHA-256
