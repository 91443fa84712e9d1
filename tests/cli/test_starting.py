"""Commands that need neither database nor tables start without waiting for them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SLOW = ("polars", "numpy", "psycopg", "django", "xlsxwriter", "yaml")
TELL = f"import sys; {{}}; print([m for m in {SLOW!r} if m in sys.modules], file=sys.stderr)"


def run(statement: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TELL.format(statement)], capture_output=True, text=True, timeout=600
    )


def test_the_command_line_is_loaded_without_polars_or_the_database_driver():
    assert run("import xinyong.cli.main").stderr.strip() == "[]"


@pytest.mark.parametrize("words", [["version"], ["identify", "91500152YY00000282", "--json"]])
def test_a_small_command_runs_without_them(words):
    call = f"from typer.testing import CliRunner; from xinyong.cli.main import app; done = CliRunner().invoke(app, {words!r}); print(done.stdout); assert done.exit_code == 0"
    done = run(call)
    assert done.returncode == 0 and done.stderr.strip() == "[]", done.stderr
    if "--json" in words:
        assert json.loads(done.stdout)["valid"] is True


def test_a_lost_database_is_still_a_sentence_and_no_traceback():
    call = (
        "from xinyong.cli.output import guarded\nimport psycopg\n"
        "with guarded():\n    raise psycopg.OperationalError('gone')"
    )
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, timeout=600)
    assert done.returncode == 1 and "与数据库的连接中断" in done.stderr and "Traceback" not in done.stderr
