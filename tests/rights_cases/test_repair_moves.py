"""The tables of what may follow what, and that no walk through them lies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.catalog.loading import load_rulebook
from xinyong.rights import moves, procedure

KINDS = sorted(moves.MACHINES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_and_state_has_a_name_and_can_be_reached(kind: str) -> None:
    machine = moves.MACHINES[kind]
    assert set(machine) == set(moves.STEPS[kind])
    reached, before = {moves.NEW}, set()
    while reached != before:
        before = set(reached)
        reached |= {m.target for m in machine.values() if m.target and m.sources & reached}
    assert reached - {moves.NEW} == set(moves.STATES[kind])
    assert {s for m in machine.values() for s in m.sources} <= reached


@settings(max_examples=100)
@given(st.sampled_from(KINDS), st.data())
def test_a_walk_of_allowed_steps_can_be_followed_and_any_other_step_breaks_it(
    kind: str, data: st.DataObject
) -> None:
    state, walked = moves.NEW, []
    for _ in range(data.draw(st.integers(0, 12))):
        open_steps = [s for s in moves.MACHINES[kind] if moves.allowed(kind, state, s)]
        if not open_steps:
            break
        walked.append(data.draw(st.sampled_from(sorted(open_steps))))
        state = moves.follow(kind, walked)
    for step in moves.MACHINES[kind]:
        if not moves.allowed(kind, state, step):
            with pytest.raises(ValueError, match="may not follow"):
                moves.follow(kind, [*walked, step])


@settings(max_examples=100)
@given(st.data())
def test_no_walk_refuses_or_revokes_a_repair_without_telling_first(data: st.DataObject) -> None:
    state, walked = moves.NEW, []
    for _ in range(12):
        open_steps = sorted(s for s in moves.REPAIR if moves.allowed("repair", state, s))
        if not open_steps:
            break
        before, step = state, data.draw(st.sampled_from(open_steps))
        walked.append(step)
        state = moves.follow("repair", walked)
        elsewhere = step == "upstream_refused" and before in (moves.NEW, "forwarded")
        assert state != "refused" or before == "refused" or elsewhere or "noticed" in walked
    assert "revoked" not in walked or "revoke_noticed" in walked[: walked.index("revoked")]


def test_of_every_step_the_table_says_who_is_told_and_each_template_finds_its_values() -> None:
    book = load_rulebook()
    usual = {"case", "due", "reason", "basis", "upstream", "records", "result"}
    more = {"incomplete": {"missing"}, "forwarded": {"channel"}, "noticed": {"decision", "days"},
            "revoke_noticed": {"decision", "days"}, "served": {"on", "way"}, "revoked": {"ground"}, "shielded": {"until"},
            **dict.fromkeys(moves.PARTS, {"documents", "rest"})}  # fmt: skip
    for kind, machine in moves.MACHINES.items():
        told = procedure.TELLS[kind]
        assert set(told) == set(machine)
        for step, tells in told.items():
            for tell in tells:
                assert book.notices[tell.template][-1].places <= usual | more.get(step, set()), step
    assert {s for told in procedure.TELLS.values() for s, t in told.items() if not t} == {"warned"}


WAITED_FOR = {
    "repair": {
        "submitted": "centre", "incomplete": "subject", "pushed": "authority", "noticed": "subject",
        "defended": "authority", "revoke_noticed": "subject", "revoke_defended": "authority",
    },
    "objection": {"submitted": "centre", moves.RAISED: "centre", "forwarded": "authority"},
    "shielding": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_waited_for_after_a_step_is_told_of_it(kind: str) -> None:
    for step, move in moves.MACHINES[kind].items():
        told = [t.to for t in procedure.TELLS[kind][step]]
        assert move.target not in WAITED_FOR[kind] or WAITED_FOR[kind][move.target] in told, step
        assert step != "withdrawn" or told == ["subject", "holder"]
        assert len(told) == len(set(told)), step


def test_what_is_withdrawn_or_decided_takes_no_decision_any_more() -> None:
    for state in ("withdrawn", "granted", "refused", "declined", "revoked"):
        assert not any(
            moves.allowed("repair", state, s) for s in ("granted", "refused", "accepted", "upstream_granted")
        )
