"""A generated district, read with readers that nobody here wrote."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

import sampledistrict

ENCODINGS = {"csv": "utf-8", "csv-bom": "utf-8-sig", "csv-gb18030": "gb18030"}


@dataclass(frozen=True)
class District:
    out: Path
    summary: sampledistrict.Summary
    manifest: list[dict[str, Any]]
    truth: list[dict[str, Any]]

    def taken(self, *items: str) -> list[dict[str, Any]]:
        return [e for e in self.manifest if e["expect"] == "taken" and (not items or e["item"] in items)]

    def table(self, entry: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """The data rows of a file by the line that a spreadsheet program shows, read by other people's readers."""
        return dict(_rows(self.out / entry["path"], entry["container"]))

    def truth_of(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        return [t for t in self.truth if t["file"] == entry["path"]]


def _rows(path: Path, container: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if container == "jsonl":
        for line, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
            yield line, json.loads(text)
        return
    listed = _cells(path, container)
    head = next(i for i, row in enumerate(listed) if sum(bool(cell) for cell in row) > 5)
    names = [str(cell) for cell in listed[head]]
    for i, row in enumerate(listed[head + 1 :], start=head + 2):
        yield i, dict(zip(names, row, strict=False))


def _cells(path: Path, container: str) -> list[list[Any]]:
    if container == "xlsx":
        sheet = openpyxl.load_workbook(path)["数据"]
        return [[("" if v is None else v) for v in row] for row in sheet.iter_rows(values_only=True)]
    text = path.read_bytes().decode(ENCODINGS[container])
    return list(csv.reader(io.StringIO(text, newline="")))


def read(out: Path, summary: sampledistrict.Summary) -> District:
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    truth = [json.loads(line) for line in (out / "truth.jsonl").read_text("utf-8").splitlines()]
    return District(out, summary, manifest, truth)
