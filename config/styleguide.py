"""Every component once, with invented figures, for whoever builds a page; routed only while DEBUG is on."""

from datetime import date, datetime

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


class SampleForm(forms.Form):
    """One field of each kind."""

    case_reference = forms.CharField(label="业务编号", help_text="本单位受理该事项的编号，写入核查回执。")
    document_number = forms.CharField(label="文书编号", required=False)
    matter = forms.ChoiceField(
        label="办理事项", choices=[("", "请选择"), ("1", "政府采购供应商资格审查"), ("2", "财政补贴发放")]
    )
    decision = forms.ChoiceField(
        label="处理结果", choices=[("applied", "已采取措施"), ("not_applied", "未采取措施")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    list_file = forms.FileField(label="名单文件", help_text=".xlsx 或 .csv，不超过 200 MB。", required=False)
    told = forms.BooleanField(label="已告知当事人异议途径", required=False)


class SampleFilter(forms.Form):
    """Filters never ask for a name or an identifier."""

    status = forms.ChoiceField(label="状态", choices=[("", "全部"), ("active", "在列")], required=False)
    court = forms.ChoiceField(label="执行法院", choices=[("", "全部"), ("1", "莱芜区人民法院")], required=False)


class ReasonForm(forms.Form):
    """What a dangerous act asks for."""

    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 2}))


def styleguide(request: HttpRequest) -> HttpResponse:
    """The page of all components."""
    return render(
        request,
        "styleguide.html",
        {
            "form": SampleForm({"case_reference": ""}),
            "filter_form": SampleFilter(),
            "reason_form": ReasonForm(prefix="confirm"),
            "page": Paginator(range(482), 30).page(5),
            "rows": LISTINGS,
            "events": EVENTS,
            "facts": FACTS,
            "bars": BARS,
            "tabs": TABS,
            "steps": STEPS,
            "badges": BADGES,
            "due": date(2026, 11, 24),
            "list_version": 10482,
            "list_as_of": at(20, 10, 15),
        },
    )


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of November 2026 in the platform's time zone."""
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.get_default_timezone())


LISTINGS = [
    {"name": "莱芜某某建材有限公司", "kind": "单位", "masked": "9137********000X", "case": "（2020）鲁0116执1234号",
     "court": "莱芜区人民法院", "status": "active", "amount": "1,284,000.00", "days": 2},
    {"name": "张某某", "kind": "自然人", "masked": "370116********0018", "case": "（2021）鲁0116执877号",
     "court": "莱芜区人民法院", "status": "suspended", "amount": "36,500.00", "days": 14},
    {"name": "济南某某商贸有限公司", "kind": "单位", "masked": "9137********000Y", "case": "（2019）鲁0104执35号",
     "court": "槐荫区人民法院", "status": "shielded", "amount": "902,117.45", "days": -1},
]  # fmt: skip
EVENTS = [
    {
        "what": "已屏蔽",
        "at": at(20, 10, 15),
        "by": "莱芜区人民法院 王某",
        "note": "全部履行完毕；（2026）鲁0116执1234号之三",
    },
    {"what": "信息核实中", "at": at(12, 16, 2), "by": "莱芜区人民法院 李某", "note": ""},
    {
        "what": "纳入名单",
        "at": at(2, 9, 30),
        "by": "批次 20261102-01",
        "note": "有履行能力而拒不履行生效法律文书确定义务",
    },
]
FACTS = [
    {"label": "执行法院", "value": "莱芜区人民法院"},
    {"label": "案号", "value": "（2020）鲁0116执1234号"},
    {"label": "执行依据文号", "value": "（2020）鲁0116民初88号"},
    {"label": "履行情况", "value": "全部未履行"},
    {"label": "期限届满日", "value": None},
]
BARS = [
    {"label": "区财政局", "value": 412, "href": "#chart"},
    {"label": "区市场监督管理局", "value": 268, "href": "#chart"},
    {"label": "区民政局", "value": 97, "href": "#chart"},
    {"label": "区住房和城乡建设局", "value": 31, "href": "#chart"},
]
TABS = [
    {"label": "待解除", "url": "#tabs", "current": True, "count": 7},
    {"label": "已逾期", "url": "#tabs", "current": False, "count": 1},
    {"label": "已解除", "url": "#tabs", "current": False, "count": None},
]
STEPS = [
    {"label": "上传", "state": "done"},
    {"label": "预览", "state": "done"},
    {"label": "批准", "state": "current"},
    {"label": "生效", "state": "to_come"},
]
BADGES = [
    ("名单", "listing", ["pending", "active", "suspended", "shielded", "revoked", "expired"]),
    ("批次", "batch", ["queued", "reading", "previewed", "applying", "applied", "refused", "reversed", "failed"]),
    ("核查结果", "outcome", ["hit", "possible", "suspended", "clear", "invalid"]),
    ("处理建议", "advice", ["refuse", "weigh", "act", "none"]),
    ("解除任务", "duty", ["due", "late", "done", "retained"]),
    ("报告", "report", ["draft", "submitted", "returned", "accepted", "late"]),
    ("措施效力", "effect",
     ["restrict", "reference", "review", "terminate", "honour", "inspect", "notify", "assist", "prosecute"]),
    ("身份", "role", ["subject", "legal_representative", "principal", "actual_controller", "directly_responsible"]),
    ("比对程度", "level", ["identifier", "candidate"]),
    ("执行", "decision", ["applied", "not_applied"]),
    ("标记", "flag", ["under_review", "conflict", "provisional", "non_publishable", "repaired", "rejected", "late_filed",
     "incentive"]),
    ("救济", "remedy", ["received", "referred", "accepted", "filed", "upheld", "rejected", "dismissed", "granted", "refused",
     "decided", "withdrawn"]),
    ("信用修复", "repair", ["due", "allowed", "refused"]),
    ("名单变更", "change", ["listed", "corrected", "suspended", "resumed", "shielded", "revoked", "expired"]),
    ("批次行", "row", ["add", "update", "remove", "unchanged", "rejected", "repaired"]),
    ("依据指向", "target", ["yes", "no", "unclear"]),
]  # fmt: skip
