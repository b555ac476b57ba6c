"""Which court a row speaks of, and whether the uploader may speak for it (domain.md §2.5, §2.6 item 16)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from registry.rules.text import compact, is_null
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

COLUMN = "执行法院"
SHORTEST_NAME = 6  # 人民法院 alone names nobody


@dataclass(frozen=True)
class CourtScope:
    """The uploader's court and the courts below it, as plain data.

    `code` like 鲁0116; `names` maps the code of every court the uploader may speak for (its own included) to its full
    name, with or without province and city. `former_codes` maps codes of earlier years to today's (鲁1202 → 鲁0116).
    """

    code: str
    names: Mapping[str, str]
    former_codes: Mapping[str, str] = field(default_factory=dict)
    _answers: dict[tuple[str, str], "CourtAnswer"] = field(default_factory=dict, compare=False, repr=False)

    def covers(self, court_code: str) -> bool:
        return court_code in self.names

    def resolve(self, case_court_code: str, court_text: str) -> "CourtAnswer":
        """The court of a row: by the case number's code first, by name where the number has none."""
        asked = (case_court_code, court_text)
        answer = self._answers.get(asked)
        if answer is None:
            answer = self._answers[asked] = self._resolve(*asked)
        return answer

    def _resolve(self, case_court_code: str, court_text: str) -> "CourtAnswer":
        name = "" if is_null(court_text) else compact(court_text)
        by_name = self._by_name(name)
        if case_court_code:
            code = self.former_codes.get(case_court_code, case_court_code)
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
        exact = [code for code, known in self.names.items() if compact(known) == name]
        loose = [code for code, known in self.names.items() if known.endswith(name) or name.endswith(known)]
        found = exact or loose
        return found[0] if len(found) == 1 else ""

    def _nearest(self, name: str) -> str:
        """A court whose name, without the province and city one of them leaves out, is one character away."""
        for code, known in self.names.items():
            width = min(len(name), len(known)) if abs(len(name) - len(known)) > 1 else None
            if _one_slip_apart(name[-width:], known[-width:]) if width else _one_slip_apart(name, known):
                return code
        return ""


@dataclass(frozen=True, slots=True)
class CourtAnswer:
    """The resolved court code ("" = none) and what there is to say about it."""

    code: str
    problems: tuple[Problem, ...] = ()


def _one_slip_apart(left: str, right: str) -> bool:
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return len(left) >= SHORTEST_NAME and sum(block.size for block in blocks) >= max(len(left), len(right)) - 1


def _not_yours(detail: str) -> Problem:
    return Problem(COLUMN, ProblemCode.COURT_NOT_YOURS, ProblemSeverity.ERROR, detail, "请由执行法院报送")


def _unreadable(detail: str, suggestion: str) -> Problem:
    return Problem(COLUMN, ProblemCode.COURT_UNREADABLE, ProblemSeverity.ERROR, detail, suggestion)


def _mismatch(name: str) -> Problem:
    detail = "执行法院名称与案号不一致，以案号为准。"
    return Problem(COLUMN, ProblemCode.COURT_NAME_MISMATCH, ProblemSeverity.WARNING, detail, f"应为{name}")
