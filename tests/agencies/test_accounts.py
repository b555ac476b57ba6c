"""Operators, keys, the way in and the way out."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from agencies.choices import KeyScope, UserRole
from agencies.models import Agency, ApiKey, User
from agencies.services import accounts
from core.errors import Conflict, InvalidInput, NotFound
from core.models import AuditEntry
from tests.builders import NOW, PASSWORD, make_agency, make_clerk, make_office, make_staff, make_user

pytestmark = pytest.mark.django_db
GOOD = "a-long-enough-secret"


def create(username: str = "new", role: UserRole = UserRole.AGENCY_STAFF, **changes) -> User:
    given: dict[str, Any] = {
        "agency": make_agency(),
        "password": GOOD,
        "by": "system",
        "at": NOW,
        "display_name": "新人",
    } | changes
    return accounts.create_operator(username=username, role=role, **given)


def issue(user: User, **changes) -> accounts.IssuedKey:
    given: dict[str, Any] = {"by": user, "at": NOW, "rng": Random()}
    return accounts.issue_key(user=user, **(given | changes))


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


# --- operators -------------------------------------------------------------


def test_an_operator_is_created_once_and_audited():
    user = create()
    assert user.check_password(GOOD)
    assert verbs() == ["create_operator"]
    with pytest.raises(Conflict) as caught:
        create()
    assert caught.value.code == "username_taken"
    assert User.objects.count() == 1


@pytest.mark.parametrize("role", [UserRole.CLERK, UserRole.CREDIT_OFFICE, UserRole.ADMINISTRATOR])
def test_a_role_must_fit_the_unit(role):
    with pytest.raises(InvalidInput) as caught:
        create(role=role)
    assert caught.value.code == "role_does_not_fit"


@pytest.mark.parametrize("password", ["short", "password1", "new-operator"])
def test_a_weak_password_is_refused_and_leaves_nothing(password):
    with pytest.raises(InvalidInput) as caught:
        create(username="new-operator", password=password)
    assert caught.value.code == "password_too_weak"
    assert not User.objects.exists()
    assert verbs() == []


def test_a_deactivated_operator_can_neither_sign_in_nor_use_a_key():
    user = make_staff()
    issued = issue(user)
    accounts.deactivate(user=user, by="system", at=NOW)
    accounts.deactivate(user=user, by="system", at=NOW)
    assert verbs() == ["issue_key", "deactivate"]
    assert accounts.usable_key(issued.text, NOW) is None
    with pytest.raises(InvalidInput):
        issue(User.objects.get(pk=user.pk))


# --- keys ------------------------------------------------------------------


def test_a_key_is_stored_only_as_its_digest():
    issued = issue(make_staff())
    assert issued.text.startswith(f"jdp_{issued.key.prefix}_")
    assert len(issued.text) == 4 + 8 + 1 + 32
    stored = ApiKey.objects.values().get()
    assert issued.text.rsplit("_", 1)[1] not in str(stored)
    assert bytes(stored["digest"]) == accounts.key_digest(issued.text)
    assert issued.text.rsplit("_", 1)[1] not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(("make", "may_check"), [(make_staff, True), (make_clerk, False), (make_office, False)])
def test_a_key_has_every_scope_of_its_role_and_no_other(make, may_check):
    scopes = issue(make()).key.scopes
    assert (KeyScope.CHECK in scopes) is may_check
    assert KeyScope.CATALOGUE in scopes


def test_a_key_is_revoked_by_its_owner_only():
    owner, other = make_staff(), make_staff("other")
    issued = issue(owner)
    with pytest.raises(NotFound):
        accounts.revoke_key(key_id=issued.key.pk, of=other, by=other, at=NOW)
    assert accounts.revoke_key(key_id=issued.key.pk, of=owner, by=owner, at=NOW).revoked_at == NOW
    later = NOW + timedelta(days=1)
    assert accounts.revoke_key(key_id=issued.key.pk, of=owner, by=owner, at=later).revoked_at == NOW


def test_a_key_expires():
    issued = issue(make_staff(), days=30)
    assert accounts.usable_key(issued.text, NOW + timedelta(days=29)) == issued.key
    assert accounts.usable_key(issued.text, NOW + timedelta(days=30)) is None
    assert issued.key.expires_at == NOW + timedelta(days=30)


@pytest.mark.parametrize("make", [make_staff, make_clerk, lambda: make_user("root", UserRole.ADMINISTRATOR)])
def test_a_key_brings_its_operator_and_the_unit_as_they_are_stored(make, django_assert_num_queries):
    user = make()
    issued = issue(user)
    with django_assert_num_queries(1):
        key = accounts.usable_key(issued.text, NOW)
        assert key is not None
        places = (key.user.agency.region, key.user.agency.court) if key.user.agency else None
    stored = ApiKey.objects.select_related("user__agency__region", "user__agency__court").get()
    for read, kept in ((key, stored), (key.user, stored.user), (key.user.agency, stored.user.agency)):
        assert read == kept
        if kept is not None:
            names = [field.attname for field in kept._meta.concrete_fields]
            assert [getattr(read, name) for name in names] == [getattr(kept, name) for name in names]
    assert places == ((stored.user.agency.region, stored.user.agency.court) if stored.user.agency else None)


def test_a_key_of_a_unit_that_is_closed_opens_nothing():
    user = make_staff()
    issued = issue(user)
    assert accounts.usable_key(issued.text + "0", NOW) is None
    Agency.objects.update(is_active=False)
    assert accounts.usable_key(issued.text, NOW) is None


def test_a_key_without_scopes_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="api_key_has_scopes"):
        ApiKey.objects.create(user=make_staff(), prefix="x", digest=b"x", scopes=[], created_at=NOW)


def test_the_command_prints_a_key_that_works_once(capsys):
    make_staff()
    call_command("issue_key", "finance", "--purpose", "政务系统", "--days", "10")
    text = capsys.readouterr().out.strip()
    key = ApiKey.objects.get(digest=accounts.key_digest(text))
    assert (key.purpose, key.user.username) == ("政务系统", "finance")
    with pytest.raises(CommandError):
        call_command("issue_key", "nobody")


def test_the_command_creates_an_administrator(monkeypatch, capsys):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", GOOD)
    call_command("create_administrator", "root")
    assert User.objects.get(username="root").role == UserRole.ADMINISTRATOR
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", "short")
    with pytest.raises(CommandError):
        call_command("create_administrator", "root2")


# --- the way in and out ----------------------------------------------------


def sign_in(client: Client, password: str = PASSWORD, **more: str):
    return client.post(reverse("sign_in"), {"username": "finance", "password": password, **more})


def test_signing_in_and_out_is_recorded(client):
    make_staff()
    response = sign_in(client)
    assert response.status_code == 302
    assert response.url == reverse("home")
    assert client.get(reverse("home")).status_code == 302
    assert client.post(reverse("sign_out")).status_code == 302
    assert client.get(reverse("account")).status_code == 302
    assert verbs() == ["sign_in", "sign_out"]


def test_a_wrong_password_is_answered_with_a_sentence_and_without_the_name_in_the_audit(client):
    make_staff()
    response = sign_in(client, "wrong")
    assert response.status_code == 422
    assert "用户名或密码不对" in response.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_label, entry.after) == ("sign_in_failed", "anonymous", None)


def test_nobody_signs_in_for_a_unit_that_is_switched_off(client):
    make_staff()
    Agency.objects.update(is_active=False)
    assert sign_in(client).status_code == 422
    assert "sign_in" not in verbs()


def test_five_failures_lock_the_name_even_for_the_right_password(client):
    make_staff()
    for _ in range(4):
        assert sign_in(client, "wrong").status_code == 422
    fifth = sign_in(client, "wrong")
    assert fifth.status_code == 429
    assert "账户暂时锁定" in fifth.content.decode()
    assert sign_in(client).status_code == 429
    assert "sign_in" not in verbs()


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("/account/", "/account/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_host(client, asked, where):
    make_staff()
    assert sign_in(client, next=asked).url == where


def test_signing_out_needs_a_post(client):
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("sign_out")).status_code == 405
    assert client.get(reverse("account")).status_code == 200


def test_the_first_page_leads_each_role_to_its_work(client):
    assert client.get("/").url == reverse("sign_in")
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").url == "/agency/"


# --- one's own account -----------------------------------------------------


@pytest.fixture
def staff_client(client):
    client.force_login(make_staff(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_shows_a_new_key_once(staff_client):
    response = staff_client.post(reverse("account_issue_key"), {"key-purpose": "核查", "key-days": "30"})
    text = next(line for line in response.content.decode().split() if "jdp_" in line and "…" not in line)
    key = ApiKey.objects.get()
    secret = text.split("jdp_")[1].split("<")[0]
    assert accounts.key_digest(f"jdp_{secret}") == bytes(key.digest)
    again = staff_client.get(reverse("account")).content.decode()
    assert secret not in again
    assert key.prefix in again


def test_the_page_refuses_a_key_without_a_purpose(staff_client):
    assert staff_client.post(reverse("account_issue_key"), {"key-days": "30"}).status_code == 422
    assert not ApiKey.objects.exists()


def test_somebody_elses_key_is_not_found(staff_client):
    issued = issue(make_staff("other"))
    assert staff_client.post(reverse("account_revoke_key", args=[issued.key.pk])).status_code == 404


def test_the_password_changes_only_with_the_old_one(staff_client):
    form = {"pw-current": "wrong", "pw-password": GOOD, "pw-again": GOOD}
    assert staff_client.post(reverse("account_password"), form).status_code == 422
    form["pw-current"] = PASSWORD
    assert staff_client.post(reverse("account_password"), form | {"pw-again": "other"}).status_code == 422
    weak = staff_client.post(reverse("account_password"), form | {"pw-password": "short", "pw-again": "short"})
    assert weak.status_code == 422
    assert staff_client.post(reverse("account_password"), form).status_code == 302
    assert User.objects.get().check_password(GOOD)
    assert staff_client.get(reverse("account")).status_code == 200


# --- the administrator's desk ----------------------------------------------


@pytest.fixture
def admin_client(client):
    client.force_login(make_user("admin", "administrator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def new_operator(**changes: str) -> dict[str, str]:
    given = {"agency": str(make_agency().pk), "role": "agency_staff", "display_name": "新人", "username": "new"}
    return given | {"password": GOOD} | changes


def test_the_administrator_creates_and_deactivates_operators(admin_client):
    assert admin_client.get("/").url == reverse("admin_desk")
    assert admin_client.post(reverse("operator_create"), new_operator()).status_code == 302
    user = User.objects.get(username="new")
    assert "新人" in admin_client.get(reverse("admin_desk")).content.decode()
    assert admin_client.post(reverse("operator_deactivate", args=[user.pk])).status_code == 302
    assert not User.objects.get(username="new").is_active
    assert verbs() == ["create_operator", "deactivate"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"role": "clerk"}, 422), ({"password": "short"}, 422), ({"username": "admin"}, 409), ({"username": ""}, 422)],
)
def test_an_operator_that_cannot_be_is_refused_on_the_page(admin_client, changes, status):
    response = admin_client.post(reverse("operator_create"), new_operator(**changes))
    assert response.status_code == status
    assert "未能提交" in response.content.decode()
    assert User.objects.count() == 1


def test_nobody_else_enters_the_administrators_desk(staff_client):
    assert staff_client.get(reverse("admin_desk")).status_code == 403
    assert staff_client.post(reverse("operator_create"), new_operator()).status_code == 403
    assert staff_client.post(reverse("operator_deactivate", args=[1])).status_code == 403


def test_what_was_typed_as_a_name_is_not_kept(client):
    make_staff()
    number = "370116199001010018"
    client.post(reverse("sign_in"), {"username": number, "password": "x"})
    attempt = AccessAttempt.objects.get()
    assert number not in str(AccessAttempt.objects.values().get())
    assert attempt.failures_since_start == 1
