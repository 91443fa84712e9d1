"""A look says for which unit it was made, and that is part of its leaf.

Looks of before don't say it and keep their leaf; what is read of them is told by the trail of role grants, for which
there is an index.
"""

from django.db import migrations, models

from xinyong.foundation.evidence.own import Own, extended

COLUMNS = "id at actor role purpose ground subject what as_of known_at records duty authorisation"
# As of this migration; `extended` writes the columns into the trigger.
BEFORE = Own("look", "look", "at", COLUMNS, "at")
LOOK = Own("look", "look", "at", f"{COLUMNS} provider", "at", added="provider")
GRANTS = """
CREATE INDEX audit_role_given ON audit_entry (target, id) WHERE action IN ('account.create', 'role.grant')
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0009_degrees_waiting"), ("foundation", "0007_evidence_closings")]
    operations = [
        migrations.AddField("look", "provider", models.TextField(null=True)),
        migrations.RunSQL(extended(LOOK), extended(BEFORE)),
        migrations.RunSQL(GRANTS, "DROP INDEX audit_role_given"),
    ]
