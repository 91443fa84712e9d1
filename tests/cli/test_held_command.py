"""`xinyong held`: a held row listed, returned and accepted from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner


@pytest.fixture
def xinyong(district: Any) -> Any:
    from xinyong.cli.main import app

    def call(*words: str) -> Any:
        done = CliRunner().invoke(app, ["held", *words, "--json"])
        return done.exit_code, json.loads(done.stdout.splitlines()[-1])

    return call


@pytest.fixture
def held(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    rows = [penalty(CF_XDR_MC="重庆示例甲乙商贸公司", CF_WSH=f"乙{n}号") for n in (2, 3)]
    return str(district.intake(write_csv(rows, "b.csv"), "XZCF", provider="SCJG").submission)


def test_rows_are_listed_accepted_and_returned(district, xinyong, held):
    status, found = xinyong("list", "--provider", "SCJG")
    assert status == 0 and [(r["line"], r["rule"]) for r in found["rows"]] == [
        (2, "R14_name_code"),
        (3, "R14_name_code"),
    ]
    status, receipt = xinyong("accept", held, "2", "--reason", "与原件一致")
    assert (status, receipt["new"], receipt["follows"]) == (0, 1, int(held))
    assert xinyong("return", held, "3", "--reason", "代码抄错")[0] == 0
    assert xinyong("list")[1] == {"rows": []}
    assert len(district.archive("91500152YY00000282").records) == 2


def test_without_a_reason_it_is_refused(xinyong, held):
    status, answer = xinyong("accept", held, "2")
    assert (status, answer["error"]["code"]) == (2, "no_reason")


def test_what_is_not_held_is_refused(xinyong, held):
    status, answer = xinyong("accept", held, "9", "--reason", "x")
    assert (status, answer["error"]["code"]) == (2, "not_held")
