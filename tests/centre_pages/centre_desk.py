"""What the tests of the centre's desk have in common: reading a page, a table, an export; counting statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

AT = "/console/centre/"
CODE, OTHER = "91500152YY00000282", "91500152YY0000001A"
NAME, OTHER_NAME = "重庆示例甲乙商贸有限公司", "重庆示例丙丁商贸有限公司"


def said(answer: Any, status: int = 200) -> str:
    """The page as its reader sees it."""
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


def rows_of(page: str) -> list[list[str]]:
    """Cells of the first table."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", r, re.S) for r in body.split("<tr>")[1:]]
    return [[re.sub(r"<[^>]+>", "", c).strip() for c in r] for r in cells]


def exported(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


@dataclass
class Counted:
    """Statements that the site sent."""

    statements: list[str] = field(default_factory=list)

    def during(self, work: Callable[[], Any]) -> int:
        before = len(self.statements)
        work()
        return len(self.statements) - before


class _Form(HTMLParser):
    """What a browser would send of the page's last form that posts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Any] = {}
        self.within = False
        self.name = self.text = ""
        self.choice: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.within = given.get("method") == "post"
            self.found = {} if self.within else self.found
        if not self.within or given.get("name") == "csrfmiddlewaretoken":
            return
        if tag == "input":
            self._input(given)
        elif tag in ("select", "textarea"):
            self.name, self.text, self.choice = given.get("name", ""), "", None
        elif tag == "option" and (self.choice is None or "selected" in given):
            self.choice = given.get("value", "")

    def _input(self, given: dict[str, str]) -> None:
        if given.get("type") not in ("checkbox", "radio"):
            self.found[given.get("name", "")] = given.get("value", "")
        elif "checked" in given:
            self.found.setdefault(given["name"], []).append(given.get("value", "on"))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if self.within and tag == "select":
            self.found[self.name] = self.choice or ""
        elif self.within and tag == "textarea":
            self.found[self.name] = self.text.removeprefix("\n").removeprefix("\r\n")
        elif tag == "form":
            self.within = False


def form_of(page: str) -> dict[str, Any]:
    """Names and values of the form as it stands on the page."""
    reader = _Form()
    reader.feed(page.partition("<main")[2])
    return {k: v for k, v in reader.found.items() if k}
