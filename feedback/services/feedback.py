"""What a unit tells the listing court about one enforcement (000 §三, 001 §三)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from agencies.choices import UserRole
from agencies.models import Enforcement, User
from core import audit, outbox
from core.errors import FieldProblem, InvalidInput, NotAllowed
from feedback.models import Feedback
from feedback.services.wording import refuse_identifiers


@transaction.atomic
def send_feedback(*, enforcement_id: UUID, content: str, result: str = "", by: User, at: datetime) -> Feedback:
    """Send the court that listed the person what came of the measure; sent once, never changed."""
    enforcement = Enforcement.objects.select_related("listing").select_for_update(of=("self",)).get(pk=enforcement_id)
    if by.role != UserRole.AGENCY_STAFF or enforcement.agency_id != by.agency_id:
        raise NotAllowed("只能反馈本单位的执行情况。", code="not_your_unit")
    content = content.strip()
    if not content:
        raise InvalidInput(errors=[FieldProblem("content", "content_missing", "请填写反馈内容。")])
    refuse_identifiers(content=content, result=result)
    feedback = Feedback.objects.create(
        agency_id=enforcement.agency_id,
        court_id=enforcement.listing.court_id,
        enforcement=enforcement,
        user=by,
        content=content,
        result=result.strip(),
        sent_at=at,
    )
    audit.record(verb="send_feedback", target=feedback, by=by, at=at)
    outbox.emit("feedback.sent", feedback=str(feedback.pk))
    return feedback
