"""Who takes part: courts, a clerk, a reviewer, a unit of the catalogue with a key, and applicants to ask about."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.db import transaction
from django.utils.timezone import now

from bench.data import COURTS
from bench.place import Clock

if TYPE_CHECKING:
    from agencies.models import User
    from registry.imports.sample import Row

HITS, MISSES = 1, 8  # seeds of the sample


@dataclass(slots=True)
class Cast:
    """Records that the sections act through. `listed` and `unlisted` are rows of the sample."""

    clerk: User
    reviewer: User
    staff: User
    api_key: str
    listed: list[Row]
    unlisted: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def gather(directory: Path, clock: Clock, *, listed: int) -> Cast:
    """Migrate, load the catalogue, make the operators, and bring `listed` sample rows in by the pipeline."""
    clock.say("migrating")
    call_command("migrate", interactive=False, verbosity=0)
    notes: list[str] = []
    _load_catalogue(notes, clock)
    clerk, reviewer, staff = _operators()
    from agencies.services.accounts import issue_key
    from registry.imports.sample import sample_rows, write_sample

    api_key = issue_key(user=staff, purpose="bench", by="bench", at=now(), rng=secrets.SystemRandom()).text
    rows = list(sample_rows(listed, HITS))
    misses = list(sample_rows(9 * listed, MISSES))
    cast = Cast(clerk, reviewer, staff, api_key, rows, misses, notes)
    path = directory / "known.csv"
    write_sample(path, rows)
    clock.say(f"listing {listed:,} known applicants by the pipeline")
    _through_pipeline(cast, path)
    return cast


def _load_catalogue(notes: list[str], clock: Clock) -> None:
    clock.say("loading the catalogue")
    try:
        call_command("load_catalogue", stdout=StringIO())
    except Exception as error:  # noqa: BLE001 the rest can be measured without measures, and the result says so
        notes.append(f"no catalogue loaded ({type(error).__name__}: {error}): answers carry no measures")


@transaction.atomic
def _operators() -> tuple[User, User, User]:
    from agencies.models import Agency, User
    from measures.models import NamedUnit
    from registry.models import Court, Region

    above = None
    for code, name in (("000000", "全国"), ("370000", "山东省"), ("370100", "济南市"), ("370116", "莱芜区")):
        above, _ = Region.objects.get_or_create(code=code, defaults={"name": name, "parent": above})
    region = Region.objects.get(code="370116")
    court, _ = Court.objects.get_or_create(code="鲁0116", defaults={"name": "莱芜区人民法院", "region": region})
    for number in range(1, COURTS):
        Court.objects.get_or_create(code=f"鲁9{number:03}", defaults={"name": f"第{number}号法院", "region": region})
    bench, _ = Agency.objects.get_or_create(
        name="莱芜区人民法院", defaults={"kind": "court", "region": region, "court": court}
    )
    finance, _ = Agency.objects.get_or_create(name="莱芜区财政局", defaults={"kind": "agency", "region": region})
    finance.named_units.add(*NamedUnit.objects.filter(region=region, name="区财政局"))
    users: list[Any] = [
        User.objects.get_or_create(username=name, defaults={"display_name": name, "role": role, "agency": agency})[0]
        for name, role, agency in (
            ("clerk", "clerk", bench),
            ("reviewer", "reviewer", bench),
            ("finance", "agency_staff", finance),
        )
    ]
    return users[0], users[1], users[2]


def _through_pipeline(cast: Cast, path: Path) -> None:
    from registry.services.batches import apply_batch, approve_batch, upload_batch
    from registry.services.reading import read_batch

    court = cast.clerk.agency.court if cast.clerk.agency else None
    assert court is not None
    batch = upload_batch(court=court, file=path, file_name=path.name, note="", by=cast.clerk, at=now())
    read_batch(batch.pk, at=now())
    approve_batch(batch_id=batch.pk, by=cast.reviewer, at=now(), reason="bench")
    batch = apply_batch(batch.pk, at=now())
    if batch.status != "applied" or batch.count_add < len(cast.listed) * 0.99:
        raise RuntimeError(f"the known applicants did not come in: {batch.status} {batch.failure} {batch.count_add}")
