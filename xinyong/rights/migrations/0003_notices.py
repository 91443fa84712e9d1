from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0002_recall'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeDue',
            fields=[
                ('sending', models.BigIntegerField(primary_key=True, serialize=False)),
                ('attempts', models.IntegerField(default=0)),
                ('next_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'notice_due',
            },
        ),
        migrations.CreateModel(
            name='NoticeRead',
            fields=[
                ('pk', models.CompositePrimaryKey('notice', 'account', blank=True, editable=False, primary_key=True, serialize=False)),
                ('notice', models.BigIntegerField()),
                ('account', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'notice_read',
            },
        ),
        migrations.CreateModel(
            name='NoticeResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sending', models.BigIntegerField(db_index=True)),
                ('at', models.DateTimeField()),
                ('outcome', models.TextField()),
                ('reason', models.TextField(blank=True)),
                ('version', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'notice_result',
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('template', models.TextField()),
                ('version', models.TextField()),
                ('kind', models.TextField()),
                ('value', models.TextField()),
                ('title', models.TextField()),
                ('body', models.TextField()),
                ('page', models.TextField(blank=True)),
                ('about', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'notice',
                'indexes': [models.Index(fields=['kind', 'value', 'id'], name='notice_inbox'), models.Index(fields=['about'], name='notice_about')],
            },
        ),
        migrations.CreateModel(
            name='NoticeContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.TextField()),
                ('at', models.DateTimeField()),
                ('channel', models.TextField()),
                ('address', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'notice_contact',
                'indexes': [models.Index(fields=['account', 'id'], name='notice_contact_of')],
            },
        ),
        migrations.CreateModel(
            name='NoticeSending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notice', models.BigIntegerField()),
                ('channel', models.TextField()),
                ('account', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'notice_sending',
                'constraints': [models.UniqueConstraint(fields=('notice', 'channel', 'account'), name='notice_sending_once')],
            },
        ),
    ]
