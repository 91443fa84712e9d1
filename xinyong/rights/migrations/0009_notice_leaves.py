"""Notices, without what they say, and receivers of recalls become leaves: others name them by a bare number.

What stood in these tables before gets its leaf here and is sealed with the next batch.
"""

from django.db import migrations

from xinyong.foundation.evidence.own import Own, installed, removed

# As of this migration; `installed` writes the columns into the trigger, so later columns need a trigger of their own.
TABLES = [
    Own("notice", "notice", "at", "id at template version kind value page about", "at"),
    Own("recall_receiver", "recall_receiver", "at", "id provider system role at", "at"),
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0008_reminders")]
    operations = [migrations.RunSQL(installed(t), removed(t)) for t in TABLES]
