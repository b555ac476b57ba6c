"""The shapes of feedback and reports in the API."""

from rest_framework import serializers

from feedback.choices import ReportStatus
from feedback.models import Feedback, Report, ReportTransition
from feedback.rules.periods import period


class FeedbackInput(serializers.Serializer[None]):
    """One feedback to the court of an enforcement's listing; texts must not hold identifiers."""

    enforcement = serializers.UUIDField(help_text="执行的 id")
    content = serializers.CharField(max_length=5000, help_text="反馈内容，不得含证件号码")
    result = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="", help_text="惩戒效果")


class FeedbackQuery(serializers.Serializer[None]):
    """Filters of the list of feedback."""

    unit = serializers.IntegerField(required=False, help_text="反馈单位的 id")
    enforcement = serializers.UUIDField(required=False, help_text="执行的 id")
    since = serializers.DateField(required=False, help_text="反馈时间自（含当日）")
    until = serializers.DateField(required=False, help_text="反馈时间至（含当日）")


class FeedbackOutput(serializers.ModelSerializer[Feedback]):
    """A feedback as sent; it never changes."""

    unit = serializers.CharField(source="agency.name")
    court = serializers.CharField(source="court.name")
    listing = serializers.UUIDField(source="enforcement.listing_id")
    measure = serializers.UUIDField(source="enforcement.measure_id")

    class Meta:
        model = Feedback
        fields = ("id", "enforcement", "listing", "measure", "unit", "court", "content", "result", "sent_at")


class ReportInput(serializers.Serializer[None]):
    """The month to report on."""

    period = serializers.CharField(help_text="报告期，如 2026-11")

    def validate_period(self, value: str) -> str:
        """A month."""
        try:
            return period(value).code
        except ValueError as error:
            raise serializers.ValidationError("报告期写成 2026-11 的样子。", code="period_unreadable") from error


class ReportQuery(serializers.Serializer[None]):
    """Filters of the list of reports."""

    period = serializers.CharField(required=False, help_text="报告期，如 2026-11")
    status = serializers.ChoiceField(choices=ReportStatus.choices, required=False)
    unit = serializers.IntegerField(required=False, help_text="单位的 id")


class ReportTexts(serializers.Serializer[None]):
    """The typed part of a report; what is left out stays. Texts must not hold identifiers."""

    narrative = serializers.CharField(max_length=20_000, required=False, allow_blank=True, help_text="工作情况")
    typical_case = serializers.CharField(max_length=20_000, required=False, allow_blank=True, help_text="典型案例")


class Remarks(serializers.Serializer[None]):
    """The credit office's remarks; a return needs some."""

    remarks = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="", help_text="审核意见")


class CheckFigures(serializers.Serializer[None]):
    total = serializers.IntegerField()
    clear = serializers.IntegerField()
    hit = serializers.IntegerField()
    possible = serializers.IntegerField()
    suspended = serializers.IntegerField()


class DecisionFigures(serializers.Serializer[None]):
    applied = serializers.IntegerField()
    not_applied = serializers.IntegerField()


class MeasureFigures(DecisionFigures):
    measure = serializers.UUIDField()
    number = serializers.CharField()
    document = serializers.CharField()
    title = serializers.CharField()
    hits = serializers.IntegerField()


class ReasonFigures(serializers.Serializer[None]):
    reason = serializers.CharField()
    count = serializers.IntegerField()


class ReleaseFigures(serializers.Serializer[None]):
    opened = serializers.IntegerField()
    done = serializers.IntegerField()
    on_time = serializers.IntegerField()
    late = serializers.IntegerField()
    open = serializers.IntegerField()


class Figures(serializers.Serializer[None]):
    """What the platform counted; nobody types it."""

    checks = CheckFigures()
    hits = serializers.IntegerField()
    decisions = DecisionFigures()
    by_measure = MeasureFigures(many=True)
    not_applied = ReasonFigures(many=True)
    releases = ReleaseFigures()


class ReportSummary(serializers.ModelSerializer[Report]):
    """A report in the list."""

    unit = serializers.CharField(source="agency.name")
    unit_id = serializers.IntegerField(source="agency_id")
    figures = Figures()

    class Meta:
        model = Report
        fields = (
            "id",
            "unit",
            "unit_id",
            "period",
            "starts_on",
            "ends_on",
            "status",
            "figures",
            "figures_at",
            "submitted_at",
            "reviewed_at",
            "remarks",
        )


class ReportStep(serializers.ModelSerializer[ReportTransition]):
    """One step of a report."""

    by = serializers.CharField(source="by.display_name", allow_null=True)

    class Meta:
        model = ReportTransition
        fields = ("from_status", "to_status", "at", "by", "reason")


class ReportOutput(ReportSummary):
    """A report with its texts and its history."""

    history = ReportStep(source="transitions", many=True)

    class Meta(ReportSummary.Meta):
        fields = (*ReportSummary.Meta.fields, "narrative", "typical_case", "history")  # type: ignore[assignment]
