"""Credit reports from the command line: issue one, verify one, hand out the public keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, prepared, today
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Refused


@app.command()
def report(
    code: str,
    out_file: Annotated[Path, typer.Option("--out", help="写到哪里（.pdf 或 .json），旁边另写签名文件 .sig")],
    user: Annotated[str, typer.Option("--as", help="以哪个用户的身份")],
    purpose: Annotated[str, typer.Option("--purpose", help="报告用途：十五项之一，或其编号")],
    profile: Annotated[str, typer.Option("--profile", help="报告版式，如 ZX_565；默认公共信用信息报告")] = "",
    name: Annotated[str, typer.Option("--name", help="自然人的姓名（与身份证一致）")] = "",
    note: Annotated[str, typer.Option("--note", help="用途说明")] = "",
    as_json: Json = False,
) -> None:
    """出具一份带编号和签名的信用报告。"""
    with guarded(as_json):
        from xinyong.disclosure.asker import actor
        from xinyong.foundation import database
        from xinyong.services.creditreport.actions import Order, issue

        if out_file.suffix.lower() not in (".pdf", ".json"):
            raise Refused("report_file", f"不能写成 {out_file.name}；文件名请以 .pdf 或 .json 结尾。")
        book, order = prepared(), Order(code, purpose, profile, note=note, name=name)
        with database.connect_app(autocommit=True) as c:
            who = actor(c, user, note or purpose)
            issued = issue(c, who, order, output.now(), today(), book)
        in_json = out_file.suffix.lower() == ".json"
        _write(out_file, issued.json if in_json else issued.pdf)
        signed = issued.json_signatures if in_json else issued.pdf_signatures
        _write(out_file.with_name(out_file.name + ".sig"), signed)
        if as_json:
            print_json({"number": issued.number, "records": issued.records, "file": str(out_file)})
        else:
            out.print(f"已出具报告 {issued.number}（{issued.records} 条信息），写到 {out_file}", markup=False)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@app.command("verify-report")
def verify_report(
    file: Path,
    signature: Annotated[Path | None, typer.Option("--signature", help="签名文件，默认加 .sig")] = None,
    as_json: Json = False,
) -> None:
    """核验一份报告文件：签名、编号，以及是否仍为现状。"""
    with guarded(as_json):
        from xinyong.foundation import database
        from xinyong.services.creditreport.checking import check

        book = prepared()
        sig = signature or file.with_name(file.name + ".sig")
        with database.connect_app(autocommit=True) as c:
            found = check(c, _read(file), _read(sig), output.now(), today(), book)
        if as_json:
            print_json(found.as_json())
        else:
            out.print(found.sentence, markup=False)
        if not found.genuine:
            raise SystemExit(2)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise Refused("no_file", f"没有文件 {path}；请核对路径。")
    return path.read_bytes()


@app.command("report-keys")
def report_keys(
    out_file: Annotated[Path, typer.Option("--out", help="公钥文件，如 public-keys.json")],
    renew: Annotated[bool, typer.Option("--renew", help="先更换签名密钥；旧报告仍可核验")] = False,
) -> None:
    """导出核验报告用的公钥。"""
    with guarded():
        from xinyong.cli.main import operator
        from xinyong.foundation import database, signing
        from xinyong.services.creditreport import profiles
        from xinyong.services.creditreport.signing import key_file

        book = prepared()
        with database.connect_app(autocommit=True) as c:
            now = output.now()
            found = signing.renew(c, operator(), now) if renew else signing.signer(c, now).public_keys()
        _write(out_file, key_file(found, profiles.in_use(book, today())[0].issuer))
        out.print(f"已写出 {len(found)} 个公钥到 {out_file}", markup=False)


__all__ = ["report", "report_keys", "verify_report"]
