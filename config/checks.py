"""`make check`: every static check, in order; all run, the summary names those that failed."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from config import environment as env

PYTHON = sys.executable
TOOLS = Path(PYTHON).parent
LOCKS = ("base", "run", "dev")


def _environment(keys: str) -> dict[str, str]:
    """A platform that is never started: the checks read code, not data."""
    outside = {"DATABASE_URL", "REDIS_URL"}
    return {
        **{name: value for name, value in os.environ.items() if name not in outside},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": keys,
        "NO_COLOR": "1",
    }


def _command(*command: str | Path) -> Callable[[], str]:
    """A check that runs a command and gives its output when it fails, "" when all is well."""

    def run() -> str:
        with tempfile.TemporaryDirectory() as keys:
            result = subprocess.run(
                [str(part) for part in command],
                cwd=env.BASE_DIR,
                env=_environment(keys),
                capture_output=True,
                text=True,
                check=False,
            )
        return "" if result.returncode == 0 else (result.stdout + result.stderr).strip() or f"exit {result.returncode}"

    return run


def _templates() -> str:
    """djlint on all templates: layout, then rules."""
    if not any((env.BASE_DIR / "templates").rglob("*.html")):
        return ""
    return "\n".join(
        filter(None, (_command(TOOLS / "djlint", "templates", option, "--quiet")() for option in ("--check", "--lint")))
    )


def _openapi() -> str:
    """The description in docs/ is the one that the code generates."""
    with tempfile.TemporaryDirectory() as directory:
        generated = Path(directory) / "openapi.yaml"
        problem = _command(PYTHON, "manage.py", "spectacular", "--file", generated, "--validate", "--fail-on-warn")()
        if problem:
            return problem
        kept = env.BASE_DIR / "docs" / "openapi.yaml"
        if not kept.exists() or kept.read_bytes() != generated.read_bytes():
            return "docs/openapi.yaml is out of date: manage.py spectacular --file docs/openapi.yaml"
    return ""


def _locks() -> str:
    """No lock names a host, an index or a local place, and every line is pinned with hashes."""
    problems = []
    for name in LOCKS:
        path = env.BASE_DIR / "requirements" / f"{name}.txt"
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if "://" in line or re.match(r"\s*(-i|-f|--(index|extra-index|find-links|trusted-host))", line):
                problems.append(f"{path.name}:{number}: {line.strip()}")
        problems += [
            f"{path.name}: {line.split()[0]} without hashes"
            for line in text.splitlines()
            if re.match(r"[A-Za-z0-9]", line) and not line.endswith("\\")
        ]
    return "\n".join(problems)


CHECKS: dict[str, Callable[[], str]] = {
    "ruff check": _command(TOOLS / "ruff", "check", "."),
    "ruff format": _command(TOOLS / "ruff", "format", "--check", "."),
    "mypy": _command(TOOLS / "mypy"),
    "import-linter": _command(TOOLS / "lint-imports"),
    "djlint": _templates,
    "django": _command(PYTHON, "manage.py", "check", "--fail-level", "WARNING"),
    "migrations": _command(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"),
    "openapi": _openapi,
    "compose": _command(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    "locks": _locks,
}


def main() -> int:
    failed = []
    for name, run in CHECKS.items():
        start = time.monotonic()
        problem = run()
        seconds = time.monotonic() - start
        print(f"{'FAIL' if problem else 'ok  '}  {name}  ({seconds:.1f} s)", flush=True)
        if problem:
            failed.append(name)
            print(problem, flush=True)
    print(
        f"\n{len(CHECKS) - len(failed)} of {len(CHECKS)} checks passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
