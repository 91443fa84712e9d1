"""Shipped editions are immutable; local editions stand beside them and survive an upgrade."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from xinyong.catalog.aliases import header_map
from xinyong.catalog.editions import SHIPPED, read_edition
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.manifest import file_digests, refresh
from xinyong.catalog.registers import entry_digest
from xinyong.kernel.errors import Refused

DAY = date(2026, 11, 22)
XZCF = "items/XZCF/2018-07-25.yaml"
Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def upgraded(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """A copy of the shipped edition with some files written anew, as the next release would bring them."""

    def make(files: dict[str, str]) -> Path:
        root = tmp_path / "shipped"
        shutil.copytree(SHIPPED, root, dirs_exist_ok=True)
        for name, text in files.items():
            (root / name).write_text(text, "utf-8")
        refresh(root)
        return root

    return make


def shipped_text(name: str) -> str:
    return (SHIPPED / name).read_text("utf-8")


def based_on(text: str, shipped: str) -> str:
    return f"based_on: {hashlib.sha256(shipped.encode()).hexdigest()}\n{text}"


def test_the_manifest_names_every_shipped_file_with_its_digest() -> None:
    assert dict(read_edition(SHIPPED).files) == file_digests()


def test_the_edition_says_which_it_is() -> None:
    assert load_rulebook().edition.id == "2026.11"


def test_an_edition_that_does_not_load_keeps_its_old_manifest(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")
    (tmp_path / "shipped" / "retention.yaml").write_text("retention: []\n", "utf-8")
    before = (tmp_path / "shipped" / "edition.yaml").read_bytes()
    with pytest.raises(Refused):
        refresh(tmp_path / "shipped")
    assert (tmp_path / "shipped" / "edition.yaml").read_bytes() == before


def test_a_missing_local_folder_is_no_local_edition(tmp_path: Path) -> None:
    assert load_rulebook(tmp_path / "nowhere").items == load_rulebook().items


def test_a_new_local_item_needs_no_code_and_no_migration(local: Write, good_item: str) -> None:
    book = load_rulebook(local({"items/CSSX/2026-01-01.yaml": good_item}))
    item = book.item("CSSX", DAY)
    assert (item.name, item.source, len(item.fields)) == ("测试事项", "local", 7)
    assert header_map(item)["文书号"] == "CS_WSH"
    assert book.conflicts == ()


def test_a_new_item_may_bring_its_own_register_entries(local: Write, good_item: str) -> None:
    text = good_item.replace("length: 128, role: doc_no", "length: 128, role: doc_no, code_set: CS_JB")
    registers = {
        "code_sets.yaml": "code_sets:\n  - {id: CS_JB, name: 级别, values: [高, 低], confidence: sample}\n"
    }
    book = load_rulebook(local({"items/CSSX/2026-01-01.yaml": text, **registers}))
    assert book.code_sets["CS_JB"].values == ("高", "低")
    assert "CFLB" in book.code_sets


def test_a_local_version_from_a_later_day_takes_over_that_day(local: Write) -> None:
    text = shipped_text(XZCF).replace("in_force_from: 2018-07-25", "in_force_from: 2026-07-01")
    book = load_rulebook(local({"items/XZCF/2026-07-01.yaml": text.replace('"2018.1"', '"2026.1"')}))
    assert book.item("XZCF", date(2026, 6, 30)).version == "2018.1"
    assert book.item("XZCF", date(2026, 7, 1)).version == "2026.1"
    assert book.conflicts == ()


def test_a_local_replacement_based_on_todays_shipped_file_is_no_conflict(local: Write) -> None:
    text = shipped_text(XZCF).replace("frequency: 每日", "frequency: 每周")
    book = load_rulebook(local({XZCF: based_on(text, shipped_text(XZCF))}))
    assert book.item("XZCF", DAY).frequency == "每周"
    assert book.conflicts == ()


def test_a_local_variant_may_allow_joint_parties(local: Write) -> None:
    text = based_on(shipped_text(XZCF) + "multi_party: true\n", shipped_text(XZCF))
    assert load_rulebook(local({XZCF: text})).item("XZCF", DAY).multi_party


def test_an_upgrade_under_a_local_replacement_is_a_conflict_and_the_local_one_stays(
    local: Write, upgraded: Callable[[dict[str, str]], Path]
) -> None:
    mine = based_on(shipped_text(XZCF).replace("frequency: 每日", "frequency: 每周"), shipped_text(XZCF))
    newer = shipped_text(XZCF).replace("frequency: 每日", "frequency: 实时")
    book = load_rulebook(local({XZCF: mine}), shipped=upgraded({XZCF: newer}))
    assert book.item("XZCF", DAY).frequency == "每周"
    [conflict] = book.conflicts
    assert (conflict.code, conflict.file) == ("shipped_changed", XZCF)
    assert conflict.shipped_digest == hashlib.sha256(newer.encode()).hexdigest()
    assert conflict.shipped_digest in conflict.sentence and "现以本地版本为准" in conflict.sentence


def test_a_local_replacement_that_says_no_base_is_a_conflict(local: Write) -> None:
    book = load_rulebook(local({XZCF: shipped_text(XZCF).replace("每日", "每周")}))
    assert [c.code for c in book.conflicts] == ["undeclared"]


def test_a_base_that_no_longer_ships_is_a_conflict(local: Write, good_item: str) -> None:
    book = load_rulebook(local({"items/CSSX/2026-01-01.yaml": based_on(good_item, "withdrawn")}))
    assert [c.code for c in book.conflicts] == ["shipped_gone"]
    assert "CSSX" in book.items


def test_a_later_shipped_version_that_ends_a_local_one_is_a_conflict(
    local: Write, upgraded: Callable[[dict[str, str]], Path]
) -> None:
    mine = based_on(shipped_text(XZCF).replace("每日", "每周"), shipped_text(XZCF))
    later = shipped_text(XZCF).replace("in_force_from: 2018-07-25", "in_force_from: 2027-01-01")
    shipped = upgraded({"items/XZCF/2027-01-01.yaml": later})
    [conflict] = load_rulebook(local({XZCF: mine}), shipped=shipped).conflicts
    assert conflict.code == "overtaken" and "2027-01-01" in conflict.sentence


def test_a_sample_entry_may_be_replaced_by_what_the_district_knows(local: Write) -> None:
    real = "providers:\n  - {id: SCJG, code: 11500152YY0000239R, name: 示例局, kind: department, confidence: seen}\n"
    book = load_rulebook(local({"providers.yaml": real}))
    assert book.providers["SCJG"].name == "示例局"
    assert book.conflicts == ()


def test_a_confirmed_entry_replaced_without_a_base_is_a_conflict(local: Write) -> None:
    mine = (
        "rules:\n  - {id: SGS_T1, name: 双公示公开时限, value: 5, unit: workday, base: decision_date,"
        " channel: credit_china, in_force_from: 2018-07-25, basis: {instrument: BXT_SD, article: 测试},"
        " confidence: sample}\n"
    )
    book = load_rulebook(local({"rules.yaml": mine}))
    assert book.value("SGS_T1", DAY) == 5
    [conflict] = book.conflicts
    assert (conflict.code, conflict.entry) == ("undeclared", "SGS_T1@2018-07-25")


def test_an_entry_digest_does_not_depend_on_layout_and_ignores_its_base() -> None:
    assert entry_digest({"id": "A", "name": "甲"}) == entry_digest(
        {"name": "甲", "id": "A", "based_on": "0" * 64}
    )
    assert entry_digest({"id": "A"}) != entry_digest({"id": "B"})


def test_a_new_calendar_year_loads_without_a_release(local: Write) -> None:
    text = 'year: 2027\nbasis: 测试通知\ndays_off: ["01-01..01-03"]\nworkdays: ["01-09"]\n'
    book = load_rulebook(local({"calendar/2027.yaml": text}))
    assert book.calendar[2027].days_off == {date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)}
    assert book.calendar[2027].workdays == {date(2027, 1, 9)}
    assert book.calendar[2026].source == "shipped" and book.conflicts == ()


def test_a_local_calendar_overrides_the_shipped_year(local: Write) -> None:
    shipped = shipped_text("calendar/2026.yaml")
    text = based_on('year: 2026\nbasis: 测试通知\ndays_off: ["01-01"]\nworkdays: []\n', shipped)
    book = load_rulebook(local({"calendar/2026.yaml": text}))
    assert book.calendar[2026].days_off == {date(2026, 1, 1)}
    assert book.conflicts == ()


def test_the_same_files_give_the_same_book_and_a_change_is_seen(local: Write, good_item: str) -> None:
    root = local({"items/CSSX/2026-01-01.yaml": good_item})
    first = load_rulebook(root)
    assert load_rulebook(root) is first
    local({"items/CSSX/2026-01-01.yaml": good_item.replace("测试事项", "改名后的事项")})
    assert load_rulebook(root).item("CSSX", DAY).name == "改名后的事项"


def test_loading_again_reads_no_file_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")  # a path not loaded before
    first = load_rulebook(shipped=tmp_path / "shipped")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"read again: {path}"))
    monkeypatch.setattr(Path, "read_text", lambda path, *_, **__: pytest.fail(f"read again: {path}"))
    assert load_rulebook(shipped=tmp_path / "shipped") is first
