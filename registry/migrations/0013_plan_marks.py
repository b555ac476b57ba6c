"""Which transactions wrote what plans read, and what each plan rests on (docs/decisions/0016)."""

from django.db import migrations, models

# Every table that registry.imports.plan, registry.imports.hindrances and registry.services.snapshot read, but for the
# batch's own rows. Numbering a change, or forgetting what it quoted, is no news to a plan.
_ANY = "INSERT OR UPDATE OR DELETE OR TRUNCATE"
_READ_BY_PLANS = {
    "registry_listing": _ANY,
    "registry_subject": _ANY,
    "registry_relation": _ANY,
    "registry_matchkey": _ANY,
    "registry_graceperiod": _ANY,
    "registry_reversalrow": _ANY,
    "registry_change": "INSERT OR UPDATE OF id, listing_id, kind OR DELETE OR TRUNCATE",
}
_NOTE = """
    CREATE FUNCTION "registry_note_list_write"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO registry_listwrite (xact) VALUES (pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_debtor_categories")]

    operations = [
        migrations.CreateModel(
            name="ListWrite",
            fields=[("xact", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"verbose_name": "名单写入", "verbose_name_plural": "名单写入"},
        ),
        migrations.AddField(model_name="batch", name="plan_basis", field=models.JSONField(default=dict)),
        migrations.RunSQL(_NOTE, 'DROP FUNCTION "registry_note_list_write"()'),
        *(
            migrations.RunSQL(
                f'CREATE TRIGGER "note_list_write" AFTER {events} ON "{table}"'
                ' FOR EACH STATEMENT EXECUTE FUNCTION "registry_note_list_write"()',
                f'DROP TRIGGER "note_list_write" ON "{table}"',
            )
            for table, events in _READ_BY_PLANS.items()
        ),
    ]
