"""Which court a row speaks of, and whether the uploader may speak for it (domain.md §2.5, §2.6 item 16)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from registry.rules.text import compact, is_null
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

COLUMN = "执行法院"
SHORTEST_NAME = 6  # 人民法院 alone names nobody
_DATA = Path(__file__).resolve().parent.parent / "data" / "courts.yaml"
_MOST_ANSWERS = 20_000
_SHORT = (("中院", "中级人民法院"), ("高院", "高级人民法院"), ("法院", "人民法院"))
_SUFFIX = 4  # 人民法院


@cache
def shipped_former_codes() -> dict[str, str]:
    """Codes of earlier years to today's (domain.md §2.5), as `registry/data/courts.yaml` tells them."""
    courts = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return {former: court["code"] for court in courts for former in court.get("former_codes", ())}


@dataclass(frozen=True)
class CourtScope:
    """The uploader's court and the courts below it, as plain data.

    `code` like 鲁0116; `names` maps the code of every court the uploader may speak for (its own included) to its full
    name, with or without province and city. `former_codes` maps codes of earlier years to today's (鲁1202 → 鲁0116).
    """

    code: str
    names: Mapping[str, str]
    former_codes: Mapping[str, str] = field(default_factory=shipped_former_codes)
    _answers: dict[tuple[str, str], "CourtAnswer"] = field(default_factory=dict, compare=False, repr=False)

    def covers(self, court_code: str) -> bool:
        return court_code in self.names

    def resolve(self, case_court_code: str, court_text: str) -> "CourtAnswer":
        """The court of a row: by the case number's code first, by name where the number has none."""
        asked = (case_court_code, court_text)
        answer = self._answers.get(asked)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            answer = self._answers[asked] = self._resolve(*asked)
        return answer

    def _resolve(self, case_court_code: str, court_text: str) -> "CourtAnswer":
        name = "" if is_null(court_text) else _in_full(compact(court_text))
        by_name = self._by_name(name)
        if case_court_code:
            code = case_court_code
            if not self.covers(code):
                code = self.former_codes.get(code, code)
            if not self.covers(code):
                return CourtAnswer("", (_not_yours(f"案号属{case_court_code}，不是本院或下级法院的案件。"),))
            if name and by_name != code:
                return CourtAnswer(code, (_mismatch(self.names[code]),))
            return CourtAnswer(code)
        if not name:
            return CourtAnswer("", (_unreadable("案号不含法院代字，又未填执行法院。", "请填执行法院全称"),))
        if by_name:
            return CourtAnswer(by_name)
        near = self._nearest(name)
        if near:
            return CourtAnswer("", (_unreadable("执行法院名称与已知法院不符。", f"是否为{self.names[near]}"),))
        return CourtAnswer("", (_not_yours("执行法院不是本院或下级法院。"),))

    def _by_name(self, name: str) -> str:
        """Equal names, or one with the province or city the other leaves out; "" when none or several fit."""
        if len(name) < SHORTEST_NAME:
            return ""
        names = self._full_names()
        exact = [code for code, known in names.items() if known == name]
        loose = [code for code, known in names.items() if known.endswith(name) or name.endswith(known)]
        found = exact or loose
        return found[0] if len(found) == 1 else ""

    def _full_names(self) -> dict[str, str]:
        return {code: _in_full(compact(known)) for code, known in self.names.items()}

    def _nearest(self, name: str) -> str:
        """The one court whose name, without the province and city one of them leaves out, is a slip or two away.

        At most one slip in the place's name, else 历下区 would be near 莱芜区.
        """
        near: dict[int, list[str]] = {}
        for code, known in self._full_names().items():
            slips = min(
                _slips(left, right)
                for left, right in ((name, known), (name[-len(known) :], known), (name, known[-len(name) :]))
            )
            near.setdefault(slips, []).append(code)
        best = min(near, default=_FAR)
        return near[best][0] if best < _FAR and len(near[best]) == 1 else ""


@dataclass(frozen=True, slots=True)
class CourtAnswer:
    """The resolved court code ("" = none) and what there is to say about it."""

    code: str
    problems: tuple[Problem, ...] = ()


_FAR = 3


def _in_full(name: str) -> str:
    """莱芜区法院, 济南中院: the short forms written out."""
    if not {"人", "民"}.isdisjoint(name[-4:-2]):  # 人民法院, and its misspellings
        return name
    for short, full in _SHORT:
        if name.endswith(short):
            return name[: -len(short)] + full
    return name


def _slips(left: str, right: str) -> int:
    """Slips between two names; `_FAR` when the places differ in more than one or all in all in more than two."""
    if len(left) < SHORTEST_NAME - 1 or abs(len(left) - len(right)) >= _FAR:
        return _FAR
    place = min(_distance(left[:end], right[:-_SUFFIX]) for end in range(len(left) - _SUFFIX - 1, len(left) - 1))
    return min(_distance(left, right), _FAR) if place <= 1 else _FAR


def _distance(left: str, right: str) -> int:
    """Characters to insert, drop or change."""
    previous = list(range(len(right) + 1))
    for row, mine in enumerate(left, start=1):
        current = [row]
        for column, other in enumerate(right, start=1):
            current.append(min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (mine != other)))
        previous = current
    return previous[-1]


def _not_yours(detail: str) -> Problem:
    return Problem(COLUMN, ProblemCode.COURT_NOT_YOURS, ProblemSeverity.ERROR, detail, "请由执行法院报送")


def _unreadable(detail: str, suggestion: str) -> Problem:
    return Problem(COLUMN, ProblemCode.COURT_UNREADABLE, ProblemSeverity.ERROR, detail, suggestion)


def _mismatch(name: str) -> Problem:
    detail = "执行法院名称与案号不一致，以案号为准。"
    return Problem(COLUMN, ProblemCode.COURT_NAME_MISMATCH, ProblemSeverity.WARNING, detail, f"应为{name}")
