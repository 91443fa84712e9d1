"""The application's role adds; it changes and deletes nothing that proves something."""

from __future__ import annotations

import psycopg
import pytest

from xinyong.foundation import database, setup

GROWING = (
    "audit_entry", "record_version", "subject_records", "submission", "submission_fates", "publication", "look", "problem",
    "held_row", "erasure", "closure", "event", "credit_subject", "subject_name", "record_alias",
    "record_mark", "authorisation", "authorisation_end", "authorisation_signature", "grantor_key", "grantor_key_end", "subject_merge", "signing_key", "editorial_step", "evidence_entry",
    "measure", "measure_basis", "measure_act", "evidence_range", "evidence_checkpoint", "evidence_anchor", "evidence_check", "evidence_check_step", "evidence_check_end", "api_token", "api_token_end", "upload", "upload_end",
)  # fmt: skip
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def app(home):
    """The application's connection; nothing it tries here changes anything."""
    with database.connect_app(autocommit=True) as c:
        yield c


def first_column(c, table):
    sql = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1"
    return c.execute(sql, [table]).fetchone()[0]


@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_what_only_grows_the_application_cannot_change(app, statement):
    for table in GROWING:
        with pytest.raises(REFUSED):
            app.execute(statement.format(table, first_column(app, table)))


def test_what_only_grows_the_application_can_read(app):
    for table in GROWING:
        app.execute(f"SELECT * FROM {table} LIMIT 1")


def test_no_other_table_is_open_to_the_application_either(app):
    open_to_it = {
        (table, right)
        for (table,) in app.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for right in ("UPDATE", "DELETE", "TRUNCATE")
        if app.execute("SELECT has_table_privilege(%s, %s, %s)", [database.APP, table, right]).fetchone()[0]
        and not table.startswith(setup.FREE_PREFIXES)
    }
    remembered_for_a_while, derived = (
        {"api_answer", "api_nonce", "record_change_cells"},
        {"digest_block", "public_listing", "listing_state"},
    )
    to_be_done = {"event_todo", "recall_push", "notice_due"}
    gone_when_done = remembered_for_a_while | derived | to_be_done
    assert open_to_it == {(table, "DELETE") for table in gone_when_done}


def test_of_an_original_the_application_may_change_the_wrapped_key_alone(app):
    app.execute("UPDATE vault_object SET wrapped_key = wrapped_key")
    for column in ("name", "retained_until", "size"):
        with pytest.raises(REFUSED):
            app.execute(f"UPDATE vault_object SET {column} = {column}")


STRUCTURE = (
    "ALTER TABLE audit_entry ADD COLUMN x int",
    "DROP TABLE audit_entry",
    "CREATE TABLE mine (x int)",
    "CREATE TRIGGER t BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION lower('x')",
    f"SET ROLE {database.OWNER}",
)


def test_the_application_can_neither_change_the_structure_nor_become_the_owner(app):
    for statement in STRUCTURE:
        with pytest.raises(REFUSED):
            app.execute(statement)


def test_the_owner_erases_where_the_application_cannot(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    forget = "UPDATE record_version SET payload = NULL"
    with pytest.raises(REFUSED):
        district.connect().execute(forget)
    assert district.owner().execute(forget).rowcount == 1
