"""How every command ends: one JSON object or readable text on stdout, progress and sentences on stderr.

Exit 0 done, 2 refused input, 1 fault. Nobody sees a traceback: it goes to `log/faults.log` in the home.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from xinyong.foundation import home
from xinyong.kernel.errors import XinyongError

ZONE = ZoneInfo("Asia/Shanghai")
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

# What the driver has to say about a lost connection is no sentence for a person.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def now() -> datetime:
    """The edge where the clock is read; everything below takes it as an argument."""
    return datetime.now(UTC)


@contextmanager
def guarded(as_json: bool = False) -> Iterator[None]:
    """Turn errors into a sentence and an exit status."""
    try:
        yield
    except XinyongError as e:
        _end(e.code, e.sentence, e.exit_code, as_json)
    except OSError as e:
        _note_fault(e)
        _end("os", f"系统不允许这一步（{e.strerror or e}）；请检查磁盘空间与权限后重试。", 1, as_json)
    except KeyboardInterrupt:
        _end("interrupted", "已中断，本次没有任何改动。", 1, as_json)
    except (SystemExit, BrokenPipeError):
        raise
    except Exception as e:
        _of_the_database(e, as_json)
        place = _note_fault(e)
        _end("fault", f"程序出错，本次没有任何改动；详情记在 {place}，请交给维护人员。", 1, as_json)


def _of_the_database(e: Exception, as_json: bool) -> None:
    """The driver is imported by whatever needs it: the small commands don't wait for it."""
    driver = sys.modules.get("psycopg")
    if driver is None or not isinstance(e, driver.OperationalError):
        return
    if isinstance(e, driver.errors.DiskFull):
        _end("disk_full", "磁盘已满，本次没有任何改动；请腾出空间后重试。", 1, as_json)
    _note_fault(e)
    _end("database_lost", "与数据库的连接中断，本次没有任何改动；请确认数据库在运行后重试。", 1, as_json)


def _note_fault(e: BaseException) -> str:
    """Where the details are; on a full disk, nowhere."""
    try:
        path = home.folder("log") / "faults.log"
        with open(path, "a", encoding="utf-8") as f:
            f.write(f"{now().isoformat()}\n{''.join(traceback.format_exception(e))}\n")
    except OSError as full:
        return f"（没能记下：{full.strerror or full}）"
    return str(path)


def _end(code: str, sentence: str, status: int, as_json: bool) -> None:
    err.print(sentence, markup=False)
    if as_json:
        print_json({"error": {"code": code, "sentence": sentence}})
    raise SystemExit(status)


@contextmanager
def progress(title: str) -> Iterator[Any]:
    """A bar on stderr; call it with (stage, rows done[, total])."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(stage: str, done: int, total: int | None = None) -> None:
            bar.update(task, description=f"{title} {stage}", completed=done, total=total)

        yield tell
