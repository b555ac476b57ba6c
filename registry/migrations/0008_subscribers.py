"""Who follows the feed; their acknowledgements accept new rows only."""

import core.fields
import core.ids
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from core.chain import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0007_remedies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='名称')),
                ('kind', models.CharField(choices=[('platform', '上下级平台'), ('unit', '单位系统'), ('republisher', '转载网站')], max_length=11, verbose_name='类别')),
                ('webhook_url', models.CharField(blank=True, max_length=500, verbose_name='推送地址')),
                ('secret', core.fields.EncryptedTextField(verbose_name='共享密钥')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('created_at', models.DateTimeField(verbose_name='登记时间')),
                ('start_number', models.BigIntegerField(default=0, verbose_name='登记时的变更号')),
                ('last_number', models.BigIntegerField(default=0, verbose_name='已同步至')),
                ('last_hash', models.CharField(blank=True, max_length=64)),
                ('in_step', models.BooleanField(blank=True, null=True, verbose_name='一致')),
                ('acked_at', models.DateTimeField(blank=True, null=True, verbose_name='最近回执')),
                ('sent_number', models.BigIntegerField(default=0, verbose_name='已推送至')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='subscriber', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '订阅方',
                'verbose_name_plural': '订阅方',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SubscriberAck',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('number', models.BigIntegerField(verbose_name='所报号')),
                ('hash', models.CharField(blank=True, max_length=64, verbose_name='所报摘要')),
                ('in_step', models.BooleanField(verbose_name='一致')),
                ('last', models.BigIntegerField(verbose_name='当时最新号')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acks', to='registry.subscriber', verbose_name='订阅方')),
            ],
            options={
                'verbose_name': '同步回执',
                'verbose_name_plural': '同步回执',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('from_number', models.BigIntegerField(verbose_name='起')),
                ('to_number', models.BigIntegerField(verbose_name='止')),
                ('status', models.CharField(choices=[('pending', '等待推送'), ('delivered', '已送达'), ('dead', '多次失败'), ('skipped', '已跳过')], default='pending', max_length=9, verbose_name='状态')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='次数')),
                ('next_at', models.DateTimeField(verbose_name='下次推送')),
                ('last_status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='应答状态码')),
                ('last_error', models.CharField(blank=True, max_length=40)),
                ('created_at', models.DateTimeField(verbose_name='创建时间')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='办结时间')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='跳过原因')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='registry.subscriber', verbose_name='订阅方')),
            ],
            options={
                'verbose_name': '变更推送',
                'verbose_name_plural': '变更推送',
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['platform', 'unit', 'republisher'])), name='subscriber_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acked_at__isnull', True), ('in_step__isnull', True)), models.Q(('acked_at__isnull', False), ('in_step__isnull', False)), _connector='OR'), name='subscriber_ack_is_dated'),
        ),
        migrations.AddIndex(
            model_name='subscriberack',
            index=models.Index(fields=['subscriber', '-id'], name='ack_of_subscriber'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['next_at'], name='webhook_delivery_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['subscriber', '-id'], name='webhook_delivery_of_subscriber'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'delivered', 'dead', 'skipped'])), name='webhook_delivery_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('from_number__gt', 0), ('to_number__gte', models.F('from_number')), ('to_number__lt', django.db.models.expressions.CombinedExpression(models.F('from_number'), '+', models.Value(1000)))), name='webhook_delivery_spans_a_thousand'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'dead'])), fields=('subscriber',), name='webhook_delivery_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('status__in', ['pending', 'dead'])), models.Q(('done_at__isnull', False), ('status__in', ['delivered', 'skipped'])), _connector='OR'), name='webhook_delivery_done_is_dated'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'skipped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='webhook_delivery_skip_has_reason'),
        ),
        AppendOnly("registry_subscriberack", chained=False),
    ]
