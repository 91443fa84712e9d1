import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel import masking

KEEPS = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(st.text(max_size=24), KEEPS)
def test_a_mask_keeps_the_length_and_always_hides_something(text, keep):
    masked = masking.mask(text, keep)
    assert len(masked) == len(text)
    assert not text or masking.MASK in masked


@given(st.text(alphabet="甲乙丙", min_size=1, max_size=24), KEEPS)
def test_no_more_than_the_ends_are_shown(text, keep):
    masked = masking.mask(text, keep)
    assert sum(char != masking.MASK for char in masked) in (0, sum(keep))


@given(st.text(alphabet="0123456789X", min_size=1, max_size=20), KEEPS)
def test_masking_twice_changes_nothing_more(text, keep):
    assert masking.mask(masking.mask(text, keep), keep) == masking.mask(text, keep)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张示例", "张＊＊"), ("李例", "李＊"), ("欧阳示例", "欧＊＊＊"), ("张", "＊"), ("", "")],
)
def test_of_a_name_the_first_character_stays(name, masked):
    assert masking.mask_name(name) == masked


def test_of_an_id_number_three_in_front_and_two_behind_stay():
    assert masking.mask_person_id("50022319900307123X") == "500＊＊＊＊＊＊＊＊＊＊＊＊＊3X"


def test_what_is_too_short_to_keep_its_ends_is_masked_whole():
    assert masking.mask("12345", (3, 2)) == "＊＊＊＊＊"


def test_a_negative_number_of_characters_is_refused():
    with pytest.raises(ValueError, match="negative"):
        masking.mask("甲乙", (-1, 0))
