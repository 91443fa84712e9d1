"""Everything that can be wrong with one row, written from the standards' text, one function a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sampledistrict import codes, subjects
from sampledistrict.layouts import LAYOUTS
from sampledistrict.rows import Batch, Row
from sampledistrict.subjects import ORGANISATION, PERSON, SHOP

Effect = Literal["rejected", "held", "warning", "none"]
Apply = Callable[[Row, Batch, int], bool]  # False: this row cannot carry the defect
ALL = ("XZXK", "XZCF")
_DATED = tuple(item for item in LAYOUTS if item not in ("DJZC", "NSXY", "SDQX", "YBTZ"))
_LOOK_ALIKE = {"0": "O", "1": "I", "2": "Z", "5": "S", "U": "V"}
_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()"}


@dataclass(frozen=True, slots=True)
class Defect:
    kind: str
    effect: Effect
    rate: int  # rows in ten thousand
    apply: Apply
    items: tuple[str, ...] = ALL  # empty: every item that has the column


def _code(row: Row, batch: Batch) -> tuple[int, str]:
    """Place and value of a real 18-character code; the value is empty where there is none."""
    place = batch.layout.role("code")
    value = row.values[place] if place >= 0 else ""
    return place, "" if value == codes.PLACEHOLDER else value


def _valid(code: str) -> bool:
    return set(code) <= set(codes.ALPHABET) and codes.uscc_check(code[:17]) == code[17]


def _type(row: Row, place: int, text: str) -> bool:
    if place < 0 or row.values[place] == text:
        return False
    row.raw[place] = text
    return True


def code_substituted(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    at = 2 + draw % 15
    other = codes.ALPHABET[(draw // 17) % 10]
    typed = code[:at] + other + code[at + 1 :]
    return bool(code) and not _valid(typed) and _type(row, place, typed)


def code_swapped(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    at = 8 + draw % 9
    typed = code[:at] + code[at + 1 : at + 2] + code[at : at + 1] + code[at + 2 :]
    return bool(code) and not _valid(typed) and _type(row, place, typed)


def code_look_alike(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    spots = [i for i, c in enumerate(code) if c in _LOOK_ALIKE and i > 1]
    if not spots:
        return False
    at = spots[draw % len(spots)]
    return _type(row, place, code[:at] + _LOOK_ALIKE[code[at]] + code[at + 1 :])


def code_short(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    return bool(code) and _type(row, place, code[:-1])


def code_lower_case(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    return bool(code) and _type(row, place, code.lower())


def code_full_width(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    return bool(code) and _type(row, place, code.translate(_WIDE))


def code_padded(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    typed = (f" {code}", f"{code} ", f"\u3000{code}", f"{code}\u00a0")[draw % 4]
    return bool(code) and _type(row, place, typed)


def code_copied(row: Row, batch: Batch, draw: int) -> bool:
    """Own name, the neighbouring row's code: a perfect check digit that belongs to somebody else."""
    place, code = _code(row, batch)
    at = next(i for i, other in enumerate(batch.rows) if other is row)
    neighbour = batch.rows[at - 1 if at else 1] if len(batch.rows) > 1 else row
    stranger = neighbour.subject
    usable = stranger is not row.subject and stranger.category == row.subject.category
    if not code or not usable or stranger.code in ("", codes.PLACEHOLDER) or neighbour.touched():
        return False
    _type(row, batch.layout.role("org"), "")
    return _type(row, place, stranger.code)


def code_unknown(row: Row, batch: Batch, draw: int) -> bool:
    """A good code that no registration file has ever named."""
    place, code = _code(row, batch)
    if not code:
        return False
    unknown = codes.uscc(row.subject.kind.prefix, "500152", subjects.body(row.subject.serial, "U"))
    name = row.values[batch.layout.role("name")].replace("示例", "示例未登记", 1)
    row.subject = replace(row.subject, code=unknown, name=name, former=(), renamed=None)
    row.values[place], row.values[batch.layout.role("name")] = unknown, name
    org = batch.layout.role("org")
    if org >= 0 and row.values[org]:
        row.values[org] = unknown[8:17]
    return True


def code_missing(row: Row, batch: Batch, draw: int) -> bool:
    place, code = _code(row, batch)
    return bool(code) and _type(row, place, "")


def category_mismatch(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.role("kind")
    other = {ORGANISATION: SHOP, SHOP: ORGANISATION}.get(row.subject.category, "")
    return bool(other and _code(row, batch)[1]) and _type(row, place, other)


def placeholder_without_regno(row: Row, batch: Batch, draw: int) -> bool:
    if row.subject.category != SHOP:
        return False
    row.raw[batch.layout.role("code")] = codes.PLACEHOLDER
    _type(row, batch.layout.role("org"), "")
    row.raw[batch.layout.role("regno")] = ""
    return True


def regno_wrong(row: Row, batch: Batch, draw: int) -> bool:
    number = row.subject.regno
    if row.subject.category != SHOP or not number:
        return False
    row.raw[batch.layout.role("code")] = codes.PLACEHOLDER
    _type(row, batch.layout.role("org"), "")
    return _type(row, batch.layout.role("regno"), number[:-1] + str((int(number[-1]) + 1 + draw % 8) % 10))


def person_without_id(row: Row, batch: Batch, draw: int) -> bool:
    return row.subject.category == PERSON and _type(row, batch.layout.role("id"), "")


def person_bad_id(row: Row, batch: Batch, draw: int) -> bool:
    number = row.subject.id_no
    wrong = str((int(number[16]) + 1 + draw % 9) % 10) if number else ""
    return bool(number) and _type(row, batch.layout.role("id"), number[:16] + wrong + number[17])


def person_with_org_code(row: Row, batch: Batch, draw: int) -> bool:
    unknown = codes.uscc("91", "500152", subjects.body(draw % 90_000, "P"))
    return row.subject.category == PERSON and _type(row, batch.layout.role("code"), unknown)


def required_missing(row: Row, batch: Batch, draw: int) -> bool:
    wanted = batch.layout.required
    return bool(wanted) and _type(row, batch.layout.index(wanted[draw % len(wanted)]), "")


def fine_without_amount(row: Row, batch: Batch, draw: int) -> bool:
    return _type(row, batch.layout.index("CF_NR_FK"), "")


def confiscation_without_amount(row: Row, batch: Batch, draw: int) -> bool:
    return _type(row, batch.layout.index("CF_NR_WFFF"), "")


def licence_missing(row: Row, batch: Batch, draw: int) -> bool:
    return _type(row, batch.layout.index("CF_NR_ZKDX"), "")


def amount_in_yuan(row: Row, batch: Batch, draw: int) -> bool:
    """元 typed where 万元 is asked: two million 万元 for a shop's fine."""
    place = batch.layout.index("CF_NR_FK")
    amount = row.values[place] if place >= 0 else ""
    yuan = round(float(amount or 0) * 10_000)
    return yuan > 1000 and _type(row, place, str(yuan))


def amount_with_unit(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.index("CF_NR_FK")
    amount = row.values[place] if place >= 0 else ""
    yuan = round(float(amount or 0) * 10_000)
    return bool(amount) and _type(row, place, (f"{yuan}元", f"{yuan / 10_000:g}万元", "伍佰元整")[draw % 3])


def date_impossible(row: Row, batch: Batch, draw: int) -> bool:
    year = row.decided.year
    typed = (f"{year}-02-30", f"{year}/13/05", f"{year}年4月31日", "不详")[draw % 4]
    return _type(row, batch.layout.index(batch.layout.decided), typed)


def date_in_future(row: Row, batch: Batch, draw: int) -> bool:
    """Two digits of the year change places: 2062 for 2026."""
    year = 2062 + draw % 20
    return _type(row, batch.layout.index(batch.layout.decided), f"{year}/{row.decided.month}/10")


def validity_reversed(row: Row, batch: Batch, draw: int) -> bool:
    start = date.fromisoformat(row.values[batch.layout.index("XK_YXQZ")])
    return _type(row, batch.layout.index("XK_YXQZI"), date(start.year - 1, start.month, 1).isoformat())


def category_unknown(row: Row, batch: Batch, draw: int) -> bool:
    typed = ("罚金", "口头教育", "拘役", "处分")[draw % 4]
    return _type(row, batch.layout.index("CF_CFLB"), typed)


def field_too_long(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.index({"XZCF": "CF_WSH", "XZXK": "XK_WSH"}[batch.item])
    return _type(row, place, row.values[place] + "（附件清单）" * 30)


def name_former(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.role("name")
    known = row.subject.former and row.values[place] == row.subject.name
    return bool(known) and _type(row, place, row.subject.former[0])


def name_brackets(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.role("name")
    name = row.values[place]
    return "（" in name and _type(row, place, name.replace("（", "(").replace("）", ")"))


def name_spaces(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.role("name")
    name = row.values[place]
    at = 2 + draw % max(len(name) - 3, 1)
    typed = (f"{name[:at]} {name[at:]}", f"{name} ", f"{name[:at]}\u3000{name[at:]}")[draw // 64 % 3]
    return bool(_code(row, batch)[1]) and bool(name) and _type(row, place, typed)


def personal_data(row: Row, batch: Batch, draw: int) -> bool:
    """Numbers of nobody, in a text that the catalogue makes public."""
    place = batch.layout.index(batch.layout.text)
    added = (
        f"，当事人身份证号{codes.person_id('19800101', draw)}",
        f"，联系电话1540000{draw % 10_000:04d}",
        f"，缴款账号{_card(draw)}",
        f"，住重庆市潼南区示例街道示例路{draw % 200 + 1}号2单元3-1",
    )[draw % 4]
    return _type(row, place, row.values[place] + added)


def _card(draw: int) -> str:
    """Nineteen digits with a Luhn check digit; no bank issues 629999."""
    digits = f"629999{draw % 10**12:012d}"
    doubled = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(reversed(digits)))
    return digits + str(-doubled % 10)


def formula_text(row: Row, batch: Batch, draw: int) -> bool:
    text = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://example.invalid","示例")')[draw % 5]
    return _type(row, batch.layout.index("BZ"), text)


def control_character(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.index(batch.layout.text)
    if batch.style.container == "xlsx":  # the format cannot hold one
        return False
    return _type(row, place, row.values[place] + "\x07" + "复印件")


def awkward_text(row: Row, batch: Batch, draw: int) -> bool:
    place = batch.layout.index(batch.layout.text)
    added = ("\n另查明，", ',"现场笔录",', '；附"照片,清单"\n')[draw % 3]
    return _type(row, place, row.values[place] + added + "情况属实")


def sensitive_text(row: Row, batch: Batch, draw: int) -> bool:
    """Health and belief have no place in a credit record; about an organisation a person must look at it."""
    place = batch.layout.index(batch.layout.text)
    added = ("，从业人员2人患有职业病", "，场所负责人拒不提供健康证明，称有肝炎病史")[draw % 2]
    return row.subject.category == ORGANISATION and _type(row, place, row.values[place] + added)


DEFECTS = (
    Defect("code_substituted", "rejected", 20, code_substituted, ()),
    Defect("code_swapped", "rejected", 15, code_swapped, ()),
    Defect("code_look_alike", "rejected", 15, code_look_alike, ()),
    Defect("code_short", "rejected", 8, code_short, ()),
    Defect("code_missing", "rejected", 10, code_missing, ()),
    Defect("code_lower_case", "warning", 20, code_lower_case, ()),
    Defect("code_full_width", "warning", 10, code_full_width, ()),
    Defect("code_padded", "warning", 20, code_padded, ()),
    Defect("code_copied", "held", 20, code_copied, ()),
    Defect("code_unknown", "warning", 20, code_unknown, ()),
    Defect("category_mismatch", "warning", 8, category_mismatch),
    Defect("placeholder_without_regno", "rejected", 8, placeholder_without_regno),
    Defect("regno_wrong", "warning", 5, regno_wrong),
    Defect("person_without_id", "rejected", 6, person_without_id, ()),
    Defect("person_bad_id", "rejected", 6, person_bad_id, ()),
    Defect("person_with_org_code", "rejected", 4, person_with_org_code),
    Defect("required_missing", "rejected", 30, required_missing, ()),
    Defect("fine_without_amount", "rejected", 15, fine_without_amount, ("XZCF",)),
    Defect("confiscation_without_amount", "rejected", 8, confiscation_without_amount, ("XZCF",)),
    Defect("licence_missing", "rejected", 5, licence_missing, ("XZCF",)),
    Defect("amount_in_yuan", "warning", 12, amount_in_yuan, ("XZCF",)),
    Defect("amount_with_unit", "rejected", 8, amount_with_unit, ("XZCF",)),
    Defect("date_impossible", "rejected", 10, date_impossible, ()),
    Defect("date_in_future", "rejected", 6, date_in_future, _DATED),
    Defect("validity_reversed", "rejected", 10, validity_reversed, ("XZXK",)),
    Defect("category_unknown", "rejected", 8, category_unknown, ("XZCF",)),
    Defect("field_too_long", "rejected", 4, field_too_long),
    Defect("name_former", "none", 15, name_former, ()),
    Defect("name_brackets", "none", 20, name_brackets, ()),
    Defect("name_spaces", "none", 15, name_spaces, ()),
    Defect("personal_data", "warning", 20, personal_data),
    Defect("sensitive_text", "warning", 5, sensitive_text, ("XZCF",)),
    Defect("formula_text", "none", 6, formula_text),
    Defect("control_character", "rejected", 4, control_character),
    Defect("awkward_text", "none", 20, awkward_text),
)  # fmt: skip


def verdict(effect: Effect) -> Literal["ok", "held", "rejected"]:
    return effect if effect in ("held", "rejected") else "ok"
