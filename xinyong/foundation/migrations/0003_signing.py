from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_accounts")]
    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("algorithm", models.TextField()),
                ("generation", models.IntegerField()),
                ("public", models.BinaryField()),
                ("private", models.BinaryField()),
                ("made", models.DateTimeField()),
            ],
            options={
                "db_table": "signing_key",
                "constraints": [
                    models.UniqueConstraint(fields=("algorithm", "generation"), name="signing_key_once")
                ],
            },
        ),
    ]
