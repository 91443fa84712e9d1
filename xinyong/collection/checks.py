"""All checks of a catalogue item in one vectorised pass: every row gets all of its problems.

`Checker.run` takes a batch of raw texts and gives normalised texts (dates `YYYY-MM-DD`, amounts in 万元
without trailing zeros), parsed dates, and findings. It touches neither database nor clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import CodeSet, Condition, Field, Item, RowCheck
from xinyong.kernel import identifiers_batch as ids
from xinyong.kernel import text
from xinyong.kernel.amounts import parse_amount_series
from xinyong.kernel.dates import parse_date_series
from xinyong.kernel.detect import find_personal, prohibited_series, suspicious_series
from xinyong.kernel.distinct import few_distinct, handed_out
from xinyong.kernel.divisions import Regions
from xinyong.kernel.workdays import WorkCalendar, workdays_between_series

Rows = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]
HARD_CAP = 20_000  # characters in any one cell
REVOKE = "撤销"  # such a row needs no more than what names the record
SPLIT = r"[;；、|]"
CODE_CHECKS = frozenset({"uscc", "uscc_or_placeholder", "regno", "orgcode", "person_id", "taxno"})
ID_TYPES = ("person_id_type", "legal_rep_id_type")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's hits in a batch. level: error | warning | review."""

    rule: str
    field: str
    level: str
    rows: Rows
    suggestion: str = ""


@dataclass(slots=True)
class Checked:
    frame: pl.DataFrame
    dates: dict[str, pl.Series]
    findings: list[Finding]
    late: Mask
    provisional: bool
    prohibited: dict[str, int] = field(default_factory=dict)

    def errors(self) -> Mask:
        return self._mask("error")

    def _mask(self, level: str) -> Mask:
        mask = np.zeros(self.frame.height, bool)
        for f in self.findings:
            if f.level == level:
                mask[f.rows] = True
        return mask


@dataclass(frozen=True)
class Settings:
    """What the checks need to know besides the item."""

    book: Rulebook
    calendar: WorkCalendar
    regions: Regions
    exceptions: frozenset[str]
    received_on: date
    count_late: bool
    absent: frozenset[str] = frozenset()  # fields a legacy generation has no column for


def holds(c: Condition) -> pl.Expr:
    """A condition of the rulebook as a Boolean expression, never null."""
    if c.all:
        return pl.all_horizontal([holds(x) for x in c.all])
    if c.any:
        return pl.any_horizontal([holds(x) for x in c.any])
    assert c.field is not None
    column = pl.col(c.field)
    return _test(c, column).fill_null(False)


def _test(c: Condition, column: pl.Expr) -> pl.Expr:
    if c.present is not None:
        return column.is_not_null() if c.present else column.is_null()
    if c.equals is not None:
        return column == c.equals
    if c.one_of:
        return column.is_in(list(c.one_of))
    if c.contains_any:
        return column.str.contains_any(list(c.contains_any))
    return pl.any_horizontal([column.str.starts_with(p) for p in c.starts_with])


class Checker:
    """The checks of one item, compiled once and run per batch."""

    def __init__(self, item: Item, settings: Settings) -> None:
        self.item = item
        self.settings = settings
        self.codes = [f.code for f in item.fields]
        # what kind of number it is must be known before a number is checked
        self.in_turn = sorted(item.fields, key=lambda f: f.role not in ID_TYPES)
        self.bad_values: dict[str, dict[str, bool]] = {}
        self.late_limits: dict[date, int | None] = {}
        self.provider_codes = sorted(p.code for p in settings.book.providers.values())
        self.natural_only = set(item.subject_kinds) == {"自然人"}

    def run(self, raw: pl.DataFrame) -> Checked:
        run = _Run(self, raw)
        for f in self.in_turn:
            run.normalise(f)
        run.assemble()
        for f in self.item.fields:
            run.presence(f)
        for check in self.item.row_checks:
            run.row_check(check)
        run.lateness()
        return Checked(run.frame, run.dates, run.findings, run.late, run.provisional, run.prohibited)

    def invalid(self, f: Field, code_set: CodeSet, value: str) -> bool:
        """Whether a (possibly multiple) value is outside the code set; remembered per value."""
        seen = self.bad_values.setdefault(f.code, {})
        if value not in seen:
            parts = [p.strip() for p in pl.Series([value]).str.replace_all(SPLIT, ";")[0].split(";")]
            seen[value] = not all(_known(p, code_set) for p in (parts if f.multiple else [value]) if p)
        return seen[value]


def _of_today(value: str, f: Field, code_set: CodeSet) -> str:
    """A value as it is spelt today, separators of several values left as they are."""
    if not f.multiple or value in code_set.old_values:
        return code_set.old_values.get(value, value)
    parts = re.split(f"({SPLIT})", value)
    return "".join(code_set.old_values.get(p.strip(), p) for p in parts)


def _known(value: str, code_set: CodeSet) -> bool:
    if value in code_set.values or value in code_set.old_values:
        return True
    prefix = code_set.other_prefix
    return prefix is not None and value.startswith(prefix) and len(value) > len(prefix)


def _indices(mask: pl.Series | Mask) -> Rows:
    if isinstance(mask, pl.Series):
        return mask.arg_true().to_numpy()
    return np.flatnonzero(mask).astype(np.uint32)


class _Run:
    """One batch on its way through."""

    def __init__(self, checker: Checker, raw: pl.DataFrame) -> None:
        self.checker, self.raw, self.settings = checker, raw, checker.settings
        self.columns: dict[str, pl.Series] = {}
        self.dates: dict[str, pl.Series] = {}
        self.unreadable: dict[str, pl.Series] = {}  # filled in, but not as its type: wrong, not missing
        self.findings: list[Finding] = []
        self.prohibited: dict[str, int] = {}
        self.late = np.zeros(raw.height, bool)
        self.provisional = False
        self.tidy = "_tidy" in raw.columns and bool(raw["_tidy"].all())

    def find(self, rule: str, code: str, level: str, mask: pl.Series | Mask, suggestion: str = "") -> None:
        rows = _indices(mask)
        if len(rows):
            self.findings.append(Finding(rule, code, level, rows, suggestion))

    # values

    def normalise(self, f: Field) -> None:
        if f.code not in self.raw.columns:
            self.columns[f.code] = pl.Series(f.code, [None], pl.String).extend_constant(
                None, self.raw.height - 1
            )
            return
        raw = self.raw[f.code]
        tidy = self.tidy or text.column_is_tidy(raw)
        column = raw if self.tidy else _empty_to_null(raw if tidy else text.clean_series(raw))
        if f.check and column is not raw:
            self.find("trimmed", f.code, "warning", (column != raw).fill_null(False))
        if column.null_count() < len(column):
            if not tidy:
                controls = column.to_frame().select(text.has_control(f.code)).to_series()
                self.find("control_character", f.code, "error", controls)
            column = self._filled(f, column)
        self.columns[f.code] = column.alias(f.code)

    def _filled(self, f: Field, column: pl.Series) -> pl.Series:
        if not f.check:
            self._length(f, column)
        if f.type == "date":
            return self._date(f, column)
        if f.type == "amount":
            return self._amount(f, column)
        if f.type in ("integer", "number"):
            return self._number(f, column)
        if f.check:
            column = self._identifier(f, column)
            self._length(f, column)  # the spaces and hyphens of a code do not count
        if f.code_set:
            column = self._code_set(f, column)
        if f.free_text:
            self._free_text(f, column)
        elif self.checker.natural_only and not (f.check or f.code_set):
            self._prohibited(f.code, column)
        return column

    def _length(self, f: Field, column: pl.Series) -> None:
        limit = min(f.length or HARD_CAP, HARD_CAP)
        if f.type != "text" and f.type != "date":
            limit = 64
        if (column.str.len_bytes().max() or 0) <= limit:  # bytes are never fewer than characters
            return
        if f.type == "date":
            return
        self.find("too_long", f.code, "error", column.str.len_chars() > limit, f"最多 {limit} 个字符")

    def _date(self, f: Field, column: pl.Series) -> pl.Series:
        parsed, written = _dates(column)
        self.dates[f.code] = parsed
        self.unreadable[f.code] = parsed.is_null() & column.is_not_null()
        self.find("bad_date", f.code, "error", self.unreadable[f.code])
        return written

    def _amount(self, f: Field, column: pl.Series) -> pl.Series:
        value, problem = parse_amount_series(column)
        self.unreadable[f.code] = problem.is_not_null()
        for rule in problem.drop_nulls().unique().sort().to_list():
            self.find(f"amount_{rule}", f.code, "error", problem == rule)
        return value

    def _number(self, f: Field, column: pl.Series) -> pl.Series:
        plain = text.to_half_width_series(column).str.replace_all(",", "", literal=True)
        pattern = r"^-?\d{1,15}$" if f.type == "integer" else r"^-?\d{1,15}(\.\d{1,10})?$"
        if f.type == "integer":
            plain = plain.str.replace(r"\.0+$", "")
        self.find("bad_number", f.code, "error", ~plain.str.contains(pattern) & column.is_not_null())
        return plain

    def _identifier(self, f: Field, column: pl.Series) -> pl.Series:
        if f.check in ("uscc", "uscc_or_placeholder"):
            return self._uscc(f, column)
        if f.check == "person_id":
            return self._person_id(f, column)
        if f.check == "taxno":
            return text.to_half_width_series(column).str.to_uppercase()
        check = ids.check_regno_batch if f.check == "regno" else ids.check_orgcode_batch
        checked = check(column)
        wrong = ~checked["valid"] & column.is_not_null()
        self.find(f"{f.check}_invalid", f.code, "warning", wrong)
        return pl.select(pl.when(wrong).then(column).otherwise(checked["normalized"])).to_series()

    def _uscc(self, f: Field, column: pl.Series) -> pl.Series:
        checked = ids.check_uscc_batch(
            column, regions=self.settings.regions, exceptions=self.settings.exceptions
        )
        given = column.is_not_null()
        placeholder = checked["is_placeholder"] & given
        if f.check == "uscc_or_placeholder":
            self.find("uscc_placeholder", f.code, "warning", placeholder)
            wrong = ~checked["valid"] & given & ~placeholder
        else:
            wrong = ~checked["valid"] & given
        if wrong.any():
            reasons = checked["reason"].cast(pl.String)
            for reason in reasons.filter(wrong).unique().sort().to_list():
                self.find(f"uscc_{reason}", f.code, "error", wrong & (reasons == reason))
        for warning in (c for c in checked.columns if checked[c].dtype == pl.Boolean):
            if warning not in ("valid", "is_placeholder"):
                self.find(f"uscc_{warning}", f.code, "warning", checked[warning] & given & ~wrong)
        if f.role in ("authority_code", "source_code"):
            stranger = ~checked["normalized"].is_in(self.checker.provider_codes) & given & ~wrong
            self.find("R12_not_a_provider", f.code, "warning", stranger)
        return checked["normalized"]

    def _person_id(self, f: Field, column: pl.Series) -> pl.Series:
        kind = self._role_of("person_id_type" if f.role == "person_id" else "legal_rep_id_type")
        checked = ids.check_person_id_batch(column, as_of=self.settings.received_on)
        is_card = pl.Series([True]).extend_constant(True, len(column) - 1)
        if kind is not None:
            is_card = (kind == "身份证") | kind.is_null()
        wrong = ~checked["valid"] & column.is_not_null() & is_card
        self.find("person_id_invalid", f.code, "error", wrong)
        return checked["normalized"]

    def _role_of(self, role: str) -> pl.Series | None:
        f = self.checker.item.by_role(role)
        return self.columns[f.code] if f is not None and f.code in self.raw.columns else None

    def _code_set(self, f: Field, column: pl.Series) -> pl.Series:
        assert f.code_set is not None
        code_set = self.settings.book.code_sets[f.code_set]
        values = column.unique().drop_nulls().to_list()
        bad = [v for v in values if self.checker.invalid(f, code_set, v)]
        if bad:
            self.find(
                "code_set",
                f.code,
                f.code_set_level,
                column.is_in(bad),
                "可用：" + "、".join(code_set.values[:12]),
            )
        today = {v: new for v in values if (new := _of_today(v, f, code_set)) != v}
        if not today:
            return column
        self.find("old_spelling", f.code, "warning", column.is_in(list(today)).fill_null(False))
        return column.replace(list(today), list(today.values()))

    def _free_text(self, f: Field, column: pl.Series) -> None:
        if f.disclosure == "public":
            found = _flagged(column, _personal)
            self.find("personal_data", f.code, "warning", found, "公开副本中将自动遮盖")
        self._prohibited(f.code, column)

    def _prohibited(self, code: str, column: pl.Series) -> None:
        """On an item about natural persons only, one hit refuses the file; elsewhere a person looks at it."""
        patterns = [p for entry in self.settings.book.prohibited for p in entry.content]
        found = _flagged(column, lambda texts: prohibited_series(texts, patterns))
        hits = int(found.sum())
        if hits and self.checker.natural_only:
            self.prohibited[code] = self.prohibited.get(code, 0) + hits
        self.find("prohibited_content", code, "review", found, "请人工核对是否涉及自然人的禁止采集信息")

    # rows

    def assemble(self) -> None:
        extra = [self.raw[c] for c in self.raw.columns if c.startswith("_") and c != "_tidy"]
        self.frame = pl.DataFrame([*extra, *(self.columns[code] for code in self.checker.codes)])
        if self.frame["_reason"].null_count() < self.raw.height:
            self._prohibited("_reason", self.frame["_reason"])
        if "_extra_cells" in self.frame.columns:
            self.find("extra_cells", "", "error", self.frame["_extra_cells"])
        self.revoking = (self.frame["_op"] == REVOKE).fill_null(False)

    def mask(self, condition: Condition) -> pl.Series:
        return self.frame.select(holds(condition).alias("m")).to_series()

    def presence(self, f: Field) -> None:
        empty = self.frame[f.code].is_null() & ~self.revoking
        if f.code in self.unreadable:
            empty = empty & ~self.unreadable[f.code]
        if f.required is True and empty.any():
            level = "warning" if f.code in self.settings.absent else "error"
            self.find("required", f.code, level, empty)
        elif isinstance(f.required, Condition) and empty.any():
            self.find("required_when", f.code, "error", empty & self.mask(f.required))
        if f.empty_when is not None and not empty.all():
            filled = self.frame[f.code].is_not_null()
            self.find("must_be_empty", f.code, "error", filled & self.mask(f.empty_when))

    def row_check(self, check: RowCheck) -> None:
        self.find(check.rule, check.field or "", check.level, self._broken(check), check.suggestion)

    def _broken(self, check: RowCheck) -> pl.Series:
        if check.kind == "when_then":
            assert check.when is not None and check.then is not None
            return self.mask(check.when) & ~self.mask(check.then)
        broken = self._compare(check)
        return broken & self.mask(check.when) if check.when is not None else broken

    def _compare(self, check: RowCheck) -> pl.Series:
        assert check.field is not None
        nothing = pl.Series(np.zeros(self.frame.height, bool))
        mine, other = self._typed(check.field), self._typed(check.other) if check.other else None
        if check.kind == "not_future":
            return mine > self.settings.received_on if mine.dtype == pl.Date else nothing
        if check.kind == "max_value":
            return mine.cast(pl.Float64, strict=False) > float(check.value or "inf")
        if check.kind == "min_value":
            return mine.cast(pl.Float64, strict=False) < float(check.value or "-inf")
        assert other is not None
        if check.kind == "not_after":
            return mine > other
        return mine == other  # different

    def _typed(self, code: str) -> pl.Series:
        return self.dates.get(code, self.frame[code])

    def lateness(self) -> None:
        decided = self.checker.item.by_role("decided")
        if decided is None or not self.settings.count_late or decided.code not in self.dates:
            return
        days = self.dates[decided.code]
        taken, provisional = workdays_between_series(days, self.settings.received_on, self.settings.calendar)
        limits = self._limits(days)
        late = (taken > limits).fill_null(False)
        self.late = late.to_numpy().copy()
        self.provisional = bool((provisional.fill_null(False) & limits.is_not_null()).any())

    def _limits(self, days: pl.Series) -> pl.Series:
        known = self.checker.late_limits
        for day in days.unique().drop_nulls().to_list():
            if day not in known:
                known[day] = self.settings.book.late_limit(self.checker.item, day)
        if len(set(known.values())) == 1:
            return pl.Series([next(iter(known.values()))], dtype=pl.Int32).new_from_index(0, len(days))
        return days.replace_strict(known, default=None, return_dtype=pl.Int32)


def _empty_to_null(column: pl.Series) -> pl.Series:
    empty = column.str.len_bytes() == 0
    return column.set(empty, None) if empty.any() else column


def _dates(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Days, and the same written YYYY-MM-DD."""
    values = few_distinct(column)
    if values is None:
        parsed = parse_date_series(column)
        return parsed, parsed.cast(pl.String)
    days = parse_date_series(values)
    written = days.cast(pl.String)
    same = bool((written == values).fill_null(False).all())
    return handed_out(column, values, days), column if same else handed_out(column, values, written)


def _flagged(column: pl.Series, test: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Which rows a test of their text alone finds, never null."""
    values = few_distinct(column)
    if values is None:
        return test(column).fill_null(False)
    hits = values.filter(test(values).fill_null(False))
    if not len(hits):
        return pl.Series(np.zeros(len(column), bool))
    return column.is_in(hits.implode()).fill_null(False)


def _personal(texts: pl.Series) -> pl.Series:
    """The sieve's finds that hold personal data indeed."""
    suspects = suspicious_series(texts)
    proved = pl.Series([bool(find_personal(t)) for t in texts.filter(suspects)], dtype=pl.Boolean)
    return text.replace_where(suspects, suspects, proved) if len(proved) else suspects
