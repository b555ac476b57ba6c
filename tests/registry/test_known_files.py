"""A file that is on the list already costs its plan nothing to write, and is planned like any other."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from agencies.models import User
from registry.models import Batch, BatchRow, Listing
from registry.services.batches import Mode
from tests.agencies import acts
from tests.builders import TODAY, another_person_id
from tests.registry.builders import UNIT, row

pytestmark = pytest.mark.django_db

ROWS = (row(), row(UNIT, 案号="（2020）鲁0116执2号"), row(证件号码="", 案号="（2020）鲁0116执3号"))


def written_by_the_plan(batch: Batch) -> int:
    """How many staged rows were written after they were staged, together with the rows as received."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM registry_batchrow r WHERE r.batch_id = %(batch)s AND r.xmin::text NOT IN (
                   SELECT xmin::text FROM registry_receivedrows WHERE batch_id = %(batch)s)""",
            {"batch": batch.pk},
        )
        return int(cursor.fetchone()[0])


def test_the_plan_of_a_known_file_writes_no_row(bring_in: Callable[..., Batch], upload: Callable[..., Batch]) -> None:
    first = bring_in(*ROWS)
    again = upload(*ROWS)
    assert (again.count_unchanged, again.count_rows) == (3, 3)
    assert {(each.verdict, each.listing_id) for each in again.rows.all()} == {("unchanged", None)}
    assert (written_by_the_plan(first), written_by_the_plan(again)) == (0, 0)
    other = upload(*ROWS, row(案号="（2020）鲁0116执4号"))
    assert (other.count_unchanged, written_by_the_plan(other)) == (3, 3)


def test_what_has_changed_since_is_found_all_the_same(
    bring_in: Callable[..., Batch], upload: Callable[..., Batch]
) -> None:
    bring_in(*ROWS)
    corrected, gone, _ = Listing.objects.order_by("case_key")
    Listing.objects.filter(pk=corrected.pk).update(content_digest=b"another")
    acts.end(gone)
    again = upload(*ROWS)
    found = {each.row_number: (each.verdict, each.listing_id) for each in again.rows.all()}
    assert sorted(verdict for verdict, _ in found.values()) == ["rejected", "unchanged", "update"]
    assert ("update", corrected.pk) in found.values()


def test_its_rows_lead_to_their_listings(
    bring_in: Callable[..., Batch], upload: Callable[..., Batch], clerk: User, client: Client
) -> None:
    bring_in(*ROWS)
    again = upload(*ROWS)
    client.force_login(clerk)
    for each in again.rows.all():
        page = client.get(f"/court/batches/{again.pk}/rows/{each.row_number}/").content.decode()
        standing = Listing.objects.get(case_key=each.case_key)
        assert f"/court/listings/{standing.pk}/" in page


def test_debtors_of_one_case_are_told_apart(
    bring_in: Callable[..., Batch], upload: Callable[..., Batch], clerk: User, client: Client
) -> None:
    numbers = [another_person_id() for _ in range(3)]
    party = [row(证件号码=number) for number in numbers] + [row(被执行人姓名或名称="孙试例", 证件号码="")]
    bring_in(*party)
    again = upload(*party)
    assert again.count_unchanged == 4
    client.force_login(clerk)
    for each in again.rows.all():
        page = client.get(f"/court/batches/{again.pk}/rows/{each.row_number}/").content.decode()
        own = Listing.objects.get(subject__key=each.subject_key)
        assert [str(one.pk) for one in Listing.objects.all() if f"/court/listings/{one.pk}/" in page] == [str(own.pk)]


def test_a_whole_list_names_every_listing_it_repeats(
    bring_in: Callable[..., Batch], upload: Callable[..., Batch]
) -> None:
    bring_in(*ROWS)
    mode = Mode("snapshot", "other", "全量名单", TODAY)
    again = upload(*ROWS, mode=mode)
    assert (again.count_unchanged, again.count_missing) == (3, 0)
    assert not BatchRow.objects.filter(batch=again, listing=None).exists()
