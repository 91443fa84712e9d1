"""Figures of degrees not decided, counted at night; and what is near the end of its publicity is found by its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0008_evidence")]
    operations = [
        migrations.CreateModel(
            name="DegreesWaiting",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("at", models.DateTimeField()),
                ("waiting", models.JSONField()),
            ],
            options={"db_table": "degrees_waiting"},
        ),
        migrations.AddIndex(
            model_name="publiclisting",
            index=models.Index(fields=["shown_until"], name="listing_ends"),
        ),
    ]
