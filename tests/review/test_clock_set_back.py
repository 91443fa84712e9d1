"""The clock of the machine may be set back; what was answered for a moment stays the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xinyong.archive import publication
from xinyong.kernel.errors import Refused


def publish(c):
    with c.transaction():
        return publication.publish(c, publication.next_batch(c))


def known(c, moment=None):
    with c.transaction():
        return publication.known_at(c, moment)


@pytest.fixture
def ahead(district):
    """The last publication is of an hour ahead: so it looks after the clock was set back."""
    first = publish(district.connect())
    later = datetime.now(UTC) + timedelta(hours=1)
    district.owner().execute("UPDATE publication SET at = %s", [later])
    return first[0], later


def test_what_is_published_next_is_later_still(district, ahead):
    seq, at = publish(district.connect())
    assert seq == ahead[0] + 1 and at == ahead[1] + timedelta(microseconds=1)


def test_now_means_all_that_is_published_whatever_the_clock_says(district, ahead):
    c = district.connect()
    assert known(c) == ahead[0]
    assert known(c, datetime.now(UTC)) == 0


def test_the_archive_of_now_has_what_was_published_before_the_clock_was_set_back(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty()]), "XZCF")
    district.owner().execute("UPDATE publication SET at = at + interval '1 hour'")
    assert len(district.archive("91500152YY00000282").records) == 1


def test_nothing_is_published_at_or_before_a_moment_that_was_answered_for(district):
    c = district.connect()
    first = publish(c)[0]
    moment = datetime.now(UTC)
    assert known(c, moment) == first
    # the clock goes back: in its place, the answer is an hour ahead
    district.owner().execute("UPDATE answered_moment SET at = at + interval '1 hour'")
    moment += timedelta(hours=1)
    _, at = publish(c)
    assert at > moment
    assert district.one("SELECT max(seq) FROM publication WHERE at <= %s", moment) == first


def test_a_moment_before_the_last_publication_needs_no_note(district):
    c = district.connect()
    publish(c)
    moment = datetime.now(UTC)
    publish(c)
    known(c, moment)
    assert district.one("SELECT count(*) FROM answered_moment") == 0


def test_before_anything_was_published_the_answer_is_noted_too(district):
    moment = datetime.now(UTC)
    assert known(district.connect(), moment) == 0
    assert district.one("SELECT max(at) FROM answered_moment") == moment


def test_a_moment_to_come_is_refused(district):
    with pytest.raises(Refused):
        known(district.connect(), datetime.now(UTC) + timedelta(minutes=1))
