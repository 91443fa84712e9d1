"""The outbox's tables are described in the foundation from now on; the tables themselves stay."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_persons"), ("foundation", "0008_events")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("EventHandler"), migrations.DeleteModel("EventTodo")]
        )
    ]
