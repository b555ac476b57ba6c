"""Watched folders: list files that appear there are uploaded for the court, and still wait for a person's approval.

A file is taken by renaming it into `.taken/`, which succeeds for one process only; it ends in `done/` or `rejected/`
with a text file beside it that says why. What a killed process left in `.taken/` is taken up by the next turn. File
names may hold anything, an identifier too: none of them enters a log.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate, localtime

from core.errors import InvalidInput, NotAllowed, Unavailable
from core.privacy import redact
from registry.choices import BatchMode, ExitGround, ItemStatus
from registry.models import Batch, Source, SourceItem, SourceRun
from registry.rules.sources import has_settled, is_list_file
from registry.services import batches
from registry.services.following import count

TAKEN, DONE, REJECTED = ".taken", "done", "rejected"
PIECE = 1 << 20


def path_problem(path: str) -> str:
    """Why a folder cannot be watched, as a sentence; empty when it can. `path` is relative to SOURCES_DIR."""
    root = settings.SOURCES_DIR.resolve()
    if not path or path.startswith(("/", ".")) or "\\" in path or "\x00" in path:
        return "请填写来源目录（SOURCES_DIR）之下的文件夹名，如 court-0116。"
    if not (root / path).resolve().is_relative_to(root) or ".." in Path(path).parts:
        return "文件夹须在来源目录（SOURCES_DIR）之下。"
    if {TAKEN, DONE, REJECTED} & set(Path(path).parts):
        return "done、rejected 是平台自用的文件夹名，请换一个。"
    return ""


def place_of(source: Source) -> Path:
    return settings.SOURCES_DIR.resolve() / source.path


def prepare(source: Source) -> None:
    """Make the folder and those the files end in, closed to everybody else."""
    for folder in (place_of(source), *(place_of(source) / name for name in (TAKEN, DONE, REJECTED))):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def take_files(source: Source, run: SourceRun, *, at: datetime) -> None:
    """Upload every file that has settled, each once by its content. Raises Unavailable when the folder is not there,
    NotAllowed when the account may not upload any more."""
    account = source.account
    if account is None or not account.is_active:
        raise NotAllowed("报送账号已停用，请管理员更换。", code="account_inactive")
    try:
        prepare(source)
        for path in _settled(source, at):
            _take(source, run, path, at)
        _drop_old(source, at)
    except OSError as error:
        raise Unavailable(f"来源文件夹无法读写（{error.strerror}）。", code="folder_unusable") from None


def _settled(source: Source, at: datetime) -> Iterator[Path]:
    """Files of ours, moved out of everybody else's reach: first what an earlier turn left, then what has settled."""
    place = place_of(source)
    yield from sorted(each for each in (place / TAKEN).iterdir() if each.is_file())
    for path in sorted(place.iterdir()):
        if not is_list_file(path.name) or path.is_symlink() or not path.is_file():
            continue
        status = path.stat()
        changed_at = datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC)
        if not has_settled(changed_at=changed_at, at=at):
            continue
        taken = _free(place / TAKEN, path.name)
        try:
            path.rename(taken)
        except FileNotFoundError:
            continue  # another process was quicker
        yield taken


def _take(source: Source, run: SourceRun, path: Path, at: datetime) -> None:
    sha256 = _digest(path)
    name = redact(path.name)[-255:]
    earlier = source.items.filter(sha256=sha256).select_related("batch").first()
    if earlier is not None:
        _put_away(path, DONE, _said_again(earlier), at)
        count(run, repeated=1)
        return
    try:
        batch = _upload(source, path, sha256, name, source.account, at)
    except InvalidInput as refusal:
        with transaction.atomic():
            SourceItem.objects.create(
                source=source, sha256=sha256, file_name=name, taken_at=at, status=ItemStatus.REJECTED,
                reason=refusal.detail[:300] or refusal.title,
            )  # fmt: skip
        _put_away(path, REJECTED, f"未收：{refusal.detail or refusal.title}（{refusal.code}）", at)
        count(run, rejected=1)
        return
    said = f"已作为批次 {batch.pk} 报送，读取和比对之后由复核人批准才生效。"
    _put_away(path, DONE, said, at)
    count(run, uploaded=1)


@transaction.atomic
def _upload(source: Source, path: Path, sha256: str, name: str, by: Any, at: datetime) -> Batch:
    """The batch and the note that this content has been taken, both or neither."""
    assert source.court is not None
    batch = batches.upload_batch(
        court=source.court,
        file=path,
        file_name=path.name,
        note=f"来源：{source.name}",
        by=by,
        at=at,
        mode=_mode(source, at),
    )
    SourceItem.objects.create(
        source=source, sha256=sha256, file_name=name, taken_at=at, status=ItemStatus.UPLOADED, batch=batch
    )
    return batch


def _mode(source: Source, at: datetime) -> batches.Mode:
    """With `is_full` the file is the court's whole list: the batch that waits for approval holds what differs."""
    if not source.is_full:
        return batches.CHANGES
    return batches.Mode(BatchMode.SNAPSHOT, ExitGround.OTHER, f"全量名单（{source.name}）"[:100], localdate(at))


def _said_again(earlier: SourceItem) -> str:
    day = f"{localtime(earlier.taken_at):%Y-%m-%d %H:%M}"
    if earlier.batch_id is not None:
        return f"内容相同的文件已于 {day} 作为批次 {earlier.batch_id} 报送，这次没有再报送。"
    return f"内容相同的文件已于 {day} 被拒收：{earlier.reason}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _put_away(path: Path, folder: str, said: str, at: datetime) -> None:
    target = _free(path.parent.parent / folder, path.name)
    target.with_name(target.name + ".txt").write_text(f"{localtime(at):%Y-%m-%d %H:%M}\n{said}\n", encoding="utf-8")
    path.rename(target)
    os.utime(target, (at.timestamp(), at.timestamp()))


def _free(folder: Path, name: str) -> Path:
    """`folder/name`, with a number where that name is taken."""
    wanted = folder / name
    number = 1
    while wanted.exists():
        number += 1
        wanted = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return wanted


def _drop_old(source: Source, at: datetime) -> None:
    """Files hold identifiers in clear: what has been taken is kept for a few days only."""
    before = at - timedelta(days=settings.SOURCES_KEEP_DAYS)
    for folder in (DONE, REJECTED):
        for path in (place_of(source) / folder).iterdir():
            if path.is_file() and path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
