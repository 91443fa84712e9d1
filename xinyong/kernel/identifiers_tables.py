"""Alphabets, weights and look-alikes of the identifiers, typed in from the standards' text."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "length", "alphabet", "authority", "category", "region", "check_digit", "org_check_digit", "placeholder"
]
REASONS: tuple[Reason, ...] = (
    "length",
    "alphabet",
    "authority",
    "category",
    "region",
    "check_digit",
    "org_check_digit",
    "placeholder",
)

# What the national exchange puts where a party has no unified code; it fails GB 32100's own check digit.
PLACEHOLDER = "0" * 17 + "X"

# --- unified social credit code, GB 32100-2015 with amendment 1 ------------------------------------
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
USCC_VALUES = {char: value for value, char in enumerate(USCC_ALPHABET)}
# The check character itself counts once: a code is right when the weighted sum of all 18 is 0 modulo 31.
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
# First character (registration department) → second characters it may carry (kind of body).
DEPARTMENTS = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "1239",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "123",
    "A": "19",
    "N": "1239",
    "Y": "1",
}

# --- organisation code, GB 11714 -------------------------------------------------------------------
ORG_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORG_CHECK_VALUES = {char: value for value, char in enumerate("0123456789X")}

# --- ID card, GB 11643-1999 ------------------------------------------------------------------------
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK_CHARS = "10X98765432"
# 81, 82, 83 stand on the residence permits of people from Hong Kong, Macao, Taiwan, made by the same rules.
ID_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
    "50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)

# --- normalisation ---------------------------------------------------------------------------------
FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
# Beside white space: zero-width characters and direction marks, which copying out of a dialogue brings along.
SPACES = "".join(
    map(
        chr,
        (
            *range(0x09, 0x0E),
            0x20,
            0x85,
            0xA0,
            0x1680,
            *range(0x2000, 0x2010),
            *range(0x2028, 0x2030),
            *range(0x205F, 0x2065),
            0x3000,
            0xFEFF,
        ),
    )
)
HYPHENS = "-" + "".join(map(chr, (0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63)))
LOWER_CASE = {chr(code): chr(code - 32) for code in range(ord("a"), ord("z") + 1)}

# --- repairs ---------------------------------------------------------------------------------------
# What a reader or a scanner writes for what stands there; O I Z S V are outside the alphabet, so go one way.
LOOKALIKES = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U", "8": "B", "B": "8"}
ILLEGAL_LOOKALIKES = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
MAX_CANDIDATES = 10
