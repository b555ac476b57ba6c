"""The administrator's desk: units and their operators."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.access import SignedInRequest, for_roles
from agencies.choices import UserRole
from agencies.forms import OperatorForm
from agencies.models import Agency, User
from agencies.services import accounts
from core.errors import Conflict, InvalidInput


def page(request: SignedInRequest, form: OperatorForm | None = None, status: int = 200) -> HttpResponse:
    operators = Prefetch("operators", queryset=User.objects.order_by("-is_active", "username"))
    units = Agency.objects.visible_to(request.user).select_related("region").prefetch_related(operators)
    context = {"units": list(units), "form": form or OperatorForm(request.user)}
    return render(request, "agencies/admin_desk.html", context, status=status)


@never_cache
@require_safe
@for_roles(UserRole.ADMINISTRATOR)
def admin_desk(request: SignedInRequest) -> HttpResponse:
    return page(request)


@require_POST
@for_roles(UserRole.ADMINISTRATOR)
def operator_create(request: SignedInRequest) -> HttpResponse:
    form = OperatorForm(request.user, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    try:
        user = accounts.create_operator(by=request.user, at=now(), **form.cleaned_data)
    except (InvalidInput, Conflict) as error:
        field = {"role_does_not_fit": "role", "username_taken": "username"}.get(error.code, "password")
        for detail in [problem.detail for problem in error.errors] or [error.detail]:
            form.add_error(field, detail)
        return page(request, form, status=error.status)
    messages.success(request, f"已为{user.agency}建立操作员 {user.display_name}。")
    return redirect("admin_desk")


@require_POST
@for_roles(UserRole.ADMINISTRATOR)
def operator_deactivate(request: SignedInRequest, user_id: int) -> HttpResponse:
    units = Agency.objects.visible_to(request.user)
    user = accounts.deactivate(user=get_object_or_404(User, pk=user_id, agency__in=units), by=request.user, at=now())
    messages.success(request, f"{user.display_name} 已停用，不能再登录，其密钥同时失效。")
    return redirect("admin_desk")
