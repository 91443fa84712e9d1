import django.contrib.postgres.fields
from django.db import migrations, models

from xinyong.foundation.evidence.own import Own, installed, removed

# As of this migration: the trigger has these columns, later ones need a trigger of their own.
TABLES = [
    Own(
        "measure", "measure", "at",
        "id number at rule name instrument article confidence follows least most lifted_by edition subject organ"
        " organ_name document notified_on heard decided begins months ends by role provider reason", "at",
    ),
    Own("measure_basis", "measure_basis", "at", "id measure record_id item document at", "at"),
    Own("measure_act", "measure_act", "at", "id measure kind until at by role provider reason basis", "at"),
]  # fmt: skip


def key():
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("foundation", "0006_evidence_kinds")]
    operations = [
        migrations.CreateModel(
            name="Measure",
            fields=[
                key(),
                ("number", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
                ("rule", models.TextField()),
                ("name", models.TextField()),
                ("instrument", models.TextField()),
                ("article", models.TextField()),
                ("confidence", models.TextField()),
                ("follows", models.TextField()),
                ("least", models.IntegerField(null=True)),
                ("most", models.IntegerField(null=True)),
                ("lifted_by", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("edition", models.TextField()),
                ("subject", models.BigIntegerField()),
                ("organ", models.TextField()),
                ("organ_name", models.TextField()),
                ("document", models.TextField()),
                ("notified_on", models.DateField()),
                ("heard", models.TextField()),
                ("decided", models.DateField()),
                ("begins", models.DateField()),
                ("months", models.IntegerField(null=True)),
                ("ends", models.DateField(null=True)),
                ("by", models.TextField()),
                ("role", models.TextField()),
                ("provider", models.TextField()),
                ("reason", models.TextField()),
            ],
            options={
                "db_table": "measure",
                "indexes": [
                    models.Index(fields=["subject", "id"], name="measure_subject"),
                    models.Index(fields=["organ", "id"], name="measure_organ"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(notified_on__lte=models.F("decided"), begins__gte=models.F("decided")),
                        name="measure_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasureBasis",
            fields=[
                key(),
                ("measure", models.BigIntegerField()),
                ("record_id", models.UUIDField()),
                ("item", models.TextField()),
                ("document", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "measure_basis",
                "indexes": [models.Index(fields=["record_id"], name="measure_basis_record")],
                "constraints": [
                    models.UniqueConstraint(fields=["measure", "record_id"], name="measure_basis_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasureAct",
            fields=[
                key(),
                ("measure", models.BigIntegerField()),
                ("kind", models.TextField()),
                ("until", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("role", models.TextField()),
                ("provider", models.TextField()),
                ("reason", models.TextField()),
                ("basis", models.TextField(db_default="")),
            ],
            options={
                "db_table": "measure_act",
                "indexes": [models.Index(fields=["measure", "id"], name="measure_act_measure")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["measure"],
                        condition=models.Q(kind__in=["lifted", "mistaken"]),
                        name="measure_ended_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["lifted", "mistaken", "extended"]), name="measure_act_kind"
                    ),
                ],
            },
        ),
        *(migrations.RunSQL(installed(t), removed(t)) for t in TABLES),
    ]
