"""Commands that keep an installation well: doctor, backup and restore, erasure, keys, leftovers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, operator, prepared
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Fault, XinyongError

MARKS = {"ok": "正常", "warning": "提醒", "fault": "故障"}


def _book_or_error() -> Any:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home

    try:
        return load_rulebook(home.local_rulebook())
    except XinyongError as e:
        return e
    except OSError as e:
        return Fault("home", f"数据目录不可用（{e.strerror}）；请检查 XINYONG_HOME 的位置与权限。")


@app.command()
def doctor(as_json: Json = False) -> None:
    """检查这套安装有什么毛病、怎么修。有故障时以 1 结束。"""
    with guarded(as_json):
        from xinyong.foundation import doctor as examiner

        checks = examiner.examine(_book_or_error(), output.now())
        if as_json:
            print_json({"worst": examiner.worst(checks), "checks": [asdict(c) for c in checks]})
        else:
            for c in checks:
                out.print(f"{MARKS[c.level]}  {c.sentence}", markup=False)
        if examiner.worst(checks) == "fault":
            raise SystemExit(Fault.exit_code)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="新目录，或以 .tar 结尾的文件")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="连同密钥一起备份（须另行妥善保管）")
    ] = False,
    as_json: Json = False,
) -> None:
    """备份数据库、原始文件、本地规则与删除记录。默认不含密钥，请另行备份 keys 目录。"""
    with guarded(as_json):
        from xinyong.foundation import backup as keeping

        prepared()
        with output.progress("备份") as tell:
            manifest = keeping.backup(target, output.now(), tell, with_keys=with_keys)
        if as_json:
            print_json(asdict(manifest))
        else:
            out.print(f"已备份到 {target}：{len(manifest.parts):,} 个部分。", markup=False)
            out.print(
                "备份里有密钥，请像密钥一样保管。" if with_keys else "备份里没有密钥：请另行备份 keys 目录。"
            )


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="备份目录或 .tar 文件")],
    force: Annotated[bool, typer.Option("--force", help="覆盖现有数据")] = False,
    log: Annotated[Path | None, typer.Option("--erasures", help="比备份更新的 erasures.jsonl")] = None,
    as_json: Json = False,
) -> None:
    """从备份恢复，并重做备份之后的删除。"""
    with guarded(as_json):
        from xinyong.collection import erasure
        from xinyong.foundation import restore as restoring

        with output.progress("恢复") as tell:
            done = restoring.restore(source, erasure.again, tell, force=force, log=log)
        if as_json:
            print_json(asdict(done))
        else:
            rows = sum(done.manifest.counts.values())
            out.print(f"已恢复 {rows:,} 行，核对无误；重做删除 {done.erased_again} 项。")
            if done.unreadable:
                out.print(f"有 {len(done.unreadable)} 份原始文件缺文件或密钥，读不出。")


@app.command()
def erase(
    rule: Annotated[str, typer.Option("--rule", help="要求删除的规则，如 REC_PERSONAL")],
    instrument: Annotated[str, typer.Option("--instrument", help="法律文件编号，如 PIPL")],
    article: Annotated[str, typer.Option("--article", help="条款，如 第四十七条")],
    record: Annotated[str, typer.Option("--record", help="记录号")] = "",
    submission: Annotated[int, typer.Option("--original-of", help="改为删除这个批次的原始文件")] = 0,
    as_json: Json = False,
) -> None:
    """依规删除一条记录（连同原始文件中的这一行），或一份原始文件；留下删除记录。"""
    with guarded(as_json):
        from xinyong.collection import erasure
        from xinyong.foundation.erasures import Ground

        book, ground = prepared(), Ground(rule, instrument, article)
        if submission:
            gone = erasure.erase_original(submission, ground, operator(), output.now())
            found: dict[str, Any] = {"original_of": submission, "erased": gone}
        else:
            found = asdict(erasure.erase_record(record, ground, operator(), output.now(), book))
        if as_json:
            print_json(found)
        else:
            out.print("已删除，并留下删除记录。")


@app.command("rotate-keys")
def rotate_keys(as_json: Json = False) -> None:
    """更换封装密钥：新一代密钥，重新封装全部数据密钥。中断后再次运行即可接续。"""
    with guarded(as_json):
        from xinyong.foundation import rotation

        prepared()
        done = rotation.rotate()
        if as_json:
            print_json(asdict(done))
        else:
            out.print(
                f"现用第 {done.generation} 代密钥，重新封装 {done.rewrapped:,} 个；请重新备份 keys 目录。"
            )


@app.command()
def sweep(as_json: Json = False) -> None:
    """清理中断留下的临时文件和无主的原始文件。"""
    with guarded(as_json):
        from xinyong.foundation import sweep as sweeping

        prepared()
        done = sweeping.sweep()
        if as_json:
            print_json(asdict(done))
        else:
            out.print(f"清理临时文件 {len(done.temporary)} 个、无主原件 {len(done.orphans)} 个。")
            if done.waited:
                out.print("有归集正在进行，无主原件下次再清理。")
