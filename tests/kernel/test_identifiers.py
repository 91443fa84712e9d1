from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identifier_codes import ALPHABET, REGIONS, person_id, places, regno, replaced, usccs
from identifier_codes import uscc as make

from xinyong.kernel.divisions import Regions
from xinyong.kernel.identifiers import (
    Identification,
    check_orgcode,
    check_person_id,
    check_regno,
    check_uscc,
    identify,
)

TODAY = date(2026, 3, 5)
EXAMPLE = "91500152MA6A0B1C1B"  # worked by hand in the standard's way: sums 1849 and 406


def asked(raw: str, **more: object) -> Identification:
    return identify(raw, as_of=TODAY, regions=REGIONS, **more)  # type: ignore[arg-type]


def uscc(raw: str, exceptions: frozenset[str] = frozenset()) -> Identification:
    return check_uscc(raw, regions=REGIONS, exceptions=exceptions)


@pytest.mark.parametrize("code", ["91350100M000100Y43", EXAMPLE, "11500233742893960Y"])
def test_a_right_code_is_valid_without_a_warning(code: str) -> None:
    answer = asked(code)
    assert (answer.kind, answer.valid, answer.reason, answer.warnings) == ("uscc", True, None, ())
    assert answer.candidates == ()


@pytest.mark.parametrize("pair", ["A1", "A9", "N1", "N3", "Y1", "31", "81"])
def test_departments_that_begin_with_a_letter_or_came_by_amendment_are_known(pair: str) -> None:
    assert asked(make(pair)).valid


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (EXAMPLE[:17], "length"),
        (EXAMPLE + "0", "length"),
        (replaced(EXAMPLE, 9, "I"), "alphabet"),
        (replaced(EXAMPLE, 9, "测"), "alphabet"),
        (replaced(EXAMPLE, 0, "B"), "authority"),
        (replaced(EXAMPLE, 1, "4"), "category"),
        (replaced(EXAMPLE, 4, "A"), "region"),
        (replaced(EXAMPLE, 17, "C"), "check_digit"),
    ],
)
def test_the_first_part_that_fails_is_named(code: str, reason: str) -> None:
    answer = asked(code)
    assert (answer.kind, answer.valid, answer.reason) == ("uscc", False, reason)


def test_the_placeholder_is_its_own_kind_and_not_valid() -> None:
    for raw in ("0" * 17 + "X", "0" * 17 + "x", " " + "0" * 17 + "X"):
        answer = asked(raw)
        assert (answer.kind, answer.valid, answer.reason) == ("placeholder", False, "placeholder")


def test_eighteen_zeros_are_no_placeholder() -> None:
    assert asked("0" * 18).reason == "authority"


def test_a_division_of_an_earlier_table_is_a_warning() -> None:
    for code in (make(region="500223"), "11500228733970274Y"):
        assert uscc(code).valid and uscc(code).warnings == ("region_historical",)


def test_an_unknown_division_is_a_warning() -> None:
    answer = uscc(make(region="509999"))
    assert answer.valid and answer.warnings == ("region_unknown",)


def test_a_wrong_inner_check_digit_is_a_warning() -> None:
    good = make()
    front = replaced(good[:17], 16, "0" if good[16] != "0" else "1")
    code = next(front + char for char in ALPHABET if uscc(front + char).reason is None)
    assert uscc(code).valid and uscc(code).warnings == ("org_check_digit",)


def test_a_confirmed_exception_is_let_in_with_a_warning() -> None:
    code = replaced(EXAMPLE, 17, "C")
    answer = asked(code.lower(), exceptions=frozenset({code}))
    assert (answer.valid, answer.reason, answer.candidates) == (True, None, ())
    assert answer.warnings == ("normalized_case", "exception_confirmed")


def test_an_exception_excuses_the_check_digit_only() -> None:
    code = replaced(EXAMPLE, 1, "4")
    assert uscc(code, frozenset({code})).reason == "category"


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (EXAMPLE.lower(), "normalized_case"),
        ("".join(chr(ord(char) + 0xFEE0) for char in EXAMPLE), "normalized_width"),
        (f"\t{EXAMPLE[:9]}\u3000{EXAMPLE[9:]} ", "normalized_space"),
        (f"{EXAMPLE[:8]}-{EXAMPLE[8:]}", "normalized_hyphen"),
        (f"\u202a{EXAMPLE}\u202c", "normalized_space"),
    ],
)
def test_what_was_normalised_is_said(raw: str, warning: str) -> None:
    answer = asked(raw)
    assert (answer.normalized, answer.valid, answer.warnings) == (EXAMPLE, True, (warning,))
    assert answer.input == raw


def test_letters_that_are_no_ascii_stay_as_they_are() -> None:
    assert asked("ß" * 9).normalized == "ß" * 9


@given(usccs, places, st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed_and_the_right_code_proposed(
    code: str, place: int, char: str
) -> None:
    if char != code[place]:
        answer = uscc(replaced(code, place, char))
        assert not answer.valid
        assert code in answer.candidates


@given(usccs, st.integers(0, 16))
def test_every_swap_of_neighbours_is_noticed_and_the_right_code_proposed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        assert code in uscc(swapped).candidates


@given(usccs, places)
def test_a_lost_character_is_put_back(code: str, place: int) -> None:
    answer = uscc(code[:place] + code[place + 1 :])
    assert answer.reason == "length" and (code in answer.candidates or len(answer.candidates) == 10)


@given(usccs, places, st.sampled_from(ALPHABET))
def test_a_character_too_many_is_taken_out(code: str, place: int, char: str) -> None:
    assert code in uscc(code[:place] + char + code[place:]).candidates


@given(usccs, places)
def test_every_candidate_is_right_in_all_its_parts(code: str, place: int) -> None:
    for candidate in uscc(replaced(code, place, "?")).candidates:
        answer = uscc(candidate)
        assert answer.valid and set(answer.warnings) <= {"region_historical"}


def test_a_lookalike_comes_before_any_other_repair() -> None:
    good = make(body="YY8B8B88")
    for place in (place for place, char in enumerate(good[:17]) if char == "8" and place > 7):
        assert uscc(replaced(good, place, "B")).candidates[0] == good


def test_several_letters_outside_the_alphabet_are_read_as_their_lookalikes() -> None:
    good = make(body="YY010152")
    misread = good.replace("0", "O").replace("1", "I").replace("5", "S").replace("2", "Z")
    assert uscc(misread).candidates == (good,)


def test_nothing_is_proposed_for_what_looks_like_a_persons_number() -> None:
    number = person_id("50022319900307123")
    for raw in (number, replaced(number, 17, "0"), number[:16], number[:17], number + "0"):
        assert uscc(raw).candidates == ()


def test_nothing_is_proposed_even_where_a_repair_would_pass() -> None:
    code = make("13", "210319", "900307YY")  # its first fourteen read as a division and a date of birth
    assert uscc(code).valid
    assert uscc(replaced(code, 15, "0")).candidates == ()


def test_a_confirmed_exception_is_a_unified_code_even_if_it_reads_like_an_id_card() -> None:
    number = "132103199003071236"
    assert asked(number).kind == "person_id"
    assert asked(number, exceptions=frozenset({number})).kind == "uscc"


@pytest.mark.parametrize("code", ["D2143569-X", "D2143569X", "d2143569x", make()[8:17]])
def test_a_right_organisation_code_is_valid(code: str) -> None:
    answer = asked(code)
    assert (answer.kind, answer.valid, answer.reason) == ("orgcode", True, None)


def test_the_printed_hyphen_of_an_organisation_code_is_no_warning_and_any_other_is() -> None:
    assert check_orgcode("D2143569-X").warnings == ()
    assert check_orgcode("D214-3569X").warnings == ("normalized_hyphen",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("D21435690", "org_check_digit"),
        ("D2143569A", "org_check_digit"),
        ("D214356", "length"),
        ("D214356*X", "alphabet"),
    ],
)
def test_a_wrong_organisation_code_says_why(code: str, reason: str) -> None:
    assert check_orgcode(code).reason == reason


def test_a_registration_number_of_fifteen_digits_is_checked() -> None:
    assert asked("110108000000016").valid and asked("110108000000016").kind == "regno"
    assert asked("110108000000017").reason == "check_digit"


@pytest.mark.parametrize("raw", ["企独渝总字第000123号", "5001081234567", "50010812345678A"])
def test_a_registration_number_of_another_form_is_let_through_unverified(raw: str) -> None:
    answer = check_regno(raw)
    assert answer.valid and "unverified" in answer.warnings and answer.normalized == raw


def test_the_standards_example_of_an_id_card_is_valid() -> None:
    answer = asked("11010519491231002x")
    assert (answer.kind, answer.valid, answer.warnings) == ("person_id", True, ("normalized_case",))


@pytest.mark.parametrize(
    ("front", "reason", "warning"),
    [
        ("50022320260306123", "alphabet", "birth_date"),  # the day after
        ("50022319900230123", "alphabet", "birth_date"),
        ("99022319900307123", "region", None),
    ],
)
def test_an_impossible_id_card_says_why(front: str, reason: str, warning: str | None) -> None:
    answer = check_person_id(person_id(front), as_of=TODAY)
    assert (answer.valid, answer.reason) == (False, reason)
    assert answer.warnings == ((warning,) if warning else ())


def test_a_birth_date_on_the_day_itself_is_possible() -> None:
    assert check_person_id(person_id("50022320260305123"), as_of=TODAY).valid


def test_a_wrong_id_card_stays_an_id_card_and_gets_no_candidates() -> None:
    number = person_id("50022319900307123")
    for place in range(18):
        wrong = replaced(number, place, "0" if number[place] != "0" else "9")
        answer = asked(wrong)
        assert (answer.kind, answer.valid, answer.candidates) == ("person_id", False, ())


@given(usccs, places, st.sampled_from("0123456789"))
def test_a_wrong_code_of_a_company_is_not_called_an_id_card(code: str, place: int, digit: str) -> None:
    company = make("91", code[2:8], code[8:16])
    assert asked(replaced(company, place, digit)).kind == "uscc" or place < 8


def test_an_old_id_card_is_brought_to_eighteen() -> None:
    answer = check_person_id("500223900307123", as_of=TODAY)
    assert answer.normalized == person_id("50022319900307123")
    assert answer.valid and answer.warnings == ("upgraded_15",)


def test_fifteen_digits_are_an_old_card_only_when_they_are_no_registration_number() -> None:
    assert asked("500223900307125").kind == "person_id"
    assert asked(regno("50022390030712")).kind == "regno"


@pytest.mark.parametrize(
    ("raw", "reason"), [("", "length"), ("潼南", "length"), ("5" * 16, "length"), ("A" * 15, "alphabet")]
)
def test_what_fits_no_kind_is_unknown(raw: str, reason: str) -> None:
    answer = asked(raw)
    assert (answer.kind, answer.valid, answer.reason) == ("unknown", False, reason)


def test_without_any_divisions_a_code_is_still_checked() -> None:
    answer = check_uscc(EXAMPLE, regions=Regions(frozenset(), frozenset()))
    assert answer.valid and answer.warnings == ("region_unknown",)
