import django.contrib.postgres.fields
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION event_to_handlers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_todo (event_id, handler, attempts, next_at, error)
    SELECT NEW.id, h.name, 0, '-infinity', '' FROM event_handler h WHERE h.kind = NEW.kind AND h.since < NEW.id;
    IF FOUND AND coalesce(current_setting('xinyong.woken_events', true), '') <> 'yes' THEN
        PERFORM set_config('xinyong.woken_events', 'yes', true);
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'foundation:handle_events', 0, NULL, NULL,
            jsonb_build_object('timestamp', extract(epoch FROM clock_timestamp())::bigint), NULL)
            ::procrastinate_job_to_defer_v1]);
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER event_to_handlers AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_to_handlers()
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0001_cases'),
        ('foundation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('pk', models.CompositePrimaryKey('record_id', 'receiver', 'reference', blank=True, editable=False, primary_key=True, serialize=False)),
                ('record_id', models.UUIDField()),
                ('receiver', models.BigIntegerField()),
                ('reference', models.TextField(blank=True, default='')),
                ('at', models.DateTimeField()),
                ('known_at', models.BigIntegerField()),
            ],
            options={
                'db_table': 'delivery',
            },
        ),
        migrations.CreateModel(
            name='EventTodo',
            fields=[
                ('pk', models.CompositePrimaryKey('event_id', 'handler', blank=True, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.BigIntegerField()),
                ('handler', models.TextField()),
                ('attempts', models.IntegerField(default=0)),
                ('next_at', models.DateTimeField()),
                ('error', models.TextField(blank=True, default='')),
            ],
            options={
                'db_table': 'event_todo',
            },
        ),
        migrations.CreateModel(
            name='RecallCause',
            fields=[
                ('cause', models.TextField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('decided', models.DateTimeField()),
                ('until', models.DateField(null=True)),
                ('records', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None)),
                ('born', models.IntegerField(null=True)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'recall_cause',
            },
        ),
        migrations.CreateModel(
            name='RecallConfirmation',
            fields=[
                ('recall', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('way', models.TextField()),
            ],
            options={
                'db_table': 'recall_confirmation',
            },
        ),
        migrations.CreateModel(
            name='RecallPush',
            fields=[
                ('subscription', models.BigIntegerField(primary_key=True, serialize=False)),
                ('receiver', models.BigIntegerField()),
                ('sent', models.BigIntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'recall_push',
            },
        ),
        migrations.CreateModel(
            name='RecallSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('receiver', models.BigIntegerField(db_index=True)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('url', models.TextField()),
                ('secret', models.TextField()),
            ],
            options={
                'db_table': 'recall_subscription',
            },
        ),
        migrations.CreateModel(
            name='RecallSubscriptionEnd',
            fields=[
                ('subscription', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
            ],
            options={
                'db_table': 'recall_subscription_end',
            },
        ),
        migrations.CreateModel(
            name='EventHandler',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('kind', models.TextField()),
                ('since', models.BigIntegerField()),
            ],
            options={
                'db_table': 'event_handler',
                'constraints': [models.UniqueConstraint(fields=('name', 'kind'), name='event_handler_once')],
            },
        ),
        migrations.CreateModel(
            name='Recall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.TextField()),
                ('receiver', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('records', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('reports', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'db_table': 'recall',
                'indexes': [models.Index(fields=['receiver', 'id'], name='recall_of_receiver'), models.Index(fields=['cause', 'receiver'], name='recall_of_cause')],
            },
        ),
        migrations.CreateModel(
            name='RecallAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subscription', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('outcome', models.TextField()),
                ('detail', models.TextField(blank=True, default='')),
            ],
            options={
                'db_table': 'recall_attempt',
                'indexes': [models.Index(fields=['subscription', 'id'], name='recall_attempt_of')],
            },
        ),
        migrations.CreateModel(
            name='RecallReceiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.TextField()),
                ('system', models.TextField()),
                ('role', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'recall_receiver',
                'constraints': [models.UniqueConstraint(fields=('provider', 'system'), name='recall_receiver_once')],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION event_to_handlers()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER event_to_handlers ON event"),
    ]
