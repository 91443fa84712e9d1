import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0002_gaps")]
    operations = [
        migrations.AddField("closure", "later_line", models.IntegerField(null=True)),
        migrations.CreateModel(
            name="CodeCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("provider", models.TextField()),
                ("found_at", models.DateTimeField()),
                ("found_by", models.TextField()),
                ("detail", models.JSONField()),
            ],
            options={
                "db_table": "code_case",
                "indexes": [models.Index(fields=["kind", "key", "provider"], name="code_case_key")],
            },
        ),
        migrations.CreateModel(
            name="CodeCaseStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.SmallIntegerField()),
                ("kind", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("role", models.TextField()),
                ("note", models.TextField(db_default="")),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="collection.codecase",
                    ),
                ),
            ],
            options={
                "db_table": "code_case_step",
                "constraints": [models.UniqueConstraint(fields=("case", "number"), name="code_case_step_once")],
            },
        ),
        migrations.AddIndex(
            "closure", models.Index(fields=["closed_by", "later_line"], name="closure_later")
        ),
    ]
