"""Commands for whoever runs the installation: serve, worker, backup, doctor and the like."""

from __future__ import annotations

import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, prepared, today
from xinyong.cli.output import err, guarded
from xinyong.kernel.errors import Fault


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="监听的地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=12, help="工作进程数")] = 2,
) -> None:
    """启动网站。"""
    with guarded():
        from xinyong.disclosure import listing_job
        from xinyong.website import server

        _terminable()
        listing_job.catch_up(
            prepared(whole=True), today(), output.now()
        )  # else the lists wait for the worker
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        listening = partial(err.print, f"网站在 {address} ，按 Ctrl+C 停止。", markup=False)
        server.serve(host, port, workers, listening)
        err.print("网站已停止。")


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="做完排队的任务就结束")] = False,
) -> None:
    """启动后台任务进程。"""
    with guarded():
        from xinyong.foundation import setup

        _terminable()
        setup.ready(whole=True)
        from xinyong.cli import working

        err.print("处理排队的任务。" if once else "后台任务进程已启动，按 Ctrl+C 停止。")
        tally = working.work(once=once, tell=err.print)
        err.print(f"后台任务进程已停止：完成 {tally.done} 次，失败 {tally.failed} 次。", markup=False)
        if once and tally.failed:
            raise Fault(
                "jobs_failed", f"有 {tally.failed} 次任务失败；请查看 {working.log_file()} 末尾的原因。"
            )


def _terminable() -> None:
    """SIGTERM while starting ends like Ctrl+C, so that the private database is left in order."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


__all__ = ["Path", "Json", "sys"]
