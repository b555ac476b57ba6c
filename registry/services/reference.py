"""The shipped regions, courts and rule packs (`registry/data/*.yaml`), loaded as often as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from registry.models import Court, DeadlineRule, Region, RegionRule, RulePack

DATA = Path(__file__).resolve().parent.parent / "data"


@transaction.atomic
def load_reference_data() -> dict[str, int]:
    """Create or update regions, courts, deadlines and procedural rules; return how many of each the files hold.

    A configured value that is already there stays: the administrator may have changed it. Rules that a shipped pack no
    longer holds are removed.
    """
    regions, courts, packs = (_read(name) for name in ("regions", "courts", "rule_packs"))
    for region in regions:
        defaults = {"name": region["name"], "parent_id": region.get("parent")}
        Region.objects.update_or_create(code=region["code"], defaults=defaults)
    for court in courts:
        upper = Court.objects.get(code=court["upper"]) if "upper" in court else None
        defaults = {"name": court["name"], "region_id": court["region"], "upper": upper}
        Court.objects.update_or_create(code=court["code"], defaults=defaults)
    deadlines = sum(_load_pack(pack) for pack in packs)
    rules = sum(_load_rules(pack) for pack in packs)
    return {"regions": len(regions), "courts": len(courts), "deadlines": deadlines, "rules": rules}


def _load_pack(shipped: Mapping[str, Any]) -> int:
    pack, _ = RulePack.objects.update_or_create(region_id=shipped["region"], defaults={"title": shipped["title"]})
    for rule in shipped["deadlines"]:
        values = {"amount": rule["amount"], "unit": rule["unit"], "citation": rule["citation"]}
        if rule.get("configured", False):
            DeadlineRule.objects.get_or_create(pack=pack, key=rule["key"], defaults={**values, "is_configured": True})
        else:
            DeadlineRule.objects.update_or_create(pack=pack, key=rule["key"], defaults=values)
    shipped_keys = [rule["key"] for rule in shipped["deadlines"]]
    pack.deadlines.exclude(key__in=shipped_keys).filter(is_configured=False).delete()
    return len(shipped_keys)


def _load_rules(shipped: Mapping[str, Any]) -> int:
    pack, rules = RulePack.objects.get(region_id=shipped["region"]), shipped.get("rules", ())
    for rule in rules:
        values = {"value": rule["value"], "citation": rule["citation"]}
        RegionRule.objects.update_or_create(pack=pack, key=rule["key"], defaults=values)
    pack.rules.exclude(key__in=[rule["key"] for rule in rules]).delete()
    return len(rules)


def _read(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded
