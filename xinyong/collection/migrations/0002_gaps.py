import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0001_initial")]
    operations = [
        migrations.AddField("heldrow", "born", models.IntegerField(db_default=0)),
        migrations.RemoveConstraint("heldrow", "held_once"),
        migrations.AddConstraint(
            "heldrow",
            models.UniqueConstraint(fields=("submission", "line", "sheet", "born"), name="held_once"),
        ),
        migrations.CreateModel(
            name="SubjectQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("loser", models.BigIntegerField()),
                ("winner", models.BigIntegerField()),
                ("why", models.TextField()),
                ("born", models.IntegerField()),
            ],
            options={"db_table": "subject_question"},
        ),
        migrations.CreateModel(
            name="SubjectAnswer",
            fields=[
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="collection.subjectquestion",
                    ),
                ),
                ("same", models.BooleanField()),
                ("reason", models.TextField()),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "subject_answer"},
        ),
    ]
