from django.db import migrations, models

def key():
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="RightsCase",
            fields=[
                key(),
                ("number", models.UUIDField(unique=True)),
                ("kind", models.TextField()),
                ("at", models.DateTimeField()),
                ("scheme", models.TextField()),
                ("value", models.TextField()),
                ("name", models.TextField(db_default="")),
                ("channel", models.TextField()),
                ("authority", models.TextField()),
                ("route", models.TextField(db_default="")),
                ("about", models.TextField(db_default="")),
                ("application", models.UUIDField()),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "rights_case",
                "indexes": [
                    models.Index(fields=["kind", "authority", "id"], name="rights_case_authority"),
                    models.Index(fields=["scheme", "value", "id"], name="rights_case_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsCaseRecord",
            fields=[
                key(),
                ("case_id", models.BigIntegerField()),
                ("record_id", models.UUIDField()),
                ("item", models.TextField()),
                ("document", models.TextField(db_default="")),
                ("version", models.IntegerField()),
                ("mark", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "rights_case_record",
                "indexes": [models.Index(fields=["record_id"], name="rights_case_record_record")],
                "constraints": [
                    models.UniqueConstraint(fields=["case_id", "record_id"], name="rights_case_record_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsCaseStep",
            fields=[
                key(),
                ("case_id", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("kind", models.TextField()),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("role", models.TextField()),
                ("provider", models.TextField(db_default="")),
                ("reason", models.TextField(db_default="")),
                ("basis", models.TextField(db_default="")),
                ("upstream", models.TextField(db_default="")),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "rights_case_step",
                "constraints": [
                    models.UniqueConstraint(fields=["case_id", "seq"], name="rights_case_step_once"),
                    models.UniqueConstraint(
                        fields=["upstream"],
                        condition=models.Q(kind__in=["upstream_granted", "upstream_refused"]),
                        name="rights_case_upstream_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsTraining",
            fields=[
                key(),
                ("number", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
                ("scheme", models.TextField()),
                ("value", models.TextField()),
                ("correct", models.IntegerField()),
                ("of", models.IntegerField()),
                ("passed", models.BooleanField()),
            ],
            options={
                "db_table": "rights_training",
                "indexes": [models.Index(fields=["scheme", "value", "id"], name="rights_training_subject")],
            },
        ),
        migrations.CreateModel(
            name="RightsCaseFile",
            fields=[
                key(),
                ("case_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("material", models.TextField()),
                ("name", models.TextField()),
                ("type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("digest", models.TextField()),
                ("vault", models.TextField()),
            ],
            options={
                "db_table": "rights_case_file",
                "indexes": [models.Index(fields=["case_id", "id"], name="rights_case_file_case")],
            },
        ),
    ]
