"""`xinyong report`, `verify-report` and `report-keys`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from report_desk import CODE, Office
from typer.testing import CliRunner


@pytest.fixture
def run(known: Office) -> Any:
    from xinyong.cli.main import app
    from xinyong.disclosure.asker import add_actor
    from xinyong.foundation.audit import Who

    add_actor(known.connection, "业务员", "center", "", Who("测试", "system"), datetime.now(UTC))
    return lambda *words: CliRunner().invoke(app, [str(w) for w in words])


def test_a_report_is_written_verified_and_its_keys_exported(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "out" / "report.pdf"
    made = run("report", CODE, "--out", file, "--as", "业务员", "--purpose", "3", "--json")
    assert made.exit_code == 0, made.output
    number = json.loads(made.stdout)["number"]
    checked = run("verify-report", file, "--json")
    found = json.loads(checked.stdout)
    assert (checked.exit_code, found["genuine"], found["number"], found["standing"]) == (
        0,
        True,
        number,
        "current",
    )
    assert run("report-keys", "--out", tmp_path / "public-keys.json").exit_code == 0
    assert len(json.loads((tmp_path / "public-keys.json").read_text())["keys"]) == 2


def test_a_changed_file_ends_with_2(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    run("report", CODE, "--out", file, "--as", "业务员", "--purpose", "其他", "--profile", "ZX_565")
    file.write_bytes(file.read_bytes().replace("其他".encode(), "税收优惠".encode(), 1))
    checked = run("verify-report", file)
    assert checked.exit_code == 2 and "不能确认" in checked.output


@pytest.mark.parametrize("words, code", [
    (("--purpose", "好奇"), "report_purpose"), (("--purpose", "1", "--profile", "X"), "report_profile"),
])  # fmt: skip
def test_what_is_not_on_offer_ends_with_2(
    run: Any, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    made = run("report", CODE, "--out", tmp_path / "r.pdf", "--as", "业务员", "--json", *words)
    assert made.exit_code == 2 and json.loads(made.stdout)["error"]["code"] == code
    assert not (tmp_path / "r.pdf").exists()


def test_another_ending_of_the_file_is_refused(run: Any, tmp_path: Path) -> None:
    made = run("report", CODE, "--out", tmp_path / "r.doc", "--as", "业务员", "--purpose", "1", "--json")
    assert made.exit_code == 2 and json.loads(made.stdout)["error"]["code"] == "report_file"
