"""A file handed in over the web: received at once, taken in later, watched, cancelled, and never half done."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from xinyong.collection import uploads
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
CLERK = Who("示例信息员", "department", "11500152YY0000239R")
OUTSIDER = Who("别的部门", "department", "11500152YY0000000X")


@pytest.fixture
def send(district: Any, penalty: Any, write_csv: Any) -> Any:
    shutil.rmtree(district.home / "inbox", ignore_errors=True)  # tests share a home

    def sent(rows: int = 2, content: bytes | None = None, name: str = "处罚.csv", who: Who = CLERK) -> str:
        made = write_csv([penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in range(rows)]).read_bytes()
        return uploads.receive(district.app, who, NOW, [made if content is None else content], name, "XZCF")

    return sent


def inbox(district: Any) -> list[Path]:
    return list((district.home / "inbox").iterdir())


def test_a_file_waits_and_is_then_taken_in_and_its_copy_is_gone(district: Any, send: Any) -> None:
    number = send()
    assert uploads.load(district.app, number, CLERK).outcome == "" and len(inbox(district)) == 1
    done = uploads.take(number)
    assert done.outcome == "taken" and done.submission and inbox(district) == []
    assert district.one("SELECT count(*) FROM record_version") == 2


def test_taking_it_twice_says_the_same_and_changes_nothing(district: Any, send: Any) -> None:
    number = send()
    first = uploads.take(number)
    assert (first.outcome, first.submission) == ("taken", district.one("SELECT max(id) FROM submission"))
    assert uploads.take(number) == first and district.one("SELECT count(*) FROM submission") == 1


def test_a_worker_killed_after_the_commit_takes_the_bytes_again_and_doubles_nothing(
    district: Any, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = send()
    with monkeypatch.context() as m:
        m.setitem(uploads.SQL, "end", "SELECT pg_terminate_backend(pg_backend_pid()), %(upload)s, %(at)s, %(outcome)s,"
                  " %(submission)s, %(already)s, %(code)s, %(sentence)s")  # fmt: skip
        with pytest.raises(psycopg.OperationalError):
            uploads.take(number)
    assert uploads.waiting(district.app, datetime.now(UTC)) == [number]
    done = uploads.take(number)
    assert (
        done.outcome == "taken" and done.already and district.one("SELECT count(*) FROM record_version") == 2
    )


def test_a_file_that_is_refused_says_why_and_its_copy_is_gone(district: Any, send: Any) -> None:
    number = send(content=b"\x00\x01binary")
    done = uploads.take(number)
    assert done.outcome == "refused" and "NUL" in done.sentence and number not in done.sentence
    assert inbox(district) == []


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"", "a.csv", "upload_empty"), (b"x", "a.exe", "upload_kind"), (b"x", "a", "upload_kind")],
)
def test_what_can_not_be_a_file_of_ours_is_refused_at_once_and_nothing_is_kept(
    district: Any, send: Any, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        send(content=content, name=name)
    assert refused.value.code == code
    assert list((district.home / "inbox").glob("*")) == []  # there may be no folder yet
    assert district.one("SELECT count(*) FROM upload") == 0


def test_a_file_that_is_too_large_is_refused_and_nothing_is_kept(
    district: Any, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10)
    with pytest.raises(Refused, match="请分成几个文件"):
        send()
    assert inbox(district) == []


def test_a_name_with_a_path_in_it_stays_a_name(district: Any, send: Any) -> None:
    number = send(name="../../keys/处罚.csv")
    assert uploads.load(district.app, number).filename == "处罚.csv"
    assert [p.name for p in inbox(district)] == [f"{number}.csv"]


def test_a_cancelled_upload_changes_nothing_and_says_so(district: Any, send: Any) -> None:
    number = send()
    uploads.cancel(district.app, number, CLERK, NOW)
    done = uploads.take(number)
    assert done.outcome == "cancelled" and district.one("SELECT count(*) FROM submission") == 0
    with pytest.raises(Refused, match="已经处理完"):
        uploads.cancel(district.app, number, CLERK, NOW)


def test_another_department_neither_sees_nor_cancels_it(district: Any, send: Any) -> None:
    number = send()
    for act in (
        lambda: uploads.load(district.app, number, OUTSIDER),
        lambda: uploads.cancel(district.app, number, OUTSIDER, NOW),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "no_upload"
    with pytest.raises(Refused) as unknown:
        uploads.load(district.app, "no-such-number", OUTSIDER)
    assert unknown.value.sentence == refused.value.sentence
