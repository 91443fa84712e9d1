import django.contrib.postgres.fields
from django.db import migrations, models

# Of what is there already: up to 64 records a row, as `archive.versions.post` writes them.
POSTED = """
INSERT INTO subject_records (subject, item, born, records)
SELECT subject, item, born, array_agg(DISTINCT record_id)
FROM (SELECT *, (row_number() OVER (PARTITION BY subject, item, born ORDER BY record_id) - 1) / 64 AS part
      FROM record_version WHERE kind <> 'R' AND subject <> 0) v
GROUP BY subject, item, born, part ORDER BY subject
"""
VIEW = """
CREATE VIEW subject_record AS
SELECT p.subject, p.item, p.born, r.record_id
FROM subject_records p CROSS JOIN LATERAL unnest(p.records) AS r (record_id)
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0003_merges")]
    operations = [
        migrations.CreateModel(
            name="SubjectRecords",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("subject", models.BigIntegerField()),
                ("item", models.SmallIntegerField()),
                ("born", models.IntegerField()),
                ("records", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
            ],
            options={
                "db_table": "subject_records",
                "indexes": [models.Index(fields=["subject", "item"], name="subject_records_subject")],
            },
        ),
        migrations.RunSQL(POSTED, migrations.RunSQL.noop),
        migrations.RunSQL(VIEW, "DROP VIEW subject_record"),
        migrations.RemoveIndex(model_name="recordversion", name="record_subject"),
    ]
