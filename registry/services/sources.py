"""Sources of the list: setting them up, letting them rest, and what an administrator decides about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from core import audit
from core.errors import Conflict, FieldProblem, IllegalMove, InvalidInput, NotFound
from registry.access import COURT_ROLES, Operator
from registry.choices import RunKind, RunStatus, SourceKind, SourceStatus
from registry.models import Court, Source, SourceRun
from registry.rules.sources import next_night
from registry.services import folders
from registry.services.upstream import OutOfStep, address_problem


@transaction.atomic
def watch_folder(
    *,
    name: str,
    path: str,
    court: Court | None,
    username: str,
    is_full: bool = False,
    every_minutes: int = 5,
    by: Operator,
    at: datetime,
) -> Source:
    """Upload the list files that appear in a folder for a court, in the name of an account of that court.

    Raises InvalidInput naming `path`, `court` or `username`; Conflict when the folder or the name is taken. The folder
    is made where it is missing.
    """
    problems = []
    place = path.strip().rstrip("/")
    if problem := folders.path_problem(place):
        problems.append(FieldProblem("path", "path_not_allowed", problem))
    account: Any = get_user_model().objects.select_related("agency").filter(username=username.strip()).first()
    if court is None:
        problems.append(FieldProblem("court", "required", "请选择法院。"))
    elif not _speaks_for(account, court):
        problems.append(FieldProblem("username", "account_unknown", "请填写该院一个在用的经办人账号。"))
    _refuse(problems)
    source = Source(
        name=name.strip(),
        kind=SourceKind.FOLDER,
        path=place,
        court=court,
        account=account,
        is_full=is_full,
        every_minutes=every_minutes,
        created_at=at,
        next_at=at,
    )
    _create(source, by, at, {"path": place, "court": court.code if court else "", "is_full": is_full})
    folders.prepare(source)
    return source


def _speaks_for(account: Any, court: Court) -> bool:
    return bool(
        account is not None
        and account.is_active
        and account.role in COURT_ROLES
        and account.agency is not None
        and account.agency.court_id == court.pk
    )


@transaction.atomic
def follow_platform(
    *,
    name: str,
    base_url: str,
    credential: str,
    secret: str,
    every_minutes: int = 5,
    by: Operator,
    at: datetime,
) -> Source:
    """Follow the change feed of another instance with the key and the shared secret that were issued to us there.

    Raises InvalidInput naming the field, Conflict when that platform or the name is taken.
    """
    address = base_url.strip().rstrip("/")
    problems = []
    if problem := address_problem(address):
        problems.append(FieldProblem("base_url", "address_not_allowed", problem))
    problems += _key_problems(credential, secret)
    _refuse(problems)
    source = Source(
        name=name.strip(),
        kind=SourceKind.PLATFORM,
        base_url=address,
        credential=credential.strip(),
        secret=secret.strip(),
        every_minutes=every_minutes,
        created_at=at,
        next_at=at,
        compare_at=next_night(at),
    )
    return _create(source, by, at, {"base_url": address})


def _key_problems(credential: str, secret: str) -> list[FieldProblem]:
    problems = []
    if not credential.strip():
        problems.append(FieldProblem("credential", "required", "请填写上级平台签发的接口密钥。"))
    if len(secret.strip()) < 32:
        problems.append(FieldProblem("secret", "secret_too_short", "请填写上级平台登记时给出的完整共享密钥。"))
    return problems


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidInput("请补正后再提交。", errors=problems)


def _create(source: Source, by: Operator, at: datetime, after: dict[str, Any]) -> Source:
    if not source.name:
        raise InvalidInput("请填写名称。", errors=[FieldProblem("name", "required", "请填写名称。")])
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("同名的来源、同一文件夹或同一平台已在使用。", code="source_exists") from error
    audit.record(verb="create_source", target=source, by=by, at=at, after={"kind": source.kind, **after})
    return source


@transaction.atomic
def change_keys(*, source_id: int, credential: str, secret: str, by: Operator, at: datetime) -> Source:
    """New key and secret for a platform that is followed, after they were renewed there. Raises InvalidInput."""
    source = _locked(source_id, by)
    if source.kind != SourceKind.PLATFORM:
        raise IllegalMove("只有上级平台才有接口密钥。")
    _refuse(_key_problems(credential, secret))
    source.credential, source.secret = credential.strip(), secret.strip()
    source.save(update_fields=["credential", "secret"])
    audit.record(verb="change_source_keys", target=source, by=by, at=at)
    return source


@transaction.atomic
def pause_source(*, source_id: int, by: Operator, at: datetime) -> Source:
    """Draw from it no more until it is woken; what stands here stays. Raises IllegalMove unless it is active."""
    source = _locked(source_id, by)
    if source.status != SourceStatus.ACTIVE:
        raise IllegalMove(f"“{source.get_status_display()}”的来源不能暂停。")
    return _to(source, SourceStatus.PAUSED, "pause_source", by, at)


@transaction.atomic
def wake_source(*, source_id: int, by: Operator, at: datetime) -> Source:
    """Draw from it again at once. A source that stopped because the feeds differ goes on only after a re-sync.

    Raises IllegalMove.
    """
    source = _locked(source_id, by)
    if source.status == SourceStatus.ACTIVE:
        raise IllegalMove("该来源正在运行。")
    if source.stop_code == OutOfStep.code:
        raise IllegalMove("变更流对不上的来源须重新同步后才能继续。", code="resync_required")
    return _to(source, SourceStatus.ACTIVE, "wake_source", by, at)


@transaction.atomic
def resync_source(*, source_id: int, by: Operator, at: datetime) -> Source:
    """Take over the whole list of a platform anew, page by page, and follow its feed from there (administrator)."""
    source = _locked(source_id, by)
    if source.kind != SourceKind.PLATFORM:
        raise IllegalMove("只有上级平台可以重新同步。")
    source.is_resyncing, source.resync_number, source.resync_hash, source.resync_after = True, None, "", None
    return _to(source, SourceStatus.ACTIVE, "resync_source", by, at)


@transaction.atomic
def compare_soon(*, source_id: int, by: Operator, at: datetime) -> Source:
    """Compare with the platform at the next turn instead of tonight. Raises IllegalMove unless it is active."""
    source = _locked(source_id, by)
    if source.kind != SourceKind.PLATFORM or source.status != SourceStatus.ACTIVE:
        raise IllegalMove("只有正在同步的上级平台可以核对。")
    source.compare_at = source.next_at = at
    source.save(update_fields=["compare_at", "next_at"])
    audit.record(verb="compare_source", target=source, by=by, at=at)
    return source


@transaction.atomic
def approve_repair(*, source_id: int, by: Operator, at: datetime) -> SourceRun:
    """Let the differences of the last comparison be put right from the platform, at the next turn.

    Raises IllegalMove `nothing_to_repair` where the last comparison found none or they have been approved already.
    """
    source = _locked(source_id, by)
    run: SourceRun | None = source.runs.filter(kind=RunKind.COMPARE, status=RunStatus.DONE).first()
    if run is None or not run.differences or run.approved_at is not None:
        raise IllegalMove("没有待批准的核对差异。", code="nothing_to_repair")
    run.approved_by_id, run.approved_at = by.pk, at
    run.save(update_fields=["approved_by", "approved_at"])
    source.next_at = at
    source.save(update_fields=["next_at"])
    audit.record(verb="approve_repair", target=source, by=by, at=at, after={"differences": len(run.differences)})
    return run


def _to(source: Source, status: SourceStatus, verb: str, by: Operator, at: datetime) -> Source:
    before, source.status = source.status, status
    source.stop_code = source.stop_reason = ""
    source.failures, source.next_at = 0, at
    source.save()
    audit.record(verb=verb, target=source, by=by, at=at, before={"status": before}, after={"status": status.value})
    return source


def _locked(source_id: int, by: Operator) -> Source:
    source: Source | None = Source.objects.editable_by(by).select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotFound("没有找到这个来源。")
    return source
