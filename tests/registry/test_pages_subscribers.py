"""The pages that say who is in step: for the credit office to look after, for the courts to look on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from registry.models import Subscriber, WebhookDelivery
from registry.services.followers import Follower
from registry.services.reference import load_reference_data
from registry.subscriber_presenters import state_of
from tests import builders
from tests.builders import NOW
from tests.registry.followers import ack, add_lines, make_subscriber, queries_of

pytestmark = pytest.mark.django_db
LIST = "/credit-office/subscribers/"
LONG_AGO = NOW - timedelta(days=40)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(builders.make_office(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def address_of(subscriber: Subscriber) -> str:
    return f"{LIST}{subscriber.pk}/"


def dead_delivery(subscriber: Subscriber) -> WebhookDelivery:
    return WebhookDelivery.objects.create(
        subscriber=subscriber, from_number=1, to_number=2, status="dead", attempts=12, last_status=503,
        last_error="refused", next_at=NOW, created_at=NOW,
    )  # fmt: skip


def test_an_empty_page_says_what_to_do_first(office: Client) -> None:
    assert "先为对方系统建立操作员账号，在本页登记，再签发接口密钥" in seen(office, LIST)


def test_registering_shows_the_secret_once_and_never_again(office: Client) -> None:
    builders.make_staff("hook")
    given = {
        "name": "莱芜区住建局审批系统",
        "kind": "unit",
        "username": "hook",
        "purpose": "审批前核查",
        "webhook_url": "",
    }
    answer = office.post(f"{LIST}register/", given)
    secret = Subscriber.objects.get().secret or ""
    assert answer.status_code == 200 and secret and secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in seen(office, LIST) + seen(office, address_of(Subscriber.objects.get()))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "名称："),
        ({"purpose": ""}, "用途："),
        ({"username": "nobody"}, "没有这个账号，或者账号已停用。"),
        ({"webhook_url": "https://evil.example/"}, "该主机不在平台允许推送的主机之内"),
        ({"name": "系统370116199001010009"}, "这里不能填写完整的证件号码。"),
        ({"webhook_url": "https://hook.example/370116199001010009"}, "这里不能填写完整的证件号码。"),
    ],
)
def test_what_cannot_be_registered_is_said_beside_the_field(
    office: Client, changed: dict[str, str], sentence: str
) -> None:
    builders.make_staff("hook")
    given = {
        "name": "审批系统",
        "kind": "unit",
        "username": "hook",
        "purpose": "审批前核查",
        "webhook_url": "",
        **changed,
    }
    answer = office.post(f"{LIST}register/", given)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Subscriber.objects.exists()


def test_the_list_says_of_each_who_is_in_step_and_who_lags_by_how_much(office: Client) -> None:
    quick, slow = make_subscriber("快系统"), make_subscriber("慢系统")
    make_subscriber("新系统")
    astray, blocked = make_subscriber("乱系统"), make_subscriber("堵系统", url="http://127.0.0.1:9/")
    gone = make_subscriber("旧系统")
    add_lines(12)
    ack(quick, 12)
    ack(slow, 2)
    ack(astray, 5, hash_="f" * 64)
    dead_delivery(blocked)
    Subscriber.objects.filter(pk=gone.pk).update(is_active=False)
    page = seen(office, LIST)
    for words in (
        "快系统 单位系统 已同步 12 0 条",
        "慢系统 单位系统 同步中 2 10 条",
        "乱系统 单位系统 不一致 0 12 条",
        "堵系统 单位系统 推送受阻 —",
        "新系统 单位系统 尚未回执 — 12 条",
        "旧系统 单位系统 已停用",
        "变更流最新号 12",
    ):
        assert words in page, words


def test_the_page_costs_the_same_for_one_and_for_twenty(office: Client) -> None:
    load_reference_data()
    make_subscriber("甲", "republisher")
    add_lines(3, kind="shielded")
    first = queries_of(lambda: office.get(LIST))
    for n in range(19):
        ack(make_subscriber(f"乙{n}", "republisher"), 1)
    assert queries_of(lambda: office.get(LIST)) == first


def test_a_subscribers_page_shows_its_deliveries_and_acknowledgements_in_words(office: Client) -> None:
    subscriber = make_subscriber("堵系统", url="http://127.0.0.1:9/")
    add_lines(2)
    ack(subscriber, 1)
    ack(subscriber, 2, hash_="f" * 64)
    dead_delivery(subscriber)
    page = seen(office, address_of(subscriber))
    assert "对方的副本与变更流不一致" in page
    assert "对方没有以 2xx 应答，状态码 503 第 12 次" in page
    assert "重新推送" in page and "跳过…" in page
    assert "一致" in page and "http://127.0.0.1:9/" in page


def test_a_dead_delivery_is_replayed_or_skipped_from_the_page(office: Client) -> None:
    subscriber = make_subscriber("堵系统", url="http://127.0.0.1:9/")
    add_lines(2)
    delivery = dead_delivery(subscriber)
    answer = office.post(f"/credit-office/deliveries/{delivery.pk}/skip/", {"reason": ""}, follow=True)
    assert "未跳过：" in answer.content.decode()
    office.post(f"/credit-office/deliveries/{delivery.pk}/replay/")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("pending", 0)
    WebhookDelivery.objects.update(status="dead")
    answer = office.post(f"/credit-office/deliveries/{delivery.pk}/skip/", {"reason": "对方已读"}, follow=True)
    assert "已跳过，后面的变更继续推送" in answer.content.decode() and "跳过：对方已读" in answer.content.decode()
    again = office.post(f"/credit-office/deliveries/{delivery.pk}/skip/", {"reason": "再跳"})
    assert again.status_code == 409


def test_address_secret_and_part_are_changed_from_the_page(office: Client) -> None:
    subscriber = make_subscriber("审批系统")
    page = address_of(subscriber)
    refused = office.post(f"{page}webhook/", {"webhook_url": "http://evil.example/"})
    assert refused.status_code == 422 and "只能推送到 https 地址" in refused.content.decode()
    assert office.post(f"{page}webhook/", {"webhook_url": "http://127.0.0.1:9/x"}).status_code == 302
    fresh = office.post(f"{page}secret/")
    office.post(f"{page}switch/")
    subscriber.refresh_from_db()
    assert subscriber.secret and subscriber.secret in fresh.content.decode()
    assert (subscriber.webhook_url, subscriber.is_active) == ("http://127.0.0.1:9/x", False)
    assert "已停用" in seen(office, page)
    office.post(f"{page}switch/", {"active": "1"})
    subscriber.refresh_from_db()
    assert subscriber.is_active


def test_nobody_there_is_404(office: Client) -> None:
    assert office.get(f"{LIST}999/").status_code == 404
    assert office.post(f"{LIST}999/secret/").status_code == 404
    assert office.post(f"/credit-office/deliveries/{builders.make_listing().pk}/replay/").status_code == 404


def test_a_republishers_page_lists_the_removals_it_owes(office: Client) -> None:
    load_reference_data()
    republisher = make_subscriber("某转载网", "republisher")
    listing = builders.make_listing("王试例")
    add_lines(1, kind="shielded", listing=listing, at=LONG_AGO)
    page = seen(office, address_of(republisher))
    assert "逾期未删除 1 条" in page and "登记 逾期未删除" in page and listing.case_number in page and "已逾期" in page
    assert "全国未规定数值" in page
    assert "王试例" not in page, "the case number is enough to find it"
    ack(republisher, 1)
    assert "没有。条目退出后" in seen(office, address_of(republisher))


def test_the_court_sees_who_is_in_step_and_its_own_removals_that_nobody_confirmed(client: Client) -> None:
    load_reference_data()
    court = builders.make_court()
    elsewhere = builders.make_court("鲁0104", "槐荫区人民法院", builders.make_region("370104", "槐荫区"))
    make_subscriber("某转载网", "republisher")
    own, other = builders.make_listing(court=court), builders.make_listing(court=elsewhere)
    for listing in (own, other):
        add_lines(1, kind="revoked", listing=listing, at=LONG_AGO)
    client.force_login(builders.make_clerk(court=court), backend="django.contrib.auth.backends.ModelBackend")
    page = seen(client, "/court/feed/")
    assert "某转载网 转载网站 逾期未删除" in page
    assert own.case_number in page and other.case_number not in page
    assert "secret" not in page and "推送地址" not in page


def test_the_courts_page_without_subscribers_says_who_registers_them(client: Client) -> None:
    client.force_login(builders.make_clerk(), backend="django.contrib.auth.backends.ModelBackend")
    assert "信用办登记跟随名单的系统后" in seen(client, "/court/feed/")


def follower(**given: Any) -> Follower:
    facts: dict[str, Any] = {"behind": 0, "waiting_since": None, "delivery": None, "late_removals": 0}
    of = {"is_active": True, "in_step": True, "acked_at": NOW, **{k: v for k, v in given.items() if k not in facts}}
    return Follower(subscriber=Subscriber(**of), **{**facts, **{k: v for k, v in given.items() if k in facts}})


DEAD = WebhookDelivery(status="dead")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "已同步"),
        ({"behind": 1, "waiting_since": NOW - timedelta(minutes=10)}, "同步中"),
        ({"behind": 1, "waiting_since": NOW - timedelta(minutes=11)}, "落后"),
        ({"acked_at": None, "in_step": None}, "尚未回执"),
        ({"acked_at": None, "in_step": None, "late_removals": 1}, "逾期未删除"),
        ({"late_removals": 1, "delivery": DEAD}, "推送受阻"),
        ({"delivery": WebhookDelivery(status="pending")}, "已同步"),
        ({"in_step": False, "delivery": DEAD, "late_removals": 1}, "不一致"),
        ({"in_step": False, "is_active": False}, "已停用"),
    ],
)
def test_the_badge_names_what_needs_attention_first(given: dict[str, Any], words: str) -> None:
    assert state_of(follower(**given), NOW)["words"] == words


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_credit_office_registers_a_follower_and_clears_a_dead_letter(
    page: Any, sign_in: Any, axe: Any, screenshots: Any
) -> None:
    load_reference_data()
    builders.make_staff("hook")
    sign_in(page, builders.make_office())

    def good(address: str, name: str) -> None:
        page.goto(address)
        axe(page)
        for width, height in ((390, 844), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
            page.screenshot(path=screenshots / f"{name}-{width}.png", full_page=True)

    good(LIST, "subscribers-empty")
    page.get_by_label("名称").fill("莱芜区住建局审批系统")
    page.get_by_label("单位系统").check()
    page.get_by_label("账号").fill("hook")
    page.get_by_label("用途").fill("办理施工许可前核查")
    page.get_by_label("推送地址").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="登记").click()
    page.get_by_text("只显示这一次").wait_for()
    axe(page)
    page.screenshot(path=screenshots / "subscribers-issued-1440.png", full_page=True)

    system = Subscriber.objects.get()
    late, astray = make_subscriber("某转载网", "republisher", at=LONG_AGO), make_subscriber("省平台", "platform")
    removed = [builders.make_listing() for _ in range(3)]
    for listing in removed:
        add_lines(1, kind="shielded", listing=listing, at=LONG_AGO)
    ack(system, 3, now())
    ack(late, 0, now())
    ack(astray, 2, now())
    ack(astray, 3, now(), "f" * 64)
    delivery = dead_delivery(system)
    good(LIST, "subscribers")
    good(address_of(late), "subscriber-late")
    good(address_of(astray), "subscriber-astray")
    good(address_of(system), "subscriber-dead")
    page.get_by_text("跳过…").click()
    page.get_by_label("跳过原因").fill("对方已自行读取")
    axe(page)
    page.get_by_role("button", name="确认跳过").click()
    page.get_by_text("已跳过，后面的变更继续推送").wait_for()
    delivery.refresh_from_db()
    assert delivery.status == "skipped"
    page.context.clear_cookies()
    sign_in(page, builders.make_clerk())
    good("/court/feed/", "court-feed")
