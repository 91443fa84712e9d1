"""An installation whose home holds nothing of other tests, and a few things done to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from grounds import GROUND, NOW, REVIEWER

from xinyong.collection import erasure
from xinyong.foundation import vault


@pytest.fixture(autouse=True)
def only_this_tests_files(home: Path) -> None:
    """Databases are fresh for each test, the home is not."""
    for name in ("originals", "tmp", "rulebook"):
        shutil.rmtree(home / name, ignore_errors=True)
    (home / "erasures.jsonl").unlink(missing_ok=True)
    (home / "keys" / "rotation.unfinished").unlink(missing_ok=True)


@pytest.fixture
def three(penalty: Callable[..., dict[str, str]]) -> list[dict[str, str]]:
    """Three decisions about one subject."""
    return [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2, 3)]


@pytest.fixture
def record_of(district: Any) -> Callable[[int], str]:
    """The id of the record that came from a line of the first submission."""

    def find(line: int) -> str:
        sql = "SELECT record_id FROM record_version WHERE line = %s ORDER BY born, seq LIMIT 1"
        return str(district.one(sql, line).hex)

    return find


@pytest.fixture
def erase(district: Any) -> Callable[[str], erasure.Erased]:
    return lambda record: erasure.erase_record(record, GROUND, REVIEWER, NOW, district.book)


@pytest.fixture
def kept(district: Any) -> Callable[[int], bytes]:
    """The bytes of a submission's original as they are kept now."""

    def read(submission: int) -> bytes:
        sql = (
            "SELECT v.name, v.wrapped_key FROM submission s JOIN vault_object v ON v.name = s.vault_name"
            " WHERE s.id = %s"
        )
        name, key = district.owner().execute(sql, [submission]).fetchone()
        return b"".join(vault.read(name, bytes(key)))

    return read
