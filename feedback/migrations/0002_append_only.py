"""Feedback to a court accepts new rows only."""

from django.db import migrations

from core.chain import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]
    operations = [AppendOnly("feedback_feedback", chained=False)]
