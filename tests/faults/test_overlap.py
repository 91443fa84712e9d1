"""System time is publication order: overlapping intakes, polling readers, one queue per item."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fault_files import code, licence, penalty, registration, write_csv
from fault_runs import PATIENCE

from xinyong.archive import publication
from xinyong.collection import intake as module
from xinyong.collection.intake import Request, intake
from xinyong.foundation.audit import Who

CENTER = Who("信用中心业务员", "center")


class Gate:
    """A `progress` callback that holds an intake open after its first batch."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, stage: str, done: int) -> None:
        self.reached.set()
        assert self.go.wait(PATIENCE)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(module, "BATCH", 40)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def take(district, tmp_path) -> Callable:
    def run(name: str, item: str, rows: list[dict], progress=module.silent, mode: str = "增量"):
        path = tmp_path / name if not rows else write_csv(tmp_path / name, rows)
        return intake(Request(path, item, CENTER, datetime.now(UTC), mode=mode), district.book, progress)

    return run


@contextmanager
def held_open(pool: ThreadPoolExecutor, take: Callable, *arguments) -> Iterator[Future]:
    """An intake that stands between its batches for as long as the block runs."""
    gate = Gate()
    running = pool.submit(take, *arguments, gate)
    try:
        assert gate.reached.wait(PATIENCE)
        yield running
    finally:
        gate.go.set()
    running.result(PATIENCE)


class Pollers:
    """Ask the same questions again and again; an answer once given must stay."""

    def __init__(self, district, pool: ThreadPoolExecutor, subjects: list[str], readers: int = 2) -> None:
        self.district, self.subjects = district, subjects
        self.moments: list[datetime] = []
        self.first: dict[tuple, str] = {}
        self.changed: list[str] = []
        self.asked = 0
        self.stop = threading.Event()
        self.lock = threading.Lock()
        connections = [district.connect() for _ in range(readers)]
        self.running = [pool.submit(self._poll, c) for c in connections]

    def remember(self) -> None:
        """From now on ask about this moment too."""
        self.moments.append(datetime.now(UTC))

    def _poll(self, c) -> None:
        from xinyong.disclosure import queries

        while not self.stop.is_set():
            for moment in list(self.moments):
                for subject in self.subjects:
                    q = queries.Question(
                        CENTER_ASKING, datetime.now(UTC), datetime(2026, 11, 23).date(), None, moment
                    )
                    self._note((subject, moment), queries.archive(c, subject, q, self.district.book))

    def _note(self, question: tuple, answer) -> None:
        said = json.dumps(answer.as_json(), ensure_ascii=False, sort_keys=True, default=str)
        with self.lock:
            self.asked += 1
            before = self.first.setdefault(question, said)
        if before != said:
            self.changed.append(f"{question}\n was {before}\n is  {said}")

    def round(self) -> None:
        """Wait until every reader has gone round at least once more."""
        target = self.asked + 3 * len(self.running) * max(1, len(self.moments)) * len(self.subjects)
        while self.asked < target and not any(f.done() for f in self.running):
            self.stop.wait(0.005)

    def finish(self) -> None:
        self.round()
        self.stop.set()
        for f in self.running:
            f.result(PATIENCE)
        assert not self.changed, self.changed[0]


CENTER_ASKING = Who("某人", "center", purpose="测试核查")


def in_order(district) -> list[tuple]:
    rows = district.owner().execute("SELECT seq, at, batch FROM publication ORDER BY seq").fetchall()
    assert [r[0] for r in rows] == list(range(1, len(rows) + 1)), "publication numbers have a gap"
    assert all(a[1] < b[1] for a, b in zip(rows, rows[1:], strict=False)), "moments do not rise"
    return rows


def test_a_past_answer_never_changes_however_long_an_intake_ran(district, pool, take):
    pollers = Pollers(district, pool, [code(1), code(2), code(90)])
    take("reg.csv", "DJZC", [registration(n) for n in range(1, 3)])
    pollers.remember()
    with held_open(pool, take, "long.csv", "XZCF", [penalty(n) for n in range(1, 100)]):
        for n in range(3):
            pollers.remember()
            take(f"xk{n}.csv", "XZXK", [licence(10 * n + i, i) for i in (1, 2)])
            take(f"dj{n}.csv", "DJZC", [registration(1, 经营状态="存续", 成立日期=f"2019-04-0{n + 1}")])
            pollers.remember()
            pollers.round()
    pollers.remember()
    take("later.csv", "XZCF", [penalty(n, CF_NR_FK="0.9") for n in (1, 2, 90)])
    pollers.remember()
    pollers.finish()
    assert len(in_order(district)) == 9


def test_the_long_intake_comes_after_what_was_published_while_it_ran(district, pool, take):
    take("reg.csv", "DJZC", [registration(1)])
    with held_open(pool, take, "long.csv", "XZCF", [penalty(n) for n in range(1, 100)]) as running:
        short = take("short.csv", "XZXK", [licence(1)])
        middle = datetime.now(UTC)
    long = running.result(PATIENCE)
    assert long.submission < short.submission
    assert [r[2] for r in in_order(district)][1:] == [short.submission, long.submission]
    then, now = (district.archive(code(1), known_at=t).records for t in (middle, None))
    assert sorted(r["item"] for r in then) == ["DJZC", "XZXK"]
    assert sorted(r["item"] for r in now) == ["DJZC", "XZCF", "XZXK"]


def test_who_asks_while_a_batch_is_being_published_waits_for_it(district, pool, take, monkeypatch):
    """Between the entry in the publication and its commit lies a moment that is already past."""
    entered, go = threading.Event(), threading.Event()
    real = publication.publish

    def slow(c, batch, undoes=None):
        answer = real(c, batch, undoes)
        entered.set()
        assert go.wait(PATIENCE)
        return answer

    monkeypatch.setattr(publication, "publish", slow)
    running = pool.submit(take, "a.csv", "XZCF", [penalty(1)])
    assert entered.wait(PATIENCE)
    moment = datetime.now(UTC)
    asked = pool.submit(district.archive, code(1), known_at=moment)
    threading.Event().wait(0.3)  # time to answer wrongly, if nothing makes it wait
    go.set()
    running.result(PATIENCE)
    early = asked.result(PATIENCE)
    assert early.as_json() == district.archive(code(1), known_at=moment).as_json()


def test_the_future_cannot_be_asked_about(district):
    from xinyong.kernel.errors import Refused

    with pytest.raises(Refused, match="在将来"):
        district.archive(code(1), known_at=datetime.now(UTC) + timedelta(minutes=5))


def test_two_intakes_of_one_item_go_one_after_the_other(district, pool, take):
    with held_open(pool, take, "first.csv", "XZCF", [penalty(n) for n in range(1, 60)]):
        second = pool.submit(take, "second.csv", "XZCF", [penalty(n, CF_NR_FK="0.5") for n in range(1, 60)])
        wait_for_lock(district)
        assert not second.done()
    assert second.result(PATIENCE).corrected == 59
    assert district.one("SELECT count(*) FROM record_version WHERE seq = 2") == 59


def wait_for_lock(district, waiting: int = 1) -> None:
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    c = district.owner()
    end = datetime.now(UTC) + timedelta(seconds=PATIENCE)
    while c.execute(sql).fetchone()[0] < waiting:
        assert datetime.now(UTC) < end, "nobody waits"
        threading.Event().wait(0.01)


def test_the_same_file_twice_at_once_is_taken_once(district, pool, take, tmp_path):
    rows = [penalty(n) for n in range(1, 60)]
    with held_open(pool, take, "same.csv", "XZCF", rows) as first:
        second = pool.submit(take, "same.csv", "XZCF", [])
        wait_for_lock(district)
    again = second.result(PATIENCE)
    assert again.already_received and again.submission == first.result().submission
    assert district.one("SELECT count(*) FROM publication") == 1
    assert district.one("SELECT count(*) FROM vault_object") == 1


def test_two_intakes_that_open_the_same_subject_at_once_both_succeed(district, pool, take):
    """Both have read that nobody knows the code; the second to write learns otherwise and starts again."""
    both = threading.Barrier(2)
    starts: list[str] = []

    def together(stage: str, done: int) -> None:
        starts.append(stage)
        if len(starts) <= 2:
            both.wait(PATIENCE)

    rows = [penalty(1)] + [penalty(n, 2) for n in range(2, 60)]
    others = [licence(1)] + [licence(n, 2) for n in range(2, 60)]
    first = pool.submit(take, "cf.csv", "XZCF", rows, together)
    second = pool.submit(take, "xk.csv", "XZXK", others, together)
    assert (first.result(PATIENCE).new, second.result(PATIENCE).new) == (59, 59)
    assert district.one("SELECT count(*) FROM credit_subject") == 2
    assert sorted(r["item"] for r in district.archive(code(1)).records) == ["XZCF", "XZXK"]
    assert Path(district.home).exists() and len(in_order(district)) == 2


def test_a_name_that_registration_disowns_meanwhile_takes_no_record(district, pool, take):
    """The intake judged the name before registration data said that the code is another's."""
    take("old.csv", "XZCF", [penalty(1)])
    with held_open(pool, take, "long.csv", "XZXK", [licence(n, 1) for n in range(1, 60)]) as running:
        take("reg.csv", "DJZC", [registration(1, 主体名称="重庆示例真名有限公司")])
    assert running.result().held == 59
    assert [r["item"] for r in district.archive(code(1)).records] == ["DJZC"]


def test_an_undo_beside_an_intake_of_the_same_item_waits_for_it(district, pool, take):
    from xinyong.collection.undo import undo

    first = take("first.csv", "XZCF", [penalty(n) for n in range(1, 4)])
    with held_open(pool, take, "second.csv", "XZCF", [penalty(n, CF_NR_FK="0.5") for n in range(3, 60)]):
        c = district.connect(autocommit=False)
        undone = pool.submit(undo, c, first.submission, "误报", CENTER, datetime.now(UTC))
        wait_for_lock(district)
    assert undone.result(PATIENCE).revoked == 2
    assert len(district.archive(code(3)).records) == 1 and district.archive(code(1)).records == []


def test_undoing_twice_at_once_undoes_once(district, pool, take):
    from xinyong.collection.undo import undo
    from xinyong.kernel.errors import Refused

    first = take("first.csv", "XZCF", [penalty(n) for n in range(1, 4)])
    blocker = district.connect(autocommit=False)
    publication.lock_item(blocker, district.one("SELECT id FROM catalog_item WHERE code = 'XZCF'"))
    runs = [
        pool.submit(
            undo, district.connect(autocommit=False), first.submission, "误报", CENTER, datetime.now(UTC)
        )
        for _ in range(2)
    ]
    wait_for_lock(district, 2)
    blocker.rollback()
    errors = [f.exception(PATIENCE) for f in runs]
    assert errors.count(None) == 1
    assert [e.code for e in errors if isinstance(e, Refused)] == ["undone"]


def test_intakes_use_up_no_item_numbers(district, take):
    """There are 32,767 of them, and every intake makes its item known."""
    take("a.csv", "XZCF", [penalty(1)])
    sql = "SELECT last_value FROM catalog_item_id_seq"
    before = district.one(sql)
    take("b.csv", "XZCF", [penalty(2)])
    assert district.one(sql) == before
