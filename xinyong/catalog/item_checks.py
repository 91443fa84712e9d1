"""What a schema cannot see in an item: references, roles, headers, conditions, disclosure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from xinyong.catalog.aliases import fold_header, header_texts
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import CHECKS, ROLES, SEPARATORS, Basis, Condition, Field, Item, RowCheck
from xinyong.catalog.rejections import rejection

_WIDTH = {"authorised": 0, "government": 1, "public": 2}
_ID_ROLES = {"person_id", "legal_rep_id"}
_DATE_ROLES = {
    "decided", "valid_from", "valid_to", "public_until", "instrument_dated", "first_public", "removed",
}  # fmt: skip
_KEY_BASE = {"authority_code", "doc_no", "subject", "decided"}
_LONG_TEXT = 200  # names and addresses may be as long; anything longer is narrative
_NUMBERS = {"amount", "integer", "number"}
_CHECK_NEEDS = {
    "not_after": ("field", "other"),
    "different": ("field", "other"),
    "not_future": ("field",),
    "max_value": ("field", "value"),
    "min_value": ("field", "value"),
    "when_then": ("when", "then"),
}


def check_item(book: Rulebook, item: Item, shown: str) -> None:
    """Refuse `item` (of the file `shown`) with the first thing that does not make sense."""
    _ItemCheck(book, item, shown).run()


@dataclass(frozen=True)
class _ItemCheck:
    book: Rulebook
    item: Item
    shown: str

    def refuse(self, code: str, place: str, problem: str) -> NoReturn:
        raise rejection(code, self.shown, place, problem)

    def run(self) -> None:
        self._head()
        self._codes()
        self._roles()
        self._subjects()
        self._key()
        self._headers()
        for field in self.item.fields:
            self._field(field)
        for check in self.item.row_checks:
            self._row_check(check)

    def _head(self) -> None:
        item = self.item
        if item.in_force_to and item.in_force_to < item.in_force_from:
            self.refuse("dates_reversed", "in_force_to", f"{item.in_force_from} 晚于 {item.in_force_to}")
        for basis in item.basis:
            self._basis(basis, "basis")
        self._known("unknown_retention", item.retention, self.book.retention, "retention", "保存期限")
        for provider in item.providers:
            self._known("unknown_provider", provider, self.book.providers, "providers", "提供单位")
        self._classes()
        if item.publicity != "none" and item.disclosure != "public":
            self.refuse("publicity_not_public", "publicity", "要公示，公开范围却不是“社会公开”")
        if item.subject_kinds == ("自然人",) and item.disclosure == "public":
            self.refuse("natural_public", "disclosure", "只含自然人的事项设成了社会公开")
        if item.public_when is not None:
            self._condition(item.public_when, "public_when")
        if item.late_after_workdays is not None and item.channel == "none":
            self.refuse("late_without_channel", "channel", "规定了报送时限，却没有公示渠道")

    def _classes(self) -> None:
        national = {c.name for c in self.book.classes.values() if c.scheme != "plan_box_2"}
        plan = {c.name for c in self.book.classes.values() if c.scheme == "plan_box_2"}
        if self.item.category not in national:
            self.refuse("unknown_class", "category", f"没有登记类别“{self.item.category}”")
        for name in self.item.plan_classes:
            if name not in plan:
                self.refuse("unknown_class", "plan_classes", f"没有登记类别“{name}”")

    def _known(self, code: str, key: str, register: object, place: str, what: str) -> None:
        if key not in register:  # type: ignore[operator]
            self.refuse(code, place, f"没有登记编号为 {key} 的{what}")

    def _basis(self, basis: Basis | None, place: str) -> None:
        if basis:
            self._known("unknown_instrument", basis.instrument, self.book.instruments, place, "法律文件")

    def _codes(self) -> None:
        for what, codes, refusal in (
            ("字段", [f.code for f in self.item.fields], "duplicate_field"),
            ("行校验", [c.rule for c in self.item.row_checks], "duplicate_id"),
        ):
            for code in codes:
                if codes.count(code) > 1:
                    self.refuse(refusal, f"{what} {code}", f"{what} {code} 出现了 {codes.count(code)} 次")

    def _roles(self) -> None:
        holders: dict[str, str] = {}
        for field in self.item.fields:
            if field.role is None:
                continue
            if field.role not in ROLES:
                self.refuse("unknown_role", f"字段 {field.code}", f"角色 {field.role} 不认得")
            if field.role in holders:
                both = f"{holders[field.role]} 与 {field.code}"
                self.refuse("duplicate_role", f"字段 {field.code}", f"角色 {field.role} 同时给了 {both}")
            holders[field.role] = field.code

    def _subjects(self) -> None:
        item = self.item
        if item.kind == "ledger":
            return
        if not item.subject_kinds:
            self.refuse("too_few", "subject_kinds", "没有写明主体类别")
        for role in self._needed_roles():
            if item.by_role(role) is None:
                self.refuse("missing_role", "fields", f"没有字段的角色是 {role}")

    def _needed_roles(self) -> Iterator[str]:
        kinds = set(self.item.subject_kinds)
        yield "subject_name"
        if len(kinds) > 1:
            yield "subject_kind"
        if kinds - {"自然人"}:
            yield "uscc"
        if "自然人" in kinds:
            yield "person_id"
        if self.item.late_after_workdays is not None:
            yield "decided"

    def _key(self) -> None:
        item, codes = self.item, {f.code for f in self.item.fields}
        for part in item.business_key:
            if part != "subject" and part not in codes and item.by_role(part) is None:
                self.refuse("unknown_key_part", "business_key", f"{part} 不是本事项的字段或角色")
        if item.multi_party and "subject" not in item.business_key:
            self.refuse("key_without_subject", "business_key", "多当事人事项的主键不含 subject")
        if item.multi_item and set(item.business_key) <= _KEY_BASE:
            self.refuse("key_without_part", "business_key", "一文多项事项的主键分不清各项")

    def _headers(self) -> None:
        owners: dict[str, Field] = {}
        for field in self.item.fields:
            for text in header_texts(field):
                other = owners.setdefault(fold_header(text), field)
                if other is not field:
                    problem = f"表头“{text}”同时指 {other.code} 与 {field.code}"
                    self.refuse("ambiguous_alias", f"字段 {field.code}", problem)

    def _field(self, field: Field) -> None:
        place = f"字段 {field.code}"
        if field.code_set:
            self._known("unknown_code_set", field.code_set, self.book.code_sets, place, "代码集")
            self._separable(field, place)
        if field.retention:
            self._known("unknown_retention", field.retention, self.book.retention, place, "保存期限")
        self._basis(field.basis, place)
        if field.check and field.check not in CHECKS:
            self.refuse("unknown_check", place, f"校验 {field.check} 不认得")
        self._field_type(field, place)
        self._field_disclosure(field, place)
        for condition in (field.required, field.empty_when):
            if isinstance(condition, Condition):
                self._condition(condition, place)

    def _separable(self, field: Field, place: str) -> None:
        values = self.book.code_sets[field.code_set or ""].values if field.multiple else ()
        split = [v for v in values if set(v) & set(SEPARATORS)]
        if split:
            self.refuse("value_splits", place, f"可填多值，而代码集 {field.code_set} 的“{split[0]}”含分隔符")

    def _field_type(self, field: Field, place: str) -> None:
        if field.role in _DATE_ROLES and field.type != "date":
            self.refuse("wrong_field_type", place, f"角色 {field.role} 应为日期，现为 {field.type}")
        if field.decimals is not None and field.type not in _NUMBERS:
            self.refuse("wrong_field_type", place, f"规定了小数位数，类型却是 {field.type}")
        if (field.check or field.code_set or field.multiple) and field.type != "text":
            self.refuse("wrong_field_type", place, f"规定了校验、代码集或多值，类型却是 {field.type}")

    def _field_disclosure(self, field: Field, place: str) -> None:
        if _WIDTH[field.disclosure] > _WIDTH[self.item.disclosure]:
            problem = f"公开范围 {field.disclosure} 宽于事项的 {self.item.disclosure}"
            self.refuse("wider_than_item", place, problem)
        if field.role in _ID_ROLES and not field.personal:
            self.refuse("personal_unmarked", place, "证件号码没有标为个人信息")
        if field.personal and field.disclosure == "public":
            self.refuse("personal_public", place, "个人证件号码设成了社会公开")
        if field.personal and field.mask is None:
            self.refuse("personal_without_mask", place, "个人证件号码没有规定脱敏方式")
        if self._narrative(field) and field.disclosure == "public" and not field.free_text:
            self.refuse("public_text_unchecked", place, "向社会公开的长文本没有标为自由文本")

    @staticmethod
    def _narrative(field: Field) -> bool:
        return field.type == "text" and not field.code_set and (field.length or _LONG_TEXT + 1) > _LONG_TEXT

    def _row_check(self, check: RowCheck) -> None:
        place = f"行校验 {check.rule}"
        lacking = [name for name in _CHECK_NEEDS[check.kind] if getattr(check, name) is None]
        if lacking:
            self.refuse("check_incomplete", place, f"{check.kind} 缺少 {'、'.join(lacking)}")
        self._basis(check.basis, place)
        for code in (check.field, check.other):
            if code is not None:
                self._has_field(code, place)
        for condition in (check.when, check.then):
            if condition is not None:
                self._condition(condition, place)
        self._row_check_types(check, place)

    def _row_check_types(self, check: RowCheck, place: str) -> None:
        wanted = {"not_future": {"date"}, "max_value": _NUMBERS, "min_value": _NUMBERS}.get(check.kind)
        found = [self.item.field(code).type for code in (check.field, check.other) if code]
        if wanted and found[0] not in wanted:
            self.refuse("wrong_field_type", place, f"{check.kind} 不能用于 {found[0]} 类型的 {check.field}")
        if check.kind in {"not_after", "different"} and found[0] != found[1]:
            self.refuse("wrong_field_type", place, f"{check.field} 与 {check.other} 类型不同，无法比较")

    def _has_field(self, code: str, place: str) -> None:
        if all(f.code != code for f in self.item.fields):
            self.refuse("unknown_field", place, f"提到的字段 {code} 不在本事项之中")

    def _condition(self, condition: Condition, place: str) -> None:
        if condition.field is not None:
            self._has_field(condition.field, place)
        tests = [
            condition.equals is not None, bool(condition.one_of), bool(condition.contains_any),
            bool(condition.starts_with), condition.present is not None,
        ]  # fmt: skip
        groups = [g for g in (condition.all, condition.any) if g]
        if not ((condition.field and sum(tests) == 1 and not groups) or _is_group(condition, tests, groups)):
            self.refuse("condition_incomplete", place, "条件没有写全，或写了不止一种比较方式")
        for inner in condition.all + condition.any:
            self._condition(inner, place)


def _is_group(condition: Condition, tests: list[bool], groups: list[tuple[Condition, ...]]) -> bool:
    return condition.field is None and not any(tests) and len(groups) == 1
