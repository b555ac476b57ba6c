"""What a row of a file becomes: every operation against every state in which its target can be found."""

import itertools
from datetime import date

import pytest

from registry.choices import ListingStatus
from registry.models import BatchRow, Listing
from registry.services import listings
from tests.builders import NOW, another_person_id
from tests.registry.builders import PERSON, REVOKE, SHIELD, UNIT, row

ADD: dict[str, str] = {"操作": "新增"}
UPDATE: dict[str, str] = {"操作": "变更"}
OTHER = {"履行情况": "部分未履行"}
LATER = {"发布时间": "2026-11-19"}


def put(listing: Listing, state: str) -> None:
    """Bring an active listing into a state."""
    if state in {"shielded", "revoked"}:
        Listing.objects.filter(pk=listing.pk).update(
            status=state, exit_ground="performed", exit_document="文号", exit_on=date(2026, 11, 18)
        )
    elif state == "expired":
        Listing.objects.filter(pk=listing.pk).update(
            status=state, term_ends_on=date(2026, 11, 18), exit_on=date(2026, 11, 18)
        )
    elif state != "none":
        Listing.objects.filter(pk=listing.pk).update(status=state)
    if state in {"shielded", "revoked", "expired"}:
        listing.match_keys.all().delete()


def expected(operation: str, state: str, content: str) -> str:
    """The table of the brief, written down once more, differently."""
    live, ended = state in {"active", "suspended", "pending"}, state in {"shielded", "revoked", "expired"}
    if operation == "新增":
        if live:
            return "unchanged" if content == "same" else "update"
        if ended:
            return "add" if content == "later" else "already_exited"
        return "add"
    if operation == "变更":
        if live:
            return "unchanged" if content == "same" else "update"
        return "already_exited" if ended else "unknown_listing"
    if live:
        return "remove"
    if state == {"屏蔽": "shielded", "撤销": "revoked"}[operation]:
        return "unchanged"
    return "already_exited" if ended else "unknown_listing"


TABLE = list(
    itertools.product(
        (ADD, UPDATE, SHIELD, REVOKE),
        ("none", *ListingStatus.values),
        (("same", {}), ("other", OTHER), ("later", LATER)),
    )
)


@pytest.mark.parametrize(("operation", "state", "content"), TABLE, ids=[f"{o['操作']}-{s}-{c[0]}" for o, s, c in TABLE])
def test_every_operation_meets_every_state(operation, state, content, bring_in, upload):
    mine = row()
    if state != "none":
        bring_in(mine)
        put(Listing.objects.get(), state)
    batch = upload({**mine, **content[1], **operation})
    planned = BatchRow.objects.get(batch=batch)
    found = planned.problems[-1]["code"] if planned.verdict == "rejected" else planned.verdict
    assert found == expected(operation["操作"], state, content[0])
    assert batch.count_rows == 1


def only(batch):
    planned = BatchRow.objects.get(batch=batch)
    return next((p["code"] for p in planned.problems if p["severity"] == "error"), planned.verdict)


def test_a_copy_of_a_row_is_left_out_and_names_the_first(upload):
    mine = row()
    batch = upload(mine, mine, row(案号="（2020）鲁0116执2号"))
    first, copy, _ = BatchRow.objects.filter(batch=batch).order_by("row_number")
    assert (first.verdict, copy.verdict) == ("add", "rejected")
    assert copy.problems[-1]["code"] == "duplicate_row"
    assert "第2行" in copy.problems[-1]["detail"]


def test_rows_that_contradict_each_other_are_left_out_but_the_first(upload):
    mine = row()
    batch = upload(mine, {**mine, **OTHER}, {**mine, **SHIELD})
    codes = [[p["code"] for p in r.problems] for r in BatchRow.objects.filter(batch=batch).order_by("row_number")]
    assert codes[1][-1] == codes[2][-1] == "conflicting_rows"
    assert (batch.count_add, batch.count_rejected) == (1, 2)


def test_an_organisation_code_and_its_credit_code_in_one_file_are_one_unit(upload):
    batch = upload(row(UNIT), row(UNIT, 证件号码="MA3TEXT18"))
    assert (batch.count_add, batch.count_rejected) == (1, 1)


def test_a_masked_row_beside_the_full_one_of_the_same_case_is_one_person(upload):
    number = another_person_id()
    batch = upload(row(证件号码=number), row(证件号码=f"{number[:10]}****{number[-4:]}"))
    assert (batch.count_add, batch.count_rejected) == (1, 1)


def test_namesakes_of_one_case_with_two_numbers_are_two_people(upload):
    assert upload(row(), row()).count_add == 2


def test_two_ways_to_one_listing_are_one_too_many(bring_in, upload):
    mine = row()
    bring_in(mine)
    renamed = {**mine, "被执行人姓名或名称": "王更名"}
    batch = upload(renamed, row(证件号码=" ", **OTHER))
    assert (batch.count_update, batch.count_rejected) == (1, 1)
    assert BatchRow.objects.get(batch=batch, verdict="rejected").problems[-1]["code"] == "conflicting_rows"


def test_a_credit_code_meets_the_organisation_code_on_record(bring_in, upload):
    bring_in(row(UNIT, 证件号码="MA3TEXT18"))
    assert only(upload(row(UNIT))) == "update"
    assert only(upload(row(UNIT, 证件号码="MA3TEXT18"))) == "unchanged"


def test_a_full_number_meets_the_masked_listing_of_its_case(bring_in, upload):
    number = another_person_id()
    masked = row(证件号码=f"{number[:10]}****{number[-4:]}")
    bring_in(masked)
    assert only(upload(masked)) == "unchanged"
    assert only(upload(row(证件号码=number))) == "update"
    assert only(upload(row(证件号码=number, 案号="（2020）鲁0116执9号"))) == "add"


def test_a_mask_that_contradicts_the_number_is_somebody_else(bring_in, upload):
    number = another_person_id()
    bring_in(row(证件号码=number))
    assert only(upload(row(证件号码=f"370199{number[6:10]}****{number[-4:]}"))) == "add"
    year = "1949" if number[6:10] != "1949" else "1948"
    assert only(upload(row(证件号码=f"{number[:6]}{year}****{number[-4:]}"))) == "add"


def test_a_masked_row_that_fits_two_listings_is_ambiguous(bring_in, upload):
    bring_in(row(), row())
    assert only(upload(row(证件号码=" ", **OTHER))) == "ambiguous_listing"


def test_a_listing_removed_at_the_creditors_request_stays_off_for_six_months(bring_in, upload):
    mine = row()
    bring_in(mine)
    bring_in({**mine, **SHIELD, "退出原因": "申请执行人书面申请删除", "退出日期": "2026-03-31"})
    assert only(upload({**mine, "发布时间": "2026-09-29"})) == "relisted_too_soon"
    assert only(upload({**mine, "发布时间": "2026-09-30"})) == "add"
    assert only(upload({**mine, "发布时间": "2026-03-31"})) == "already_exited"


def test_performance_during_a_term_is_for_the_court_to_decide(bring_in, upload):
    mine = row(失信行为具体情形="违反限制消费令", 决定日期="2026-05-01", 期限届满日="2028-05-01")
    bring_in(mine)
    planned = BatchRow.objects.get(batch=upload({**mine, **SHIELD}))
    assert planned.verdict == "remove"
    assert [p["code"] for p in planned.problems if p["severity"] == "warning"] == ["term_still_runs"]


def test_empty_cells_of_a_change_leave_what_stands(bring_in, upload):
    mine = row(决定书文号="（2020）鲁0116执1号决定书")
    bring_in(mine)
    names = ("被执行人类型", "被执行人姓名或名称", "证件号码", "案号", "执行法院")
    few = {name: mine[name] for name in names} | UPDATE
    assert only(upload(few)) == "unchanged"
    bring_in({**few, **OTHER})
    listing = Listing.objects.get()
    assert (listing.performance, listing.obligation) == ("partial", PERSON["生效法律文书确定的义务"])
    assert listing.decision_number == "（2020）鲁0116执1号决定书"


def test_a_file_never_puts_back_into_publication_what_was_taken_out(bring_in, upload):
    mine = row(不宜公开="是")
    bring_in(mine)
    assert only(upload({**mine, "不宜公开": ""})) == "unchanged"


def test_another_courts_case_is_left_out(upload):
    assert only(upload(row(案号="（2020）鲁0104执1号", 执行法院="槐荫区人民法院"))) == "court_not_yours"


def test_planning_again_says_the_same_once(bring_in, upload):
    from registry.services.batches import plan_batch

    mine = row()
    batch = upload(mine, mine, row(UPDATE | PERSON | UPDATE, 案号="（2020）鲁0116执7号"))
    before = list(BatchRow.objects.filter(batch=batch).order_by("pk").values_list("verdict", "problems"))
    again = plan_batch(batch.pk, at=NOW)
    assert list(BatchRow.objects.filter(batch=batch).order_by("pk").values_list("verdict", "problems")) == before
    assert again.count_rejected == batch.count_rejected == 2


def test_the_impact_tells_what_would_start_and_end(bring_in, upload):
    mine, other = row(), row(案号="（2020）鲁0116执2号")
    bring_in(mine, other)
    impact = upload({**mine, **SHIELD}, row(案号="（2020）鲁0116执3号")).impact
    assert (impact["listings_starting"], impact["listings_ending"]) == (1, 1)
    assert (impact["same_name_collisions"], impact["usual_rows"], impact["is_unusual"]) == (1, 2, False)


def test_a_corrected_listing_differs_from_its_old_row(bring_in, upload, clerk):
    mine = row()
    bring_in(mine)
    listings.correct_listing(
        listing_id=Listing.objects.get().pk, corrections={"performance": "partial"}, ground="核实",
        document_number="文号", happened_on=date(2026, 11, 19), by=clerk, at=NOW,
    )  # fmt: skip
    assert only(upload({**mine, **OTHER})) == "unchanged"
    assert only(upload(mine)) == "update"
