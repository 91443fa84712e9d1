import django.db.models.deletion
from django.db import migrations, models

# A merge is known from its publication to that of its split, or of the batch that undoes it. A split is never
# undone: whoever undoes the batch it came with merges anew.
MERGES = """
CREATE VIEW known_merge AS
SELECT m.id, m.loser, m.winner, m.reason, m.basis, m.born, p.seq AS known_from, least(u.seq, e.seq) AS known_to
FROM subject_merge m
JOIN publication p ON p.batch = m.born
LEFT JOIN publication u ON u.undoes = m.born
LEFT JOIN LATERAL (
    SELECT min(q.seq) AS seq FROM subject_merge s JOIN publication q ON q.batch = s.born
    WHERE s.splits = m.id) e ON true
WHERE m.splits IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0002_storage")]
    operations = [
        migrations.CreateModel(
            name="SubjectMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("loser", models.BigIntegerField()),
                ("winner", models.BigIntegerField()),
                (
                    "splits",
                    models.ForeignKey(
                        db_column="splits",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="archive.subjectmerge",
                    ),
                ),
                ("reason", models.TextField()),
                ("basis", models.TextField()),
                ("born", models.IntegerField()),
            ],
            options={
                "db_table": "subject_merge",
                "indexes": [
                    models.Index(fields=["loser"], name="merge_loser"),
                    models.Index(fields=["winner"], name="merge_winner"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=~models.Q(loser=models.F("winner")), name="merge_of_two"
                    ),
                    models.UniqueConstraint(
                        fields=["loser", "winner", "born"],
                        condition=models.Q(splits__isnull=True),
                        name="merge_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnsweredMoment",
            fields=[("at", models.DateTimeField(primary_key=True, serialize=False))],
            options={"db_table": "answered_moment"},
        ),
        migrations.RunSQL(MERGES, "DROP VIEW known_merge"),
    ]
