"""The ledger of checks accepts new rows only."""

from django.db import migrations

from core.chain import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_initial")]
    operations = [
        AppendOnly("agencies_check", chained=False),
        AppendOnly("agencies_hitmeasure", chained=False),
    ]
