import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_bulk_writes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MissingListing",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "verbose_name": "全量名单的缺漏条目",
                "verbose_name_plural": "全量名单的缺漏条目",
            },
        ),
        migrations.CreateModel(
            name="PriorState",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "待生效"),
                            ("active", "在列"),
                            ("suspended", "信息核实中"),
                            ("shielded", "已屏蔽"),
                            ("revoked", "已撤销"),
                            ("expired", "期限届满"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name_key", models.CharField(max_length=200)),
                (
                    "id_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resident_id", "居民身份证"),
                            ("residence_permit", "港澳台居民居住证"),
                            ("foreign_permanent_resident", "外国人永久居留身份证"),
                            ("uscc", "统一社会信用代码"),
                            ("org_code", "组织机构代码"),
                            ("passport", "护照"),
                            ("travel_permit_hk_macao", "港澳居民来往内地通行证"),
                            ("travel_permit_taiwan", "台湾居民来往大陆通行证"),
                            ("business_reg_no", "工商注册号"),
                            ("other", "其他证件"),
                        ],
                        max_length=30,
                    ),
                ),
                ("id_masked", models.CharField(blank=True, max_length=60)),
                ("id_is_masked", models.BooleanField(default=False)),
                (
                    "digests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BinaryField(max_length=16), default=list, size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), default=list, size=None
                    ),
                ),
                (
                    "relations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(null=True), default=list, size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "批次改动前的状态",
                "verbose_name_plural": "批次改动前的状态",
            },
        ),
        migrations.CreateModel(
            name="ReversalRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("row_number", models.IntegerField(null=True, verbose_name="行号")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("reversed", "已撤回"), ("refused", "未能撤回")], max_length=8, verbose_name="结果"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("changed_since", "之后又有变更"),
                            ("identity_completed", "本批次补全了证件号码"),
                            ("lives_again", "同一案件已再次纳入"),
                            ("was_pending", "退出前尚未生效"),
                            ("term_over", "纳入期限已满"),
                            ("not_kept", "退出前的状态没有留存"),
                        ],
                        max_length=20,
                        verbose_name="原因",
                    ),
                ),
            ],
            options={
                "verbose_name": "批次撤回明细",
                "verbose_name_plural": "批次撤回明细",
            },
        ),
        migrations.RemoveConstraint(
            model_name="batch",
            name="batch_applies_one_at_a_time",
        ),
        migrations.AddField(
            model_name="batch",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="确认时间"),
        ),
        migrations.AddField(
            model_name="batch",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="count_kept",
            field=models.IntegerField(default=0, verbose_name="未能撤回的变更"),
        ),
        migrations.AddField(
            model_name="batch",
            name="count_live",
            field=models.IntegerField(default=0, verbose_name="比对时在列条目"),
        ),
        migrations.AddField(
            model_name="batch",
            name="count_missing",
            field=models.IntegerField(default=0, verbose_name="缺漏条目"),
        ),
        migrations.AddField(
            model_name="batch",
            name="count_reversed",
            field=models.IntegerField(default=0, verbose_name="已撤回变更"),
        ),
        migrations.AddField(
            model_name="batch",
            name="exit_document",
            field=models.CharField(blank=True, max_length=100, verbose_name="缺漏条目的退出依据文号"),
        ),
        migrations.AddField(
            model_name="batch",
            name="exit_ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("performed", "已履行或已执行完毕"),
                    ("settlement_performed", "达成执行和解协议且已履行完毕"),
                    ("creditor_request", "申请执行人书面申请删除，经审查同意"),
                    ("no_assets_found", "终结本次执行程序后两次以上查控未发现可供执行财产"),
                    ("retrial_or_bankruptcy", "因审判监督或破产程序裁定中止执行"),
                    ("non_enforcement", "依法裁定不予执行"),
                    ("terminated", "依法裁定终结执行"),
                    ("term_expired", "纳入期限届满"),
                    ("early_removal", "积极履行或主动纠正，决定提前删除"),
                    ("wrongly_listed", "不应纳入而纳入"),
                    ("other", "其他"),
                ],
                max_length=30,
                verbose_name="缺漏条目的退出原因",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="exit_on",
            field=models.DateField(blank=True, null=True, verbose_name="缺漏条目的退出日期"),
        ),
        migrations.AddField(
            model_name="batch",
            name="is_reversing",
            field=models.BooleanField(default=False, verbose_name="正在撤回"),
        ),
        migrations.AddField(
            model_name="batch",
            name="mode",
            field=models.CharField(
                choices=[("changes", "增量"), ("snapshot", "全量")],
                default="changes",
                max_length=8,
                verbose_name="报送方式",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="reversal_asked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="决定撤回时间"),
        ),
        migrations.AddField(
            model_name="batch",
            name="reversal_document",
            field=models.CharField(blank=True, max_length=100, verbose_name="撤回依据文号"),
        ),
        migrations.AddField(
            model_name="batch",
            name="reversal_reason",
            field=models.TextField(blank=True, verbose_name="撤回理由"),
        ),
        migrations.AddField(
            model_name="batch",
            name="reversed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="撤回时间"),
        ),
        migrations.AddField(
            model_name="batch",
            name="reversed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="撤回人",
            ),
        ),
        migrations.AddField(
            model_name="relation",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.batch",
            ),
        ),
        migrations.AddField(
            model_name="relation",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["changes", "snapshot"])), name="batch_mode_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("count_missing", 0),
                        ("exit_document", ""),
                        ("exit_ground", ""),
                        ("exit_on__isnull", True),
                        ("mode", "changes"),
                    ),
                    models.Q(
                        ("exit_on__isnull", False),
                        ("mode", "snapshot"),
                        models.Q(("exit_ground", ""), _negated=True),
                        models.Q(("exit_document", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="batch_snapshot_has_exit",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                    models.Q(
                        ("confirmed_at__isnull", False), ("confirmed_by", models.F("uploaded_by")), ("mode", "snapshot")
                    ),
                    _connector="OR",
                ),
                name="batch_confirmed_by_uploader",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_reversing", False),
                    models.Q(("applied_at__isnull", False), ("status", "applying")),
                    _connector="OR",
                ),
                name="batch_reverses_what_was_applied",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_reversing", False), models.Q(("status", "reversed"), _negated=True)),
                    models.Q(
                        ("reversal_asked_at__isnull", False),
                        ("reversed_by__isnull", False),
                        models.Q(("reversal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="batch_reversal_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reversed_by__isnull", True),
                    models.Q(("reversed_by", models.F("uploaded_by")), _negated=True),
                    _connector="OR",
                ),
                name="batch_reversal_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "reversed"), _negated=True),
                    models.Q(
                        (
                            "count_reversed",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("count_add"), "+", models.F("count_update")
                                        ),
                                        "+",
                                        models.F("count_remove"),
                                    ),
                                    "+",
                                    models.F("count_missing"),
                                ),
                                "-",
                                models.F("count_kept"),
                            ),
                        ),
                        ("reversed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="batch_reversal_counts_every_change",
            ),
        ),
        migrations.AddField(
            model_name="missinglisting",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="missing", to="registry.batch"
            ),
        ),
        migrations.AddField(
            model_name="missinglisting",
            name="listing",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.listing"
            ),
        ),
        migrations.AddField(
            model_name="priorstate",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.batch"
            ),
        ),
        migrations.AddField(
            model_name="priorstate",
            name="listing",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.listing"
            ),
        ),
        migrations.AddField(
            model_name="reversalrow",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reversal_rows",
                to="registry.batch",
            ),
        ),
        migrations.AddField(
            model_name="reversalrow",
            name="blocking_change",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.change",
            ),
        ),
        migrations.AddField(
            model_name="reversalrow",
            name="change",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="reversal", to="registry.change"
            ),
        ),
        migrations.AddField(
            model_name="reversalrow",
            name="new_listing",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.listing",
            ),
        ),
        migrations.AddConstraint(
            model_name="missinglisting",
            constraint=models.UniqueConstraint(fields=("batch", "listing"), name="missing_listing_stands_once"),
        ),
        migrations.AddConstraint(
            model_name="priorstate",
            constraint=models.UniqueConstraint(fields=("batch", "listing"), name="prior_state_kept_once"),
        ),
        migrations.AddIndex(
            model_name="reversalrow",
            index=models.Index(fields=["batch", "verdict", "id"], name="reversal_row_of_verdict"),
        ),
        migrations.AddConstraint(
            model_name="reversalrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("blocking_change__isnull", True), ("code", ""), ("verdict", "reversed")),
                    models.Q(
                        ("new_listing__isnull", True), ("verdict", "refused"), models.Q(("code", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="reversal_row_refusal_has_reason",
            ),
        ),
    ]
