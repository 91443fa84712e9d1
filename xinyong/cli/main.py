"""The `xinyong` command. Each verb is a few lines over the floors below."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from xinyong import __version__
from xinyong.cli import output
from xinyong.cli.output import err, guarded, out, print_json
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import Refused

app = typer.Typer(
    help="信用潼南：区县公共信用信息平台。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")]


def _book() -> Any:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home

    return load_rulebook(home.local_rulebook())


def prepared(*, whole: bool = False) -> Any:
    from xinyong.foundation import setup

    setup.ready(whole=whole)
    return _book()


def operator() -> Any:
    """Whoever runs the command on the server, by login name."""
    from xinyong.foundation.audit import Who

    return Who(os.environ.get("USER") or "operator", "center", origin="cli")


def today() -> date:
    return day_of(output.now())


def _day(text: str | None, name: str) -> date | None:
    from xinyong.kernel.dates import parse_date

    if text is None:
        return None
    day = parse_date(text)
    if day is None:
        raise Refused("bad_date", f"{name} 的日期“{text}”不认识；请写成 2026-03-05。")
    return day


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("bad_time", f"--known-at 的时刻“{text}”不认识；请写成 2026-03-05T09:30:00。") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


@app.command()
def init(as_json: Json = False) -> None:
    """初始化：建立数据库、角色与目录。可以重复运行。"""
    from xinyong.foundation import database, setup

    with guarded(as_json):
        setup.initialise()
        book = _book()
        from xinyong.catalog import registry

        with database.connect_app() as c:
            registry.register(c, [v for versions in book.items.values() for v in versions])
            has_admins = _has_admins(c)
        where = database.public_name()
        if as_json:
            print_json({"database": where, "edition": book.edition.id, "items": len(book.items)})
        else:
            out.print(f"已就绪：数据库 {where}，目录 {len(book.items)} 项（规则库 {book.edition.id} 版）。")
            _what_next(has_admins)


def _has_admins(c: Any) -> bool:
    found = c.execute("SELECT EXISTS (SELECT 1 FROM account WHERE role LIKE '%admin')").fetchone()
    return bool(found and found[0])


def _what_next(has_admins: bool) -> None:
    if not has_admins:
        out.print(
            "还没有管理员：请运行 xinyong account bootstrap --system 甲 --security 乙 --audit 丙，"
            "开立三个管理员后从网站登录。",
            markup=False,
        )


@app.command("upgrade-db")
def upgrade_db(as_json: Json = False) -> None:
    """升级数据库结构，并列出本地规则与新版规则的冲突。"""
    from xinyong.foundation import setup

    with guarded(as_json):
        done = setup.initialise()
        conflicts = [c.sentence for c in _book().conflicts]
        if as_json:
            print_json({"done": done, "conflicts": conflicts})
        else:
            out.print("数据库结构已是最新。")
            for sentence in conflicts:
                out.print(f"规则冲突：{sentence}", markup=False)


@app.command()
def identify(
    codes: Annotated[list[str] | None, typer.Argument(help="代码；- 从标准输入逐行读")] = None,
    as_json: Json = False,
) -> None:
    """校验统一社会信用代码、组织机构代码、注册号与身份证号，并给出可能的正确代码。"""
    from xinyong.catalog.regions import load_regions
    from xinyong.kernel.identifiers import identify as check

    with guarded():
        given = codes or ["-"]
        lines = (line.rstrip("\r\n") for line in sys.stdin) if given == ["-"] else iter(given)
        regions, exceptions, day = load_regions(), _exceptions(), today()
        for line in lines:
            answer = check(line, as_of=day, regions=regions, exceptions=exceptions)
            _show_identification(answer, as_json)


def _exceptions() -> frozenset[str]:
    from xinyong.collection.confirmed import exceptions
    from xinyong.foundation import home

    return exceptions(home.home() / "rulebook")


def _show_identification(answer: Any, as_json: bool) -> None:
    names = ("input", "kind", "valid", "reason", "warnings", "normalized", "candidates")
    if as_json:
        print_json({n: getattr(answer, n) for n in names})
        return
    verdict = "正确" if answer.valid else f"不正确（{answer.reason}）"
    more = f" 可能是：{'、'.join(answer.candidates)}" if answer.candidates else ""
    notes = f" 提示：{'、'.join(answer.warnings)}" if answer.warnings else ""
    out.print(f"{answer.input}  {answer.kind}  {verdict}{more}{notes}", markup=False)


@app.command()
def template(item: str, out_file: Annotated[Path, typer.Option("--out", help="要写的 XLSX 文件")]) -> None:
    """生成某个目录事项的填报模板（带下拉选项和填报说明）。"""
    from xinyong.collection.template import template as write

    with guarded():
        book = _book()
        write(book.item(item.upper(), today()), book, out_file)
        out.print(f"已生成 {out_file}", markup=False)


@app.command()
def intake(
    file: Path,
    item: Annotated[str, typer.Option("--item", help="目录事项代码，如 XZCF")],
    provider: Annotated[str, typer.Option("--provider", help="提供单位编号或统一社会信用代码")] = "",
    mode: Annotated[str, typer.Option("--mode", help="增量 | 全量 | 补录")] = "增量",
    received_on: Annotated[
        str | None, typer.Option("--received-on", help="部门交来的日期（默认今天）")
    ] = None,
    rejects_out: Annotated[
        Path | None, typer.Option("--rejects-out", help="退回与待核表（CSV 或 XLSX）")
    ] = None,
    as_json: Json = False,
) -> None:
    """归集一个文件：合格的入库，不合格的退回，对不上的待核。"""
    with guarded(as_json):
        from xinyong.collection.intake import Request
        from xinyong.collection.intake import intake as take

        day = _day(received_on, "--received-on")
        book = prepared()
        request = Request(file, item, operator(), output.now(), provider, mode, day)
        with output.progress(file.name) as tell:
            receipt = take(request, book, tell)
        if rejects_out is not None:
            _write_rejects(receipt.submission, book, rejects_out)
        if as_json:
            print_json(receipt.as_json())
        else:
            _show_receipt(receipt)


def _write_rejects(submission: int, book: Any, target: Path, *, cells: bool = True) -> int:
    from xinyong.collection.rejects import handed_out
    from xinyong.foundation import database

    with database.connect_app() as c:
        return handed_out(c, operator(), output.now(), submission, book, target, cells=cells)


def _show_receipt(r: Any) -> None:
    from xinyong.cli.tables import receipt_table

    out.print(receipt_table(r))
    for note in r.notes:
        out.print(note, markup=False)


@app.command("zero-report")
def zero_report(
    item: Annotated[str, typer.Option("--item")],
    provider: Annotated[str, typer.Option("--provider")],
    month: Annotated[str, typer.Option("--month", help="如 2026-03")],
    as_json: Json = False,
) -> None:
    """零报告：本月没有作出应报的决定。"""
    with guarded(as_json):
        from xinyong.collection.ledger import zero_report as report
        from xinyong.foundation import database

        book = prepared()
        with database.connect_app() as c:
            receipt = report(c, book, item.upper(), provider, month, operator(), output.now())
        if as_json:
            print_json(receipt.as_json())
        else:
            _show_receipt(receipt)


@app.command()
def undo(
    submission: int,
    reason: Annotated[str, typer.Option("--reason", help="撤销原因")] = "",
    as_json: Json = False,
) -> None:
    """当天整批撤销一次报送（留痕，不删除）。"""
    with guarded(as_json):
        from xinyong.collection.undo import undo as reverse
        from xinyong.foundation import database

        prepared()
        with database.connect_app() as c:
            receipt = reverse(c, submission, reason, operator(), output.now())
        if as_json:
            print_json(receipt.as_json())
        else:
            _show_receipt(receipt)


@app.command()
def receipt(submission: int, as_json: Json = False) -> None:
    """查看一次报送的回执。"""
    with guarded(as_json):
        from xinyong.collection import receipts
        from xinyong.foundation import database

        prepared()
        with database.connect_app() as c:
            found = receipts.load(c, submission)
        if as_json:
            print_json(found.as_json())
        else:
            _show_receipt(found)


@app.command()
def rejects(
    submission: int,
    out_file: Annotated[Path, typer.Option("--out", help="CSV 或 XLSX")],
    problems_only: Annotated[bool, typer.Option("--problems-only", help="只列问题，不含原始内容")] = False,
) -> None:
    """重新生成某批次的退回与待核表。"""
    with guarded():
        book = prepared()
        rows = _write_rejects(submission, book, out_file, cells=not problems_only)
        out.print(f"已写出 {rows} 行到 {out_file}", markup=False)


def _asker(c: Any, user: str | None, purpose: str) -> Any:
    from xinyong.disclosure.asker import actor
    from xinyong.foundation.audit import PUBLIC

    return actor(c, user, purpose) if user else PUBLIC


@app.command()
def archive(
    code: str,
    as_of: Annotated[str | None, typer.Option("--as-of", help="截至哪一天的情况（有效时间）")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="按哪一时刻所知（系统时间）")] = None,
    user: Annotated[str | None, typer.Option("--as", help="以哪个用户的身份")] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="用途")] = "",
    as_json: Json = False,
) -> None:
    """查询一个主体的信用档案（默认：公众可见的内容）。每次查询都会留痕。"""
    with guarded(as_json):
        from xinyong.disclosure import queries
        from xinyong.foundation import database

        day, moment = _day(as_of, "--as-of"), _moment(known_at)
        book = prepared()
        with database.connect_app(autocommit=True) as c:
            q = queries.Question(_asker(c, user, purpose), output.now(), today(), day, moment)
            answer = queries.archive(c, code, q, book)
        if as_json:
            print_json(answer.as_json())
        else:
            from xinyong.cli.tables import show_archive

            show_archive(out, answer)


@app.command()
def search(
    text: str,
    user: Annotated[str | None, typer.Option("--as", help="以哪个用户的身份")] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="用途")] = "",
    limit: Annotated[int, typer.Option("--limit")] = 20,
    as_json: Json = False,
) -> None:
    """按代码、名称（全称或片段）、拼音首字母查找主体。"""
    with guarded(as_json):
        from xinyong.disclosure import queries
        from xinyong.foundation import database

        prepared()
        with database.connect_app(autocommit=True) as c:
            q = queries.Question(_asker(c, user, purpose), output.now(), today())
            found = queries.search(c, text, q, limit)
        if as_json:
            print_json({"text": text, "found": found})
        else:
            from xinyong.cli.tables import search_table

            out.print(search_table(found) if found else "没有找到。")


@app.command()
def catalog(item: Annotated[str | None, typer.Argument()] = None, as_json: Json = False) -> None:
    """列出目录事项，或一个事项的全部字段与规则。"""
    with guarded(as_json):
        from xinyong.cli import tables

        book, day = _book(), today()
        if item is None:
            found = {
                "edition": book.edition.id,
                "items": [tables.item_summary(i) for i in book.current_items(day)],
            }
            print_json(found) if as_json else out.print(tables.items_table(book.current_items(day)))
        else:
            one = book.item(item.upper(), day)
            print_json(tables.item_json(one, book)) if as_json else tables.show_item(out, one, book)


@app.command()
def providers(as_json: Json = False) -> None:
    """本区部门库：提供单位的编号、名称与代码。"""
    with guarded(as_json):
        from xinyong.cli import tables

        found = list(_book().providers.values())
        if as_json:
            print_json({"providers": [tables.provider_json(p) for p in found]})
        else:
            out.print(tables.providers_table(found))


@app.command()
def sample(
    out_dir: Annotated[Path, typer.Option("--out")],
    subjects: Annotated[int, typer.Option("--subjects", min=200)] = 20_000,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    legacy: Annotated[int, typer.Option("--legacy", help="改为生成这么多条存量记录", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """生成虚构的示例区数据（部门文件、标准答案与说明）。"""
    with guarded(as_json):
        import sampledistrict

        with output.progress("生成示例区") as tell:
            if legacy:
                summary = sampledistrict.legacy(out_dir, records=legacy, seed=seed, progress=tell)
            else:
                summary = sampledistrict.generate(out_dir, subjects=subjects, seed=seed, progress=tell)
        if as_json:
            print_json({"subjects": summary.subjects, "files": summary.files, "rows": summary.rows})
        else:
            out.print(
                f"已生成 {summary.subjects:,} 个虚构主体、{summary.files:,} 个文件、{summary.rows:,} 行，在 {out_dir}"
            )


@app.command()
def actor(
    name: str,
    role: Annotated[str, typer.Option("--role", help="center | department | subject | auditor …")],
    provider: Annotated[str, typer.Option("--provider", help="所属部门或主体的统一社会信用代码")] = "",
) -> None:
    """登记一个查询用户（登录与权限在网站中管理）。"""
    with guarded():
        from xinyong.disclosure.asker import add_actor
        from xinyong.foundation import database

        prepared()
        with database.connect_app() as c:
            add_actor(c, name, role, provider, operator(), output.now())
        out.print(f"已登记用户 {name}（{role}）", markup=False)


@app.command()
def version() -> None:
    """版本号。"""
    out.print(__version__)


from xinyong.cli import (  # noqa: E402, F401  each registers its commands on `app`
    accounts,
    demo,
    held,
    ledger,
    maintenance,
    operations,
    quality,
    reporting,
    reports,
    token,
)


def run() -> None:
    """Entry point: typer's own usage errors end with 2, as refused input."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    finally:
        if cluster := sys.modules.get("xinyong.foundation.cluster"):  # else no command has started the server
            cluster.release()


__all__ = ["app", "err", "run"]
