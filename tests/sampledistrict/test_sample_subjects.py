"""Who lives in the district."""

from __future__ import annotations

import numpy as np
import pytest
from stdnum.cn import uscc

from sampledistrict import codes
from sampledistrict.subjects import KINDS, PERSON, SHOP, Subject, make_subjects

STDNUM_KNOWS = "159"  # it refuses the departments that the amendment of 2016 added: A, N, Y and others


@pytest.fixture(scope="module")
def people() -> list[Subject]:
    return make_subjects(4000, np.random.default_rng(3))


def test_every_name_says_that_it_is_an_example(people: list[Subject]) -> None:
    assert all("示例" in name for s in people for name in (s.name, *s.former, s.person or "示例"))


def test_every_organisation_code_body_begins_with_yy(people: list[Subject]) -> None:
    coded = [s for s in people if s.code not in ("", codes.PLACEHOLDER)]
    assert all(s.code[8:10] == "YY" for s in coded)


def test_all_kinds_of_subjects_occur(people: list[Subject]) -> None:
    assert {s.kind.label for s in people} == {kind.label for kind in KINDS}
    assert {kind.prefix[:1] for kind in KINDS} >= set("12345678" + "9ANY")


def test_codes_pass_the_library_where_it_knows_the_department(people: list[Subject]) -> None:
    checked = [s.code for s in people if s.code[:1] and s.code[0] in STDNUM_KNOWS]
    assert len(checked) > 2000
    assert all(uscc.is_valid(code) for code in checked)


def test_the_embedded_code_fails_only_where_the_subject_says_so(people: list[Subject]) -> None:
    coded = [s for s in people if s.code not in ("", codes.PLACEHOLDER)]
    assert {s.code for s in coded if codes.org_check(s.code[8:16]) != s.code[16]} == {
        s.code for s in coded if s.odd_org
    }
    assert any(s.odd_org for s in coded)


def test_no_two_subjects_share_a_code_or_a_name(people: list[Subject]) -> None:
    coded = [s.code for s in people if s.code not in ("", codes.PLACEHOLDER)]
    names = [name for s in people for name in (s.name, *s.former)]
    assert len(set(coded)) == len(coded)
    assert len(set(names)) == len(names)


def test_a_shop_without_a_code_has_a_registration_number(people: list[Subject]) -> None:
    without = [s for s in people if s.code == codes.PLACEHOLDER]
    assert without
    assert all(s.category == SHOP and len(s.regno) == 15 for s in without)


def test_natural_persons_have_numbers_and_no_codes(people: list[Subject]) -> None:
    persons = [s for s in people if s.category == PERSON]
    assert persons
    assert all(s.id_no.startswith(codes.PERSON_REGION) and not s.code and not s.person for s in persons)
    assert len({s.id_no for s in persons}) == len(persons)


def test_names_change_and_lives_end_after_they_began(people: list[Subject]) -> None:
    assert any(s.former for s in people) and any(s.ended for s in people)
    assert all(s.renamed > s.founded for s in people if s.renamed)
    assert all(s.ended > s.founded for s in people if s.ended)


def test_the_region_of_before_2015_is_common(people: list[Subject]) -> None:
    regions = [s.code[2:8] for s in people if s.code not in ("", codes.PLACEHOLDER)]
    assert regions.count("500223") > 500 and regions.count("500152") > 500 and "500000" in regions
