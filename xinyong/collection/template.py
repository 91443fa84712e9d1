"""填报模板: an item's fill-in workbook, with drop-downs and notes, in which its file is read back as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Basis, CodeSet, Condition, Field, Item
from xinyong.collection.reading.header import TEMPLATE_COLUMNS
from xinyong.collection.rejects_files import draft_of
from xinyong.kernel.errors import Refused

GUIDE, LISTS = "填报说明", "取值"
TYPES = {"text": "文本", "date": "日期", "amount": "金额", "integer": "整数", "number": "数字"}
DISCLOSURES = {"public": "社会公开", "government": "政务共享", "authorised": "授权查询"}
CHECKS = {
    "uscc": "统一社会信用代码 18 位，核对校验位",
    "uscc_or_placeholder": "统一社会信用代码 18 位，核对校验位",
    "regno": "工商注册号 15 位，核对校验位",
    "orgcode": "组织机构代码 9 位，核对校验位",
    "person_id": "身份证号码 18 位，核对校验位；其他证件不核对",
    "taxno": "税务登记号",
}
FORMATS = {"text": "@", "date": "yyyy-mm-dd", "amount": "#,##0.00####", "integer": "0", "number": "General"}
OPERATIONS = ("新增", "更正", "撤销")
OWN_NOTES = {
    "操作": "可空，空为新增。更正、撤销已报送的记录时选择",
    "原记录号": "更正、撤销时填写：记录号，或原来的文书号",
}
TITLE_ROW, HINT_ROW, HEAD_ROW, FIRST_ROW = 0, 1, 2, 3
LAST_ROW = 1_048_575  # of a sheet
SAMPLE = "样例，待确认"
MOST_TITLE, MOST_MESSAGE, MOST_NAME = 32, 255, 31  # characters, as Excel bounds them
LONG = 255  # characters; a field that may be longer gets a wide column
GREEN, RED, AMBER, BLUE, GREY, WHITE = "#E2EFDA", "#F8CBAD", "#FFE699", "#DDEBF7", "#EDEDED", "#FFFFFF"
CELL = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True, "valign": "top"}
HEAD = CELL | {"bold": True, "valign": "vcenter", "align": "center"}


def template(item: Item, book: Rulebook, target: Path) -> None:
    """Write the fill-in workbook of `item` to `target` (.xlsx); the same bytes for the same item.

    Refused: another suffix, a folder that can't be written.
    """
    if target.suffix.lower() != ".xlsx":
        raise Refused("template_format", f"填报模板不能存为“{target.name}”；文件名请以 .xlsx 结尾。")
    with draft_of(target, 0o666) as draft, xlsxwriter.Workbook(str(draft)) as workbook:
        created = datetime.combine(item.in_force_from, time())
        workbook.set_properties({"title": f"{item.name}填报模板", "created": created})
        _Template(workbook, item, book).write()


# words


def in_words(condition: Condition, item: Item) -> str:
    """A condition of the rulebook as a Chinese clause: `行政相对人类别为 自然人`."""
    if condition.all:
        return "，且".join(_nested(c, item) for c in condition.all)
    if condition.any:
        return "，或".join(_nested(c, item) for c in condition.any)
    name = item.field(condition.field or "").name
    if condition.present is not None:
        return f"填写了{name}" if condition.present else f"{name}为空"
    if condition.equals is not None:
        return f"{name}为 {condition.equals}"
    if condition.one_of:
        return f"{name}为 {' 或 '.join(condition.one_of)}"
    if condition.contains_any:
        return f"{name}含 {' 或 '.join(condition.contains_any)}"
    return f"{name}以 {' 或 '.join(condition.starts_with)} 开头"


def _nested(condition: Condition, item: Item) -> str:
    words = in_words(condition, item)
    return f"（{words}）" if condition.all or condition.any else words


def requirement(field: Field, item: Item) -> str:
    """When the field must be filled in, and when it must be empty."""
    if isinstance(field.required, Condition):
        told = f"{in_words(field.required, item)} 时必填"
    else:
        told = "必填" if field.required else "选填"
    if field.empty_when is not None:
        told += f"；{in_words(field.empty_when, item)} 时须为空"
    return told


def values_of(field: Field, book: Rulebook) -> str:
    """Allowed values of a field with a code set, in words; empty for others."""
    if field.code_set is None:
        return ""
    codes = book.code_sets[field.code_set]
    told = "、".join(codes.values)
    if codes.other_prefix:
        told += f"；其他情形写作“{codes.other_prefix}具体内容”"
    if field.multiple:
        told += "。可填多个，用分号隔开"
    return told


def basis_of(basis: Basis, book: Rulebook) -> str:
    instrument = book.instruments[basis.instrument]
    number = f"（{instrument.number}）" if instrument.number else ""
    doubt = f"（{SAMPLE}）" if instrument.confidence == "sample" else ""
    return f"《{instrument.title.strip('《》')}》{number} {basis.article}{doubt}"


def remarks(field: Field) -> str:
    """What is checked of the field, and its note."""
    parts = [CHECKS.get(field.check or "", ""), field.note]
    if field.check == "uscc_or_placeholder" and "17" not in field.note:
        parts.append("没有代码的填 17 个 0 加 X")
    return "。".join(p.rstrip("。") for p in parts if p)


def doubts(field: Field) -> str:
    """What of the field is a sample."""
    if field.confidence == "sample":
        return f"字段{SAMPLE}"
    return f"规则{SAMPLE}" if field.rule_confidence == "sample" else ""


def _size(field: Field) -> str:
    if field.type == "amount":
        return f"万元，最多 {field.decimals or 6} 位小数"
    if field.type == "date":
        return "如 2026-03-05"
    return f"最多 {field.length} 字" if field.length and field.type == "text" else ""


def _message(field: Field, item: Item, book: Rulebook) -> str:
    parts = [requirement(field, item), _size(field), remarks(field)]
    if field.code_set:
        parts.insert(1, "从下拉列表选择" if not field.multiple else values_of(field, book))
    parts.append(doubts(field))
    return _cut("。".join(p.rstrip("。") for p in parts if p), MOST_MESSAGE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def sheet_name(text: str) -> str:
    return "".join("_" if ch in "[]:*?/\\'" else ch for ch in text)[:MOST_NAME]


# sheets


class _Template:
    def __init__(self, workbook: Any, item: Item, book: Rulebook) -> None:
        self.workbook, self.item, self.book = workbook, item, book
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self) -> None:
        page = self.workbook.add_worksheet(sheet_name(self.item.name))
        guide = self.workbook.add_worksheet(GUIDE)
        self.lists = self._lists(self.workbook.add_worksheet(LISTS))
        self._title(page)
        for column, field in enumerate(self.item.fields):
            self._column(page, column, field)
        for column, name in enumerate(TEMPLATE_COLUMNS, len(self.item.fields)):
            self._own_column(page, column, name)
        self._layout(page)
        _Guide(self, guide).write()

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format(properties)
        return self.formats[key]

    def heading(self) -> str:
        item = self.item
        told = f"{item.name}（{item.code}）填报模板　版本 {item.version}　自 {item.in_force_from} 起施行"
        return told + (f"　【{SAMPLE}】" if item.confidence == "sample" else "")

    def _lists(self, page: Worksheet) -> dict[str, str]:
        """Code set → range of its values; the sheet is behind the drop-downs and hidden."""
        names = dict.fromkeys(f.code_set for f in self.item.fields if f.code_set and not f.multiple)
        ranges = {}
        for column, name in enumerate(names):
            codes = self.book.code_sets[name]
            ranges[name] = self._list(page, column, f"取值：{codes.name}", codes.values)
        ranges["操作"] = self._list(page, len(names), "取值：操作", OPERATIONS)
        page.hide()
        return ranges

    def _list(self, page: Worksheet, column: int, title: str, values: Sequence[str]) -> str:
        page.set_column(column, column, 24)
        page.write_string(0, column, title, self.format(bold=True))
        page.write_column(1, column, values, self.format(num_format="@"))
        first = xl_rowcol_to_cell(1, column, row_abs=True, col_abs=True)
        return f"={LISTS}!{first}:{xl_rowcol_to_cell(len(values), column, row_abs=True, col_abs=True)}"

    def _title(self, page: Worksheet) -> None:
        page.write_string(TITLE_ROW, 0, self.heading(), self.format(bold=True, font_size=14))
        hint = "带 * 的列必填，带 ※ 的列按条件必填；点选单元格可看填写要求，全部说明见“填报说明”。"
        hint += "请从第 4 行起填写，不要改动列名。"
        page.write_string(HINT_ROW, 0, hint, self.format(font_color="#7F7F7F"))
        page.set_row(TITLE_ROW, 26)
        page.set_row(HEAD_ROW, 48)

    def _column(self, page: Worksheet, column: int, field: Field) -> None:
        mark, colour = "", GREY if field.extension else GREEN
        if isinstance(field.required, Condition):
            mark, colour = "※", AMBER
        elif field.required:
            mark, colour = "*", RED
        page.write_string(HEAD_ROW, column, field.name + mark, self.format(**HEAD, bg_color=colour))
        page.set_column(
            column, column, _width(field), self.format(num_format=FORMATS[field.type], valign="top")
        )
        checks = self._validation(field)
        checks |= {
            "input_title": _cut(field.name, MOST_TITLE),
            "input_message": _message(field, self.item, self.book),
            "error_title": "请核对",
        }
        page.data_validation(FIRST_ROW, column, LAST_ROW, column, checks)

    def _validation(self, field: Field) -> dict[str, Any]:
        """Excel stops nothing that intake would take: what it doubts, it only asks about."""
        if field.code_set and not field.multiple:
            return self._drop_down(self.book.code_sets[field.code_set], field)
        if field.type == "date":
            limits: dict[str, Any] = {"minimum": date(1900, 1, 1), "maximum": date(2099, 12, 31)}
            told = "请填日期，如 2026-03-05；长期有效填 2099-12-31。"
            return {
                "validate": "date",
                "criteria": "between",
                "error_type": "warning",
                "error_message": told,
            } | limits
        if field.type == "amount":
            told = "请只填数字，单位是万元：2000 元填 0.2。"
            return {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": told}
        if field.type == "integer":
            limits = {"minimum": -(10**15) + 1, "maximum": 10**15 - 1}
            return {"validate": "integer", "criteria": "between", "error_message": "请填整数。"} | limits
        if field.type == "text" and field.length:
            told = f"“{_cut(field.name, 60)}”最多 {field.length} 个字。"
            return {"validate": "length", "criteria": "<=", "value": field.length, "error_message": told}
        return {"validate": "any"}

    def _drop_down(self, codes: CodeSet, field: Field) -> dict[str, Any]:
        open_set = codes.other_prefix or codes.old_values or field.code_set_level == "warning"
        told = f"不在“{codes.name}”的取值之内。"
        if codes.other_prefix:
            told += f"其他情形请写作“{codes.other_prefix}具体内容”。"
        return {
            "validate": "list",
            "source": self.lists[codes.id],
            "error_type": "warning" if open_set else "stop",
            "error_message": told,
        }

    def _own_column(self, page: Worksheet, column: int, name: str) -> None:
        page.write_string(HEAD_ROW, column, name, self.format(**HEAD, bg_color=BLUE))
        page.set_column(
            column, column, 14 if name == "操作" else 36, self.format(num_format="@", valign="top")
        )
        checks: dict[str, Any] = {"validate": "any"}
        if name in self.lists:
            checks = {
                "validate": "list",
                "source": self.lists[name],
                "error_message": "只能是新增、更正、撤销。",
            }
        checks |= {"input_title": name, "input_message": OWN_NOTES[name]}
        page.data_validation(FIRST_ROW, column, LAST_ROW, column, checks)

    def _layout(self, page: Worksheet) -> None:
        page.freeze_panes(FIRST_ROW, 1)
        page.repeat_rows(HEAD_ROW)
        page.set_landscape()
        page.set_paper(8)
        page.print_area(0, 0, FIRST_ROW + 20, len(self.item.fields) + len(TEMPLATE_COLUMNS) - 1)


def _width(field: Field) -> float:
    if field.type in ("date", "amount", "integer", "number"):
        return 14
    if field.length and field.length > LONG:
        return 40
    return 20 if (field.length or 0) <= 20 else 26


class _Guide:
    """Sheet 填报说明: what the item is, and a row for every field."""

    COLUMNS = (
        ("序号", 6), ("代码", 15), ("字段", 28), ("类型", 14), ("长度", 11), ("何时必填", 40),
        ("可填内容", 44), ("要求", 40), ("公开属性", 11), ("可信程度", 20), ("依据", 36),
    )  # fmt: skip

    def __init__(self, made: _Template, page: Worksheet) -> None:
        self.made, self.page, self.item, self.book = made, page, made.item, made.book
        founded = any(f.basis for f in self.item.fields)
        self.columns = self.COLUMNS if founded else self.COLUMNS[:-1]

    def write(self) -> None:
        row = self._about()
        for column, (name, width) in enumerate(self.columns):
            self.page.set_column(column, column, width)
            self.page.write_string(row, column, name, self.made.format(**HEAD, bg_color=BLUE))
        for number, field in enumerate(self.item.fields, 1):
            self._row(row + number, [str(number), *self._field(field)], field)
        self.page.freeze_panes(row + 1, 3)
        self._print(row)

    def _about(self) -> int:
        """Lines above the table; returns the row of its header."""
        item, late = self.item, self.item.late_after_workdays
        lines = [self.made.heading(), item.description]
        lines.append(f"报送频率：{item.frequency}" + (f"；决定后 {late} 个工作日内报送" if late else ""))
        lines += [f"依据：{basis_of(b, self.book)}" for b in item.basis]
        lines.append(f"各字段的长度、必填规则与取值，注明“规则{SAMPLE}”的尚未与标准原文核对。")
        lines.append("红色列必填，黄色列按条件必填，绿色列选填，灰色列为本地扩展字段。")
        lines.append(
            "更正或撤销已报送的记录：在“操作”列选择更正或撤销，在“原记录号”列填写记录号或原文书号；"
            "可在表末增加“撤销或更正原因”列说明原因。"
        )
        shown = [line for line in lines if line]
        for row, line in enumerate(shown):
            style = {"bold": True, "font_size": 14} if row == 0 else {}
            self.page.write_string(row, 0, line, self.made.format(**style))
        return len(shown) + 1

    def _field(self, field: Field) -> list[str]:
        size = str(field.length) if field.length else f"{field.decimals} 位小数" if field.decimals else ""
        basis = basis_of(field.basis, self.book) if field.basis else ""
        kind = TYPES[field.type] + ("（万元）" if field.type == "amount" else "")
        return [
            field.code, field.name, kind, size, requirement(field, self.item), values_of(field, self.book),
            remarks(field), DISCLOSURES[field.disclosure], doubts(field), basis,
        ]  # fmt: skip

    def _row(self, row: int, cells: list[str], field: Field) -> None:
        colour = AMBER if isinstance(field.required, Condition) else RED if field.required else WHITE
        shown = list(zip(cells, self.columns, strict=False))
        for column, (cell, _) in enumerate(shown):
            style = CELL | ({"bg_color": colour} if column == 5 else {})
            self.page.write_string(row, column, cell, self.made.format(**style))
        lines = (-(-_columns(cell) // (width - 1)) for cell, (_, width) in shown)
        self.page.set_row(row, 15 * max(1, *lines) + 3)

    def _print(self, head: int) -> None:
        self.page.repeat_rows(head)
        self.page.set_landscape()
        self.page.set_paper(8)
        self.page.fit_to_pages(1, 0)
        self.page.set_footer("&C第 &P 页，共 &N 页")


def _columns(text: str) -> int:
    return sum(1 if ch < "\u1100" else 2 for ch in text)
