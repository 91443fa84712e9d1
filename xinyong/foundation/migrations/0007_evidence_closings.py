"""What stands beside the records' leaves, the publication of batches and merges of subjects become leaves.

Batches that were sealed before get the leaf that closes them with the next sealing, publications and merges of before
their leaf here: from then on they can't be changed unseen.
"""

from django.db import migrations

from xinyong.foundation.evidence.own import Own, installed, removed

# Four bytes for each row of a batch and for each subject it names: they tell where a change is that a leaf proves.
ROWS = """
CREATE TABLE evidence_rows (
    batch integer PRIMARY KEY,
    rows bytea NOT NULL,
    subjects bytea NOT NULL
);
"""
MERGED = "ALTER TABLE subject_merge ADD COLUMN at timestamptz NOT NULL DEFAULT now()"
# As of this migration; `installed` writes the columns into the trigger, so later columns need a trigger of their own.
PUBLICATION = Own("publication", "publication", "at", "seq batch at undoes", "at", "seq", "seq")
MERGE = Own("subject_merge", "subject_merge", "at", "id loser winner splits reason basis born at", "at")


class Migration(migrations.Migration):
    dependencies = [("foundation", "0006_evidence_kinds"), ("archive", "0004_faster_load")]
    operations = [
        migrations.RunSQL(ROWS, "DROP TABLE evidence_rows"),
        migrations.RunSQL(installed(PUBLICATION), removed(PUBLICATION)),
        migrations.RunSQL(MERGED, "ALTER TABLE subject_merge DROP COLUMN at"),
        migrations.RunSQL(installed(MERGE), removed(MERGE)),
    ]
