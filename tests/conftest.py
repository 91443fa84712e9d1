"""Standing fixtures: one private PostgreSQL per test process, one fresh database per test.

`XINYONG_PG_BIN` chooses another PostgreSQL (Debian's 15): the whole suite runs on both.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

_numbers = count(1)
TEMPLATE = "xinyong_template"

settings.register_profile("steady", deadline=None)  # no test depends on the clock of a busy machine
settings.load_profile("steady")


ROOM = 6 << 30
OF_A_MATRIX = 2  # cases of one test on a database, in the ordinary run; `make verify` runs them all
SEED = os.environ.get("XINYONG_TEST_SEED", "1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The ordinary run takes a seeded sample of each matrix of cases that need a database of their own."""
    if config.option.markexpr != "not verify":
        return
    matrices: dict[str, list[pytest.Item]] = {}
    for item in items:
        if (
            hasattr(item, "callspec")
            and "district" in item.fixturenames
            and not item.get_closest_marker("whole")
        ):
            matrices.setdefault(item.nodeid.partition("[")[0], []).append(item)
    ranked = (
        sorted(cases, key=lambda i: sha256(f"{SEED} {i.nodeid}".encode()).digest())
        for cases in matrices.values()
    )
    left_out = {item for cases in ranked for item in cases[OF_A_MATRIX:]}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _roomy_memory() -> str | None:
    """A database made and dropped for every test is made of some thousand files."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home of its own for this test process; its server stops with it."""
    path = Path(tempfile.mkdtemp(prefix="xinyong-test-", dir=_roomy_memory()))
    os.environ["XINYONG_HOME"] = str(path)
    os.environ["XINYONG_DATABASE_NAME"] = TEMPLATE
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    from xinyong.foundation import cluster, setup

    cluster.SETTINGS["fsync"] = "off"  # a killed server loses nothing by it, only a lost machine would
    PBKDF2PasswordHasher.iterations = 1  # a quarter of a second for every account that a test opens
    gc.collect()  # a finalizer that imports while something is imported makes Python lose its own locks
    gc.disable()
    try:
        setup.initialise()
    finally:
        gc.enable()
    from django.db import connections

    connections.close_all()
    yield path
    connections.close_all()
    cluster.release()
    shutil.rmtree(path, ignore_errors=True)


@dataclass
class District:
    """A fresh installation and the hands that work on it."""

    home: Path
    database: str
    book: Any
    opened: list[psycopg.Connection[Any]] = field(default_factory=list)
    _app: psycopg.Connection[Any] | None = None

    @property
    def app(self) -> psycopg.Connection[Any]:
        """One connection as the application's role, for reading."""
        if self._app is None or self._app.closed:
            self._app = self.connect()
        return self._app

    def connect(self, *, autocommit: bool = True) -> psycopg.Connection[Any]:
        from xinyong.foundation import database

        c = database.connect_app(autocommit=autocommit)
        self.opened.append(c)
        return c

    def owner(self) -> psycopg.Connection[Any]:
        from xinyong.foundation import database

        c = database.connect_owner()
        c.autocommit = True
        self.opened.append(c)
        return c

    def intake(self, path: Path, item: str, **options: Any) -> Any:
        from xinyong.collection.intake import Request, intake
        from xinyong.foundation.audit import Who

        who = options.pop("who", Who("信用中心业务员", "center"))
        at = options.pop("at", datetime.now(UTC))
        return intake(Request(path, item, who, at, **options), self.book)

    def archive(self, code: str, role: str = "center", provider: str = "", **options: Any) -> Any:
        from xinyong.disclosure import queries
        from xinyong.foundation.audit import PUBLIC, Who

        who = PUBLIC if role == "public" else Who("某人", role, provider, purpose="测试核查")
        today = options.pop("today", date.today())
        q = queries.Question(who, datetime.now(UTC), today, **options)
        return queries.archive(self.app, code, q, self.book)

    def one(self, sql: str, *values: Any) -> Any:
        row = self.owner().execute(sql, values or None).fetchone()
        return row[0] if row else None


def _clone(name: str) -> None:
    from xinyong.foundation import cluster, database

    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True) as c:
        c.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" OWNER "{database.OWNER}" STRATEGY file_copy'
        )


def _drop(name: str) -> None:
    from xinyong.foundation import cluster

    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True) as c:
        c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def district(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    """A fresh, migrated database for one test."""
    from xinyong.catalog.loading import load_rulebook

    name = f"district_{os.getpid()}_{next(_numbers)}"
    _clone(name)
    monkeypatch.setenv("XINYONG_DATABASE_NAME", name)
    _point_django_at(name)
    made = District(home, name, load_rulebook())
    yield made
    for c in made.opened:
        c.close()
    _point_django_at(TEMPLATE)
    _drop(name)


@pytest.fixture
def web(district: District) -> Iterator[District]:
    """The district with its website; a page asks the same database as the test."""
    from xinyong.foundation import home, setup

    home.folder("static")
    setup.django(whole=True)
    from xinyong.website import lending

    lending.close_all()
    yield district
    lending.close_all()


def _point_django_at(name: str) -> None:
    """The framework read its settings once; accounts and content of a test go to the test's own database."""
    from django.db import connections

    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


Row = dict[str, str]


@pytest.fixture
def penalty() -> Callable[..., Row]:
    """One correct 行政处罚 row by field code; give what should differ."""

    def make(**changes: str) -> Row:
        row = {
            "CF_XDR_MC": "重庆示例甲乙商贸有限公司",
            "CF_XDR_LB": "法人及非法人组织",
            "CF_XDR_SHXYM": "91500152YY00000282",
            "CF_FRDB": "示例甲",
            "CF_WSH": "潼示罚〔2026〕1号",
            "CF_WFXW": "未按规定公示年度报告",
            "CF_SY": "经查，当事人未按规定期限公示年度报告",
            "CF_YJ": "《企业信息公示暂行条例》第十八条",
            "CF_CFLB": "罚款",
            "CF_NR": "罚款人民币2000元",
            "CF_NR_FK": "0.2",
            "CF_JDRQ": "2026-11-18",
            "CF_YXQ": "2029-11-18",
            "CF_CFJG": "潼南区市场监督管理局",
            "CF_CFJGDM": "11500152YY0000239R",
            "CF_SJLY": "潼南区市场监督管理局",
            "CF_SJLYDM": "11500152YY0000239R",
        }
        return {**row, **changes}

    return make


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write rows (dicts by header) as a UTF-8 CSV file."""
    import csv

    def write(rows: list[Row], name: str = "file.csv") -> Path:
        path = tmp_path / name
        columns = list(dict.fromkeys(k for r in rows for k in r))
        with open(path, "w", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write
