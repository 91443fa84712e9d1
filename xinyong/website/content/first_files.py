"""Rich text and small workbooks of the first content."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile
from django.utils.html import escape
from wagtail.rich_text import RichText

TAGS = {"list": "ul", "steps": "ol"}
CREATED = datetime(2026, 1, 1)


def rich(kind: str, value: Any) -> RichText:
    """`p`: paragraphs parted by line ends; `list` and `steps`: points, plain or numbered."""
    if kind == "p":
        return RichText("".join(f"<p>{escape(line)}</p>" for line in str(value).splitlines() if line.strip()))
    points = "".join(f"<li>{escape(point)}</li>" for point in value)
    return RichText(f"<{TAGS[kind]}>{points}</{TAGS[kind]}>")


def made(given: dict[str, Any]) -> dict[str, Any]:
    """A workbook written from its rows, kept as a file of the site."""
    from xinyong.website.content.models import File

    file = File(title=given["title"])
    file.file.save(given["name"], ContentFile(_workbook(given["sheets"])), save=False)
    file.file_size = file.file.size
    file.save()
    return {"file": file, "title": given["title"], "note": given.get("note", "")}


def _workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": CREATED})
        head = book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "top"}
        )
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, max(map(len, rows)) - 1, 32)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(number, column, value, head if number == 0 else cell)
    return target.getvalue()
