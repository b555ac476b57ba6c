"""The credit office's view of the units of its region."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from agencies import enforcement_presenters as presenters
from agencies.access import SignedInRequest, for_roles
from agencies.choices import AgencyKind
from agencies.models import Agency, Check, ReleaseDuty, User
from agencies.release_states import count_states
from agencies.views.releases import OFFICE, PAGE
from measures.models import Measure


def units_of(user: User) -> QuerySet[Agency]:
    """The responsible units that this user looks after."""
    return Agency.objects.visible_to(user).filter(kind=AgencyKind.AGENCY)


def counted(rows: QuerySet[Any], by: str = "agency") -> Subquery:
    """How many of `rows` belong to the unit of the outer query."""
    own = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Subquery(own.annotate(n=Count("pk", distinct=True)).values("n"), output_field=IntegerField())


@require_safe
@for_roles(*OFFICE)
def credit_units(request: SignedInRequest) -> HttpResponse:
    """Who takes part, who has checked, who still has to release."""
    today = localdate()
    duties = ReleaseDuty.objects.visible_to(request.user)
    bound = Measure.objects.in_force_on(today).filter(incentive=False)
    units = (
        units_of(request.user)
        .annotate(
            operator_count=counted(User.objects.filter(is_active=True)),
            measure_count=counted(bound, "responsibilities__unit__agencies"),
            open_count=counted(duties.open()),
            late_count=counted(duties.late_on(today)),
            last_check=Subquery(
                Check.objects.filter(agency=OuterRef("pk"))
                .order_by()
                .values("agency")
                .annotate(last=Max("checked_at"))
                .values("last")
            ),
        )
        .select_related("region")
        .prefetch_related("named_units")
        .order_by("region", "pk")
    )
    page = Paginator(units, PAGE).get_page(request.GET.get("page"))
    return render(request, "agencies/credit_units.html", {"page": page})


@require_safe
@for_roles(*OFFICE)
def credit_unit(request: SignedInRequest, unit_id: int) -> HttpResponse:
    """One unit: its operators, what the documents call it, which measures name it, its open duties."""
    unit = get_object_or_404(units_of(request.user).select_related("region"), pk=unit_id)
    today = localdate()
    duties = ReleaseDuty.objects.visible_to(request.user).filter(agency=unit)
    named = list(unit.named_units.select_related("region"))
    last = Check.objects.filter(agency=unit).aggregate(last=Max("checked_at"))["last"]
    open_rows = [
        presenters.duty_row(duty, today)
        for duty in duties.open().select_related("listing__court", "measure__document")[:PAGE]
    ]
    context = {
        "unit": unit,
        "operators": unit.operators.order_by("-is_active", "username"),
        "named": named,
        "measures": Measure.objects.in_force_on(today)
        .filter(incentive=False, responsibilities__unit__in=named)
        .select_related("document")
        .order_by("document__source", "position")
        .distinct(),
        "last_check": last,
        "counts": count_states(duties, today),
        "done_url": f"{reverse('credit_releases')}?unit={unit.pk}&status=done#rows",
        "rows": open_rows,
    }
    return render(request, "agencies/credit_unit.html", context)
