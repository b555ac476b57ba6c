"""A unit's business items follow the catalogue."""

from uuid import uuid4

import pytest

from agencies.consumers import follow_versions
from agencies.models import Matter
from core.models import OutboxEvent
from tests.builders import make_agency
from tests.feedback.builders import make_measure

pytestmark = pytest.mark.django_db


def test_a_matter_triggers_the_new_version_and_only_that() -> None:
    old, new, other = make_measure("4"), make_measure("5"), make_measure("6")
    matter = Matter.objects.create(agency=make_agency(), code="CG-01", name="政府采购供应商资格审查")
    matter.measures.set([old, other])
    event = OutboxEvent(topic="catalogue.changed", payload={"version": 2, "replaced": [[str(old.pk), str(new.pk)]]})
    follow_versions(event)
    assert set(matter.measures.all()) == {new, other}
    follow_versions(event)
    assert set(matter.measures.all()) == {new, other}


def test_a_change_that_no_matter_names_moves_nothing() -> None:
    matter = Matter.objects.create(agency=make_agency(), code="CG-01", name="政府采购供应商资格审查")
    matter.measures.set([measure := make_measure("4")])
    follow_versions(
        OutboxEvent(topic="catalogue.changed", payload={"version": 2, "replaced": [[str(uuid4()), str(uuid4())]]})
    )
    assert list(matter.measures.all()) == [measure]
