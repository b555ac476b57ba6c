"""List files of a few rows, and the way from a file to the list."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from agencies.models import User
from registry.models import Batch, Court
from registry.services import batches, reading
from tests.builders import NOW, another_person_id

PERSON = {
    "操作": "",
    "被执行人类型": "自然人",
    "被执行人姓名或名称": "王试例",
    "证件号码": "",
    "案号": "（2020）鲁0116执1号",
    "执行法院": "莱芜区人民法院",
    "立案时间": "2020-03-01",
    "生效法律文书确定的义务": "偿还借款本金",
    "履行情况": "全部未履行",
    "失信行为具体情形": "有履行能力而拒不履行生效法律文书确定义务",
    "发布时间": "2020-05-01",
}
UNIT = {
    **PERSON,
    "被执行人类型": "单位",
    "被执行人姓名或名称": "济南试例商贸有限公司",
    "证件号码": "91370116MA3TEXT184",
}
EXIT = {"退出原因": "已履行完毕", "退出依据文号": "（2026）鲁0116执1号之一", "退出日期": "2026-11-18"}
SHIELD = {"操作": "屏蔽", **EXIT}
REVOKE = {"操作": "撤销", **EXIT, "退出原因": "不应纳入而纳入"}


def row(base: Mapping[str, str] = PERSON, /, **cells: Any) -> dict[str, str]:
    """A row of a list file; a person without a number gets one of its own (`证件号码=" "` for none)."""
    made = {**base, **cells}
    if not made["证件号码"]:
        made["证件号码"] = another_person_id()
    return made


def write_list(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    headers = list(dict.fromkeys(header for each in rows for header in each))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        writer.writerows(rows)
    return path


def upload(tmp_path: Path, rows: Sequence[Mapping[str, str]], court: Court, clerk: User, **given: Any) -> Batch:
    """Uploaded, read and planned."""
    at: datetime = given.pop("at", NOW)
    path = write_list(tmp_path / "名单.csv", rows)
    batch = batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=at, **given)
    return reading.read_batch(batch.pk, at=at)


def apply(batch: Batch, reviewer: User, at: datetime = NOW) -> Batch:
    """Approved and applied."""
    batches.approve_batch(batch_id=batch.pk, by=reviewer, at=at)
    return batches.apply_batch(batch.pk, at=at)
