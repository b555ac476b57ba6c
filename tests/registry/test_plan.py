"""What a row of a file becomes: every operation against every state in which its target can be found."""

import itertools
from datetime import date

import pytest

from core.crypto import blind_index
from registry.choices import ListingStatus
from registry.models import BatchRow, GracePeriod, Listing, Relation, Subject
from registry.services import listings
from tests.builders import NOW, another_person_id, person_id
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
    assert only(upload({**mine, **SHIELD})) == "term_still_runs"
    assert only(upload({**mine, **SHIELD, "退出原因": "达成执行和解协议且已履行完毕"})) == "term_still_runs"
    assert only(upload({**mine, **SHIELD, "退出原因": "积极履行或主动纠正"})) == "remove"
    assert only(upload({**mine, **REVOKE})) == "remove"


def test_no_term_holds_who_has_none_or_never_took_effect(bring_in, upload):
    mine = row(决定日期="2026-05-01", 期限届满日="2028-05-01")  # circumstance (1) alone
    other = row(
        失信行为具体情形="违反限制消费令", 决定日期="2026-05-01", 期限届满日="2028-05-01", 案号="（2020）鲁0116执2号"
    )
    bring_in(mine, other)
    Listing.objects.filter(case_key="2020|鲁0116|执|2").update(status="pending")
    assert upload({**mine, **SHIELD}, {**other, **SHIELD}).count_remove == 2


def test_a_term_that_is_over_lists_nobody(bring_in, upload):
    mine = row(失信行为具体情形="违反限制消费令", 决定日期="2024-11-19", 期限届满日="2026-11-19")
    assert only(upload(mine)) == "term_over"
    last_day = {**mine, "期限届满日": "2026-11-20", "决定日期": "2024-11-20"}
    assert only(upload(last_day)) == "add"
    bring_in(last_day)
    Listing.objects.update(status="expired", term_ends_on=date(2026, 11, 18), exit_on=date(2026, 11, 18))
    assert only(upload({**mine, **LATER})) == "term_over"
    assert only(upload(mine)) == "already_exited"


def test_a_stated_term_that_the_rule_does_not_give_is_remarked(upload):
    planned = BatchRow.objects.get(
        batch=upload(row(失信行为具体情形="违反限制消费令", 决定日期="2026-05-01", 期限届满日="2027-05-01"))
    )
    assert planned.verdict == "add"
    (remark,) = [each for each in planned.problems if each["code"] == "term_inconsistent"]
    assert (remark["severity"], remark["column"]) == ("warning", "期限届满日")
    assert "2028-05-01" in remark["suggestion"]


# --- who may not be listed --------------------------------------------------------------------------------------------


def grant(court, clerk, **facts):
    given = {"kind": "person", "name": "王试例", "name_key": "王试例", "starts_on": date(2026, 11, 1),
             "ends_on": date(2026, 12, 1), **facts}  # fmt: skip
    return GracePeriod.objects.create(
        court=court, case_number="（2020）鲁0116执1号", case_key="2020|鲁0116|执|1", months=1, document_number="宽限",
        recorded_by=clerk, recorded_at=NOW, **given,
    )  # fmt: skip


def test_nobody_is_listed_during_grace(court, clerk, upload):
    number = another_person_id()
    mine = row(证件号码=number)
    period = grant(court, clerk, subject_key=blind_index(f"rid:{number}"))
    assert only(upload(mine)) == "grace_running"
    assert only(upload({**mine, "被执行人姓名或名称": "王更名"})) == "grace_running"
    assert only(upload(row())) == "add"  # a namesake with another number
    assert only(upload({**mine, "案号": "（2020）鲁0116执2号"})) == "add"
    GracePeriod.objects.filter(pk=period.pk).update(subject_key=None)
    assert only(upload(row())) == "grace_running"
    for starts, ends, found in (
        (date(2026, 11, 20), date(2026, 12, 20), "grace_running"),
        (date(2026, 10, 20), date(2026, 11, 20), "grace_running"),
        (date(2026, 10, 19), date(2026, 11, 19), "add"),
    ):
        GracePeriod.objects.update(starts_on=starts, ends_on=ends)
        assert only(upload(mine)) == found


def test_a_row_does_not_list_who_is_pending_in_grace(court, clerk, bring_in, upload):
    mine = row()
    bring_in(mine)
    Listing.objects.update(status="pending")
    grant(court, clerk, subject_key=blind_index("another person's"))
    assert only(upload({**mine, **OTHER})) == "update"
    GracePeriod.objects.update(subject_key=Subject.objects.get().key)
    assert only(upload({**mine, **OTHER})) == "grace_running"
    assert only(upload({**mine, **OTHER, **UPDATE})) == "update"


def test_the_persons_behind_a_listed_unit_are_not_listed_for_its_debt(bring_in, upload):
    number, other = another_person_id(), another_person_id()
    head = {"法定代表人或负责人姓名": "李代表", "法定代表人或负责人证件号码": number}
    bring_in(row(UNIT, **head))
    person = row(被执行人姓名或名称="李代表", 证件号码=number)
    assert only(upload(person)) == "related_person"
    assert only(upload({**person, "证件号码": " "})) == "related_person"
    assert only(upload({**person, "证件号码": other})) == "add"  # a namesake
    assert only(upload({**person, "案号": "（2020）鲁0116执2号"})) == "add"  # a debt of their own
    Relation.objects.update(until=date(2026, 11, 1))
    assert only(upload(person)) == "add"
    Relation.objects.update(until=None)
    Listing.objects.update(status="shielded", exit_ground="performed", exit_document="文号", exit_on=date(2026, 11, 18))
    assert only(upload(person)) == "add"


def test_a_relation_without_a_number_is_known_by_its_name(bring_in, upload):
    bring_in(row(UNIT, 法定代表人或负责人姓名="李代表"))
    assert only(upload(row(被执行人姓名或名称="李代表"))) == "related_person"


def test_a_unit_and_its_representative_in_one_file_list_the_unit_only(upload):
    number = another_person_id()
    head = {"法定代表人或负责人姓名": "李代表", "法定代表人或负责人证件号码": number}
    batch = upload(
        row(UNIT, **head),
        row(被执行人姓名或名称="李代表", 证件号码=number),
        row(被执行人姓名或名称="李代表"),
        row(被执行人姓名或名称="王试例"),
    )
    rows = BatchRow.objects.filter(batch=batch).order_by("row_number")
    assert [each.verdict for each in rows] == ["add", "rejected", "add", "add"]
    (problem,) = [each for each in rows[1].problems if each["severity"] == "error"]
    assert (problem["code"], "法发〔2019〕35号" in problem["detail"]) == ("related_person", True)


def test_a_minor_is_named_with_the_rule(upload):
    born = date(2026, 11, 20).replace(year=2010)
    planned = BatchRow.objects.get(batch=upload(row(证件号码=person_id(born=f"{born:%Y%m%d}"))))
    (problem,) = [each for each in planned.problems if each["severity"] == "error"]
    assert (problem["code"], "第四条" in problem["detail"]) == ("minor", True)


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
    assert (impact["listings_starting"], impact["listings_ending"], impact["without_risk_notice"]) == (1, 1, 1)
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
