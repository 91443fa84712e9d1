"""Checkpoints and tiles on the public site: who has nothing but these makes every proof by himself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_stranger import Stranger

from tests.signing_in import browser
from xinyong.kernel import merkle, tiles
from xinyong.kernel.checkpoints import parse


@pytest.fixture
def grown(site: Any) -> tuple[Any, Any]:
    """A log of more than two tiles, and its state before."""
    site.audited(40)
    before = site.seal()
    site.audited(560)
    site.sealed = site.seal()
    assert site.sealed.size > 600
    return site, before


def names(size: int) -> list[str]:
    found, level = [], 0
    while count := size >> 8 * level:
        numbers = range(-(-count // 256))
        found += [tiles.path(level, n, tiles.width(size, level, n)) for n in numbers]
        level += 1
    return found


def test_the_newest_checkpoint_stands_as_plain_text_at_a_stable_address(grown: Any) -> None:
    log, before = grown
    for tree in merkle.ALGORITHMS:
        answer = browser().get(f"/evidence/{tree}/checkpoint")
        assert answer.content.decode() == log.sealed.notes[tree]
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        past = browser().get(f"/evidence/{tree}/checkpoint/{before.size}")
        assert past.content.decode() == before.notes[tree] and "immutable" in past.headers["Cache-Control"]
        assert browser().get(f"/evidence/{tree}/checkpoint/{before.size + 1}").status_code == 404


def test_the_keys_are_there_one_a_line(grown: Any) -> None:
    assert browser().get("/evidence/keys").content.decode() == grown[0].public_keys()


def test_every_tile_is_a_file_that_never_changes(grown: Any) -> None:
    log, _ = grown
    for tree in merkle.ALGORITHMS:
        for name in names(log.sealed.size):
            answer = browser().get(f"/evidence/{tree}/{name}")
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers


@pytest.mark.parametrize(
    "name",
    ["0/000.p/0", "0/000.p/256", "0/000.p/257", "0/0", "0/x000/000", "0/003", "0/002.p/255", "9/000.p/1", "00/000",
     "0/../0/000", "0/000.p/07", "entries/000", "-1/000", "0/x999/x999/x999/999"],
)  # fmt: skip
def test_a_tile_that_is_not_there_or_is_spelled_otherwise_is_not_found(grown: Any, name: str) -> None:
    answer = browser().get(f"/evidence/sha256/tile/{name}")
    assert answer.status_code == 404 and "immutable" not in answer.headers["Cache-Control"]


def test_what_a_crash_left_behind_the_checkpoint_is_not_handed_out(grown: Any) -> None:
    log, _ = grown
    path = log.district.home / "evidence" / "sha256" / "level0"
    path.write_bytes(path.read_bytes() + b"x" * 32 * 256)
    number, width = divmod(log.sealed.size, 256)
    assert browser().get(f"/evidence/sha256/tile/0/{number:03d}.p/{width}").status_code == 200
    assert browser().get(f"/evidence/sha256/tile/0/{number:03d}.p/{width + 1}").status_code == 404
    assert browser().get(f"/evidence/sha256/tile/0/{number:03d}").status_code == 404


def test_what_is_not_read_is_refused(grown: Any) -> None:
    for address in ("/evidence/sha256/checkpoint", "/evidence/keys", "/evidence/sm3/tile/0/000"):
        assert browser().post(address).status_code == 405
    assert browser().get("/evidence/md5/checkpoint").status_code == 404


@pytest.mark.parametrize("tree", merkle.ALGORITHMS)
def test_a_stranger_makes_the_proof_of_growth_from_tiles_alone(grown: Any, folder: Path, tree: str) -> None:
    log, before = grown
    for name in names(log.sealed.size):
        path = folder / "mirror" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(browser().get(f"/evidence/{tree}/{name}").content)
    stranger = Stranger(folder, log.public_keys())
    files = [stranger.keep("old", before.notes[tree]), stranger.keep("new", log.sealed.notes[tree])]
    code, said = stranger.run("growth", *files, "mirror")
    assert code == 0 and "全部内容" in said
    tile = folder / "mirror" / "tile" / "0" / "000"
    data = bytearray(tile.read_bytes())
    data[32 * 60] ^= 1  # a leaf after the old checkpoint
    tile.write_bytes(data)
    code, said = stranger.run("growth", *files, "mirror")
    assert code == 1


@pytest.mark.parametrize("tree", merkle.ALGORITHMS)
def test_inclusion_proofs_from_tiles_are_those_the_platform_gives(
    grown: Any, folder: Path, tree: str
) -> None:
    import sys
    from importlib import import_module

    from xinyong.foundation.evidence import exporting, proofs

    log, _ = grown
    assert exporting.export(log.district.app, folder, log.public_keys().splitlines()) > 6
    sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
    try:
        tool = import_module("verify")
    finally:
        sys.path.pop(0)
    note = (folder / tree / "checkpoint").read_text()
    made = tool.Tiles(str(folder / tree), tree, parse(note)[0].size)
    for index in (0, 1, 255, 256, 511, log.sealed.size - 1):
        given = merkle.inclusion_proof(tree, index, log.sealed.size, proofs.Tree(tree).nodes())  # type: ignore[arg-type]
        assert made.inclusion(index) == given


def test_exported_tiles_are_the_served_ones_and_only_what_is_new_is_written_again(
    grown: Any, folder: Path
) -> None:
    from xinyong.foundation.evidence import exporting

    log, _ = grown
    keys = log.public_keys().splitlines()
    first = exporting.export(log.district.app, folder, keys)
    for tree in merkle.ALGORITHMS:
        for name in names(log.sealed.size):
            assert (folder / tree / name).read_bytes() == browser().get(f"/evidence/{tree}/{name}").content
    assert exporting.export(log.district.app, folder, keys) == 3 < first


def test_the_page_shows_the_newest_checkpoint_and_pages_through_the_past_ones(site: Any) -> None:
    for _ in range(25):
        site.audited(1)
        site.sealed = site.seal()
    said = browser().get("/evidence").content.decode()
    assert site.sealed.roots["sha256"].hex() in said and site.sealed.roots["sm3"].hex() in said
    assert said.count("一致性证明</a>") == 20 and f"第 {site.sealed.number} 号" in said
    older = browser().get("/evidence", {"upto": str(site.sealed.number - 20)}).content.decode()
    assert older.count("一致性证明</a>") == site.sealed.number - 20
    assert browser().get("/evidence", {"upto": "x"}).status_code == 200


def test_before_anything_is_sealed_the_page_says_so(district: Any, site: Any) -> None:
    site.behind("DELETE FROM evidence_checkpoint")
    said = browser().get("/evidence")
    assert said.status_code == 200 and "还没有封存" in said.content.decode()
    assert browser().get("/evidence/sha256/checkpoint").status_code == 404


def test_nothing_published_tells_anything_of_anybody(site: Any, penalty: Any, write_csv: Any) -> None:
    site.district.intake(write_csv([penalty()]), "XZCF")
    site.sealed = site.seal()
    addresses = [
        "/evidence",
        "/evidence/sha256/checkpoint",
        *(f"/evidence/sha256/{n}" for n in names(site.sealed.size)),
    ]
    whole = b"".join(browser().get(a).content for a in addresses)
    for word in ("示例甲乙", "91500152YY00000282", "潼示罚"):
        assert word.encode() not in whole


def test_the_growth_proof_the_page_links_to_is_there(grown: Any, folder: Path) -> None:
    log, before = grown
    answer = browser().get("/api/v1/ledger/growth", {"old": before.size, "size": log.sealed.size})
    stranger = Stranger(folder, log.public_keys())
    files = [stranger.keep("old", before.notes["sha256"]), stranger.keep("new", log.sealed.notes["sha256"])]
    assert stranger.run("growth", *files, stranger.keep("g.json", json.dumps(answer.json())))[0] == 0
