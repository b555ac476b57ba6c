"""References and indexes of the tables that a batch writes: fewer, and asked once per statement."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from registry.setwise import KEY_STAYS, SetwiseReference

_REFERENCES = (
    ("batch_row_has_batch", "registry_batchrow", "batch_id", "registry_batch"),
    ("batch_row_has_court", "registry_batchrow", "court_id", "registry_court"),
    ("batch_row_has_listing", "registry_batchrow", "listing_id", "registry_listing"),
    ("listing_has_subject", "registry_listing", "subject_id", "registry_subject"),
    ("listing_has_court", "registry_listing", "court_id", "registry_court"),
    ("listing_has_batch", "registry_listing", "batch_id", "registry_batch"),
    ("identifier_has_subject", "registry_identifier", "subject_id", "registry_subject"),
    ("relation_has_listing", "registry_relation", "listing_id", "registry_listing"),
    ("match_key_has_listing", "registry_matchkey", "listing_id", "registry_listing"),
    ("match_key_has_relation", "registry_matchkey", "relation_id", "registry_relation"),
    ("change_has_listing", "registry_change", "listing_id", "registry_listing"),
    ("change_has_batch", "registry_change", "batch_id", "registry_batch"),
    ("change_has_author", "registry_change", "by_id", "agencies_user"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_reading"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="batchrow",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="registry.batch",
            ),
        ),
        migrations.AlterField(
            model_name="batchrow",
            name="court",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.court",
            ),
        ),
        migrations.AlterField(
            model_name="batchrow",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="registry.listing",
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="registry.batch",
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="registry.listing",
            ),
        ),
        migrations.AlterField(
            model_name="identifier",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="identifiers",
                to="registry.subject",
            ),
        ),
        migrations.AlterField(
            model_name="listing",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="registry.batch",
            ),
        ),
        migrations.AlterField(
            model_name="listing",
            name="court",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="registry.court",
                verbose_name="执行法院",
            ),
        ),
        migrations.AlterField(
            model_name="listing",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="registry.subject",
                verbose_name="主体",
            ),
        ),
        migrations.AlterField(
            model_name="matchkey",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="match_keys",
                to="registry.listing",
            ),
        ),
        migrations.AlterField(
            model_name="matchkey",
            name="relation",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="match_keys",
                to="registry.relation",
            ),
        ),
        migrations.AlterField(
            model_name="relation",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="relations",
                to="registry.listing",
                verbose_name="名单条目",
            ),
        ),
        migrations.AddIndex(
            model_name="batchrow",
            index=models.Index(
                condition=models.Q(("listing__isnull", False)), fields=["listing"], name="batch_row_of_listing"
            ),
        ),
        migrations.AddIndex(
            model_name="matchkey",
            index=models.Index(
                condition=models.Q(("relation__isnull", False)), fields=["relation"], name="match_key_of_relation"
            ),
        ),
        migrations.RunSQL(KEY_STAYS, 'DROP FUNCTION "registry_key_stays"()'),
        *(SetwiseReference(*reference) for reference in _REFERENCES),
    ]
