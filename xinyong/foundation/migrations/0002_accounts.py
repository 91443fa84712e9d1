import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

ROLES = [
    "", "subject", "department", "department_reviewer", "center", "center_reviewer", "bank", "agency", "counter",
    "auditor", "system_admin", "security_admin", "audit_admin",
]

# Libraries that point at accounts wait for the table; their dependency is on the app's first migration only.
POINTING = {
    "account": ("account", "0001_initial"),
    "mfa": ("mfa", "0001_initial"),
    "socialaccount": ("socialaccount", "0001_initial"),
    "wagtailcore": ("wagtailcore", "0001_squashed_0016_change_page_url_path_to_text_field"),
    "wagtailadmin": ("wagtailadmin", "0001_create_admin_access_permissions"),
    "wagtailusers": ("wagtailusers", "0001_initial"),
    "wagtailimages": ("wagtailimages", "0001_squashed_0021"),
    "wagtaildocs": ("wagtaildocs", "0001_initial"),
}

MOVE = """
INSERT INTO account (username, display_name, role, proposed_role, provider, subject_code, claimed_code, email, password,
    is_active, is_superuser, must_change_password, created, created_by, granted_by, verified, verified_by)
SELECT name, name, role, '', CASE WHEN role = 'subject' THEN '' ELSE provider END,
    CASE WHEN role = 'subject' THEN provider ELSE '' END, '', '', '!', true, false, false, created, '命令行', '命令行',
    CASE WHEN role = 'subject' THEN created END, CASE WHEN role = 'subject' THEN '命令行' ELSE '' END
FROM actor ORDER BY id
"""
BACK = """
INSERT INTO actor (name, role, provider, created)
SELECT username, role, CASE WHEN role = 'subject' THEN subject_code ELSE provider END, created FROM account ORDER BY id
"""


def installed():
    from django.apps import apps

    return {config.label for config in apps.get_app_configs()}


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    run_before = [first for label, first in POINTING.items() if label in installed()]
    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("is_superuser", models.BooleanField(default=False, help_text="Designates that this user has all permissions without explicitly assigning them.", verbose_name="superuser status")),
                ("username", models.CharField(max_length=150, unique=True)),
                ("display_name", models.TextField()),
                ("role", models.TextField(blank=True, default="")),
                ("proposed_role", models.TextField(blank=True, default="")),
                ("provider", models.TextField(blank=True, default="")),
                ("subject_code", models.TextField(blank=True, default="")),
                ("claimed_code", models.TextField(blank=True, default="")),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                ("is_active", models.BooleanField(default=False)),
                ("must_change_password", models.BooleanField(default=False)),
                ("created", models.DateTimeField()),
                ("created_by", models.TextField(blank=True, default="")),
                ("granted_by", models.TextField(blank=True, default="")),
                ("verified", models.DateTimeField(null=True)),
                ("verified_by", models.TextField(blank=True, default="")),
                ("groups", models.ManyToManyField(blank=True, help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.", related_name="user_set", related_query_name="user", to="auth.group", verbose_name="groups")),
                ("user_permissions", models.ManyToManyField(blank=True, help_text="Specific permissions for this user.", related_name="user_set", related_query_name="user", to="auth.permission", verbose_name="user permissions")),
            ],
            options={"db_table": "account"},
        ),
        migrations.RunSQL(MOVE, BACK),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_key", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key")),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("started", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("origin", models.TextField(blank=True, default="")),
                ("account", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to=settings.AUTH_USER_MODEL)),
            ],
            options={"db_table": "account_session"},
        ),
        migrations.CreateModel(
            name="LoginAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("username", models.TextField()),
                ("origin", models.TextField()),
                ("kind", models.TextField()),
                ("succeeded", models.BooleanField()),
            ],
            options={
                "db_table": "account_attempt",
                "indexes": [
                    models.Index(fields=["username", "at"], name="account_attempt_name"),
                    models.Index(fields=["origin", "at"], name="account_attempt_origin"),
                ],
            },
        ),
        migrations.DeleteModel(name="Actor"),
        migrations.AddConstraint("account", models.CheckConstraint(condition=Q(is_superuser=False), name="account_no_superuser")),
        migrations.AddConstraint("account", models.CheckConstraint(condition=Q(role__in=ROLES), name="account_role_known")),
        migrations.AddConstraint("account", models.CheckConstraint(condition=Q(is_active=False) | ~Q(role=""), name="account_active_has_role")),
    ]
