"""The demonstration: units, operators, business items and a small list, all invented (contract.md §1)."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from agencies.choices import AgencyKind, UserRole
from agencies.models import Agency, Matter, User
from agencies.services.accounts import create_operator
from measures.models import Measure, NamedUnit
from registry.choices import ExitGround, ListingStatus
from registry.imports.sample import Row, person_identifier, sample_rows, unit_identifier, write_sample
from registry.models import Batch, Court, Listing
from registry.services.batches import apply_batch, approve_batch, upload_batch
from registry.services.listings import shield_listing, suspend_listing
from registry.services.reading import read_batch

PASSWORD = "demo-2026"  # noqa: S105 the published password of accounts that only the demonstration has
NOTE = "演示名单"
ROWS = 300


@cache
def data() -> dict[str, Any]:
    """The reviewed data of the demonstration."""
    path = Path(__file__).resolve().parent.parent / "data" / "demo.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@transaction.atomic
def seed_accounts(*, at: datetime) -> list[User]:
    """Make the units and operators that are not there yet; return the operators that were made."""
    for entry in data()["agencies"]:
        agency, _ = Agency.objects.get_or_create(
            name=entry["name"],
            defaults={
                "kind": AgencyKind(entry["kind"]),
                "region_id": entry["region"],
                "court": Court.objects.get(code=entry["court"]) if "court" in entry else None,
            },
        )
        agency.named_units.add(*NamedUnit.objects.filter(region=agency.region, name__in=entry.get("units", [])))
    made = []
    for entry in data()["operators"]:
        if User.objects.filter(username=entry["username"]).exists():
            continue
        unit = Agency.objects.get(name=entry["agency"]) if "agency" in entry else None
        made.append(
            create_operator(
                username=entry["username"],
                display_name=entry["name"],
                role=UserRole(entry["role"]),
                agency=unit,
                password=PASSWORD,
                by="seed_demo",
                at=at,
            )
        )
    return made


@transaction.atomic
def seed_matters() -> int:
    """Make the units' business items and say which measures each triggers; return how many there are."""
    for group in data()["matters"]:
        agency = Agency.objects.get(name=group["agency"])
        measures = {
            measure.number: measure
            for measure in Measure.objects.filter(document__doc_number=group["document"], in_force_to__isnull=True)
        }
        for item in group["items"]:
            matter, _ = Matter.objects.get_or_create(agency=agency, code=item["code"], defaults={"name": item["name"]})
            matter.measures.set([measures[number] for number in item["measures"]])
    return Matter.objects.count()


def _demo_rows() -> Iterator[Row]:
    """A few cases that the README's tour looks up, then a plain sample."""
    common = {
        "operation": "新增",
        "court": "莱芜区人民法院",
        "area": "山东",
        "performance": "全部未履行",
        "circumstances": "有履行能力而拒不履行生效法律文书确定义务",
        "obligation": "偿还借款本金100000元及利息",
        "basis_issuer": "莱芜区人民法院",
    }
    people = [
        ("王试例", person_identifier(900_001), {}),
        ("王试例", person_identifier(900_002), {}),
        ("孙核实", person_identifier(900_003), {}),
        ("吴屏蔽", person_identifier(900_004), {}),
        ("周内部", person_identifier(900_005), {"unpublishable": "是"}),
        ("陈脱敏", person_identifier(900_006)[:10] + "****" + person_identifier(900_006)[-4:], {}),
    ]
    for n, (name, identifier, more) in enumerate(people, 9001):
        yield {
            **common,
            "kind": "自然人",
            "name": name,
            "identifier": identifier,
            "case_number": f"（2026）鲁0116执{n}号",
            "filed_on": "2026年03月02日",
            "basis_number": f"（2025）鲁0116民初{n}号",
            "published_on": "2026年05月11日",
            "decision_number": f"（2026）鲁0116执{n}号之一",
            "decided_on": "2026年05月08日",
            **more,
        }
    yield {
        **common,
        "kind": "单位",
        "name": "莱芜试例建材有限公司",
        "identifier": unit_identifier(900_001),
        "representative_name": "赵代表",
        "representative_identifier": person_identifier(900_007),
        "case_number": "（2026）鲁0116执9101号",
        "filed_on": "2026年03月02日",
        "basis_number": "（2025）鲁0116民初9101号",
        "published_on": "2026年05月11日",
        "decision_number": "（2026）鲁0116执9101号之一",
        "decided_on": "2026年05月08日",
    }


def seed_list(*, at: datetime) -> Batch | None:
    """Upload, approve and apply a small list as the demonstration's court would; None when it is there already."""
    court = Court.objects.get(code="鲁0116")
    if Batch.objects.filter(court=court, note=NOTE).exists():
        return None
    clerk, reviewer = User.objects.get(username="clerk"), User.objects.get(username="reviewer")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "演示名单.csv"
        write_sample(path, [*_demo_rows(), *sample_rows(ROWS, seed=2026, dirty_share=0.0)])
        with path.open("rb") as file:
            batch = upload_batch(court=court, file=file, file_name=path.name, note=NOTE, by=clerk, at=at)
    read_batch(batch.pk, at=at)
    approve_batch(batch_id=batch.pk, by=reviewer, at=at, reason="演示数据")
    batch = apply_batch(batch.pk, at=at)
    _seed_states(clerk, at)
    return batch


def _seed_states(clerk: User, at: datetime) -> None:
    live = Listing.objects.filter(court__code="鲁0116", status=ListingStatus.ACTIVE)
    today = at.date()
    suspend_listing(
        listing_id=live.get(name="孙核实").pk,
        ground="对联合惩戒措施提出异议，正在核实",
        document_number="（2026）鲁0116执异12号",
        happened_on=today,
        by=clerk,
        at=at,
    )
    shield_listing(
        listing_id=live.get(name="吴屏蔽").pk,
        ground=ExitGround.PERFORMED,
        document_number="（2026）鲁0116执9004号之二",
        happened_on=today,
        by=clerk,
        at=at,
    )
