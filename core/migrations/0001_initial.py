import core.chain
import core.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("actor", models.TextField()),
                ("key", models.TextField()),
                ("path", models.TextField()),
                ("request_digest", models.BinaryField(max_length=32)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("body", core.fields.EncryptedTextField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="idempotencyrecord_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "key", "path"), name="idempotencyrecord_key_used_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("topic", models.TextField()),
                ("payload", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("relayed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("relayed_at", None)), fields=["id"], name="outboxevent_unrelayed")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(editable=False, null=True, unique=True)),
                ("hash", models.TextField(db_default="", default="", editable=False)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("actor_label", models.TextField()),
                ("verb", models.TextField()),
                ("target_type", models.TextField(blank=True, default="")),
                ("target_id", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("request_id", models.TextField(blank=True, default="")),
                ("before", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("after", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(condition=models.Q(("number", None)), fields=["id"], name="auditentry_pending"),
                    models.Index(fields=["target_type", "target_id", "-id"], name="auditentry_of_target"),
                    models.Index(fields=["actor", "-id"], name="auditentry_of_actor"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("hash", ""), ("number", None)),
                            models.Q(("hash__gt", ""), ("number__gt", 0), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="auditentry_numbered_is_hashed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("consumer", models.TextField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("dead_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="core.outboxevent"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("dead_at", None), ("done_at", None)),
                        fields=["next_attempt_at"],
                        name="outboxdelivery_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "consumer"), name="outboxdelivery_once_per_consumer"),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("dead_at", None), _connector="OR"),
                        name="outboxdelivery_done_or_dead",
                    ),
                ],
            },
        ),
        core.chain.AppendOnly("core_auditentry"),
    ]
