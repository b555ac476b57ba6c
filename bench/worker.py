"""One list file through the pipeline in a process of its own, as a worker would: `python -m bench.worker FILE`.

Prints seconds and peak memory of each stage. The peak is started anew before each stage, so a stage never answers for
an earlier one's, but what an earlier one left allocated counts.
"""

import json
import sys
from pathlib import Path
from time import perf_counter


def main(path: Path) -> None:
    import django

    django.setup()
    from django.apps import apps
    from django.utils.timezone import now

    import config.celery  # noqa: F401  what a worker has in memory before its first task
    from agencies.models import User
    from bench.place import forget_peak, peak_mb
    from registry.services.batches import apply_batch, approve_batch, upload_batch
    from registry.services.reading import read_batch

    assert apps.ready
    clerk, reviewer = (
        User.objects.select_related("agency__court").get(username=name) for name in ("clerk", "reviewer")
    )
    assert clerk.agency is not None and clerk.agency.court is not None
    found: dict[str, object] = {"idle_mb": peak_mb()}
    started = perf_counter()
    batch = upload_batch(court=clerk.agency.court, file=path, file_name=path.name, note="", by=clerk, at=now())
    found |= {"upload_seconds": perf_counter() - started, "upload_mb": peak_mb()}
    forget_peak()
    started = perf_counter()
    batch = read_batch(batch.pk, at=now())
    found |= {"read_seconds": perf_counter() - started, "read_mb": peak_mb(), "rows": batch.count_rows}
    if batch.status != "previewed":
        raise SystemExit(f"{batch.status}: {batch.failure_code} {batch.failure}")
    forget_peak()
    started = perf_counter()
    approve_batch(batch_id=batch.pk, by=reviewer, at=now(), reason="bench")
    batch = apply_batch(batch.pk, at=now())
    found |= {"apply_seconds": perf_counter() - started, "apply_mb": peak_mb(), "added": batch.count_add}
    if batch.status != "applied":
        raise SystemExit(f"{batch.status}: {batch.failure_code} {batch.failure}")
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
