"""A new wrapping key: originals stay readable, the old generation is no longer needed."""

from __future__ import annotations

import json

import pytest
from grounds import GROUND, NOW, REVIEWER

from xinyong.collection import erasure
from xinyong.foundation import keys, rotation


@pytest.fixture
def taken(district, three, write_csv):
    return [district.intake(write_csv(three[:n], f"{n}.csv"), "XZCF").submission for n in (1, 2, 3)]


def generations(district):
    rows = district.owner().execute("SELECT wrapped_key FROM vault_object WHERE length(wrapped_key) > 0")
    return {int.from_bytes(bytes(row[0])[:2], "big") for row in rows.fetchall()}


def test_all_data_keys_move_to_the_new_generation(district, taken):
    done = rotation.rotate()
    assert done.rewrapped == 3 and not done.resumed
    assert generations(district) == {done.generation}


def test_originals_still_read(district, taken, kept):
    before = [kept(s) for s in taken]
    rotation.rotate()
    assert [kept(s) for s in taken] == before


def test_the_old_generations_are_no_longer_needed(district, taken, kept, monkeypatch, tmp_path):
    done = rotation.rotate()
    ring = json.loads((district.home / "keys" / "keyring.json").read_text())
    ring["wrapping"] = {str(done.generation): ring["wrapping"][str(done.generation)]}
    (tmp_path / "keyring.json").write_text(json.dumps(ring))
    only_new = keys.FileKeys(tmp_path / "keyring.json")
    monkeypatch.setattr(keys, "provider", lambda: only_new)
    assert all("潼示罚" in kept(s).decode() for s in taken)


def test_what_was_taken_after_the_rotation_is_under_the_new_generation(district, penalty, write_csv):
    done = rotation.rotate()
    district.intake(write_csv([penalty()]), "XZCF")
    assert generations(district) == {done.generation}


def test_a_destroyed_key_stays_destroyed(district, taken):
    erasure.erase_original(taken[0], GROUND, REVIEWER, NOW)
    assert rotation.rotate().rewrapped == 2
    assert district.one("SELECT count(*) FROM vault_object WHERE length(wrapped_key) = 0") == 1


class Killed(BaseException):
    pass


def test_killed_halfway_it_is_finished_without_another_generation(district, taken, kept, monkeypatch):
    real, left = rotation._rewrap_one, iter([True, False])

    def killed(*given):
        if not next(left):
            raise Killed
        return real(*given)

    with monkeypatch.context() as m, pytest.raises(Killed):
        m.setattr(rotation, "STEP", 1)
        m.setattr(rotation, "_rewrap_one", killed)
        rotation.rotate()
    assert len(generations(district)) == 2
    assert all(kept(s) for s in taken)
    done = rotation.rotate()
    assert done.resumed and generations(district) == {done.generation}
    assert rotation.rotate().generation == done.generation + 1


def test_the_keyring_stays_private(home):
    rotation.rotate()
    assert (home / "keys" / "keyring.json").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in (home / "keys").iterdir()] == ["keyring.json"]
