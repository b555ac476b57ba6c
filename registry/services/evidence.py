"""Evidence of the parties: checked by content, encrypted on disk, shown to the two sides only, always audited."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core import audit
from core.crypto import decrypt, encrypt
from core.errors import FieldProblem, InvalidInput, NotFound
from core.ids import uuid7
from core.privacy import redact
from registry.access import Operator
from registry.models import CreditRepair, Evidence, ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.rules import evidence as rules

FIELD_OF: dict[type[Remedy], str] = {
    Objection: "objection",
    Reconsideration: "reconsideration",
    ExitRequest: "exit_request",
    CreditRepair: "repair",
}
MOST = 20  # files of one remedy


def add_evidence(
    *, model: type[Remedy], remedy_id: UUID, file: IO[bytes], name: str, by: Operator, at: datetime
) -> Evidence:
    """File a scan with a remedy that `by` may see. Raises NotFound, InvalidInput `file_…`, leaving nothing behind."""
    content = file.read(rules.LARGEST + 1)
    refusal = rules.refusal_of(content)
    if refusal is not None:
        code, sentence = refusal
        raise InvalidInput(sentence, code=code, errors=[FieldProblem("file", code, sentence)])
    kind = rules.kind_of(content)
    assert kind is not None
    evidence_id = uuid7()
    path = f"{at:%Y%m}/{evidence_id.hex}"
    target = _folder() / path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    target.write_bytes(encrypt(base64.b85encode(content).decode("ascii")))
    facts = {
        "id": evidence_id,
        "name": f"{redact(Path(name).stem)[:120] or '证据'}.{kind[1]}",
        "content_type": kind[0],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "path": path,
    }
    try:
        return _register(model, remedy_id, facts, by, at)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@transaction.atomic
def _register(model: type[Remedy], remedy_id: UUID, facts: dict[str, Any], by: Operator, at: datetime) -> Evidence:
    visible: Any = model.objects.all()
    remedy = visible.visible_to(by).select_for_update(of=("self",)).filter(pk=remedy_id).first()
    if remedy is None:
        raise NotFound("没有找到这件事项。")
    if remedy.evidence.count() >= MOST:
        raise InvalidInput(f"一件事项最多上传 {MOST} 份证据。", code="too_many_files")
    row = Evidence.objects.create(**facts, **{FIELD_OF[model]: remedy}, uploaded_by_id=by.pk, uploaded_at=at)
    after = {"remedy": str(remedy.pk), "type": row.content_type, "size": row.size}
    audit.record(verb="add_evidence", target=row, by=by, at=at, after=after)
    return row


@transaction.atomic
def read_evidence(*, evidence_id: UUID, by: Operator, at: datetime) -> tuple[Evidence, bytes]:
    """The file in clear, for who may see its remedy; the look is audited. NotFound for everybody else."""
    row = Evidence.objects.filter(pk=evidence_id).first()
    if row is None or not _may_see(row, by):
        raise NotFound("没有找到这份证据。")
    audit.record(verb="read_evidence", target=row, by=by, at=at, after={"sha256": row.sha256[:16]})
    return row, base64.b85decode(decrypt((_folder() / row.path).read_bytes()))


def drop_orphans(*, at: datetime) -> int:
    """Remove files older than a day that no row names (a process died in between); return how many."""
    known = set(Evidence.objects.values_list("path", flat=True))
    before = (at - timedelta(days=1)).timestamp()
    lost = [path for name, path in _stored() if name not in known and path.stat().st_mtime < before]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(lost)


def _may_see(row: Evidence, by: Operator) -> bool:
    for model, field in FIELD_OF.items():
        remedy_id = getattr(row, f"{field}_id")
        if remedy_id is not None:
            visible: Any = model.objects.all()
            return bool(visible.visible_to(by).filter(pk=remedy_id).exists())
    return False


def _folder() -> Path:
    return Path(settings.EVIDENCE_DIR)


def _stored() -> Iterator[tuple[str, Path]]:
    for path in _folder().glob("*/*"):
        yield str(path.relative_to(_folder())), path
