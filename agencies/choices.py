"""The fixed vocabularies of the units and of what they do."""

from django.db import models


class AgencyKind(models.TextChoices):
    COURT = "court", "法院"
    AGENCY = "agency", "责任单位"
    CREDIT_OFFICE = "credit_office", "信用办"


class UserRole(models.TextChoices):
    """What an operator may do; the unit says where."""

    CLERK = "clerk", "法院经办人"
    REVIEWER = "reviewer", "法院复核人"
    AGENCY_STAFF = "agency_staff", "单位经办人"
    CREDIT_OFFICE = "credit_office", "信用办人员"
    ADMINISTRATOR = "administrator", "系统管理员"


class KeyScope(models.TextChoices):
    """What an API key may be used for, within what its operator may do."""

    CHECK = "check", "核查"
    LIST = "list", "名单与变更"
    ENFORCE = "enforce", "执行与解除"
    REPORT = "report", "反馈与报告"
    CATALOGUE = "catalogue", "措施目录"
    RECORDS = "records", "名单记录"


class Outcome(models.TextChoices):
    """The one word that answers a check (contract.md §3)."""

    CLEAR = "clear", "未命中"
    HIT = "hit", "命中"
    POSSIBLE = "possible", "疑似，待确认"
    SUSPENDED = "suspended", "信息核实中"
    INVALID = "invalid", "证件号码无效"


class AskedRole(models.TextChoices):
    """What a person behind the applicant is there; documents name them where a unit must look them up (002 §二)."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    PRINCIPAL = "principal", "主要负责人"
    ACTUAL_CONTROLLER = "actual_controller", "实际控制人"
    DIRECTLY_RESPONSIBLE = "directly_responsible", "直接责任人员"
    DIRECTOR = "director", "董事"
    SUPERVISOR = "supervisor", "监事"
    SENIOR_MANAGER = "senior_manager", "高级管理人员"


class CheckChannel(models.TextChoices):
    PAGE = "page", "网页"
    API = "api", "接口"
    BULK = "bulk", "批量接口"


class Decision(models.TextChoices):
    APPLIED = "applied", "已实施"
    NOT_APPLIED = "not_applied", "未实施"


class EnforcementStatus(models.TextChoices):
    IN_FORCE = "in_force", "实施中"
    RELEASED = "released", "已解除"
    RETAINED = "retained", "依法保留"
    NOT_APPLIED = "not_applied", "未实施"


class DutyStatus(models.TextChoices):
    """`late` is not stored: a due duty is late when its last day has passed."""

    DUE = "due", "待解除"
    DONE = "done", "已解除"


class DutyOutcome(models.TextChoices):
    RELEASED = "released", "已解除"
    RETAINED = "retained", "依法保留"


class RecallStatus(models.TextChoices):
    """A unit told that a listing was never valid, and what it answered."""

    TOLD = "told", "待确认"
    ACKNOWLEDGED = "acknowledged", "已确认"


class RepairDecisionStatus(models.TextChoices):
    """A unit's answer to a credit repair (002 §四(二)6)."""

    DUE = "due", "待决定"
    ALLOWED = "allowed", "允许修复"
    REFUSED = "refused", "不允许修复"
