"""The whole story call by call: a court's system, a unit's system, the credit office's, and anybody (design.md §4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import localdate

from tests.builders import person_id
from tests.journeys.conftest import System, until
from tests.services import CeleryWorker

NUMBER = person_id(born="19850101")
TODAY = localdate().isoformat()


@pytest.mark.django_db(transaction=True)
def test_from_the_file_to_the_accepted_report(
    stage: None, celery_worker: CeleryWorker, system: Callable[[str], System], list_file: Callable[..., Path]
) -> None:
    clerk, reviewer, clerk2 = system("clerk"), system("reviewer"), system("clerk2")
    finance, civil, office = system("finance"), system("civil"), system("office")
    public = system("")

    # The clerk sends the list; nothing has changed yet.
    file = list_file({"证件号码": NUMBER}, {"被执行人姓名或名称": "孙笔误", "案号": "不清楚"})
    batch = clerk.send_file("batches/", file, note="十一月")
    url = f"batches/{batch['id']}/"
    plan = until(lambda: (each := clerk("GET", url))["status"] == "previewed" and each)
    counts = plan["counts"]
    assert {name: counts[name] for name in ("rows", "add", "rejected")} == {"rows": 2, "add": 1, "rejected": 1}
    problems = clerk("GET", f"{url}problems/")["results"]
    assert [problem["code"] for problem in problems] == ["case_number_unreadable"]
    assert check(finance, NUMBER)["outcome"] == "clear"

    # A second person of the same court approves; nobody else can.
    assert clerk("POST", f"{url}approve/", {}, expect=403)["code"] == "four_eyes"
    clerk2("POST", f"{url}approve/", {}, expect=404)
    clerk2("GET", url, expect=404)
    reviewer("POST", f"{url}approve/", {"reason": "已核对"})
    until(lambda: clerk("GET", url)["status"] == "applied")
    reviewer("POST", f"{url}approve/", {"reason": "再来一次"}, expect=409)

    # The unit asks: hit, its numbered measures with their bases, and a receipt.
    answer = check(finance, NUMBER, matter="政府采购供应商资格审查")
    assert answer["outcome"] == "hit"
    match = answer["matches"][0]
    assert (match["level"], match["role"], match["case_number"]) == ("identifier", "subject", "（2020）鲁0116执1号")
    assert NUMBER not in str(answer)
    measure = next(each for each in match["measures"] if each["number"] == "4")
    assert (measure["document"], measure["effect"], measure["advice"]) == (
        "莱芜区信用办〔2020〕17号",
        "restrict",
        "refuse",
    )
    assert ("中华人民共和国政府采购法", "第二十二条") in {
        (basis["law"], basis["article"]) for basis in measure["legal_bases"]
    }
    receipt = answer["receipt"]
    assert finance("GET", f"checks/{receipt}/")["now"] == {"outcome": "hit", "changed_since": False}
    civil("GET", f"checks/{receipt}/", expect=404)
    assert public("GET", f"verify/{receipt}/")["changed_since"] is False

    # The same question with the name alone is no hit.
    nameless = check(finance, "")
    assert nameless["outcome"] in {"possible", "clear"}
    assert all(each["measures"] == [] for each in nameless["matches"])

    # The unit acts and tells the court.
    act = {
        "check": receipt,
        "measure": measure["id"],
        "decision": "applied",
        "document_number": "莱财采〔2026〕1号",
        "effective_from": TODAY,
    }
    enforcement = finance("POST", "enforcements/", act, expect=201)
    finance("POST", "feedback/", {"enforcement": enforcement["id"], "content": "已限制参加。"}, expect=201)
    assert [each["content"] for each in clerk("GET", "feedback/")["results"]] == ["已限制参加。"]
    assert clerk2("GET", "feedback/")["results"] == []

    # The court lets go; the unit is told and lets go too.
    exit_facts = {"ground": "performed", "document_number": "（2020）鲁0116执1号之一", "happened_on": TODAY}
    clerk2("POST", f"listings/{match['listing']}/shield/", exit_facts, expect=404)
    clerk("POST", f"listings/{match['listing']}/shield/", exit_facts)
    clerk("POST", f"listings/{match['listing']}/shield/", exit_facts, expect=409)
    assert check(finance, NUMBER)["outcome"] == "clear"
    duty = until(lambda: finance("GET", "releases/?status=due")["results"])[0]
    assert civil("GET", "releases/")["results"] == []
    civil("POST", f"releases/{duty['id']}/acknowledge/", {"statement": "已恢复资格"}, expect=404)
    finance("POST", f"releases/{duty['id']}/acknowledge/", {"statement": "已恢复资格"})
    assert [each["status"] for each in clerk("GET", "releases/")["results"]] == ["done"]
    assert finance("GET", f"enforcements/{enforcement['id']}/")["status"] == "released"
    assert public("GET", f"verify/{receipt}/")["changed_since"] is True

    # The report: filled in from the ledger, returned once, accepted.
    report = finance("POST", "reports/", {"period": TODAY[:7]}, expect=201)
    assert report["figures"]["decisions"] == {"applied": 1, "not_applied": 0}
    assert report["figures"]["releases"]["done"] == 1
    url = f"reports/{report['id']}/"
    office("GET", url, expect=404)
    finance("PATCH", url, {"narrative": "逐一核查。"})
    finance("POST", f"{url}submit/")
    office("POST", f"{url}return/", {"remarks": "请补充典型案例。"})
    finance("PATCH", url, {"typical_case": "某供应商主动履行。"})
    finance("POST", f"{url}submit/")
    assert office("POST", f"{url}accept/", {"remarks": ""})["status"] == "accepted"
    civil("GET", url, expect=404)

    # The feed tells all of it, without a gap.
    feed = finance("GET", "changes/?after=0")
    assert [(each["number"], each["kind"]) for each in feed["changes"]] == [(1, "listed"), (2, "shielded")]
    step = {"number": 2, "hash": feed["changes"][-1]["hash"]}
    assert finance("POST", "changes/ack/", step)["in_step"] is True
    assert finance("POST", "changes/ack/", {**step, "hash": "0" * 64})["in_step"] is False


def check(unit: System, number: str, **more: Any) -> Any:
    subject = {"kind": "person", "name": "王试例", "id_number": number}
    return unit("POST", "checks/", {"subject": subject, "case_reference": "2026-采-0117", **more}, expect=201)
