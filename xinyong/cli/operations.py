"""Commands for whoever runs the installation: serve, worker, backup, doctor and the like."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app
from xinyong.cli.output import guarded, out


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1)] = 2,
) -> None:
    """启动网站（granian，WSGI）。"""
    with guarded():
        from granian import Granian

        from xinyong.foundation import setup

        setup.ready()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xinyong.foundation.settings")
        out.print(f"网站在 http://{host}:{port}/ ，按 Ctrl+C 停止。", markup=False)
        Granian(
            "xinyong.website.wsgi:application", address=host, port=port, interface="wsgi", workers=workers
        ).serve()  # type: ignore[arg-type]


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="做完排队的任务就结束")] = False,
) -> None:
    """启动后台任务进程。"""
    with guarded():
        from procrastinate.contrib.django import app as queue

        from xinyong.foundation import setup

        setup.ready()
        err = output.err
        err.print("后台任务进程已启动，按 Ctrl+C 停止。" if not once else "处理排队的任务。")
        queue.with_connector(queue.connector.get_worker_connector()).run_worker(  # type: ignore[attr-defined]
            wait=not once, install_signal_handlers=True
        )


__all__ = ["Path", "Json", "sys"]
