from django.db import migrations, models


class Migration(migrations.Migration):
    """By what a record rests on, it is found."""

    dependencies = [("disclosure", "0006_signatures")]
    operations = [
        migrations.AddIndex(
            model_name="recordmark",
            index=models.Index(
                fields=["value"], condition=models.Q(kind="rests_on"), name="record_mark_rests_on"
            ),
        ),
    ]
