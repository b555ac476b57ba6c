"""What one row of a list file becomes, and the courts it is judged against. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from registry.rules.types import (
    Circumstance,
    ExitGround,
    Identified,
    PartyKind,
    Performance,
    Problem,
    ProblemSeverity,
    RowOperation,
    Sex,
)


@dataclass(frozen=True)
class CourtScope:
    """The uploader's court and the courts below it.

    `code` like 鲁0116; `names` maps the code of every court the uploader may speak for (its own included) to its full
    name (莱芜区人民法院 or 济南市莱芜区人民法院).
    """

    code: str
    names: Mapping[str, str]

    def covers(self, court_code: str) -> bool:
        return court_code in self.names


@dataclass(slots=True)
class NormalisedRow:
    """One row, every cell read; `problems` say what could not be read or was repaired.

    Texts are "" and dates None where the file says nothing. `sex` is GB/T 2261.1, `age` is the age at publication.
    `court_code` is the resolved executing court ("" where unresolved).
    """

    row_number: int
    operation: RowOperation = RowOperation.ADD
    kind: PartyKind | None = None
    name: str = ""
    name_key: str = ""
    aliases: tuple[str, ...] = ()
    identified: Identified = field(default_factory=lambda: Identified(type=None))
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    representative_name: str = ""
    representative_name_key: str = ""
    representative_identified: Identified = field(default_factory=lambda: Identified(type=None))
    court_text: str = ""
    court_code: str = ""
    area: str = ""
    case_number_raw: str = ""
    case_number: str = ""
    case_key: str = ""
    filed_on: date | None = None
    basis_number: str = ""
    basis_issuer: str = ""
    obligation: str = ""
    performance: Performance = Performance.UNKNOWN
    performed_part: str = ""
    unperformed_part: str = ""
    circumstances: tuple[Circumstance, ...] = ()
    circumstances_text: str = ""
    published_on: date | None = None
    decision_number: str = ""
    decided_on: date | None = None
    term_ends_on: date | None = None
    publishable: bool = True
    exit_ground: ExitGround | None = None
    exit_ground_text: str = ""
    exit_document: str = ""
    exit_on: date | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_rejected(self) -> bool:
        """At least one error: the row is left out, the others go on."""
        return any(problem.severity is ProblemSeverity.ERROR for problem in self.problems)
