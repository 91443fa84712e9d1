"""`xinyong ledger`: seal, show, prove and verify the evidence log (存证)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, prepared
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Fault, Refused

if TYPE_CHECKING:
    from xinyong.kernel.checkpoints import Checkpoint
    from xinyong.kernel.merkle import Algorithm

ledger = typer.Typer(help="存证日志：封存、检查点、证明、核验。", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

OutFile = Annotated[Path | None, typer.Option("--out", help="写入这个文件；不写则打印")]


def _connected() -> Any:
    from xinyong.foundation import database

    prepared()
    return database.connect_app(autocommit=True)


@ledger.command()
def seal(as_json: Json = False) -> None:
    """封存还没有封存的内容并签发检查点。后台任务每分钟做一次，也可以手工做。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import notes, sealing

        now = output.now()
        done = sealing.seal(c, now, notes.origin(), notes.signer(c, now))
        size = (done or sealing.last(c)).size
        if as_json:
            print_json({"sealed": done is not None, "size": size})
        else:
            out.print(f"{'已封存' if done else '没有新内容需要封存'}，日志共 {size} 条。")


@ledger.command()
def rebuild(as_json: Json = False) -> None:
    """由数据库重建存证日志的文件，并与最后的检查点核对。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import rebuilding

        size = rebuilding.rebuild(c).size
        if as_json:
            print_json({"size": size})
        else:
            out.print(f"已重建，日志共 {size} 条，与检查点相符。")


@ledger.command()
def checkpoint(
    tree: Annotated[str, typer.Option("--tree", help="sha256 或 sm3")] = "sha256",
    size: Annotated[int | None, typer.Option("--size", help="哪一个检查点；默认最新")] = None,
    target: OutFile = None,
    as_json: Json = False,
) -> None:
    """打印带签名的检查点；交给外部留存，以后可凭它查出任何改动。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import anchoring, proofs

        found = proofs.state(c, size)
        if tree not in found.notes:
            raise Refused(
                "no_checkpoint", "还没有检查点，或者树的名称不是 sha256、sm3；请先运行 xinyong ledger seal。"
            )
        note = anchoring.cosigned_note(c, found, tree)  # type: ignore[arg-type]
        _give({"size": found.size, "tree": tree, "note": note} if as_json else note, target, as_json)


@ledger.command()
def keys(target: OutFile = None, as_json: Json = False) -> None:
    """打印核验检查点用的公钥，一行一把。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import notes

        lines = [str(v) for v in notes.verifiers(c, output.now())]
        _give({"keys": lines} if as_json else "\n".join(lines) + "\n", target, as_json)


@ledger.command()
def prove(
    what: Annotated[
        str, typer.Argument(help="record:记录编号、receipt:批次号、report:报告编号、erased:编号……")
    ],
    size: Annotated[int | None, typer.Option("--size", help="对哪一个检查点证明；默认最新")] = None,
    whole: Annotated[
        bool, typer.Option("--with-document", help="连同原文和盐值；只交给有权看到这条内容的人")
    ] = False,
    target: OutFile = None,
    as_json: Json = False,
) -> None:
    """证明一条内容在日志里。证明默认只含摘要值，不含内容；用 tools/verify.py 核验。"""
    with guarded(as_json), _connected() as c:
        found = _proof(c, what, size, whole)
        _give(
            found.as_json() if as_json else json.dumps(found.as_json(), ensure_ascii=False) + "\n",
            target,
            as_json,
        )


def _proof(c: Any, what: str, size: int | None, whole: bool) -> Any:
    from dataclasses import replace

    from xinyong.archive import evidence
    from xinyong.foundation.evidence import proofs

    kind, ref = _named(what)
    record = kind == "record"
    found = (
        proofs.of_row(c, f"record:{ref}", evidence.leaf_of(c, ref), size)
        if record
        else proofs.of_entry(c, kind, ref, size)
    )
    if not whole:
        return found
    if not proofs.has_document(kind):
        raise Refused(
            "no_document",
            f"{kind} 只有摘要值，本来就没有原文可给：它由批次各行字段以外的栏算出，由 xinyong ledger verify 逐行核对；"
            "请去掉 --with-document。",
        )
    document, salt = evidence.told(c, ref) if record else proofs.told(c, kind, ref)
    if document is None:
        from xinyong.foundation.evidence import audited

        number = audited.erasure_of(c, found.leaf)
        other = (
            f"可以证明登记：erased:{number}" if number else "也没有删除登记，请用 xinyong ledger verify 核验"
        )
        raise Refused("erased", f"“{what}”的内容已依规则删除或封存，没有原文可给；{other}。")
    return replace(found, document=document, salt=salt)


def _named(what: str) -> tuple[str, str]:
    """Kind and number; a report's is taken as it is printed, with dashes."""
    from xinyong.services.creditreport import numbers

    kind, _, ref = what.replace("：", ":").partition(":")
    kind, ref = kind.strip(), ref.strip()
    return kind, (numbers.canonical(ref) or ref) if kind == "report" else ref


@ledger.command()
def growth(
    old: Annotated[int, typer.Argument(help="旧检查点的条数")],
    size: Annotated[int | None, typer.Option("--size", help="新检查点的条数；默认最新")] = None,
    target: OutFile = None,
    as_json: Json = False,
) -> None:
    """证明新日志完整保留了旧日志。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import proofs

        paths = {a: [h.hex() for h in path] for a, path in proofs.growth(c, old, size).items()}
        _give(paths if as_json else json.dumps(paths) + "\n", target, as_json)


def _give(value: Any, target: Path | None, as_json: bool) -> None:
    if target is not None:
        target.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), "utf-8")
        if as_json:
            print_json({"out": str(target)})
    elif as_json:
        print_json(value)
    else:
        typer.echo(value, nl=False)


@ledger.command()
def tiles(
    target: Annotated[Path, typer.Option("--out", help="写到哪个文件夹；再次运行只补新的")],
    as_json: Json = False,
) -> None:
    """把两棵树写成静态文件（C2SP tlog-tiles），可以由任何网页服务器提供。"""
    with guarded(as_json), _connected() as c:
        from xinyong.foundation.evidence import exporting, notes

        written = exporting.export(c, target, [str(v) for v in notes.verifiers(c, output.now())])
        if as_json:
            print_json({"files": written})
        else:
            out.print(f"已写出 {written} 个文件到 {target}", markup=False)


@ledger.command()
def verify(
    kept: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="外部留存的检查点文件，可以给几个")
    ] = None,
    as_json: Json = False,
) -> None:
    """逐条核对数据库与存证日志。有改动时以 1 结束，并说明在哪里。"""
    with guarded(as_json), _connected() as c:
        from dataclasses import asdict

        from xinyong.foundation.evidence import checking, notes

        ours = notes.ours(c, output.now())
        witnessed = [_kept(path, ours) for path in kept or []]
        with output.progress("核验") as tell:
            result = checking.verify(
                c,
                ours,
                witnessed,
                lambda done: tell(f"{done} 条", None),
            )
        if as_json:
            print_json({**asdict(result), "kinds": dict(result.kinds), "sound": result.sound})
        else:
            _told(result)
        if not result.sound:
            raise SystemExit(Fault.exit_code)


def _kept(path: Path, ours: Callable[[str, Algorithm], bool]) -> tuple[Algorithm, Checkpoint]:
    """A checkpoint that somebody kept. Refused: no checkpoint, or not one that this platform signed."""
    from xinyong.foundation.evidence.notes import algorithm_of, own_part
    from xinyong.kernel.checkpoints import parse

    try:
        note = own_part(path.read_text("utf-8-sig"))
        found, _ = parse(note)
    except (OSError, ValueError):
        raise Refused(
            "no_checkpoint", f"{path} 读不了或不是检查点；请给出 xinyong ledger checkpoint 打印的文件。"
        ) from None
    algorithm = algorithm_of(found)
    if not ours(note, algorithm):
        raise Refused(
            "foreign_checkpoint",
            f"{path} 没有本平台登记过的公钥的有效签名，没有拿来核对：它可能不是本平台签发的，或者被改动过，也可能是公钥的登记被改了。"
            "请用 verify.py 和签发时留下的公钥文件核验它。",
        )
    return algorithm, found


def _told(result: Any) -> None:
    out.print(f"已核对 {result.checked} 条，其中依规则删除 {result.erased} 条；日志共 {result.size} 条。")
    if result.unsealed:
        out.print(f"另有 {result.unsealed} 条尚未封存（最早 {result.unsealed_since:%Y-%m-%d %H:%M:%S}）。")
    for f in result.findings:
        out.print(f"✗ {f.sentence}", markup=False)
    out.print("与封存时一致。" if result.sound else f"发现 {len(result.findings)} 处不一致。")
