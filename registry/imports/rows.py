"""What one row of a list file becomes. Pure data."""

from dataclasses import dataclass
from datetime import date

from registry.rules.types import (
    NOBODY,
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
    identified: Identified = NOBODY
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    representative_name: str = ""
    representative_name_key: str = ""
    representative_identified: Identified = NOBODY
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
