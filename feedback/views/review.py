"""The credit office's word on a submitted report."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from agencies.access import SignedInRequest, for_roles
from agencies.choices import UserRole
from core.errors import InvalidInput
from feedback.forms import ReviewForm, add_problems
from feedback.models import Report
from feedback.services.reports import review_report
from feedback.views.reports import report_page


@require_POST
@for_roles(UserRole.CREDIT_OFFICE)
def report_return(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    return _reviewed(request, report_id, accept=False, said="已退回，单位会看到审核意见。")


@require_POST
@for_roles(UserRole.CREDIT_OFFICE)
def report_accept(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    return _reviewed(request, report_id, accept=True, said="报告已通过。")


def _reviewed(request: SignedInRequest, report_id: UUID, *, accept: bool, said: str) -> HttpResponse:
    report = get_object_or_404(Report.objects.visible_to(request.user), pk=report_id)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            review_report(
                report_id=report.pk, accept=accept, remarks=form.cleaned_data["remarks"], by=request.user, at=now()
            )
        except InvalidInput as error:
            add_problems(form, error)
        else:
            messages.success(request, said)
            return redirect("report_detail", report.pk)
    return report_page(request, report.pk, form, status=422)
