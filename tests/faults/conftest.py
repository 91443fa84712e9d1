"""Homes of their own for faults that would take the shared server down."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from fault_files import Step, history
from fault_runs import Runner, Undisturbed, copy_home, stop

_numbers = count(1)


@pytest.fixture(scope="session")
def prepared_home(home: Path) -> Iterator[Path]:
    """An initialised installation, its server stopped; with the keys of `home`, so that dumps compare."""
    path = Path(tempfile.mkdtemp(prefix="xinyong-faults-"))
    shutil.copytree(home / "keys", path / "home" / "keys")
    ended = Runner(path, {"XINYONG_HOME": str(path / "home"), "XINYONG_DATABASE_NAME": "xinyong"}).cli("init")
    assert ended.status == 0, ended.err
    yield path / "home"
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def empty_home() -> Iterator[Runner]:
    """Nothing is there yet."""
    path = Path(tempfile.mkdtemp(prefix="xinyong-fault-"))
    made = Runner(path, {"XINYONG_HOME": str(path / "home"), "XINYONG_DATABASE_NAME": "xinyong"})
    yield made
    made.close()
    stop(path / "home")
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def own_home(prepared_home: Path, empty_home: Runner) -> Runner:
    """An initialised installation for one test."""
    copy_home(prepared_home, empty_home.folder / "home")
    return empty_home


@pytest.fixture(scope="session")
def steps() -> Iterator[list[Step]]:
    """The history every run goes through."""
    folder = Path(tempfile.mkdtemp(prefix="xinyong-history-"))
    yield history(folder)
    shutil.rmtree(folder, ignore_errors=True)


def make_database(name: str) -> None:
    from xinyong.foundation import cluster, database

    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True) as c:
        c.execute(
            f'CREATE DATABASE "{name}" TEMPLATE xinyong_template OWNER "{database.OWNER}" STRATEGY file_copy'
        )


def drop_database(name: str) -> None:
    from xinyong.foundation import cluster

    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True) as c:
        c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def fresh_runner() -> Iterator[Runner]:
    """A fresh database on this test process's server, for processes of their own."""
    folder = Path(tempfile.mkdtemp(prefix="xinyong-fault-"))
    name = f"fault_{os.getpid()}_{next(_numbers)}"
    make_database(name)
    made = Runner(folder, {"XINYONG_DATABASE_NAME": name})
    try:
        yield made
    finally:
        made.close()
        drop_database(name)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def runner(home: Path) -> Iterator[Runner]:
    with fresh_runner() as made:
        yield made


@pytest.fixture
def runners(home: Path) -> Callable[[], AbstractContextManager[Runner]]:
    return fresh_runner


@pytest.fixture(scope="session")
def undisturbed(home: Path, steps: list[Step]) -> Undisturbed:
    """What the history becomes when nothing goes wrong."""
    with fresh_runner() as runner:
        labels = runner.folder / "labels.json"
        dump = runner.dumped(steps, labels=str(labels))
        return Undisturbed(dump, json.loads(labels.read_text()))
