"""What an older version forgot about a bar's record is put right with the upgrade."""

from __future__ import annotations

import pytest
from measure_desk import Desk
from test_in_force import ends, forget

from xinyong.disclosure import basis
from xinyong.regulation import initial


def test_a_bar_that_a_file_lifted_before_an_older_version_sealed_its_record_is_lifted_with_the_upgrade(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.barred()
    desk.penalty(KZ_CXBZ="撤销", KZ_CXYY="行政复议决定撤销")
    with monkeypatch.context() as older:
        older.setattr(basis, "keep_withdrawal", lambda *_: None)
        forget(desk, "sealed", *made.records)
    assert ends(desk, made) == ("in_force", True)
    for _ in range(2):
        initial.prepare()
        assert ends(desk, made) == ("lifted", False) and "决定已撤回或撤销" in desk.said(made)
    assert desk.district.one("SELECT count(*) FROM record_mark") == 1
