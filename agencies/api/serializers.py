"""The shapes of the check calls, for the OpenAPI description."""

from typing import Any

from rest_framework import serializers

from agencies.choices import AskedRole, Outcome
from measures.choices import Advice, Effect, NamesTarget
from registry.choices import IdentifierType, ListingStatus, PartyKind, Role

# Answers are read only: nothing here is ever saved.
Plain = serializers.Serializer[Any]


class AskedPersonShape(Plain):
    """A person behind the applicant."""

    role = serializers.ChoiceField(choices=AskedRole.choices)
    name = serializers.CharField(max_length=200)
    id_number = serializers.CharField(required=False, allow_blank=True)
    id_type = serializers.ChoiceField(choices=IdentifierType.choices, required=False)


class SubjectShape(Plain):
    """The applicant; a name without an identifier never gives an adverse answer."""

    kind = serializers.ChoiceField(choices=PartyKind.choices)
    name = serializers.CharField(max_length=200)
    id_number = serializers.CharField(required=False, allow_blank=True)
    id_type = serializers.ChoiceField(choices=IdentifierType.choices, required=False)


class CheckRequestShape(Plain):
    """One question."""

    subject = SubjectShape()
    related = AskedPersonShape(many=True, required=False)
    matter = serializers.CharField(required=False, help_text="事项编码或名称；未登记的事项照录，不缩小范围")
    measures = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="只问这些措施")
    case_reference = serializers.CharField(max_length=100)


class BulkSubjectShape(SubjectShape):
    related = AskedPersonShape(many=True, required=False)


class BulkRequestShape(Plain):
    """Up to 5,000 applicants in one matter."""

    case_reference = serializers.CharField(max_length=100)
    matter = serializers.CharField(required=False)
    measures = serializers.ListField(child=serializers.UUIDField(), required=False)
    subjects = BulkSubjectShape(many=True)


class BasisShape(Plain):
    law = serializers.CharField()
    article = serializers.CharField()
    in_force = serializers.BooleanField()
    successor = serializers.CharField(allow_null=True)
    names_target = serializers.ChoiceField(choices=NamesTarget.choices)


class MeasureShape(Plain):
    id = serializers.UUIDField()
    document = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    code = serializers.CharField()
    effect = serializers.ChoiceField(choices=Effect.choices)
    advice = serializers.ChoiceField(choices=Advice.choices)
    under_review = serializers.BooleanField()
    review_reason = serializers.CharField()
    honour_after_listing_only = serializers.BooleanField()
    units = serializers.ListField(child=serializers.CharField())
    binding = serializers.CharField()
    binding_reason = serializers.CharField()
    legal_bases = BasisShape(many=True)


class MatchShape(Plain):
    """A listing that the question meets; `name` is the listed party's."""

    listing = serializers.UUIDField()
    level = serializers.ChoiceField(choices=["identifier", "candidate"])
    role = serializers.ChoiceField(choices=Role.choices)
    asked = serializers.CharField()
    asked_name = serializers.CharField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    court = serializers.CharField()
    case_number = serializers.CharField()
    status = serializers.ChoiceField(choices=ListingStatus.choices)
    until = serializers.DateField(allow_null=True)
    measures = MeasureShape(many=True)
    stay = serializers.CharField(
        required=False, help_text="本单位所在地区规定异议核实期间暂不执行的依据；空表示没有暂停。"
    )


class NoteShape(Plain):
    """Something met that changes nothing."""

    asked = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    listing = serializers.UUIDField()
    name = serializers.CharField()
    court = serializers.CharField()
    case_number = serializers.CharField()
    detail = serializers.CharField()
    level = serializers.CharField()
    status = serializers.CharField()


class ObjectionLimitShape(Plain):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    limit = serializers.CharField(help_text="如 10日、3个工作日。")
    citation = serializers.CharField()


class ObjectionShape(Plain):
    to = serializers.CharField()
    how = serializers.CharField()
    limits = ObjectionLimitShape(many=True, required=False, help_text="本单位所在地区的期限与法定期限并列。")


class AskedSubjectShape(Plain):
    kind = serializers.ChoiceField(choices=PartyKind.choices)
    name = serializers.CharField()
    id_masked = serializers.CharField()


class AnswerShape(Plain):
    """The answer to a check."""

    receipt = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    checked_at = serializers.DateTimeField()
    list_version = serializers.IntegerField()
    unit = serializers.CharField()
    matter = serializers.CharField()
    case_reference = serializers.CharField()
    measures_asked = serializers.ListField(child=serializers.UUIDField())
    subject = AskedSubjectShape()
    matches = MatchShape(many=True)
    notes = NoteShape(many=True)
    same_name_count = serializers.IntegerField()
    needed = serializers.CharField()
    objection = ObjectionShape(allow_null=True)
    nonce = serializers.CharField()


class NowShape(Plain):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    changed_since = serializers.BooleanField()
    revoked = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="回答中已被撤销的名单条目：自始无效，不得再作依据"
    )


class StoredAnswerShape(AnswerShape):
    now = NowShape()


class BulkResultShape(Plain):
    """One row's answer: `code` and `detail` only where the question could not be asked."""

    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    receipt = serializers.CharField(required=False)
    matches = MatchShape(many=True, required=False)
    notes = NoteShape(many=True, required=False)
    same_name_count = serializers.IntegerField(required=False)
    needed = serializers.CharField(required=False)
    objection = ObjectionShape(required=False, allow_null=True)
    field = serializers.CharField(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class BulkAnswerShape(Plain):
    check_id = serializers.UUIDField()
    list_version = serializers.IntegerField(help_text="全部结果至少看到的名单版本")
    results = BulkResultShape(many=True)


class VerificationShape(Plain):
    """What anybody may know of a receipt."""

    receipt = serializers.CharField()
    checked_at = serializers.DateTimeField()
    unit = serializers.CharField()
    outcome_hash = serializers.CharField()
    valid = serializers.BooleanField()
    changed_since = serializers.BooleanField()


class FieldProblemShape(Plain):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(Plain):
    """application/problem+json."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FieldProblemShape(many=True)  # type: ignore[assignment]
