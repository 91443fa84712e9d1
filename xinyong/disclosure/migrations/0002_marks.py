from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="RecordMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("value", models.TextField(db_default="")),
                ("at", models.DateTimeField()),
                ("until", models.DateField(null=True)),
                ("actor", models.TextField()),
                ("role", models.TextField()),
                ("provider", models.TextField()),
                ("reason", models.TextField()),
                ("basis", models.TextField(db_default="")),
                ("act", models.UUIDField()),
                ("closes", models.BigIntegerField(null=True, unique=True)),
            ],
            options={
                "db_table": "record_mark",
                "indexes": [
                    models.Index(fields=["record_id", "id"], name="record_mark_record"),
                    models.Index(fields=["act"], name="record_mark_act"),
                ],
            },
        ),
    ]
