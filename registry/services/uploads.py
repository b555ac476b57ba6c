"""List files as they come in: checked, stored, and gone again when they are refused."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from registry.imports.reader import MAX_BYTES, open_list
from registry.imports.refusal import FileRefused

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file in a temporary place that passed the checks.

    `sheets` are the worksheets that carry a list, where there are several; `sheet` is the one to read, "" while it is
    not said which.
    """

    path: Path
    size: int
    sha256: str
    suffix: str
    sheet: str = ""
    sheets: tuple[str, ...] = ()


@contextmanager
def received(file: IO[bytes] | Path, file_name: str, sheet: str = "") -> Iterator[ReceivedFile]:
    """Copy the upload aside, weigh it, check it. Raises FileRefused; nothing of it stays in either case."""
    suffix = Path(file_name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="upload-") as directory:
        path = Path(directory) / f"list{suffix if suffix in {'.xlsx', '.csv'} else ''}"
        size, sha256 = _copy(file, path)
        found = open_list(path, filename=file_name, sheet=sheet)
        sheets = (found.sheet, *found.others) if found.others else ()
        yield ReceivedFile(path, size, sha256, suffix, "" if sheets and not sheet else found.sheet, sheets)


def _copy(file: IO[bytes] | Path, path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    source = file.open("rb") if isinstance(file, Path) else file
    try:
        with path.open("wb") as target:
            path.chmod(0o600)
            while piece := source.read(PIECE):
                size += len(piece)
                if size > MAX_BYTES:
                    raise FileRefused("file_too_large", "文件超过200MB，请拆分后上传。")
                digest.update(piece)
                target.write(piece)
    finally:
        if isinstance(file, Path):
            source.close()
    return size, digest.hexdigest()


def store(received_file: ReceivedFile, batch_id: UUID) -> str:
    """Keep the file under the batch's id; readable by the platform's own account only (0600)."""
    with received_file.path.open("rb") as source:
        return default_storage.save(f"batches/{batch_id}{received_file.suffix}", File(source))


def stored_path(file_path: str) -> Path:
    """Where a stored file can be read."""
    return Path(default_storage.path(file_path))


def drop_orphans(*, wanted: Collection[str], before: datetime) -> int:
    """Remove stored files that no batch names, older than `before`: what a crash between file and row left behind."""
    folder = stored_path("batches")
    if not folder.is_dir():
        return 0
    dropped = 0
    for path in folder.iterdir():
        if f"batches/{path.name}" not in wanted and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped


def discard(file_path: str) -> None:
    """Remove a stored file, if it is there."""
    if file_path:
        default_storage.delete(file_path)
