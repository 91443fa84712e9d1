"""Unified codes in bulk: check, diagnosis and repairs of 1,000,000 codes against python-stdnum's loop.

Five codes in a hundred are defective, as files have them: mostly one wrong character, some look-alikes,
swapped neighbours, a character too few or too many, lower case and padding. stdnum checks one code at a time
and repairs nothing; its time is taken on a sample, in the same process, right after ours.

    python bench/identifiers.py [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from statistics import median

import polars as pl
from stdnum.cn import uscc

from xinyong.catalog.regions import load_regions
from xinyong.kernel import identifiers_batch
from xinyong.kernel.divisions import Regions

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODES, DEFECTIVE, SAMPLE, ROUNDS = 1_000_000, 0.05, 20_000, 9
PAIRS = ("91", "91", "91", "92", "92", "93", "11", "12", "51", "52")  # those that stdnum knows too


def fresh_code(rng: random.Random, regions: list[str]) -> str:
    body = "YY" + "".join(rng.choices(ALPHABET, k=6))  # fictitious: organisation codes that begin with YY
    values = [int(char, 36) for char in body]
    check = -sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = rng.choice(PAIRS) + rng.choice(regions) + body + "0123456789X"[check]
    return code + ALPHABET[-sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code)) % 31]


def substituted(code: str, rng: random.Random) -> str:
    place = rng.randrange(18)
    return code[:place] + rng.choice(ALPHABET.replace(code[place], "")) + code[place + 1 :]


def swapped(code: str, rng: random.Random) -> str:
    place = rng.choice([i for i in range(17) if code[i] != code[i + 1]])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def lookalike(code: str, rng: random.Random) -> str:
    place = rng.choice([i for i, char in enumerate(code) if char in "01258BU"] or [0])
    return (
        code[:place] + dict(zip("01258BU", "OIZSB8V", strict=True)).get(code[place], "0") + code[place + 1 :]
    )


def shortened(code: str, rng: random.Random) -> str:
    place = rng.randrange(18)
    return code[:place] + code[place + 1 :]


def lengthened(code: str, rng: random.Random) -> str:
    place = rng.randrange(19)
    return code[:place] + rng.choice(ALPHABET) + code[place:]


def untidy(code: str, rng: random.Random) -> str:
    return substituted(code, rng).lower() + rng.choice((" ", "\t", "\u3000"))


DEFECTS: dict[Callable[[str, random.Random], str], int] = {
    substituted: 55,
    lookalike: 15,
    swapped: 15,
    shortened: 5,
    lengthened: 5,
    untidy: 5,
}


def build(seed: int = 1) -> pl.Series:
    rng = random.Random(seed)
    regions = sorted(load_regions().current)
    stock = [fresh_code(rng, regions) for _ in range(CODES // 5)]
    codes = stock * 5
    rng.shuffle(codes)
    for row in rng.sample(range(CODES), int(CODES * DEFECTIVE)):
        defect = rng.choices(list(DEFECTS), list(DEFECTS.values()))[0]
        codes[row] = defect(codes[row], rng)
    return pl.Series("code", codes, dtype=pl.String)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(codes: pl.Series, regions: Regions) -> tuple[pl.DataFrame, pl.Series]:
    answer = identifiers_batch.check_uscc_batch(codes, regions=regions)
    defective = answer.filter(~pl.col("valid"))["normalized"]
    return answer, identifiers_batch.candidates_batch(defective, regions=regions)


def measure() -> dict[str, float | int]:
    """Medians of rounds; a round times all three in turn, so that a busy machine slows all three."""
    codes, regions = build(), load_regions()
    sample = codes.gather_every(CODES // SAMPLE).to_list()
    answer, candidates = ours(codes, regions)
    rounds = [
        (
            seconds(lambda: ours(codes, regions)) / CODES,
            seconds(lambda: identifiers_batch.check_uscc_batch(codes, regions=regions)) / CODES,
            seconds(lambda: [uscc.is_valid(code) for code in sample]) / SAMPLE,
        )
        for _ in range(ROUNDS)
    ]
    return {
        "codes": CODES,
        "defective": int((~answer["valid"]).sum()),
        "with_candidates": int((candidates.list.len() > 0).sum()),
        "ours_per_second": round(1 / median(all_ for all_, _, _ in rounds)),
        "check_per_second": round(1 / median(check for _, check, _ in rounds)),
        "stdnum_per_second": round(1 / median(theirs for _, _, theirs in rounds)),
        "ratio": round(median(theirs / all_ for all_, _, theirs in rounds), 1),
        "ratio_check_only": round(median(theirs / check for _, check, theirs in rounds), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    result = measure()
    if parser.parse_args().json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<18} {value:>14,}")


if __name__ == "__main__":
    main()
