import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import members.fields
import wagtail.models.preview
from django.conf import settings
from django.db import migrations, models

from members.migrating import AFTER_WAGTAIL


class Migration(migrations.Migration):

    initial = True

    dependencies = [('members', '0016_numbers_lost_before'), *AFTER_WAGTAIL]

    operations = [
        migrations.CreateModel(
            name='EventType',
            fields=[
                ('code', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='code')),
                ('area', models.CharField(max_length=30, verbose_name='area')),
                ('platform', models.BooleanField(default=False, verbose_name='raised by the platform')),
                ('name_zh', models.CharField(max_length=100, verbose_name='Chinese name')),
                ('name_en', models.CharField(max_length=100, verbose_name='English name')),
                ('trigger', models.TextField(blank=True, verbose_name='trigger')),
                ('basis', models.TextField(blank=True, verbose_name='basis')),
                ('variables', models.JSONField(blank=True, default=dict, editable=False, verbose_name='variables')),
                ('enabled', models.BooleanField(default=True, verbose_name='sent to customers')),
                ('recipients', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('policyholder', 'policyholder'), ('insured', 'insured'), ('beneficiary', 'beneficiary'), ('payer', 'payer'), ('agent', 'service agent'), ('member', 'member')], max_length=12), blank=True, default=list, size=None, verbose_name='recipients')),
                ('channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('sms', 'SMS'), ('wechat', 'WeChat'), ('app', 'app inbox'), ('eletter', 'electronic letter'), ('letter', 'paper letter')], max_length=8), blank=True, default=list, size=None, verbose_name='channels')),
                ('mandatory', models.BooleanField(default=False, verbose_name='mandatory')),
                ('priority', models.SmallIntegerField(choices=[(0, 'critical'), (1, 'high'), (2, 'normal'), (3, 'low')], default=2, verbose_name='priority')),
                ('respects_quiet_hours', models.BooleanField(default=True, verbose_name='respects quiet hours')),
                ('letter_required', models.BooleanField(default=False, verbose_name='letter required')),
                ('deadline', models.CharField(max_length=20, verbose_name='deadline')),
                ('day_count', models.CharField(choices=[('calendar', 'calendar days'), ('working', 'working days')], default='calendar', max_length=8, verbose_name='days are')),
                ('receipt_wait_minutes', models.PositiveIntegerField(default=60, verbose_name='minutes to wait for a receipt before the next channel')),
                ('shipped', models.JSONField(default=dict, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
            ],
            options={
                'verbose_name': 'event type',
                'verbose_name_plural': 'event types',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Heard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('news', models.CharField(choices=[('booked', 'booked, moved or confirmed'), ('tomorrow', 'takes place tomorrow'), ('cancelled', 'cancelled'), ('missed', 'not kept'), ('report_ready', 'has a report'), ('case_answered', 'a case was answered'), ('case_done', 'a case is done'), ('case_declined', 'a case was declined')], max_length=13)),
                ('subject_id', models.BigIntegerField()),
                ('heard_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'news to be told',
                'verbose_name_plural': 'news to be told',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=120)),
                ('recipient', models.CharField(max_length=40)),
                ('template_revision', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.revision')),
                ('document', models.FileField(max_length=200, upload_to='letters/%Y/%m/%d/')),
                ('sha256', models.CharField(max_length=64)),
                ('pages', models.PositiveSmallIntegerField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'letter',
                'verbose_name_plural': 'letters',
                'constraints': [models.UniqueConstraint(fields=('cause', 'recipient'), name='letter_once')],
            },
        ),
        migrations.CreateModel(
            name='PlatformEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=100)),
                ('occurred_at', models.DateTimeField()),
                ('data', members.fields.SealedJSONField(editable=True)),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.customer')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mobile', members.fields.SealedTextField(editable=True, null=True)),
            ],
            options={
                'verbose_name': 'platform event',
                'verbose_name_plural': 'platform events',
                'constraints': [models.UniqueConstraint(fields=('code', 'key'), name='platform_event_key')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=120, verbose_name='cause')),
                ('policy_event', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='members.policyevent')),
                ('platform_event', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='notifications.platformevent')),
                ('event_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='notifications.eventtype', verbose_name='event type')),
                ('policy_no', models.CharField(blank=True, max_length=20, verbose_name='policy number')),
                ('recipient', models.CharField(max_length=40, verbose_name='recipient')),
                ('role', models.CharField(choices=[('policyholder', 'policyholder'), ('insured', 'insured'), ('beneficiary', 'beneficiary'), ('payer', 'payer'), ('agent', 'service agent'), ('member', 'member')], max_length=12, verbose_name='role')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='members.customer')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
                ('agent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='members.agent')),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('wechat', 'WeChat'), ('app', 'app inbox'), ('eletter', 'electronic letter'), ('letter', 'paper letter')], max_length=8, verbose_name='channel')),
                ('track', models.CharField(choices=[('inbox', 'inbox'), ('push', 'push'), ('letter', 'letter')], max_length=6)),
                ('next_channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('sms', 'SMS'), ('wechat', 'WeChat'), ('app', 'app inbox'), ('eletter', 'electronic letter'), ('letter', 'paper letter')], max_length=8), default=list, size=None)),
                ('language', models.CharField(choices=[('zh-hans', '简体中文'), ('en', 'English')], max_length=10, verbose_name='language')),
                ('address', members.fields.SealedTextField(editable=True, null=True, verbose_name='address')),
                ('address_index', members.fields.BlindIndexField(purpose='address', source='address')),
                ('template_revision', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.revision')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='title')),
                ('body', members.fields.SealedTextField(editable=True, null=True, verbose_name='text')),
                ('state', models.CharField(choices=[('pending', 'pending'), ('sending', 'being sent'), ('sent', 'sent'), ('delivered', 'delivered'), ('failed', 'failed'), ('expired', 'expired'), ('suppressed', 'not sent'), ('parked', 'parked'), ('uncertain', 'uncertain')], max_length=10, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('priority', models.SmallIntegerField(choices=[(0, 'critical'), (1, 'high'), (2, 'normal'), (3, 'low')], verbose_name='priority')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('send_after', models.DateTimeField(verbose_name='not before')),
                ('waits_at_night', models.BooleanField(default=False, verbose_name='not sent in quiet hours')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='no use after')),
                ('lease_until', models.DateTimeField(null=True)),
                ('provider', models.CharField(blank=True, max_length=30, verbose_name='provider')),
                ('provider_ref', models.CharField(blank=True, max_length=100, verbose_name="provider's reference")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='delivered')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('read_at', models.DateTimeField(null=True, verbose_name='read')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'permissions': [('read_message', 'Can read what customers were sent'), ('redrive_message', 'Can send messages again')],
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['channel', 'priority', 'send_after', 'id'], name='message_to_claim'), models.Index(condition=models.Q(('state', 'sending')), fields=['lease_until'], name='message_leased'), models.Index(condition=models.Q(('state', 'sent'), models.Q(('next_channels', []), _negated=True)), fields=['sent_at'], name='message_awaiting_receipt'), models.Index(condition=models.Q(('state__in', ['parked', 'uncertain'])), fields=['state'], name='message_undecided'), models.Index(condition=models.Q(('state', 'failed'), models.Q(('next_channels', []), _negated=True)), fields=['id'], name='message_to_follow'), models.Index(condition=models.Q(('state__in', ['pending', 'sending'])), fields=['due_at'], name='message_due'), models.Index(condition=models.Q(('policy_no', ''), _negated=True), fields=['policy_no', '-id'], name='message_policy'), models.Index(condition=models.Q(('address_index__isnull', False)), fields=['address_index'], name='message_address'), models.Index(condition=models.Q(('expires_at__isnull', False), ('state', 'pending')), fields=['expires_at'], name='message_expiring'), models.Index(fields=['-created_at'], name='message_newest'), models.Index(condition=models.Q(('agent__isnull', False)), fields=['agent'], name='message_agent'), models.Index(condition=models.Q(('channel', 'eletter'), models.Q(('provider_ref', ''), _negated=True)), fields=['provider_ref'], name='message_mailed')],
                'constraints': [models.UniqueConstraint(fields=('cause', 'recipient', 'channel'), name='message_once'), models.CheckConstraint(condition=models.Q(('policy_event__isnull', False), ('platform_event__isnull', False), _connector='XOR'), name='message_has_a_cause'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='message_sending_has_lease'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['suppressed', 'failed', 'parked', 'uncertain']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='message_unsent_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempt_log', to='notifications.message')),
                ('provider', models.CharField(max_length=30)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('accepted', 'accepted'), ('permanent', 'refused for good'), ('temporary', 'failed for now'), ('throttled', 'told to slow down'), ('uncertain', 'outcome unknown')], max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notification_preference', to='members.customer')),
                ('channel_order', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('sms', 'SMS'), ('wechat', 'WeChat'), ('app', 'app inbox'), ('eletter', 'electronic letter'), ('letter', 'paper letter')], max_length=8), blank=True, default=list, size=None, verbose_name='preferred channels')),
                ('refused_areas', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None, verbose_name='areas not wanted')),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'notification preference',
                'verbose_name_plural': 'notification preferences',
            },
        ),
        migrations.CreateModel(
            name='PrintBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('letters', models.PositiveIntegerField(default=0)),
                ('pages', models.PositiveIntegerField(default=0)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'print batch',
                'verbose_name_plural': 'print batches',
            },
        ),
        migrations.CreateModel(
            name='ProviderState',
            fields=[
                ('name', models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name='provider')),
                ('rate_per_s', models.PositiveIntegerField(blank=True, help_text='empty: as fast as it takes them', null=True, verbose_name='messages per second')),
                ('tokens', models.FloatField(default=0)),
                ('refilled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='batches failed in a row')),
                ('paused_until', models.DateTimeField(blank=True, null=True, verbose_name='left alone until')),
                ('last_error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                ('last_failed_at', models.DateTimeField(blank=True, null=True, verbose_name='last failure')),
            ],
            options={
                'verbose_name': 'provider',
                'verbose_name_plural': 'providers',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='notifications.message')),
                ('provider', models.CharField(max_length=30)),
                ('status', models.CharField(choices=[('delivered', 'delivered'), ('failed', 'failed'), ('read', 'read')], max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('message', 'status', 'occurred_at'), name='receipt_once')],
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
                ('live', models.BooleanField(default=True, editable=False, verbose_name='live')),
                ('has_unpublished_changes', models.BooleanField(default=False, editable=False, verbose_name='has unpublished changes')),
                ('first_published_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='first published at')),
                ('last_published_at', models.DateTimeField(editable=False, null=True, verbose_name='last published at')),
                ('live_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision')),
                ('go_live_at', models.DateTimeField(blank=True, null=True, verbose_name='go live date/time')),
                ('expire_at', models.DateTimeField(blank=True, null=True, verbose_name='expiry date/time')),
                ('expired', models.BooleanField(default=False, editable=False, verbose_name='expired')),
                ('event_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='templates', to='notifications.eventtype', verbose_name='event type')),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('wechat', 'WeChat'), ('app', 'app inbox'), ('letter', 'letter')], max_length=8, verbose_name='channel')),
                ('language', models.CharField(choices=[('zh-hans', '简体中文'), ('en', 'English')], max_length=10, verbose_name='language')),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('body', models.TextField(verbose_name='text')),
                ('figures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="figures in the letter's table")),
                ('what_to_do', models.TextField(blank=True, verbose_name='what to do')),
                ('shipped_digest', models.CharField(blank=True, editable=False, max_length=64)),
            ],
            options={
                'verbose_name': 'template',
                'verbose_name_plural': 'templates',
                'ordering': ['event_type', 'channel', 'language'],
                'permissions': [('publish_template', 'Can publish templates')],
                'constraints': [models.UniqueConstraint(fields=('event_type', 'channel', 'language'), name='template_once')],
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
    ]
