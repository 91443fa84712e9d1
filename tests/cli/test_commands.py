"""The command line as a department or another program meets it: JSON, sentences, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import pytest

from sampledistrict.codes import uscc

CODE = uscc("91", "500152", "YY000002")


@pytest.fixture
def xinyong(district):
    """Run the real command in a process of its own, on this test's database."""

    def run(*words, stdin=None):
        command = [sys.executable, "-c", "from xinyong.cli.main import run; run()", *map(str, words)]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=dict(os.environ), timeout=600
        )
        assert "Traceback" not in done.stderr + done.stdout
        return done

    return run


def test_intake_answers_with_one_json_object(xinyong, penalty, write_csv, tmp_path):
    rejects = tmp_path / "rejects.csv"
    path = write_csv([penalty(), penalty(CF_WSH="乙", CF_JDRQ="2026-02-30")])
    done = xinyong("intake", path, "--item", "XZCF", "--rejects-out", rejects, "--json")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    names = (
        "submission item rows accepted new duplicates corrected revoked held rejected warnings late rules"
        " already_received seconds"
    )
    assert set(names.split()) <= answer.keys()
    assert (answer["rows"], answer["accepted"], answer["rejected"]) == (2, 1, 1)
    lines = rejects.read_text("utf-8-sig").splitlines()
    assert lines[0].split(",")[:2] == ["行号", "结果"] and lines[1].split(",")[:2] == ["3", "退回"]


def test_archive_shows_the_public_less_than_a_named_asker(xinyong, penalty, write_csv):
    xinyong("intake", write_csv([penalty()]), "--item", "XZCF")
    public = json.loads(xinyong("archive", CODE, "--json").stdout)
    assert public["found"] is False and public["records"] == []
    xinyong("actor", "示例业务员", "--role", "center")
    full = json.loads(xinyong("archive", CODE, "--as", "示例业务员", "--purpose", "核查", "--json").stdout)
    assert [r["item"] for r in full["records"]] == ["XZCF"]


def test_a_purpose_is_asked_for(xinyong):
    xinyong("actor", "示例业务员", "--role", "center")
    done = xinyong("archive", CODE, "--as", "示例业务员")
    assert done.returncode == 2 and "用途" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["intake", "没有的文件.csv", "--item", "XZCF"], 2, "文件"),
        (["intake", __file__, "--item", "没有的事项"], 2, "没有代码为"),
        (["archive", CODE, "--as", "没有的人", "--purpose", "x"], 2, "没有用户"),
        (["archive", CODE, "--as-of", "昨天"], 2, "不认识"),
        (["archive", "00000000000000000X"], 2, "占位码"),
        (["undo", "999", "--reason", "误报"], 2, "没有批次"),
        (["zero-report", "--item", "XZCF", "--provider", "SCJG", "--month", "三月"], 2, "月份"),
        (["search", "  "], 2, "检索"),
    ],
)
def test_refusals_are_one_sentence_and_exit_2(xinyong, words, code, says):
    done = xinyong(*words)
    assert done.returncode == code and says in done.stderr and done.stdout == ""


def test_a_refusal_in_json_names_its_code(xinyong):
    done = xinyong("archive", "00000000000000000X", "--json")
    assert json.loads(done.stdout)["error"]["code"] == "placeholder"


def test_identify_answers_a_line_each_from_stdin(xinyong):
    done = xinyong("identify", "-", "--json", stdin=f"{CODE}\n00000000000000000X\n\n{CODE[:-1]}I\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    keys = {"input", "kind", "valid", "reason", "warnings", "normalized", "candidates"}
    assert all(a.keys() == keys for a in answers) and len(answers) == 4
    assert [a["valid"] for a in answers] == [True, False, False, False]
    assert answers[1]["kind"] == answers[1]["reason"] == "placeholder"
    assert CODE in answers[3]["candidates"]


def test_catalog_lists_items_and_one_item_whole(xinyong):
    listed = json.loads(xinyong("catalog", "--json").stdout)
    assert {"XZXK", "XZCF", "YBTZ"} <= {i["code"] for i in listed["items"]}
    one = json.loads(xinyong("catalog", "XZCF", "--json").stdout)
    assert one["fields"][0]["name"] == "行政相对人名称" and one["instruments"]


def test_nothing_of_a_bad_file_is_left(xinyong, district, tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    done = xinyong("intake", bomb, "--item", "XZCF", "--json")
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["sentence"]
    assert district.one("SELECT count(*) FROM submission") == 0


def test_sample_writes_a_district_of_fiction(xinyong, tmp_path):
    done = xinyong("sample", "--out", tmp_path / "d", "--subjects", 200, "--json")
    assert json.loads(done.stdout)["subjects"] == 200
    assert "示例" in (tmp_path / "d" / "README.txt").read_text("utf-8")
