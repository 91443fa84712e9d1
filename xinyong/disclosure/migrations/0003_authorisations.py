import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0002_marks")]
    operations = [
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.UUIDField(unique=True)),
                ("granted_at", models.DateTimeField()),
                ("granted_by", models.TextField()),
                ("origin", models.TextField()),
                ("scheme", models.TextField()),
                ("value", models.TextField()),
                ("recipient", models.TextField()),
                ("items", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("purpose", models.TextField()),
                ("once", models.BooleanField()),
                ("begins", models.DateField()),
                ("ends", models.DateField()),
                ("revocable", models.BooleanField()),
                ("evidence", models.TextField(db_default="")),
            ],
            options={
                "db_table": "authorisation",
                "indexes": [models.Index(fields=["value", "recipient"], name="authorisation_parties")],
            },
        ),
        migrations.CreateModel(
            name="AuthorisationEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("authorisation", models.BigIntegerField(unique=True)),
                ("kind", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("reason", models.TextField(db_default="")),
            ],
            options={"db_table": "authorisation_end"},
        ),
        migrations.AddField("look", "duty", models.TextField(db_default="")),
        migrations.AddField("look", "authorisation", models.BigIntegerField(null=True)),
        migrations.AddIndex(
            "look",
            models.Index(
                fields=["authorisation"], name="look_authorised", condition=models.Q(authorisation__isnull=False)
            ),
        ),
    ]
