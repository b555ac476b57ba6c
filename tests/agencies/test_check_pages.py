"""The check desk and the public receipt page."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Check
from agencies.presenters import grouped
from core.models import AuditEntry, IdempotencyRecord
from registry.models import MatchKey
from tests.agencies.builders import ask, make_matter, make_measure
from tests.builders import (
    another_person_id,
    make_agency,
    make_clerk,
    make_listing,
    make_office,
    make_relation,
    make_staff,
    person_id,
)

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def staff():
    return make_staff()


@pytest.fixture
def desk(client, staff) -> Client:
    client.force_login(staff, backend=BACKEND)
    return client


def typed(client: Client, **fields: str) -> dict[str, str]:
    """The form as the page offers it, filled in."""
    page = client.get(reverse("agency_check"))
    given = {
        "kind": "person",
        "name": "王试例",
        "id_number": "",
        "case_reference": "2026-采-1",
        "token": page.context["form"]["token"].value(),
        "related-TOTAL_FORMS": "3",
        "related-INITIAL_FORMS": "0",
    }
    return given | fields


def send(client: Client, **fields: str):
    return client.post(reverse("agency_check"), typed(client, **fields), follow=True)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_hit_is_read_aloud_with_measure_basis_advice_and_the_way_to_object(desk):
    make_measure(units_conflict="正文为区财政局，附录为区审计局")
    make_listing("王试例", person_id())
    response = send(desk, id_number=person_id())
    page = text_of(response)
    for words in (
        "命中失信被执行人名单",
        "证件号码一致：申请人本人在列（莱芜区人民法院，",
        "本单位的措施：应予限制 1 项。请逐项办理，并告知当事人异议途径。",
        "第4项",
        "应予限制",
        "中华人民共和国政府采购法",
        "依据是否指向失信被执行人不明确",
        "正文为区财政局，附录为区审计局",
        "向 莱芜区人民法院 提出",
        "15日内审查",
    ):
        assert words in page, words
    assert person_id() not in response.content.decode()
    assert response.redirect_chain == [(f"/agency/checks/{Check.objects.get().receipt}/", 302)]


@pytest.mark.parametrize(
    ("effect", "words"), [("reference", "审慎考量"), ("review", "审慎考量"), ("notify", "应当办理")]
)
def test_what_is_no_refusal_is_not_shown_as_one(desk, effect, words):
    make_measure(effect=effect)
    make_listing("王试例", person_id())
    page = text_of(send(desk, id_number=person_id()))
    assert words in page
    assert "应予限制" not in page


def test_a_measure_under_review_says_so_and_offers_no_enforcement(desk):
    make_measure(names_target="no")
    make_listing("王试例", person_id())
    page = text_of(send(desk, id_number=person_id()))
    assert "不得据此限制" in page
    assert "应予限制" not in page
    assert "登记执行" not in page


def test_a_doubt_is_not_called_a_listing_of_the_applicant(desk):
    make_listing("王试例", person_id())
    page = text_of(send(desk, name="李别人", id_number=person_id()))
    assert "尚未确认：这条名单本人可能是申请人，也可能是其他人" in page
    assert "申请人本人在列" not in page
    assert "怎样提出异议" not in page


def test_an_empty_ledger_leads_to_the_check(desk):
    assert "开始核查" in text_of(desk.get(reverse("agency_checks")))


def test_a_name_alone_never_looks_like_an_answer(desk):
    make_listing("王试例")
    page = text_of(send(desk))
    assert "缺少证件号码，未作比对" in page
    assert "另有 1 条同名名单" in page
    assert "照常办理" not in page


def test_a_related_person_is_not_shown_as_listed(desk):
    company = make_listing("测试公司", "91370116MA3TEXT184", kind="unit")
    make_relation(company, "李关联", person_id(born="19800101"))
    make_measure(reaches=["legal_representative"])
    page = text_of(send(desk, name="李关联", id_number=person_id(born="19800101")))
    assert "申请人是在列单位的法定代表人，本人不在名单上" in page


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(desk):
    response = send(desk, id_number="370116199001010019")
    assert response.status_code == 422
    assert "校验位不符" in text_of(response)
    assert 'value="王试例"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"case_reference": ""}, {"kind": "dog"}, {"name": "王" * 201}, {"related-0-name": "某人"},
     {"related-1-role": "director", "related-1-name": "某人", "related-1-id_number": "12"}],
    ids=str,
)  # fmt: skip
def test_an_incomplete_form_comes_back(desk, fields):
    response = send(desk, **fields)
    assert response.status_code == 422
    assert "未能提交" in text_of(response) or "证件号码" in text_of(response)
    assert not Check.objects.exists()


def test_related_persons_are_asked_about_too(desk):
    make_listing("钱董事", person_id())
    make_measure(considers=["director"])
    page = text_of(
        send(desk, **{"related-1-role": "director", "related-1-name": "钱董事", "related-1-id_number": person_id()})
    )
    assert "申请人的董事本人在列" in page
    assert "董事 钱董事" in page


def test_a_matter_of_the_unit_can_be_chosen(desk, staff):
    matter = make_matter(staff, "补贴审核", make_measure("5"))
    make_measure("4")
    make_listing("王试例", person_id())
    page = text_of(send(desk, id_number=person_id(), matter="补贴审核"))
    assert "第5项" in page
    assert "第4项" not in page
    assert Check.objects.get().matter == matter


def test_a_form_sent_twice_is_one_check(desk):
    form = typed(desk)
    first, second = desk.post(reverse("agency_check"), form), desk.post(reverse("agency_check"), form)
    assert first.url == second.url
    assert Check.objects.count() == 1
    desk.post(reverse("agency_check"), form | {"name": "李平安"})
    assert Check.objects.count() == 2
    assert "王试例" not in str(list(IdempotencyRecord.objects.values()))


def test_reloading_the_answer_asks_nothing(desk):
    send(desk)
    receipt = Check.objects.get().receipt
    desk.get(reverse("agency_check_detail", args=[receipt]))
    assert Check.objects.count() == 1


def test_the_answer_says_when_it_no_longer_stands(desk):
    listing = make_listing("王试例", person_id())
    send(desk, id_number=person_id())
    MatchKey.objects.filter(listing=listing).delete()
    page = text_of(desk.get(reverse("agency_check_detail", args=[Check.objects.get().receipt])))
    assert "情况已变化" in page
    assert "命中失信被执行人名单" in page


# --- who may ---------------------------------------------------------------


PAGES = [("agency_check", []), ("agency_checks", []), ("agency_check_detail", ["C20261120-00000000"])]


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_strangers_are_sent_to_sign_in(client, name, args):
    assert client.get(reverse(name, args=args)).url.startswith("/sign-in/?next=/agency/")


@pytest.mark.parametrize("make", [make_clerk, make_office])
@pytest.mark.parametrize(("name", "args"), PAGES)
def test_other_roles_are_refused_with_a_sentence(client, make, name, args):
    client.force_login(make(), backend=BACKEND)
    response = client.get(reverse(name, args=args))
    assert response.status_code == 403
    assert "工作范围" in text_of(response)


def test_another_unit_sees_neither_the_receipt_nor_the_row(client, desk, staff):
    check = ask(staff)
    civil = make_staff("civil", make_agency("莱芜区民政局", units=("区民政局",)))
    other = Client()
    other.force_login(civil, backend=BACKEND)
    assert other.get(reverse("agency_check_detail", args=[check.receipt])).status_code == 404
    assert check.receipt not in text_of(other.get(reverse("agency_checks")))
    assert check.receipt in text_of(desk.get(reverse("agency_checks")))


# --- the ledger ------------------------------------------------------------


def test_the_ledger_is_read_by_key_and_filtered(desk, staff):
    make_listing("王试例", person_id())
    checks = [ask(staff, f"人{n}") for n in range(35)]
    hit = ask(staff, "王试例", person_id())
    first = desk.get(reverse("agency_checks"))
    assert len(first.context["rows"]) == 30
    assert first.context["rows"][0] == hit
    second = desk.get(reverse("agency_checks"), {"after": first.context["next_key"]})
    assert second.context["rows"][-1] == checks[0]
    assert len(second.context["rows"]) == 6
    assert [*desk.get(reverse("agency_checks"), {"outcome": "hit"}).context["rows"]] == [hit]
    assert not desk.get(reverse("agency_checks"), {"until": "2020-01-01"}).context["rows"]
    assert len(desk.get(reverse("agency_checks"), {"since": "2026-11-20", "until": "2026-11-20"}).context["rows"]) == 30
    assert len(desk.get(reverse("agency_checks"), {"operator": str(staff.pk)}).context["rows"]) == 30
    assert desk.get(reverse("agency_checks"), {"since": "nonsense"}).status_code == 422


def test_the_ledger_costs_the_same_for_one_row_and_thirty(desk, staff):
    ask(staff)
    with CaptureQueriesContext(connection) as one:
        desk.get(reverse("agency_checks"))
    for n in range(30):
        ask(staff, f"人{n}")
    with CaptureQueriesContext(connection) as thirty:
        desk.get(reverse("agency_checks"))
    assert len(thirty) == len(one)


# --- the public receipt ----------------------------------------------------


def test_anybody_may_verify_a_receipt_and_learns_nothing_personal(client, staff):
    make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    page = client.get(reverse("verify_receipt", args=[check.receipt]))
    text = text_of(page)
    assert page.status_code == 200
    for words in (check.receipt, "莱芜区财政局", check.outcome_hash, "回执有效", "此后没有变化"):
        assert words in text
    for secret in ("王试例", "370116", "命中", "2026-001", "执1", "finance"):
        assert secret not in text, secret


def test_a_wrong_receipt_is_404_with_a_sentence(client):
    response = client.get(reverse("verify_receipt", args=["C20261120-00000000"]))
    assert response.status_code == 404
    assert "没有这张回执" in text_of(response)
    assert client.get(reverse("verify_qr", args=["C20261120-00000000"])).status_code == 404


def test_the_code_is_an_image_of_the_address(client, staff):
    response = client.get(reverse("verify_qr", args=[ask(staff).receipt]))
    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg")


def test_verifying_is_rate_limited(client, staff):
    receipt = ask(staff).receipt
    # Two full windows and one more: wherever in the minute the test begins, one window overflows.
    answers = [client.get(reverse("verify_receipt", args=[receipt])).status_code for _ in range(122)]
    assert answers[0] == 200
    assert 429 in answers


# --- design §6, 7 ----------------------------------------------------------


def test_no_identifier_stands_in_an_address_a_log_or_an_error_page(desk, staff, caplog, monkeypatch):
    number = another_person_id()

    def broken(*given):
        raise RuntimeError(number)

    with caplog.at_level("DEBUG"):
        response = send(desk, id_number=number)
        monkeypatch.setattr("agencies.services.weighing.find", broken)
        desk.raise_request_exception = False
        failed = desk.post(reverse("agency_check"), typed(desk, id_number=number))
    assert all(number not in url for url, _ in response.redirect_chain)
    assert failed.status_code == 500
    assert number not in failed.content.decode()
    assert number not in str(list(AuditEntry.objects.values()))
    assert settings.DEBUG is False


def test_what_must_be_refused_stands_first_and_is_counted(desk):
    make_measure("1", names_target="no")
    make_measure("2", effect="notify")
    make_measure("3")
    make_listing("王试例", person_id())
    response = send(desk, id_number=person_id())
    (match,) = response.context["matches"]
    assert [measure["number"] for measure in match["measures"]] == ["3", "2", "1"]
    assert match["tally"] == [{"advice": advice, "count": 1} for advice in ("refuse", "act", "none")]


def test_provisions_of_one_law_that_stand_alike_share_a_line():
    def basis(law: str, article: str, **more):
        return {"law": law, "article": article, "in_force": True, "names_target": "yes", "successor": None} | more

    lines = grouped(
        [
            basis("甲法", "第一条"),
            basis("甲法", "第二条"),
            basis("甲法", "第三条", in_force=False, successor="第四条"),
            basis("甲法", "第五条", in_force=False, successor="第四条"),
            basis("乙法", "第一条"),
            basis("乙法", "第二条", names_target="no"),
        ]
    )
    assert [line["article"] for line in lines] == ["第一条、第二条", "第三条", "第五条", "第一条", "第二条"]
