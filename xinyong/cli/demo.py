"""`xinyong demo` and `xinyong takeon`: whole folders through the main path, with a summary a person can read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from xinyong.cli import output
from xinyong.cli.main import Json, app, init, operator, prepared, today
from xinyong.cli.output import guarded, out, print_json
from xinyong.foundation import home
from xinyong.kernel.errors import Refused

if TYPE_CHECKING:  # what takes long to import is imported where it is used
    from xinyong.collection import takeon


@app.command()
def demo(
    subjects: Annotated[int, typer.Option("--subjects", min=200, help="示例主体数")] = 20_000,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    as_json: Json = False,
) -> None:
    """在虚构的示例区上跑完主流程：初始化、生成部门文件、归集、对照标准答案、查询档案。"""
    with guarded(as_json):
        import sampledistrict

        started = time.monotonic()
        init(as_json=False)
        book = prepared()
        folder = home.home() / "sample"
        with output.progress("生成示例区") as tell:
            sampledistrict.generate(folder, subjects=subjects, seed=seed, progress=tell)
        outcome, scores = _run(folder, book)
        _report(outcome, scores, time.monotonic() - started, as_json)
        if not as_json:
            _example(book, folder)


def _run(folder: Path, book: Any) -> tuple[takeon.Outcome, takeon.Scores]:
    from xinyong.collection import takeon
    from xinyong.disclosure import listing_job
    from xinyong.foundation import database

    with output.progress("归集") as tell:
        outcome = takeon.take_on(folder, book, operator(), output.now, tell)
    listing_job.catch_up(book, today(), output.now())
    with database.connect_app() as c:
        return outcome, takeon.against_truth(c, folder, outcome)


def _report(outcome: takeon.Outcome, scores: takeon.Scores, seconds: float, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "files": outcome.files,
                "refused_files": outcome.refused,
                "rows": outcome.rows,
                "totals": {k: dict(v) for k, v in outcome.totals.items()},
                "as_expected": scores.right,
                "checked": sum(scores.fates.values()),
                "mismatches": outcome.mismatches,
                "seconds": round(seconds, 1),
            }
        )
        return
    out.print(totals_table(outcome))
    for r in outcome.refused:
        out.print(f"整份退回 {r['path']}：{r['sentence']}", markup=False)
    out.print(_defects_table(scores))
    out.print(
        f"共 {outcome.files:,} 个文件、{outcome.rows:,} 行，用时 {seconds:.0f} 秒；"
        f"与标准答案一致 {scores.right:,} / {sum(scores.fates.values()):,} 行。"
    )
    for line in outcome.mismatches:
        out.print(f"不一致：{line}", markup=False)


def totals_table(outcome: takeon.Outcome) -> Table:
    """Fates by item. Each line adds up to its rows."""
    from xinyong.cli import tables

    table = Table("事项", "行数", *(text for _, text in tables.FATES), "提示", "迟报", title="归集结果")
    names = ("rows", *(name for name, _ in tables.FATES), "warnings", "late")
    for item, counts in sorted(outcome.totals.items()):
        table.add_row(item, *(f"{counts[n]:,}" for n in names))
    sums = [sum(t[n] for t in outcome.totals.values()) for n in names]
    table.add_section()
    table.add_row("合计", *(f"{n:,}" for n in sums))
    return table


def _defects_table(scores: takeon.Scores) -> Table:
    table = Table("注入的情形", "行数", "处理正确", title="与标准答案对照（示例数据，全部虚构）")
    for defect, count in scores.injected.most_common():
        table.add_row(defect, f"{count:,}", f"{scores.caught[defect]:,}")
    return table


def _example(book: Any, folder: Path) -> None:
    """Ask for one subject that has several kinds of records, as the public and as the centre would."""
    from xinyong.disclosure import queries
    from xinyong.foundation import database
    from xinyong.foundation.audit import PUBLIC, Who

    code = _busy_subject(folder)
    if code is None:
        return
    with database.connect_app(autocommit=True) as c:
        for who in (PUBLIC, Who("示例业务员", "center", purpose="演示")):
            answer = queries.archive(c, code, queries.Question(who, output.now(), today()), book)
            seen = "、".join(f"{k} {n} 条" for k, n in answer.counts.items()) or "无"
            out.print(
                f"查询 {code}（{who.name}）：{answer.subject['name'] if answer.subject else '无可公开信息'}；{seen}"
            )
    out.print(
        "接着可以：xinyong search 示例 · xinyong archive 代码 · make serve（网站 http://127.0.0.1:8000/）",
        markup=False,
    )


def _busy_subject(folder: Path) -> str | None:
    seen: dict[str, set[str]] = {}
    for line in open(folder / "truth.jsonl", encoding="utf-8"):
        row = json.loads(line)
        code = str(row.get("subject") or "")
        if len(code) == 18 and row["fate"] == "new":
            seen.setdefault(code, set()).add(row["file"].rsplit("_", 1)[-1])
    return max(seen, key=lambda code: (len(seen[code]), code), default=None)


@app.command("takeon")
def take_on(
    folder: Path,
    report: Annotated[Path | None, typer.Option("--report", help="对账报告（XLSX）")] = None,
    as_json: Json = False,
) -> None:
    """接收一批存量文件（按 manifest.json 的顺序），并与原系统的总数对账。"""
    with guarded(as_json):
        from xinyong.collection import takeon
        from xinyong.disclosure import listing_job

        if report is not None and report.suffix.lower() != ".xlsx":
            raise Refused("report_format", f"对账报告请写成 .xlsx 文件（现在是 {report.name}）。")
        book = prepared()
        with output.progress("接收存量") as tell:
            outcome = takeon.take_on(folder, book, operator(), output.now, tell)
        listing_job.catch_up(book, today(), output.now())
        lines = takeon.reconcile(folder, outcome)
        if report is not None:
            write_reconciliation(lines, outcome, report)
        if as_json:
            found = [{**_line(x), "explained": x.explained} for x in lines]
            print_json({"lines": found, "refused_files": outcome.refused, "rows": outcome.rows})
        else:
            out.print(totals_table(outcome))
            _show_reconciliation(lines, outcome)


def _line(x: takeon.Line) -> dict[str, Any]:
    return {n: getattr(x, n) for n in x.__dataclass_fields__}


def _show_reconciliation(lines: list[takeon.Line], outcome: takeon.Outcome) -> None:
    if not lines:
        out.print("目录里没有 control-totals.csv，未作对账。")
        return
    open_lines = [x for x in lines if not x.explained]
    stock = sum(x.stock for x in lines)
    out.print(f"原系统 {stock:,} 条，全部有去处的事项 {len(lines) - len(open_lines)} / {len(lines)}。")
    for x in open_lines:
        out.print(
            f"对不上：{x.item} 原系统 {x.stock:,} 条，接收 {outcome.totals[x.item]['rows']:,} 行。",
            markup=False,
        )


HEADINGS = {
    "item": "事项", "stock": "原系统记录数", "taken": "新增", "duplicates": "重复", "corrected": "更正",
    "revoked": "撤销", "held": "待核", "rejected": "退回",
}  # fmt: skip


def write_reconciliation(lines: list[takeon.Line], outcome: takeon.Outcome, target: Path) -> None:
    """The reconciliation as a workbook: one line an item, and the files that were refused."""
    import xlsxwriter

    with xlsxwriter.Workbook(target) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1})
        number = book.add_format({"num_format": "#,##0", "border": 1})
        sheet = book.add_worksheet("对账")
        sheet.set_column(0, 9, 14)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [*HEADINGS.values(), "是否对平"], head)
        for n, x in enumerate(lines, 1):
            sheet.write_row(n, 0, list(_line(x).values()), number)
            sheet.write(n, len(HEADINGS), "对平" if x.explained else "不平", number)
        refused = book.add_worksheet("整份退回")
        refused.set_column(0, 1, 60)
        refused.write_row(0, 0, ["文件", "原因"], head)
        for n, r in enumerate(outcome.refused, 1):
            refused.write_row(n, 0, [r["path"], r["sentence"]])
