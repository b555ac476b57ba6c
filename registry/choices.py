"""Stored enumerations with their Chinese labels. Values come from the rules where the rules know them too."""

from django.db import models

from registry.rules import organ_reports, remedies, reversal, types


class PartyKind(models.TextChoices):
    """Natural person or unit."""

    PERSON = types.PartyKind.PERSON.value, "自然人"
    UNIT = types.PartyKind.UNIT.value, "单位"


class Sex(models.TextChoices):
    """GB/T 2261.1."""

    UNKNOWN = types.Sex.UNKNOWN.value, "未知"
    MALE = types.Sex.MALE.value, "男"
    FEMALE = types.Sex.FEMALE.value, "女"
    UNSPECIFIED = types.Sex.UNSPECIFIED.value, "未说明"


class IdentifierType(models.TextChoices):
    """Kind of document an identifier belongs to (domain.md §3)."""

    RESIDENT_ID = types.IdentifierType.RESIDENT_ID.value, "居民身份证"
    RESIDENCE_PERMIT = types.IdentifierType.RESIDENCE_PERMIT.value, "港澳台居民居住证"
    FOREIGN_PERMANENT_RESIDENT = (
        types.IdentifierType.FOREIGN_PERMANENT_RESIDENT.value,
        "外国人永久居留身份证",
    )
    USCC = types.IdentifierType.USCC.value, "统一社会信用代码"
    ORG_CODE = types.IdentifierType.ORG_CODE.value, "组织机构代码"
    PASSPORT = types.IdentifierType.PASSPORT.value, "护照"
    TRAVEL_PERMIT_HK_MACAO = (
        types.IdentifierType.TRAVEL_PERMIT_HK_MACAO.value,
        "港澳居民来往内地通行证",
    )
    TRAVEL_PERMIT_TAIWAN = (
        types.IdentifierType.TRAVEL_PERMIT_TAIWAN.value,
        "台湾居民来往大陆通行证",
    )
    BUSINESS_REG_NO = types.IdentifierType.BUSINESS_REG_NO.value, "工商注册号"
    OTHER = types.IdentifierType.OTHER.value, "其他证件"


class Circumstance(models.TextChoices):
    """Circumstances of listing: 法释〔2017〕7号 art. 1 (1)-(6), and other wordings of older rows."""

    ABLE_BUT_REFUSES = (
        types.Circumstance.ABLE_BUT_REFUSES.value,
        "有履行能力而拒不履行生效法律文书确定义务",
    )
    OBSTRUCTS = (
        types.Circumstance.OBSTRUCTS.value,
        "以伪造证据、暴力、威胁等方法妨碍、抗拒执行",
    )
    EVADES = (
        types.Circumstance.EVADES.value,
        "以虚假诉讼、虚假仲裁或者以隐匿、转移财产等方法规避执行",
    )
    ASSET_REPORT_BREACH = (
        types.Circumstance.ASSET_REPORT_BREACH.value,
        "违反财产报告制度",
    )
    CONSUMPTION_ORDER_BREACH = (
        types.Circumstance.CONSUMPTION_ORDER_BREACH.value,
        "违反限制消费令",
    )
    SETTLEMENT_REFUSED = (
        types.Circumstance.SETTLEMENT_REFUSED.value,
        "无正当理由拒不履行执行和解协议",
    )
    LEGACY_OTHER = types.Circumstance.LEGACY_OTHER.value, "其他（旧数据表述）"


class Performance(models.TextChoices):
    """How much of the obligation has been performed."""

    NONE = types.Performance.NONE.value, "全部未履行"
    PARTIAL = types.Performance.PARTIAL.value, "部分未履行"
    FULL = types.Performance.FULL.value, "全部已履行"
    UNKNOWN = types.Performance.UNKNOWN.value, "未知"


class ListingStatus(models.TextChoices):
    """Where a listing stands; legal moves in `registry.lifecycle`."""

    PENDING = "pending", "待生效"
    ACTIVE = "active", "在列"
    SUSPENDED = "suspended", "信息核实中"
    SHIELDED = "shielded", "已屏蔽"
    REVOKED = "revoked", "已撤销"
    EXPIRED = "expired", "期限届满"


class ExitGround(models.TextChoices):
    """Why a listing ends, with its article in 法释〔2017〕7号.

    performed: art. 10(1) · settlement_performed: art. 10(2) · creditor_request: art. 10(3) (re-listing at the
    creditor's request is refused for six months, art. 10 para. 4) · no_assets_found: art. 10(4) ·
    retrial_or_bankruptcy: art. 10(5) · non_enforcement: art. 10(6) · terminated: art. 10(7) · term_expired: art. 10
    para. 2 · early_removal: art. 2 para. 2 · wrongly_listed: art. 9 (revocation) · other: as written in the document.
    """

    PERFORMED = types.ExitGround.PERFORMED.value, "已履行或已执行完毕"
    SETTLEMENT_PERFORMED = (
        types.ExitGround.SETTLEMENT_PERFORMED.value,
        "达成执行和解协议且已履行完毕",
    )
    CREDITOR_REQUEST = (
        types.ExitGround.CREDITOR_REQUEST.value,
        "申请执行人书面申请删除，经审查同意",
    )
    NO_ASSETS_FOUND = (
        types.ExitGround.NO_ASSETS_FOUND.value,
        "终结本次执行程序后两次以上查控未发现可供执行财产",
    )
    RETRIAL_OR_BANKRUPTCY = (
        types.ExitGround.RETRIAL_OR_BANKRUPTCY.value,
        "因审判监督或破产程序裁定中止执行",
    )
    NON_ENFORCEMENT = types.ExitGround.NON_ENFORCEMENT.value, "依法裁定不予执行"
    TERMINATED = types.ExitGround.TERMINATED.value, "依法裁定终结执行"
    TERM_EXPIRED = types.ExitGround.TERM_EXPIRED.value, "纳入期限届满"
    EARLY_REMOVAL = (
        types.ExitGround.EARLY_REMOVAL.value,
        "积极履行或主动纠正，决定提前删除",
    )
    WRONGLY_LISTED = types.ExitGround.WRONGLY_LISTED.value, "不应纳入而纳入"
    OTHER = types.ExitGround.OTHER.value, "其他"


class ChangeKind(models.TextChoices):
    """What a line of the change feed announces (contract.md §3)."""

    LISTED = "listed", "纳入"
    CORRECTED = "corrected", "更正"
    SUSPENDED = "suspended", "暂停"
    RESUMED = "resumed", "恢复"
    SHIELDED = "shielded", "屏蔽"
    REVOKED = "revoked", "撤销"
    EXPIRED = "expired", "届满"


class RelationRole(models.TextChoices):
    """Four roles a measure can extend to (中办发〔2016〕64号); never put on the list themselves (法发〔2019〕35号)."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    PRINCIPAL = "principal", "主要负责人"
    ACTUAL_CONTROLLER = "actual_controller", "实际控制人"
    DIRECTLY_RESPONSIBLE = "directly_responsible", "影响债务履行的直接责任人员"


class Role(models.TextChoices):
    """Subject of a listing, or one of its related roles."""

    SUBJECT = "subject", "失信被执行人本人"
    LEGAL_REPRESENTATIVE = (
        RelationRole.LEGAL_REPRESENTATIVE.value,
        RelationRole.LEGAL_REPRESENTATIVE.label,
    )
    PRINCIPAL = RelationRole.PRINCIPAL.value, RelationRole.PRINCIPAL.label
    ACTUAL_CONTROLLER = (
        RelationRole.ACTUAL_CONTROLLER.value,
        RelationRole.ACTUAL_CONTROLLER.label,
    )
    DIRECTLY_RESPONSIBLE = (
        RelationRole.DIRECTLY_RESPONSIBLE.value,
        RelationRole.DIRECTLY_RESPONSIBLE.label,
    )


class BatchStatus(models.TextChoices):
    """Where an uploaded list file stands (contract.md §3)."""

    QUEUED = "queued", "排队中"
    READING = "reading", "读取中"
    PREVIEWED = "previewed", "待批准"
    APPLYING = "applying", "正在生效"
    APPLIED = "applied", "已生效"
    REFUSED = "refused", "未获批准"
    REVERSED = "reversed", "已撤回"
    FAILED = "failed", "失败"


class RowOperation(models.TextChoices):
    """What a row asks for."""

    ADD = types.RowOperation.ADD.value, "新增"
    UPDATE = types.RowOperation.UPDATE.value, "变更"
    SHIELD = types.RowOperation.SHIELD.value, "屏蔽"
    REVOKE = types.RowOperation.REVOKE.value, "撤销"


class RowVerdict(models.TextChoices):
    """What the plan makes of a row."""

    ADD = "add", "新增"
    UPDATE = "update", "变更"
    REMOVE = "remove", "退出"
    UNCHANGED = "unchanged", "无变化"
    REJECTED = "rejected", "不予入库"


class ProblemSeverity(models.TextChoices):
    """Errors leave the row out; the others accept it."""

    ERROR = types.ProblemSeverity.ERROR.value, "错误"
    WARNING = types.ProblemSeverity.WARNING.value, "提示"
    REPAIRED = types.ProblemSeverity.REPAIRED.value, "已修正"


class ProblemCode(models.TextChoices):
    """Stable codes of cell, row and file problems."""

    ID_MISSING = types.ProblemCode.ID_MISSING.value, "证件号码为空"
    ID_CHECKSUM = types.ProblemCode.ID_CHECKSUM.value, "证件号码校验位不符"
    ID_FLOAT = types.ProblemCode.ID_FLOAT.value, "证件号码被表格软件改成数值"
    ID_MASKED = types.ProblemCode.ID_MASKED.value, "证件号码已脱敏"
    ID_LENGTH = types.ProblemCode.ID_LENGTH.value, "证件号码位数不符"
    ID_BIRTH_DATE = types.ProblemCode.ID_BIRTH_DATE.value, "证件号码中的出生日期不成立"
    ID_UNRECOGNISED = types.ProblemCode.ID_UNRECOGNISED.value, "证件号码无法识别"
    ID_UNVERIFIABLE = types.ProblemCode.ID_UNVERIFIABLE.value, "证件号码无法校验"
    ID_SEVERAL = types.ProblemCode.ID_SEVERAL.value, "一格内有多个证件号码"
    ID_KIND_MISMATCH = (
        types.ProblemCode.ID_KIND_MISMATCH.value,
        "证件号码与被执行人类型不符",
    )
    ID_AREA_UNKNOWN = types.ProblemCode.ID_AREA_UNKNOWN.value, "证件号码地址码存疑"
    ID_NORMALISED = types.ProblemCode.ID_NORMALISED.value, "证件号码已规范书写"
    ID_UPGRADED = types.ProblemCode.ID_UPGRADED.value, "15位身份证号码已升为18位"
    USCC_CHECKSUM = types.ProblemCode.USCC_CHECKSUM.value, "统一社会信用代码校验位不符"
    USCC_CHARACTER = (
        types.ProblemCode.USCC_CHARACTER.value,
        "统一社会信用代码含非法字符",
    )
    USCC_CATEGORY = (
        types.ProblemCode.USCC_CATEGORY.value,
        "统一社会信用代码前两位不成立",
    )
    ORG_CODE_CHECKSUM = (
        types.ProblemCode.ORG_CODE_CHECKSUM.value,
        "组织机构代码校验位不符",
    )
    NAME_MISSING = types.ProblemCode.NAME_MISSING.value, "姓名或名称为空"
    NAME_PLACEHOLDER = types.ProblemCode.NAME_PLACEHOLDER.value, "姓名或名称含占位符"
    NAME_CLEANED = types.ProblemCode.NAME_CLEANED.value, "姓名或名称已规范书写"
    NAME_ALIAS = types.ProblemCode.NAME_ALIAS.value, "括号内的曾用名已单列"
    NAME_MASKED = types.ProblemCode.NAME_MASKED.value, "姓名或名称已脱敏"
    KIND_UNKNOWN = types.ProblemCode.KIND_UNKNOWN.value, "无法判断自然人或单位"
    KIND_INFERRED = types.ProblemCode.KIND_INFERRED.value, "按证件号码或名称判断类型"
    SEX_UNREADABLE = types.ProblemCode.SEX_UNREADABLE.value, "性别无法识别"
    AGE_IMPLAUSIBLE = types.ProblemCode.AGE_IMPLAUSIBLE.value, "年龄不合常理"
    SEX_AGE_INCONSISTENT = (
        types.ProblemCode.SEX_AGE_INCONSISTENT.value,
        "性别或年龄与证件号码不一致",
    )
    MINOR = types.ProblemCode.MINOR.value, "未成年人不得纳入"
    REPRESENTATIVE_OF_PERSON = (
        types.ProblemCode.REPRESENTATIVE_OF_PERSON.value,
        "自然人不应有法定代表人",
    )
    COURT_UNREADABLE = types.ProblemCode.COURT_UNREADABLE.value, "执行法院无法识别"
    COURT_NOT_YOURS = (
        types.ProblemCode.COURT_NOT_YOURS.value,
        "不是本院或下级法院的案件",
    )
    COURT_NAME_MISMATCH = (
        types.ProblemCode.COURT_NAME_MISMATCH.value,
        "执行法院名称与案号不一致",
    )
    CASE_NUMBER_MISSING = types.ProblemCode.CASE_NUMBER_MISSING.value, "案号为空"
    CASE_NUMBER_UNREADABLE = (
        types.ProblemCode.CASE_NUMBER_UNREADABLE.value,
        "案号无法识别",
    )
    CASE_NUMBER_NORMALISED = (
        types.ProblemCode.CASE_NUMBER_NORMALISED.value,
        "案号已规范书写",
    )
    DATE_UNREADABLE = types.ProblemCode.DATE_UNREADABLE.value, "日期无法识别"
    DATE_IMPLAUSIBLE = types.ProblemCode.DATE_IMPLAUSIBLE.value, "日期不合常理"
    DATE_ORDER = types.ProblemCode.DATE_ORDER.value, "日期先后颠倒"
    DATE_NORMALISED = types.ProblemCode.DATE_NORMALISED.value, "日期已规范书写"
    PERFORMANCE_UNKNOWN = (
        types.ProblemCode.PERFORMANCE_UNKNOWN.value,
        "履行情况无法识别",
    )
    CIRCUMSTANCE_UNKNOWN = (
        types.ProblemCode.CIRCUMSTANCE_UNKNOWN.value,
        "失信情形不在法定六项之内",
    )
    CIRCUMSTANCE_MISSING = types.ProblemCode.CIRCUMSTANCE_MISSING.value, "失信情形为空"
    PUBLISHABLE_UNREADABLE = (
        types.ProblemCode.PUBLISHABLE_UNREADABLE.value,
        "是否公开无法识别",
    )
    TEXT_TOO_LONG = types.ProblemCode.TEXT_TOO_LONG.value, "文字过长"
    TEXT_CLEANED = types.ProblemCode.TEXT_CLEANED.value, "文字已去除不可见字符"
    IDENTIFIER_IN_TEXT = types.ProblemCode.IDENTIFIER_IN_TEXT.value, "文字中有证件号码"
    OPERATION_UNKNOWN = types.ProblemCode.OPERATION_UNKNOWN.value, "操作无法识别"
    EXIT_WITHOUT_REASON = (
        types.ProblemCode.EXIT_WITHOUT_REASON.value,
        "退出缺少原因、文号或日期",
    )
    EXIT_GROUND_UNKNOWN = (
        types.ProblemCode.EXIT_GROUND_UNKNOWN.value,
        "退出原因不在法定各项之内",
    )
    DUPLICATE_ROW = types.ProblemCode.DUPLICATE_ROW.value, "重复行"
    CONFLICTING_ROWS = (
        types.ProblemCode.CONFLICTING_ROWS.value,
        "同一条目的各行互相矛盾",
    )
    UNKNOWN_LISTING = types.ProblemCode.UNKNOWN_LISTING.value, "名单中没有对应条目"
    AMBIGUOUS_LISTING = (
        types.ProblemCode.AMBIGUOUS_LISTING.value,
        "名单中有多个对应条目",
    )
    ALREADY_EXITED = types.ProblemCode.ALREADY_EXITED.value, "条目已退出"
    TERM_STILL_RUNS = types.ProblemCode.TERM_STILL_RUNS.value, "纳入期限未满"
    TERM_OVER = types.ProblemCode.TERM_OVER.value, "纳入期限已满"
    TERM_INCONSISTENT = types.ProblemCode.TERM_INCONSISTENT.value, "纳入期限与规定不符"
    GRACE_RUNNING = types.ProblemCode.GRACE_RUNNING.value, "宽限期未满"
    RELATED_PERSON = types.ProblemCode.RELATED_PERSON.value, "被执行单位的关联人员不得纳入"
    RELISTED_TOO_SOON = (
        types.ProblemCode.RELISTED_TOO_SOON.value,
        "六个月内不得依申请再次纳入",
    )
    MIRRORED = types.ProblemCode.MIRRORED.value, "条目由上级平台维护"
    COLUMN_UNKNOWN = types.ProblemCode.COLUMN_UNKNOWN.value, "未识别的列"
    COLUMN_REPEATED = types.ProblemCode.COLUMN_REPEATED.value, "同一字段有两列"
    ROW_MALFORMED = types.ProblemCode.ROW_MALFORMED.value, "行的列数与表头不符"
    FORMULA_WITHOUT_VALUE = types.ProblemCode.FORMULA_WITHOUT_VALUE.value, "公式没有计算结果"
    FOOTERS_LEFT_OUT = types.ProblemCode.FOOTERS_LEFT_OUT.value, "合计、说明等行不是名单"
    HIDDEN_ROWS_READ = types.ProblemCode.HIDDEN_ROWS_READ.value, "隐藏的行也已读取"
    SHEETS_NOT_READ = types.ProblemCode.SHEETS_NOT_READ.value, "其他工作表没有读取"


class KeyKind(models.IntegerChoices):
    """How a match key was come by; which pairs of kinds mean the same subject is said in `registry.rules.matching`.

    Two derived keys that meet mean nothing: the forms they were derived from would have met, had they been compatible.
    """

    EXACT = 1, "完整证件号码"
    DERIVED = 2, "由统一社会信用代码得出的组织机构代码"
    MASK = 3, "脱敏证件号码与姓名"
    MASK_DERIVED = 4, "缩短的脱敏证件号码与姓名"


class DayKind(models.TextChoices):
    """The unit of a deadline (domain.md §4): `日` is not `工作日`."""

    CALENDAR = "calendar", "日"
    WORKING = "working", "个工作日"
    MONTH = "month", "个月"
    YEAR = "year", "年"


class SourceKind(models.TextChoices):
    """Where a part of the list comes from by itself."""

    FOLDER = types.SourceKind.FOLDER.value, "文件夹"
    PLATFORM = types.SourceKind.PLATFORM.value, "上级平台"


class SourceStatus(models.TextChoices):
    """Whether a source is drawn from; `stopped` needs a person."""

    ACTIVE = "active", "运行中"
    PAUSED = "paused", "已暂停"
    STOPPED = "stopped", "已停止，待处理"


class RunKind(models.TextChoices):
    """What a run of a source was for."""

    FILES = "files", "收取文件"
    PULL = "pull", "同步变更"
    RESYNC = "resync", "重新同步"
    COMPARE = "compare", "核对"
    REPAIR = "repair", "按核对结果更正"


class RunStatus(models.TextChoices):
    """How a run of a source ended; a run whose worker died is `broken_off`."""

    RUNNING = "running", "进行中"
    DONE = "done", "完成"
    FAILED = "failed", "未完成"
    BROKEN_OFF = "broken_off", "中断"


class ItemStatus(models.TextChoices):
    """What became of a file that lay in a watched folder."""

    UPLOADED = "uploaded", "已报送，待批准"
    REJECTED = "rejected", "未收"


class NoticeChannel(models.TextChoices):
    """How the warning reached the debtor; the execution notice carries it as a rule (法释〔2017〕7号 art. 5)."""

    EXECUTION_NOTICE = "notice", "随执行通知书送达"
    IN_PERSON = "in_person", "直接送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"
    ANNOUNCEMENT = "announcement", "公告送达"
    OTHER = "other", "其他方式"


class SubscriberKind(models.TextChoices):
    """Who follows the feed; a republisher is shown nothing of listings that are not for publication."""

    PLATFORM = "platform", "上下级平台"
    UNIT = "unit", "单位系统"
    REPUBLISHER = "republisher", "转载网站"


class DeliveryStatus(models.TextChoices):
    """Where a pushed stretch of the feed stands; a dead one holds up the rest until replayed or skipped."""

    PENDING = "pending", "等待推送"
    DELIVERED = "delivered", "已送达"
    DEAD = "dead", "多次失败"
    SKIPPED = "skipped", "已跳过"


class BatchMode(models.TextChoices):
    """What a list file is: changes to the list, or the court's whole list as it stands."""

    CHANGES = "changes", "增量"
    SNAPSHOT = "snapshot", "全量"


class ReversalVerdict(models.TextChoices):
    """What became of one change of a batch when the batch was taken back."""

    REVERSED = "reversed", "已撤回"
    REFUSED = "refused", "未能撤回"


class ReversalRefusal(models.TextChoices):
    """Why one change of a batch cannot be taken back (registry.rules.reversal)."""

    CHANGED_SINCE = reversal.Refusal.CHANGED_SINCE.value, "之后又有变更"
    IDENTITY_COMPLETED = reversal.Refusal.IDENTITY_COMPLETED.value, "本批次补全了证件号码"
    LIVES_AGAIN = reversal.Refusal.LIVES_AGAIN.value, "同一案件已再次纳入"
    WAS_PENDING = reversal.Refusal.WAS_PENDING.value, "退出前尚未生效"
    TERM_OVER = reversal.Refusal.TERM_OVER.value, "纳入期限已满"
    NOT_KEPT = reversal.Refusal.NOT_KEPT.value, "退出前的状态没有留存"


class RemedyKind(models.TextChoices):
    """What a party can ask for against or after a listing."""

    OBJECTION = remedies.RemedyKind.OBJECTION.value, "异议"
    RECONSIDERATION = remedies.RemedyKind.RECONSIDERATION.value, "复议"
    EXIT_REQUEST = remedies.RemedyKind.EXIT_REQUEST.value, "退出申请"
    REPAIR = remedies.RemedyKind.REPAIR.value, "信用修复"


class RemedyStatus(models.TextChoices):
    """Where a remedy stands; which states a kind knows, `registry.rules.remedies.MOVES` says."""

    RECEIVED = remedies.RemedyStatus.RECEIVED.value, "已收到"
    REFERRED = remedies.RemedyStatus.REFERRED.value, "已移送执行法院"
    ACCEPTED = remedies.RemedyStatus.ACCEPTED.value, "审查中"
    FILED = remedies.RemedyStatus.FILED.value, "复议审查中"
    UPHELD = remedies.RemedyStatus.UPHELD.value, "成立"
    REJECTED = remedies.RemedyStatus.REJECTED.value, "驳回"
    DISMISSED = remedies.RemedyStatus.DISMISSED.value, "驳回复议"
    GRANTED = remedies.RemedyStatus.GRANTED.value, "准许"
    REFUSED = remedies.RemedyStatus.REFUSED.value, "不予准许"
    DECIDED = remedies.RemedyStatus.DECIDED.value, "各单位已决定"
    WITHDRAWN = remedies.RemedyStatus.WITHDRAWN.value, "已撤回"


class RemedyChannel(models.TextChoices):
    """How a written request reached the court or the unit; what reached a unit is referred."""

    COUNTER = "counter", "窗口提交"
    POST = "post", "邮寄"
    ONLINE = "online", "网上提交"
    UNIT = "unit", "单位转送"
    OTHER = "other", "其他"


class ObjectionAbout(models.TextChoices):
    LISTING = remedies.About.LISTING.value, "名单条目"
    MEASURE = remedies.About.MEASURE.value, "单位的措施"


class RemedyOutcome(models.TextChoices):
    """What upholding does to the listing."""

    REVOKE = remedies.Outcome.REVOKE.value, "撤销（自始不应纳入）"
    SHIELD = remedies.Outcome.SHIELD.value, "屏蔽（退出名单）"
    CORRECT = remedies.Outcome.CORRECT.value, "更正内容"
    NONE = remedies.Outcome.NONE.value, "名单不变"


class NoticeKind(models.TextChoices):
    REMINDER = remedies.NoticeKind.REMINDER.value, "即将到期提醒"
    TO_REVIEWER = remedies.NoticeKind.TO_REVIEWER.value, "逾期，报复核人"
    TO_UPPER_COURT = remedies.NoticeKind.TO_UPPER_COURT.value, "逾期，报上一级法院"


class DebtorCategory(models.TextChoices):
    """What the listing court marks a debtor as, for its reports upward (004 §二(十一))."""

    PARTY_OR_STATE_ORGAN = organ_reports.DebtorCategory.PARTY_OR_STATE_ORGAN.value, "党政机关"
    PEOPLES_ORGANISATION = organ_reports.DebtorCategory.PEOPLES_ORGANISATION.value, "人民团体"
    SOCIAL_ORGANISATION = organ_reports.DebtorCategory.SOCIAL_ORGANISATION.value, "社会组织"
    STATE_OWNED_ENTERPRISE = organ_reports.DebtorCategory.STATE_OWNED_ENTERPRISE.value, "国有企业"
    CONGRESS_DEPUTY = organ_reports.DebtorCategory.CONGRESS_DEPUTY.value, "人大代表"
    CPPCC_MEMBER = organ_reports.DebtorCategory.CPPCC_MEMBER.value, "政协委员"


class OrganBody(models.TextChoices):
    DISCIPLINE = organ_reports.OrganBody.DISCIPLINE.value, "纪委监委"
    CONGRESS = organ_reports.OrganBody.CONGRESS.value, "人大常委会"
    CPPCC = organ_reports.OrganBody.CPPCC.value, "政协"


class OrganReportStatus(models.TextChoices):
    """A report upward: asked for by one person, approved by a second, then sent."""

    REQUESTED = "requested", "待复核"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已退回"
    SENT = "sent", "已报送"
