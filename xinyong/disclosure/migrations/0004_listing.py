import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0003_authorisations")]
    operations = [
        migrations.CreateModel(
            name="PublicListing",
            fields=[
                ("record_id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.SmallIntegerField()),
                ("col", models.TextField()),
                ("subject", models.BigIntegerField()),
                ("decided", models.DateField()),
                ("authority", models.TextField()),
                ("classes", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("document", models.TextField()),
                ("shown_from", models.DateField(null=True)),
                ("shown_until", models.DateField(null=True)),
            ],
            options={
                "db_table": "public_listing",
                "indexes": [
                    models.Index(fields=["col", "decided", "record_id"], name="listing_newest"),
                    models.Index(fields=["col", "authority", "decided", "record_id"], name="listing_authority"),
                    models.Index(fields=["subject", "col"], name="listing_subject"),
                    models.Index(fields=["document"], name="listing_document", opclasses=["text_pattern_ops"]),
                    django.contrib.postgres.indexes.GinIndex(fields=["classes"], name="listing_classes"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListingState",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                ("publication", models.BigIntegerField()),
                ("mark", models.BigIntegerField()),
                ("rules", models.TextField()),
                ("figures", models.JSONField()),
            ],
            options={"db_table": "listing_state"},
        ),
        migrations.CreateModel(
            name="PageVisit",
            fields=[
                ("pk", models.CompositePrimaryKey("day", "kind", blank=True, editable=False, primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("kind", models.TextField()),
                ("visits", models.BigIntegerField()),
            ],
            options={"db_table": "page_visit"},
        ),
    ]
