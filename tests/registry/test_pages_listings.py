"""Listings on the screen: found without an identifier in the address, read, and acted on by the book."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from agencies.models import User
from registry.models import Batch, Change, Court, Listing, MatchKey
from tests import builders
from tests.registry.builders import row

pytestmark = pytest.mark.django_db

SEARCH = "/court/listings/"
EXIT = {"ground": "performed", "document_number": "（2020）鲁0116执1号之二", "happened_on": "2026-11-18"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(clerk: User) -> Client:
    return signed_in(clerk)


def text(client: Client, address: str, data: dict[str, str] | None = None) -> str:
    response = client.get(address) if data is None else client.post(address, data)
    return response.content.decode()


def test_a_listing_is_found_by_name_identifier_and_case(desk: Client, court: Court) -> None:
    number = builders.another_person_id()
    builders.make_listing("赵可查", number, court=court, case_number="（2020）鲁0116执77号")
    builders.make_listing("钱其他", court=court)
    Listing.objects.filter(name="赵可查").update(case_key="2020|鲁0116|执|77")
    for question in (
        {"name": "赵 可查"},
        {"id_number": number},
        {"id_number": number.lower()},
        {"case_number": "(2020)鲁0116执077号"},
        {"status": "active", "name": "赵可查", "kind": "person"},
    ):
        page = text(desk, SEARCH, question)
        assert "赵可查" in page, question
        assert "钱其他" not in page, question
    assert "没有符合条件的条目" in text(desk, SEARCH, {"name": "赵可"})


def test_a_unit_is_found_by_its_credit_code_and_by_the_organisation_code_inside(desk: Client, court: Court) -> None:
    code = "91370116MA3TEXT184"
    builders.make_listing("济南试例商贸有限公司", code, court=court, kind="unit")
    for number in (code, code[8:17], f"{code[8:16]}-{code[16]}"):
        assert "济南试例商贸有限公司" in text(desk, SEARCH, {"id_number": number})


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"id_number": "370116199001010009"}, "校验"),
        ({"id_number": "3701161990****0018"}, "完整的证件号码"),
        ({"case_number": "不是案号"}, "案号无法识别"),
        ({"status": "gone"}, "选"),
    ],
)
def test_a_search_that_cannot_be_says_so_beside_the_field(
    desk: Client, question: dict[str, str], sentence: str
) -> None:
    response = desk.post(SEARCH, question)
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_pages_turn_by_post_and_keep_the_question(desk: Client, court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.views.listings.PAGE", 2)
    made = [builders.make_listing("孙同名", court=court, case_number=f"（2020）鲁0116执{n}0号") for n in range(1, 4)]
    first = text(desk, SEARCH, {"name": "孙同名"})
    assert made[2].case_number in first
    assert made[0].case_number not in first
    assert 'type="hidden" name="name" value="孙同名"' in first
    second = text(desk, SEARCH, {"name": "孙同名", "after": str(made[1].pk)})
    assert made[0].case_number in second
    assert made[2].case_number not in second


def test_a_state_may_stand_in_the_address(desk: Client, court: Court) -> None:
    builders.make_listing("李核实", court=court, status="suspended")
    builders.make_listing("周在列", court=court)
    page = text(desk, f"{SEARCH}?status=suspended")
    assert "李核实" in page
    assert "周在列" not in page


def test_another_courts_listing_is_not_there(court: Court) -> None:
    listing = builders.make_listing("吴别院", court=court)
    clerk2 = signed_in(builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院")))
    assert "没有符合条件的条目" in text(clerk2, SEARCH, {"name": "吴别院"})
    for act in ("", "shield/", "revoke/", "correct/", "suspend/", "resume/"):
        assert clerk2.get(f"{SEARCH}{listing.pk}/{act}").status_code == 404
        if act:
            assert clerk2.post(f"{SEARCH}{listing.pk}/{act}", EXIT).status_code == 404


def test_a_lower_courts_listing_is_read_and_not_edited(court: Court) -> None:
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    listing = builders.make_listing("郑下级", court=court)
    client = signed_in(builders.make_reviewer("upper", upper))
    page = text(client, f"{SEARCH}{listing.pk}/")
    assert "郑下级" in page
    assert "由执行法院" in page
    assert client.get(f"{SEARCH}{listing.pk}/shield/").status_code == 404


def test_the_page_of_a_listing_says_everything_and_no_identifier(desk: Client, bring_in: Callable[..., Batch]) -> None:
    number, head = builders.another_person_id(), builders.another_person_id()
    bring_in(
        row(证件号码=number),
        row(
            被执行人类型="单位",
            被执行人姓名或名称="济南试例商贸有限公司",
            证件号码="91370116MA3TEXT184",
            案号="（2020）鲁0116执2号",
            法定代表人或负责人姓名="李代表",
            法定代表人或负责人证件号码=head,
            不宜公开="是",
        ),
    )
    person = Listing.objects.get(kind="person")
    page = text(desk, f"{SEARCH}{person.pk}/")
    assert number not in page
    assert f"{number[:6]}********{number[-4:]}" in page
    for words in (
        "在列",
        "有履行能力而拒不履行生效法律文书确定义务",
        "全部未履行",
        "纳入",
        "屏蔽（退出名单）",
        "名单.csv",
    ):
        assert words in page
    assert "不宜公开" not in page
    unit = text(desk, f"{SEARCH}{Listing.objects.get(kind='unit').pk}/")
    assert head not in unit
    for words in ("李代表", "法定代表人", "不宜公开", "不在公示查询中显示"):
        assert words in unit


def test_the_term_runs_on_the_page(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court, term_ends_on=localdate() + timedelta(days=5))
    page = text(desk, f"{SEARCH}{listing.pk}/")
    assert "纳入期限" in page
    assert "还剩 5 天" in page


def test_a_listing_is_shielded_with_ground_document_and_day(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court)
    address = f"{SEARCH}{listing.pk}/shield/"
    form = text(desk, address)
    assert "第十条第一款第一项" in form
    assert "不应纳入而纳入" not in form
    assert desk.post(address, EXIT).status_code == 302
    listing.refresh_from_db()
    assert (listing.status, listing.exit_ground, listing.exit_document) == (
        "shielded",
        "performed",
        EXIT["document_number"],
    )
    assert not MatchKey.objects.filter(listing=listing).exists()
    page = text(desk, f"{SEARCH}{listing.pk}/")
    assert "已屏蔽" in page
    assert EXIT["document_number"] in page
    assert "暂停措施" not in page


def test_an_act_that_the_state_forbids_is_a_sentence_and_409(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court)
    assert desk.get(f"{SEARCH}{listing.pk}/resume/").status_code == 409
    desk.post(f"{SEARCH}{listing.pk}/shield/", EXIT)
    for act in ("shield", "revoke", "suspend"):
        response = desk.post(f"{SEARCH}{listing.pk}/{act}/", EXIT)
        assert response.status_code == 409, act
        assert "不能变为" in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"ground": ""}, "ground", "请选择一项原因"),
        ({"ground": "wrongly_listed"}, "ground", "选"),
        ({"ground": "other"}, "ground_text", "请写明原因"),
        ({"document_number": ""}, "document_number", "必填"),
        ({"happened_on": ""}, "happened_on", "必填"),
        ({"happened_on": "2999-01-01"}, "happened_on", "不能晚于今天"),
        ({"ground": "other", "ground_text": builders.person_id()}, "ground_text", "不能填写完整的证件号码"),
    ],
)
def test_what_is_missing_stands_beside_its_field(
    desk: Client, court: Court, sent: dict[str, str], field: str, sentence: str
) -> None:
    listing = builders.make_listing(court=court)
    response = desk.post(f"{SEARCH}{listing.pk}/shield/", {**EXIT, **sent})
    assert response.status_code == 422
    page = response.content.decode()
    assert f"id_{field}" in page
    assert sentence in page
    listing.refresh_from_db()
    assert listing.status == "active"


def test_a_listing_is_revoked_suspended_and_resumed(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court)
    act = {"ground": "收到异议", "document_number": "（2026）鲁0116执异1号", "happened_on": "2026-11-18"}
    for verb, status in (("suspend", "suspended"), ("resume", "active")):
        assert desk.post(f"{SEARCH}{listing.pk}/{verb}/", act).status_code == 302
        listing.refresh_from_db()
        assert listing.status == status
    wrong = {**EXIT, "ground": "wrongly_listed"}
    assert desk.post(f"{SEARCH}{listing.pk}/revoke/", wrong).status_code == 302
    assert [change.kind for change in Change.objects.filter(listing=listing).order_by("id")] == [
        "suspended",
        "resumed",
        "revoked",
    ]


CORRECT = {"ground": "履行情况记载有误", "document_number": "（2026）鲁0116执1号之三", "happened_on": "2026-11-18"}


def test_only_what_is_changed_is_corrected(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court, performance="none", obligation="偿还借款")
    address = f"{SEARCH}{listing.pk}/correct/"
    record = {"name": listing.name, "performance": "none", "obligation": "偿还借款", "publishable": "on"}
    unchanged = desk.post(address, {**CORRECT, **record})
    assert unchanged.status_code == 422
    assert "没有改动任何内容" in unchanged.content.decode()
    assert desk.post(address, {**CORRECT, **record, "performance": "partial"}).status_code == 302
    change = Change.objects.get(listing=listing)
    assert (change.before, change.after) == ({"performance": "none"}, {"performance": "partial"})
    assert "全部未履行 → 部分未履行" in text(desk, f"{SEARCH}{listing.pk}/")


def test_a_wrong_identifier_is_put_right_and_a_worse_one_refused(desk: Client, court: Court) -> None:
    listing = builders.make_listing(court=court, performance="none")
    address = f"{SEARCH}{listing.pk}/correct/"
    record = {**CORRECT, "name": listing.name, "performance": "none", "publishable": "on"}
    bad = desk.post(address, {**record, "id_number": "370116199001010009"})
    assert bad.status_code == 422
    number = builders.another_person_id()
    assert desk.post(address, {**record, "id_number": number}).status_code == 302
    assert str(listing.pk) in text(desk, SEARCH, {"id_number": number})


def test_the_list_and_a_listing_cost_the_same_for_one_and_thirty(desk: Client, court: Court) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    unit = builders.make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", court=court, kind="unit")
    builders.make_relation(unit)
    few = cost(SEARCH), cost(f"{SEARCH}{unit.pk}/")
    for n in range(29):
        builders.make_listing(court=court)
        builders.make_relation(unit, name=f"关联{n}", role="actual_controller")
    assert few == (cost(SEARCH), cost(f"{SEARCH}{unit.pk}/"))


def test_what_the_service_refuses_stands_beside_its_field_too(desk: Client, court: Court) -> None:
    listing = builders.make_listing("王试例", court=court, performance="none")
    record = {**CORRECT, "name": "·", "performance": "none", "publishable": "on"}
    response = desk.post(f"{SEARCH}{listing.pk}/correct/", record)
    assert response.status_code == 422
    assert 'href="#id_name">姓名或名称：姓名或名称不能为空。' in response.content.decode()
