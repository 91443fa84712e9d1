"""How personal fields look to those who may not see them whole.

How many characters stay is fixed by no text we have seen; the choice below is ours (confidence: sample). A
catalogue field may state its own [front, back].
"""

MASK = "＊"

PERSON_ID_KEPT = (3, 2)
MOBILE_KEPT = (3, 4)
CARD_KEPT = (0, 4)


def mask(text: str, keep: tuple[int, int]) -> str:
    """The text with only the first and last `keep` characters shown; at least one character is always masked.

    The length stays. A text too short to keep that many is masked whole.
    """
    front, back = keep
    if front < 0 or back < 0:
        raise ValueError("the numbers of characters kept can't be negative")
    hidden = len(text) - front - back
    if hidden < 1:
        return MASK * len(text)
    return text[:front] + MASK * hidden + text[len(text) - back :]


def mask_name(name: str) -> str:
    """A person's name with its first character shown: 张＊＊, 欧＊＊ (of a double surname, too, one)."""
    return mask(name, (1, 0))


def mask_person_id(code: str) -> str:
    """An ID number with the first three and last two characters shown (前3后2)."""
    return mask(code, PERSON_ID_KEPT)
