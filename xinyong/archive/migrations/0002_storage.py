from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE batch_id AS integer", "DROP SEQUENCE batch_id"),
        migrations.RunSQL(
            "ALTER TABLE digest_block ALTER COLUMN digests SET STORAGE EXTERNAL",
            "ALTER TABLE digest_block ALTER COLUMN digests SET STORAGE EXTENDED",
        ),
    ]
