"""The platform's checks of itself: `manage.py doctor` runs all, `/readyz` the vital ones.

An app adds its own in a module `doctor`, which the command imports:

    @doctor.check("日历年度")
    def years_are_known() -> tuple[bool, str]: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Check = Callable[[], tuple[bool, str]]
CHECKS: dict[str, Check] = {}


@dataclass(frozen=True)
class Finding:
    """What one check found: a Chinese sentence, and whether all is well."""

    name: str
    ok: bool
    sentence: str


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a name that `doctor` prints; it returns (ok, sentence)."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def run(names: Iterable[str] | None = None) -> list[Finding]:
    """Run the named checks, or all in the order of their registration.

    A check that raises counts as bad: its error's class is named, its text is not, it may quote data.
    """
    findings = []
    for name in CHECKS if names is None else names:
        try:
            ok, sentence = CHECKS[name]()
        except Exception as error:  # noqa: BLE001 - the finding reports it
            ok, sentence = False, f"检查未能完成（{type(error).__name__}）"
        findings.append(Finding(name, ok, sentence))
    return findings
