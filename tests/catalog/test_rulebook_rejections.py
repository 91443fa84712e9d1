"""Every reason for which a rulebook file is refused has an example, and says file, place, problem and mend."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from xinyong.catalog.editions import SHIPPED
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.rejections import MENDS
from xinyong.kernel.errors import Refused

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
PLACELESS = {"misplaced", "unknown_file", "off_and_worked"}  # the whole file is the place


def example(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def refusal(spec: dict[str, Any], root: Path) -> Refused:
    path = root / spec["path"]
    path.parent.mkdir(parents=True)
    path.write_bytes(spec["text"].encode(spec.get("encoding", "utf-8")))
    with pytest.raises(Refused) as caught:
        load_rulebook(root)
    return caught.value


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_bad_file_is_refused_with_file_place_problem_and_mend(path: Path, tmp_path: Path) -> None:
    spec = example(path)
    error = refusal(spec, tmp_path / "local")
    assert error.code == f"rulebook.{spec['rejects']}"
    assert spec["path"] in error.sentence
    assert spec["says"] in error.sentence
    assert error.sentence.endswith(f"。{MENDS[spec['rejects']]}。")
    assert spec["rejects"] in PLACELESS or " 的 " in error.sentence


def test_every_kind_of_rejection_has_an_example() -> None:
    shown = {example(path)["rejects"] for path in BAD}
    assert shown | {"shipped_altered"} == set(MENDS)  # that one needs a broken installation: next test


def test_a_shipped_file_that_was_altered_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")
    path = tmp_path / "shipped" / "items" / "XZCF" / "2018-07-25.yaml"
    path.write_text(path.read_text("utf-8").replace("length: 128", "length: 129"), "utf-8")
    with pytest.raises(Refused) as caught:
        load_rulebook(shipped=tmp_path / "shipped")
    assert caught.value.code == "rulebook.shipped_altered"
    assert "items/XZCF/2018-07-25.yaml" in caught.value.sentence
    assert MENDS["shipped_altered"] in caught.value.sentence


def test_a_shipped_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")
    (tmp_path / "shipped" / "items" / "XZXK" / "2018-07-25.yaml").unlink()
    with pytest.raises(Refused, match="items/XZXK/2018-07-25.yaml：版本 2026.11 的清单中有，却找不到文件"):
        load_rulebook(shipped=tmp_path / "shipped")


def test_the_item_from_which_the_bad_ones_are_made_is_good(good_item: str, local: Any) -> None:
    book = load_rulebook(local({"items/CSSX/2026-01-01.yaml": good_item}))
    assert "CSSX" in book.items


def test_of_several_defects_the_first_by_place_is_told(good_item: str, local: Any) -> None:
    text = good_item.replace("polarity: neutral", "polarity: x")
    text = text.replace("disclosure: government", "disclosure: x").replace("publicity: none", "publicity: x")
    with pytest.raises(Refused, match=" 的 disclosure：取值"):
        load_rulebook(local({"items/CSSX/2026-01-01.yaml": text}))
