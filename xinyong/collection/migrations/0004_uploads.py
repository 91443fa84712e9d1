from django.db import migrations

UPLOAD = """
CREATE TABLE upload (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    provider text NOT NULL,
    origin text NOT NULL,
    purpose text NOT NULL,
    item text NOT NULL,
    mode text NOT NULL,
    filename text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL
);
CREATE INDEX upload_actor ON upload (actor, at);
CREATE INDEX upload_provider ON upload (provider, at);
"""
STATE = """
CREATE TABLE upload_state (
    upload uuid PRIMARY KEY REFERENCES upload,
    stage text NOT NULL,
    done bigint NOT NULL,
    at timestamptz NOT NULL,
    cancelled boolean NOT NULL
);
"""
END = """
CREATE TABLE upload_end (
    upload uuid PRIMARY KEY REFERENCES upload,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('taken', 'refused', 'cancelled', 'failed')),
    submission integer,
    already boolean NOT NULL,
    code text NOT NULL,
    sentence text NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0003_quality")]
    operations = [
        migrations.RunSQL(UPLOAD, "DROP TABLE upload"),
        migrations.RunSQL(STATE, "DROP TABLE upload_state"),
        migrations.RunSQL(END, "DROP TABLE upload_end"),
    ]
