"""Operators and their keys: who may sign in, and with what."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from agencies.choices import AgencyKind, KeyScope, UserRole
from agencies.models import Agency, ApiKey, User
from core import audit
from core.audit import Actor
from core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from core.ids import readable_code
from registry.models import Court, Region, Subscriber

SCOPES: dict[UserRole, tuple[KeyScope, ...]] = {
    UserRole.CLERK: (KeyScope.LIST, KeyScope.ENFORCE, KeyScope.REPORT, KeyScope.CATALOGUE),
    UserRole.REVIEWER: (KeyScope.LIST, KeyScope.ENFORCE, KeyScope.REPORT, KeyScope.CATALOGUE),
    UserRole.AGENCY_STAFF: tuple(scope for scope in KeyScope if scope is not KeyScope.RECORDS),
    UserRole.CREDIT_OFFICE: (KeyScope.LIST, KeyScope.ENFORCE, KeyScope.REPORT, KeyScope.CATALOGUE),
    UserRole.ADMINISTRATOR: (KeyScope.LIST, KeyScope.CATALOGUE),
}
ROLES: dict[AgencyKind, frozenset[UserRole]] = {
    AgencyKind.COURT: frozenset({UserRole.CLERK, UserRole.REVIEWER}),
    AgencyKind.AGENCY: frozenset({UserRole.AGENCY_STAFF}),
    AgencyKind.CREDIT_OFFICE: frozenset({UserRole.CREDIT_OFFICE}),
}
SECRET_LENGTH = 32  # characters of base32: 160 bits


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key; `text` is shown once and exists nowhere else."""

    key: ApiKey
    text: str


def key_digest(text: str) -> bytes:
    """What is stored of a key: SHA-256 is enough for 160 random bits."""
    return hashlib.sha256(text.encode()).digest()


def usable_key(text: str, at: datetime) -> ApiKey | None:
    """The key with its operator, the unit, its region and court: neither revoked nor expired, operator and unit active.

    Read anew at every call, so that a revoked key stops at once; as SQL, for the ORM takes thirty times as long to
    write this statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_USABLE_KEY, [key_digest(text), at])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    records: Any = (
        model.from_db(connection.alias, names, list(islice(values, len(names)))) for model, names in _READ_WITH_KEY
    )
    key: ApiKey
    key, user, agency, region, court = records
    key.user = user
    if user.agency_id is not None:
        user.agency = agency
        agency.region = region
        agency.court = court if agency.court_id is not None else None
    return key


_READ_WITH_KEY: tuple[tuple[Any, list[str]], ...] = tuple(
    (model, [field.attname for field in model._meta.concrete_fields]) for model in (ApiKey, User, Agency, Region, Court)
)
_COLUMNS = ", ".join(f"{model._meta.db_table}.{name}" for model, names in _READ_WITH_KEY for name in names)
_USABLE_KEY = f"""
    SELECT {_COLUMNS}
      FROM agencies_apikey
      JOIN agencies_user ON agencies_user.id = agencies_apikey.user_id
      LEFT JOIN agencies_agency ON agencies_agency.id = agencies_user.agency_id
      LEFT JOIN registry_region ON registry_region.code = agencies_agency.region_id
      LEFT JOIN registry_court ON registry_court.id = agencies_agency.court_id
     WHERE agencies_apikey.digest = %s AND agencies_apikey.revoked_at IS NULL
       AND (agencies_apikey.expires_at IS NULL OR agencies_apikey.expires_at > %s)
       AND agencies_user.is_active AND (agencies_agency.id IS NULL OR agencies_agency.is_active)"""  # noqa: S608 names of our own


@transaction.atomic
def create_operator(
    *,
    username: str,
    display_name: str,
    role: UserRole,
    agency: Agency | None,
    password: str,
    by: Actor,
    at: datetime,
) -> User:
    """A named operator beneath a unit (一单位一账户), or an administrator beneath none.

    Raises InvalidInput `role_does_not_fit` when the unit has no such role or the password is too weak, and
    Conflict `username_taken`.
    """
    fits = role in ROLES[AgencyKind(agency.kind)] if agency else role == UserRole.ADMINISTRATOR
    if not fits:
        raise InvalidInput("该单位没有此角色。", code="role_does_not_fit")
    user = User(username=username, display_name=display_name, role=role, agency=agency)
    _require_good_password(password, user)
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("该账号已被使用，请另取一个。", code="username_taken") from error
    audit.record(verb="create_operator", target=user, by=by, at=at, after={"role": role, "agency": user.agency_id})
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: Actor, at: datetime) -> User:
    """A new password, held to the settings' rules; raises InvalidInput `password_too_weak`."""
    _require_good_password(password, user)
    user.password = make_password(password)
    user.save(update_fields=["password"])
    audit.record(verb="set_password", target=user, by=by, at=at)
    return user


def _require_good_password(password: str, user: User) -> None:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        problems = [FieldProblem("password", "password_too_weak", message) for message in error.messages]
        raise InvalidInput("密码不符合要求。", code="password_too_weak", errors=problems) from error


@transaction.atomic
def deactivate(*, user: User, by: Actor, at: datetime) -> User:
    """The operator can no longer sign in and the operator's keys no longer open anything. Repeating changes nothing."""
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if locked.is_active:
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        audit.record(verb="deactivate", target=locked, by=by, at=at, before={"active": True}, after={"active": False})
    return locked


@transaction.atomic
def issue_key(
    *, user: User, purpose: str = "", days: int | None = None, by: Actor, at: datetime, rng: Random
) -> IssuedKey:
    """A key that acts as `user` with every scope that fits the role, for `days` days or until revoked.

    `rng` must be `secrets.SystemRandom()` outside tests. Raises InvalidInput `operator_inactive`.
    """
    if not user.is_active:
        raise InvalidInput("该操作员已停用，不能签发密钥。", code="operator_inactive")
    prefix = readable_code(8, rng)
    text = f"jdp_{prefix}_{readable_code(SECRET_LENGTH, rng)}"
    key = ApiKey.objects.create(
        user=user,
        prefix=prefix,
        digest=key_digest(text),
        scopes=_scopes_of(user),
        purpose=purpose,
        created_at=at,
        expires_at=None if days is None else at + timedelta(days=days),
    )
    audit.record(verb="issue_key", target=key, by=by, at=at, after={"prefix": prefix, "user": user.pk, "days": days})
    return IssuedKey(key, text)


def _scopes_of(user: User) -> list[KeyScope]:
    """What fits the role; whole records only for the account of a subscriber."""
    scopes = list(SCOPES[UserRole(user.role)])
    return [*scopes, KeyScope.RECORDS] if Subscriber.objects.active().filter(account_id=user.pk).exists() else scopes


@transaction.atomic
def revoke_key(*, key_id: int, of: User, by: Actor, at: datetime) -> ApiKey:
    """The key of operator `of` opens nothing from now on. Repeating changes nothing; raises NotFound."""
    key: ApiKey | None = ApiKey.objects.select_for_update().filter(pk=key_id, user=of).first()
    if key is None:
        raise NotFound("没有这把密钥。")
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(verb="revoke_key", target=key, by=by, at=at, after={"prefix": key.prefix})
    return key
