"""Which records somebody was reminded of; who was told that a repair is possible so far is told it no more."""

from django.db import migrations, models

TOLD = """
INSERT INTO reminded (kind, record_id, at)
SELECT 'repairable', substr(about, 12)::uuid, min(at) FROM notice
WHERE about ~ '^repairable:[0-9a-f]{32}$' GROUP BY 2
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0007_retention")]

    operations = [
        migrations.CreateModel(
            name="Reminded",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind", "record_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField()),
                ("record_id", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "reminded"},
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
