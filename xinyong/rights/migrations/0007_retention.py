"""What notices say is looked for by its age, as long as it is there."""

from django.db import migrations

INDEX = "CREATE INDEX notice_text ON notice (at) WHERE body <> 'erased:';"


class Migration(migrations.Migration):
    dependencies = [("rights", "0006_leaves")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX notice_text")]
