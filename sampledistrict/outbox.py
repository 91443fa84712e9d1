"""Writing files, manifest and truth."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sampledistrict.render import render
from sampledistrict.rows import Batch

README = """示例区数据（全部虚构）

本目录由程序按种子生成。主体、人名、代码、证件号码、文书、事件均为虚构，与任何真实的单位和个人无关：
- 主体名称含“示例”；统一社会信用代码中的组织机构代码以 YY 开头；
- 自然人证件号码以从未有过的区划 509999 开头，任何真实的人都不会有这样的号码；
- 电话号码用未启用的 1540000 号段，银行卡号用无人发行的 629999 开头。

files/          各部门报送的文件，每个提供单位一个目录
manifest.json   按报送先后排列的文件清单；expect 为 taken（应当收下）或 refused:原因（应当整份退回）
truth.jsonl     收下的文件中每一行的真实情况：文件、行号（电子表格显示的行号）、去向、缺陷种类、主体
                主体写作 统一社会信用代码、regno:工商注册号 或 person:序号（不写证件号码）
                去向 new 新增、duplicate 重复、corrected 更正、revoked 撤销、held 待核、rejected 退回
reporting.json  各部门每月实际作出的许可和处罚决定数：应报、已报、漏报，与应报台账一致（仅示例区）
control-totals.csv  旧平台按事项和年份的记录数，用于核对（仅存量移交）
"""
_SUFFIX = {"csv": "csv", "csv-bom": "csv", "csv-gb18030": "csv", "xlsx": "xlsx", "jsonl": "jsonl"}


@dataclass(slots=True)
class Summary:
    """What was written: counts of subjects, files, rows, fates and defects."""

    subjects: int = 0
    files: int = 0
    rows: int = 0
    refused_files: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)


class Outbox:
    """A folder that files are put into; `close` writes the manifest in order of receipt."""

    def __init__(self, out: Path, summary: Summary) -> None:
        self.out, self.summary = out, summary
        self._entries: list[dict[str, object]] = []
        self._count: Counter[str] = Counter()
        out.mkdir(parents=True, exist_ok=True)
        (out / "README.txt").write_text(README, encoding="utf-8")
        self._truth: TextIO = (out / "truth.jsonl").open("w", encoding="utf-8", newline="\n")

    def put(self, batch: Batch) -> None:
        content = render(batch)
        relative = self._path(batch)
        target = self.out / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self._entries.append(_entry(batch, relative, content))
        self.summary.files += 1
        self.summary.defects.update(batch.features)
        if batch.expect == "taken":
            self._rows(batch, relative)
        else:
            self.summary.refused_files += 1

    def _path(self, batch: Batch) -> str:
        if batch.name:
            return f"files/{batch.name}"
        stem = f"files/{batch.provider.id}/{batch.received.isoformat()}_{batch.item}"
        self._count[stem] += 1
        number = f"_{self._count[stem]}" if self._count[stem] > 1 else ""
        return f"{stem}{number}.{_SUFFIX[batch.style.container]}"

    def _rows(self, batch: Batch, relative: str) -> None:
        self.summary.rows += len(batch.rows)
        self.summary.items[batch.item] += len(batch.rows)
        for row in batch.rows:
            self.summary.fates[row.fate] += 1
            self.summary.defects.update(row.defects)
            record = {
                "file": relative, "line": row.line, "fate": row.fate, "defects": sorted(row.defects),
                "subject": row.subject.truth,
            }  # fmt: skip
            self._truth.write(json.dumps(record, ensure_ascii=False) + "\n")

    def close(self) -> Summary:
        self._truth.close()
        ordered = sorted(self._entries, key=lambda e: (str(e["received"]), e["item"] != "DJZC"))
        text = json.dumps(ordered, ensure_ascii=False, indent=1)
        (self.out / "manifest.json").write_text(text + "\n", encoding="utf-8")
        return self.summary


def _entry(batch: Batch, relative: str, content: bytes) -> dict[str, object]:
    return {
        "path": relative, "item": batch.item,
        "provider": batch.provider.code, "provider_id": batch.provider.id,
        "mode": batch.mode, "received": batch.received.isoformat(), "container": batch.style.container,
        "sha256": hashlib.sha256(content).hexdigest(), "rows": len(batch.rows), "expect": batch.expect,
        "features": batch.features, "note": batch.note,
    }  # fmt: skip
