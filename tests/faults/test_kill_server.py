"""kill -9 of PostgreSQL under a running intake: one sentence, status 1; after handing in again nothing is missing."""

from __future__ import annotations

import random

import pytest
from fault_runs import Runner, Undisturbed, differences

SEED = 20261121


def crashed(runner: Runner, steps: list, undisturbed: Undisturbed, picks: list[list]) -> list[list]:
    """Kill the server at every pick in turn; returns the picks at which an intake was cut short."""
    todo, struck = list(steps), []
    for step, label, n in picks:
        first = len(steps) - len(todo)
        if step < first:
            continue
        ended, todo = runner.resumed(todo, die=[step - first, label, n], how="server")
        if ended.status == 0:
            continue
        struck.append([step, label, n])
        assert ended.status == 1, ended.err
        assert "请" in ended.one_sentence() and "重" in ended.one_sentence()
    dump = runner.dumped(todo)
    assert dump == undisturbed.dump, f"crashed at {struck}\n{differences(dump, undisturbed.dump)}"
    return struck


def test_the_server_killed_under_an_intake_ends_it_with_a_sentence_and_loses_and_doubles_nothing(
    own_home, steps, undisturbed
):
    rng = random.Random(SEED)
    picks = [
        undisturbed.pick(rng, 0), [1, "progress", 2], [2, "< publishing commit", 1], [4, "lost answer", 1],
    ]  # fmt: skip
    assert len(crashed(own_home, steps, undisturbed, picks)) >= 3


@pytest.mark.verify
def test_when_the_answer_to_the_commit_is_lost_the_original_is_kept(own_home, steps, undisturbed):
    """Whether the batch is visible cannot be known, so the original must not be thrown away."""
    ended, todo = own_home.resumed(steps, die=[1, "lost answer", 1], how="server")
    assert ended.status == 1 and "还不知道本次是否已入库" in ended.one_sentence()
    assert own_home.dumped(todo) == undisturbed.dump


@pytest.mark.verify
@pytest.mark.parametrize("number", range(18))
def test_one_crash_anywhere(own_home, steps, undisturbed, number):
    rng = random.Random(SEED + number)
    crashed(own_home, steps, undisturbed, [undisturbed.pick(rng, number % len(steps))])
