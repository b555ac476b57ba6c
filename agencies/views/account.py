"""One's own account: who am I here, my keys, my password."""

import secrets

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.access import ANY_ROLE, SignedInRequest, for_roles
from agencies.forms import KeyForm, PasswordForm
from agencies.services import accounts
from core.errors import InvalidInput


def page(
    request: SignedInRequest,
    *,
    key_form: KeyForm | None = None,
    password_form: PasswordForm | None = None,
    issued: accounts.IssuedKey | None = None,
    status: int = 200,
) -> HttpResponse:
    """The account page, with whatever the last step has to say."""
    user = request.user
    context = {
        "facts": [
            {"label": "姓名", "value": user.display_name},
            {"label": "用户名", "value": user.username},
            {"label": "单位", "value": user.agency},
            {"label": "角色", "value": user.get_role_display()},
        ],
        "keys": list(user.api_keys.all()),
        "at": now(),
        "key_form": key_form or KeyForm(prefix="key"),
        "password_form": password_form or PasswordForm(user, prefix="pw"),
        "issued": issued,
    }
    return render(request, "agencies/account.html", context, status=status)


@never_cache
@require_safe
@for_roles(*ANY_ROLE)
def account(request: SignedInRequest) -> HttpResponse:
    return page(request)


@never_cache
@require_POST
@for_roles(*ANY_ROLE)
def account_issue_key(request: SignedInRequest) -> HttpResponse:
    """The answer itself shows the key: it is stored nowhere, so there is nothing to redirect to."""
    form = KeyForm(request.POST, prefix="key")
    if not form.is_valid():
        return page(request, key_form=form, status=422)
    issued = accounts.issue_key(
        user=request.user, by=request.user, at=now(), rng=secrets.SystemRandom(), **form.cleaned_data
    )
    return page(request, issued=issued)


@require_POST
@for_roles(*ANY_ROLE)
def account_revoke_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    accounts.revoke_key(key_id=key_id, of=request.user, by=request.user, at=now())
    messages.success(request, "密钥已吊销，使用它的系统不能再访问接口。")
    return redirect("account")


@require_POST
@for_roles(*ANY_ROLE)
def account_password(request: SignedInRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST, prefix="pw")
    if form.is_valid():
        try:
            accounts.set_password(user=request.user, password=form.cleaned_data["password"], by=request.user, at=now())
        except InvalidInput as error:
            for problem in error.errors:
                form.add_error(problem.field, problem.detail)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已更改。")
            return redirect("account")
    return page(request, password_form=form, status=422)
