"""The change feed accepts new rows only."""

from django.db import migrations

from core.chain import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [AppendOnly("registry_change")]
