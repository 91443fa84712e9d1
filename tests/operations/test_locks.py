"""Two things that have nothing to do with each other never wait for one another."""

from __future__ import annotations

import re
from pathlib import Path

from xinyong.foundation import locks

PACKAGE = Path(locks.__file__).parents[1]


def numbers(part: str) -> list[int]:
    return [int(n) for n in re.findall(r"^[A-Z_]+ = ([0-9_]+)", part, re.MULTILINE)]


def test_every_lock_has_a_number_of_its_own() -> None:
    single, kinds = Path(locks.__file__).read_text("utf-8").split("# a kind")
    for found in (numbers(single), numbers(kinds)):
        assert len(found) > 5 and len(set(found)) == len(found)


def test_no_number_is_made_up_elsewhere() -> None:
    kinds = set(numbers(Path(locks.__file__).read_text("utf-8").split("# a kind")[1]))
    for path in [*PACKAGE.rglob("*.sql"), *PACKAGE.rglob("*.py")]:
        for said in re.findall(r"advisory\w*_lock\w*\(\s*([0-9_]+)", path.read_text("utf-8")):
            assert path.suffix == ".sql" and int(said) in kinds, (path, said)
