"""The outbox's two tables are the foundation's, which reads and writes them. They were made by the rights floor and stay
as they are; what moves is only where they are described.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0007_evidence_closings"), ("rights", "0002_recall")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="EventHandler",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.TextField()),
                        ("kind", models.TextField()),
                        ("since", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "event_handler",
                        "constraints": [models.UniqueConstraint(fields=("name", "kind"), name="event_handler_once")],
                    },
                ),
                migrations.CreateModel(
                    name="EventTodo",
                    fields=[
                        ("pk", models.CompositePrimaryKey(
                            "event_id", "handler", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("event_id", models.BigIntegerField()),
                        ("handler", models.TextField()),
                        ("attempts", models.IntegerField(default=0)),
                        ("next_at", models.DateTimeField()),
                        ("error", models.TextField(blank=True, default="")),
                    ],
                    options={"db_table": "event_todo"},
                ),
            ]
        )
    ]  # fmt: skip
