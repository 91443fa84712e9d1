"""Somebody else's things are not there: an address with another's number answers as one with nobody's.

Every address with a number in it, open to roles whose holders must not see each other's things, is walked here as an
outsider, or named with the test elsewhere that does so. A new one belongs into one of the two.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from abused import AUTHORITY, BANK, CODE, NAME, OTHER, OWNED, Town, as_role
from signing_in import browser
from walking import OFFICE, PARAMETER, addresses

NOBODYS = {"upload": "00000000-0000-4000-8000-000000000001", "record": "f" * 32, "submission": "987654",
           "held": "987654", "authorisation": "00000000-0000-4000-8000-000000000001",
           "batch": "987654",
           "message": "987654", "post": "987654"}  # fmt: skip
SECRETS = ("潼示罚〔2026〕2号", "潼示罚〔2026〕1号", "处罚.csv", "待核.csv", "在途.csv", NAME, "贷前审查")

ELSEWHERE = {
    "own-objection": "rights_cases/test_case_outsiders.py::test_another_subject_opens_nothing_of_an_objection",
    "case-objection": "rights_cases/test_case_outsiders.py::test_another_department_opens_nothing_of_an_objection",
    "own-opinion": "rights_cases/test_opinion_pages.py::test_to_anybody_else_the_page_is_not_there",
    "own-repair": "rights_cases/test_case_outsiders.py::test_another_subject_opens_nothing_of_a_repair",
    "case-repair": "rights_cases/test_case_outsiders.py::test_another_department_opens_nothing_of_a_repair",
    "case-shielding": "rights_cases/test_case_outsiders.py::test_another_department_opens_nothing_of_a_shielding",
    "own-training": "rights_cases/test_repair_training.py::test_a_certificate_is_its_owners_alone",
    "department-letter": "rights_cases/test_repair_pages.py::test_the_letter_is_found_by_number_and_printed",
    "own-look-challenge": "rights_persons/test_person_pages.py::test_another_subject_finds_nothing_at_that_address",
    "unit-challenge": "rights_persons/test_person_pages.py::test_another_units_challenge_is_not_there",
    "console-recall": "rights_recall/test_recall_api.py::test_an_institutions_people_confirm_their_own_and_no_others",
    "department-mark": "console/test_markings.py::test_another_departments_record_and_what_never_was_look_the_same",
    "measure": "regulation_pages/test_measure_pages.py::test_another_department_sees_nothing_of_it",
    "console-look-measures": "regulation_pages/test_measure_pages.py::test_on_a_duty_the_measures_of_a_subject_are_read_and_the_subject_sees_who_did",
    "department-change": "console/test_two_persons.py::test_another_department_sees_nothing_of_it",
    "department-review-": "console/test_two_persons.py::test_another_department_sees_nothing_of_it",
    "department-code": "console/test_code_answers.py::test_another_departments_case_looks_like_none",
    "console-look-subject": "console/test_look_page.py::test_a_stopped_record_is_there_for_its_department_and_the_centre_alone",
    "authorisation-received-one": "console/test_registered_authorisations.py::test_another_institution_finds_nothing",
    "authorisation-received-package": "authorisation_signing/test_signing_pages.py::test_nobody_else_takes_the_package",
    "own-authorisation-package": "authorisation_signing/test_signing_pages.py::test_nobody_else_takes_the_package",
    "own-key-end": "authorisation_signing/test_signing_pages.py::test_another_subjects_key_is_not_there",
}
"""Beginnings of URL names whose outsiders are tested with the part that has them."""

HARMLESS = frozenset("department-entry-item department-template mfa_remove_webauthn".split())
"""Of everybody's in the role, or (a security key) looked up among one's own by the library."""

APART = {"subject", "department", "department_reviewer", "bank", "agency"}
"""Roles whose holders must not see each other's things; those of the centre and the administrators see all."""


def filled(route: str, number: str) -> str:
    """The address with the number of an object, and something harmless in its other parameters."""
    other = {"kind": "csv" if "rejects" in route else "pdf"}
    return "/" + PARAMETER.sub(lambda m: quote(other.get(m[2], number)), route)


@cache
def outsiders(town: Any, start: str) -> list[Any]:
    """Others of the role that the pages are for, and of roles near it."""
    elsewhere = town.district.book.providers["CZJ"].code
    made = {
        "department-": [
            ("department", {"provider": elsewhere}),
            ("department_reviewer", {"provider": elsewhere}),
        ],
        "own-": [("subject", {"subject_code": OTHER})],
        "console-": [("department", {"provider": elsewhere}), ("center", {}), ("bank", {"provider": BANK})],
        "report-batch": [("center", {})],
        "report-": [
            ("subject", {"subject_code": OTHER}),
            ("bank", {"provider": BANK}),
            ("counter", {}),
            ("center", {}),
        ],
    }
    return [as_role(role, **given) for role, given in made[start]]


def start_of(name: str) -> str:
    return next(
        s for s in ("department-", "own-", "console-", "report-batch", "report-") if name.startswith(s)
    )


@pytest.fixture
def walked(town: Town) -> list[tuple[str, str]]:
    """(URL name, route) of every page of ours with a parameter."""
    found = [(a.name, a.route) for a in addresses() if PARAMETER.search(a.route)]
    return [(name, route) for name, route in found if not route.startswith(OFFICE)]


def test_every_address_with_a_number_is_walked_by_an_outsider_here_or_elsewhere() -> None:
    from xinyong.website.access import matrix

    lacking = []
    for a in addresses():
        roles = matrix()[a.action].roles
        apart = PARAMETER.search(a.route) and APART & set(roles) and "public" not in roles
        known = a.name in OWNED or a.name in HARMLESS or a.name.startswith(tuple(ELSEWHERE))
        if apart and not known and not a.route.startswith(OFFICE):
            lacking.append((a.name, a.route))
    assert lacking == []


@pytest.mark.parametrize("named", sorted(set(ELSEWHERE.values())))
def test_the_test_elsewhere_is_there(named: str) -> None:
    """And it opens pages: what a function refuses says nothing of the address that leads to it."""
    path, name = named.split("::")
    text = (Path(__file__).parents[1] / path).read_text("utf-8")
    assert f"def {name}(" in text and re.search(r"\b(signed_in|as_role|Client)\(", text)


def test_another_s_object_answers_as_nobody_s_does(town: Town, walked: list[tuple[str, str]]) -> None:
    wrong = []
    for name, route in [(n, r) for n, r in walked if n in OWNED]:
        kind, query = OWNED[name]
        theirs, nobodys = (filled(route, n) + query for n in (town.owned[kind], nobodys_of(town, kind)))
        for client in outsiders(town, start_of(name)):
            wrong += [f"{how} {theirs}: {told}" for how, told in compared(client, theirs, nobodys)]
    assert not wrong, "\n".join(wrong)


def nobodys_of(town: Town, kind: str) -> str:
    """A number that is well written and nobody's."""
    from xinyong.services.creditreport import numbers

    if kind != "report":
        return NOBODYS[kind]
    mine, signs = town.owned["report"], "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    near = (mine[:-2] + a + b for a in signs for b in signs)
    return next(n for n in near if n != mine and numbers.canonical(n) == n)


def compared(client: Any, theirs: str, nobodys: str) -> list[tuple[str, str]]:
    """What differs, or is told, when the number is another's: by looking, by sending, by posting nonsense."""
    found = []
    for how, data in (("get", None), ("post", {"reason": "试试", "confirmed": "yes", "purpose": "看看"})):
        answers = [getattr(client, how)(path, data) for path in (theirs, nobodys)]
        said = [body(a) for a in answers]
        if answers[0].status_code not in (403, 404, 405):
            found.append((how, str(answers[0].status_code)))
        if (answers[0].status_code, said[0]) != (answers[1].status_code, said[1]):
            found.append((how, "differs from nobody's"))
        found += [(how, f"says {s}") for s in SECRETS if s in said[0]]
    return found


def body(answer: Any) -> str:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", text.decode("utf-8", "replace"))


def test_nothing_was_changed_by_trying(town: Town, walked: list[tuple[str, str]]) -> None:
    counts = "SELECT (SELECT count(*) FROM submission) + (SELECT count(*) FROM authorisation_end) * 1000"
    before = town.district.one(counts)
    test_another_s_object_answers_as_nobody_s_does(town, walked)
    assert town.district.one(counts) == before
    assert town.district.one("SELECT bool_or(cancelled) FROM upload_state") is False


def test_the_owner_does_open_them(town: Town, walked: list[tuple[str, str]]) -> None:
    """Else the walk above proves nothing."""
    mine = {
        "department-": as_role("department"),
        "own-": as_role("subject", subject_code=CODE),
        "console-": as_role("department"),
        "report-batch": as_role("center", name="示例center"),
        "report-": as_role("subject", subject_code=CODE),
    }
    wrong = []
    for name, route in [(n, r) for n, r in walked if n in OWNED]:
        kind, query = OWNED[name]
        client = mine[start_of(name)]
        answer = client.get(filled(route, town.owned[kind]) + query)
        if (
            answer.status_code not in (200, 302) and name != "report-batch-download"
        ):  # the batch is not done yet
            wrong.append((name, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    "page", ["submissions", "mend", "held", "records?item=XZCF&number=潼示罚〔2026〕1号", "review", ""]
)
def test_a_department_s_lists_and_their_exports_hold_only_its_own(town: Town, page: str) -> None:
    role = "department_reviewer" if page == "review" else "department"
    other = as_role(role, provider=town.district.book.providers["CZJ"].code)
    address = f"/console/department/{page}"
    said = body(other.get(address))
    for kind in ("csv", "xlsx"):
        joined = "&" if "?" in address else "?"
        said += body(other.get(f"{address}{joined}export={kind}&purpose=核对"))
    assert [
        s for s in SECRETS if s in said.replace("number=", "").replace('value="潼示罚〔2026〕1号"', "")
    ] == []


def test_a_parameter_that_names_another_department_changes_nothing(town: Town) -> None:
    elsewhere = town.district.book.providers["CZJ"].code
    other = as_role("department", provider=elsewhere)
    usual = body(other.get("/console/department/submissions"))
    for name in ("provider", "who", "actor", "department", "scope"):
        said = body(other.get("/console/department/submissions", {name: AUTHORITY}))
        assert [s for s in SECRETS if s in said] == [] and ("共 0 条" in said) == ("共 0 条" in usual)


@pytest.mark.parametrize("path", ["", "/archive"])
def test_over_the_api_a_subject_s_record_numbers_and_purposes_open_no_other_subject(
    town: Town, token: Any, path: str
) -> None:
    """A bank with an authorisation of one subject asks for another with the first one's number."""
    _, secret = token("bank", BANK)
    headers = {"Authorization": f"Bearer {secret}", "X-Purpose": quote("贷前审查")}
    asked = {"authorisation": town.owned["authorisation"]} if path else {}
    mine = browser().get(f"/api/v1/subjects/{CODE}{path}", asked, headers=headers)
    theirs = browser().get(f"/api/v1/subjects/{OTHER}{path}", asked, headers=headers)
    assert mine.status_code == 200, mine.content.decode()
    assert theirs.status_code == 403 and OTHER not in theirs.content.decode()
