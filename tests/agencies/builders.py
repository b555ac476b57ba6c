"""Measures, matters and questions for the checks."""

from __future__ import annotations

from datetime import date
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from agencies.choices import CheckChannel
from agencies.models import Check, Matter, User
from agencies.services.checks import check_party
from agencies.services.questions import Party, Question
from measures.models import Document, Law, LegalBasis, Measure, NamedUnit, Provision, Responsibility
from tests.builders import NOW, make_region

_serial = count(1)
RNG = Random(20261120)


def make_measure(
    number: str = "4",
    *,
    units: tuple[str, ...] = ("区财政局",),
    region: str = "370116",
    names_target: str = "unclear",
    provision: dict[str, Any] | None = None,
    **facts: Any,
) -> Measure:
    """A measure of 莱芜's document, resting on one provision that is in force."""
    document, _ = Document.objects.get_or_create(
        doc_number=f"测试信用办〔2020〕{region}号",
        defaults={
            "title": "行动计划",
            "issuer": "信用办",
            "region": make_region(region, "莱芜区" if region == "370116" else region),
            "in_force_from": date(2020, 11, 21),
            "source": region,
            "target": "失信被执行人",
        },
    )
    n = next(_serial)
    given = {
        "title": f"依法依规限制参加第{number}项活动",
        "effect": "restrict",
        "reaches": ["subject"],
        "party_kinds": ["person", "unit"],
        "in_force_from": date(2020, 11, 21),
    } | facts
    measure = Measure.objects.create(
        id=uuid4(), document=document, number=number, position=n, content_digest=f"{n}", **given
    )
    for position, name in enumerate(units):
        unit, _ = NamedUnit.objects.get_or_create(region=document.region, name=name)
        Responsibility.objects.create(measure=measure, unit=unit, source="body", position=position)
    law, _ = Law.objects.get_or_create(key="procurement", defaults={"title": "中华人民共和国政府采购法", "kind": "law"})
    LegalBasis.objects.create(
        measure=measure,
        provision=Provision.objects.create(law=law, label=f"第{n}条", **(provision or {})),
        position=1,
        names_target=names_target,
    )
    return measure


def make_matter(user: User, name: str = "政府采购供应商资格审查", *measures: Measure) -> Matter:
    assert user.agency is not None
    matter = Matter.objects.create(agency=user.agency, code=f"M{next(_serial)}", name=name)
    matter.measures.set(measures)
    return matter


def ask(user: User, name: str = "王试例", id_number: str = "", kind: str = "person", **more: Any) -> Check:
    """One check by `user`."""
    at = more.pop("at", NOW)
    question = Question(Party(kind, name, id_number), more.pop("case_reference", "2026-001"), **more)
    return check_party(question=question, by=user, api_key=None, channel=CheckChannel.PAGE, at=at, rng=RNG)
