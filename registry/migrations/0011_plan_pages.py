import django.db.models.deletion
from django.db import migrations, models


# The remarks of batches that stand already, counted as the plan counts them from now on.
COUNT_BLOCKS = """
    INSERT INTO registry_remarkblock (batch_id, verdict, code, block, rows, remarks)
    SELECT r.batch_id, r.verdict, p.remark->>'code', r.row_number / 1000,
           count(*) FILTER (WHERE p.place = p.first), count(*)
      FROM registry_batchrow r, LATERAL (
               SELECT remark, place, min(place) OVER (PARTITION BY remark->>'code') AS first
                 FROM jsonb_array_elements(r.problems) WITH ORDINALITY AS e(remark, place)) p
     WHERE r.verdict <> '' AND r.problems <> '[]' GROUP BY 1, 2, 3, 4"""
SUM_UP = """
    UPDATE registry_batch b SET problem_counts = jsonb_build_object('remarks', s.remarks) || s.verdicts
      FROM (SELECT batch_id, sum(remarks) AS remarks, jsonb_object_agg(verdict, codes) AS verdicts
              FROM (SELECT batch_id, verdict, sum(remarks) AS remarks, jsonb_object_agg(code, rows) AS codes
                      FROM (SELECT batch_id, verdict, code, sum(rows) AS rows, sum(remarks) AS remarks
                              FROM registry_remarkblock GROUP BY 1, 2, 3) c GROUP BY 1, 2) v GROUP BY 1) s
     WHERE s.batch_id = b.id"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_employer_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="problem_counts",
            field=models.JSONField(default=dict, verbose_name="问题分布"),
        ),
        migrations.CreateModel(
            name="RemarkBlock",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("add", "新增"),
                            ("update", "变更"),
                            ("remove", "退出"),
                            ("unchanged", "无变化"),
                            ("rejected", "不予入库"),
                        ],
                        max_length=9,
                        verbose_name="结论",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="问题")),
                ("block", models.IntegerField(verbose_name="段")),
                ("rows", models.IntegerField(verbose_name="行数")),
                ("remarks", models.IntegerField(verbose_name="条数")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.batch",
                    ),
                ),
            ],
            options={
                "verbose_name": "批次问题分布",
                "verbose_name_plural": "批次问题分布",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "verdict", "code", "block"), name="remark_block_stands_once"
                    )
                ],
            },
        ),
        migrations.RunSQL([COUNT_BLOCKS, SUM_UP], migrations.RunSQL.noop),
    ]
