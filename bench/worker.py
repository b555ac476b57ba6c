"""One list file through the pipeline in a process of its own, as a worker would: `python -m bench.worker FILE [plain]`.

Prints seconds and peak memory of each stage, and how the stages divide (`Batch.timings`). `plain`: identifiers are
neither encrypted nor digested with a key, which the platform itself cannot do: it shows what that costs.
"""

import hashlib
import json
import sys
from pathlib import Path
from time import perf_counter


def _without_cryptography() -> None:
    from registry.imports import digests, staging

    staging.encrypt = str.encode  # type: ignore[attr-defined]
    staging.encrypt_many = lambda texts: [text.encode() for text in texts]  # type: ignore[attr-defined]
    digests.blind_index_many = lambda texts: [  # type: ignore[attr-defined]
        hashlib.md5(text.encode(), usedforsecurity=False).digest() for text in texts
    ]


def main(path: Path, mode: str) -> None:
    import django

    django.setup()
    from django.apps import apps
    from django.utils.timezone import now

    import config.celery  # noqa: F401  what a worker has in memory before its first task
    from agencies.models import User
    from bench.memory import TreePeak
    from core import chain
    from registry.models import Batch, Change
    from registry.services.batches import apply_batch, approve_batch, upload_batch
    from registry.services.reading import read_batch

    assert apps.ready
    if mode == "plain":
        _without_cryptography()
    clerk, reviewer = (
        User.objects.select_related("agency__court").get(username=name) for name in ("clerk", "reviewer")
    )
    assert clerk.agency is not None and clerk.agency.court is not None
    found: dict[str, object] = {}
    with TreePeak() as peak:
        started = perf_counter()
        batch = upload_batch(court=clerk.agency.court, file=path, file_name=path.name, note="", by=clerk, at=now())
        found |= {"upload_seconds": perf_counter() - started}
        started = perf_counter()
        batch = read_batch(batch.pk, at=now())
        found |= {"read_seconds": perf_counter() - started, "rows": batch.count_rows}
    found["read_mb"] = peak.mb
    if batch.status != "previewed":
        raise SystemExit(f"{batch.status}: {batch.failure_code} {batch.failure}")
    with TreePeak() as peak:
        started = perf_counter()
        approve_batch(batch_id=batch.pk, by=reviewer, at=now(), reason="bench", rows=batch.count_rows)
        batch = apply_batch(batch.pk, at=now())
        found |= {"apply_seconds": perf_counter() - started, "added": batch.count_add}
    found["apply_mb"] = peak.mb
    if batch.status != "applied":
        raise SystemExit(f"{batch.status}: {batch.failure_code} {batch.failure}")
    started = perf_counter()
    chain.sequence(Change)
    found["number_seconds"] = perf_counter() - started
    found["timings"] = Batch.objects.values_list("timings", flat=True).get(pk=batch.pk)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
