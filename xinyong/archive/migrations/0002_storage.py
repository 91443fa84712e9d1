from django.db import migrations


# A batch's names and confirmations are known from its publication to that of the batch that undoes it.
NAMES = """
CREATE VIEW known_name AS
SELECT n.*, p.seq AS known_from, u.seq AS known_to
FROM subject_name n
JOIN publication p ON p.batch = n.born
LEFT JOIN publication u ON u.undoes = n.born
"""
CONFIRMATIONS = """
CREATE VIEW known_confirmation AS
SELECT f.subject_id, f.born, p.seq AS known_from, u.seq AS known_to
FROM subject_confirmation f
JOIN publication p ON p.batch = f.born
LEFT JOIN publication u ON u.undoes = f.born
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE batch_id AS integer", "DROP SEQUENCE batch_id"),
        migrations.RunSQL(
            "ALTER TABLE digest_block ALTER COLUMN digests SET STORAGE EXTERNAL",
            "ALTER TABLE digest_block ALTER COLUMN digests SET STORAGE EXTENDED",
        ),
        migrations.RunSQL(NAMES, "DROP VIEW known_name"),
        migrations.RunSQL(CONFIRMATIONS, "DROP VIEW known_confirmation"),
    ]
