"""The conventions that a program can check (style.md §3, §4), on the source as it stands."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from registry.rules.identifiers import resident_check_character

ROOT: Path = settings.BASE_DIR
APPS = ("core", "registry", "measures", "agencies", "feedback", "config")
SOURCES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
EDGES = [path for path in SOURCES if {"views", "api"} & set(path.relative_to(ROOT).parts)]
RULES = [path for path in SOURCES if "rules" in path.relative_to(ROOT).parts]

# What an edge may read without a scoped method of its own, and why: (file, model) → reason.
UNSCOPED: dict[tuple[str, str], str] = {
    ("agencies/api/enforcements.py", "HitMeasure"): "a part of a check, reached through the unit's visible checks",
    ("agencies/views/admin_desk.py", "User"): "operators beneath the units that the administrator may see",
    ("agencies/views/verify.py", "Check"): "anybody may verify a receipt; only that it exists is read",
    ("feedback/api/views.py", "Feedback"): "read back what the same request has just written",
    ("feedback/views/feedback.py", "Agency"): "names for a filter, of units whose feedback the court may see",
    ("agencies/views/enforcements.py", "Enforcement"): "narrowed to the operator's own unit in the same expression",
    ("agencies/views/enforcements.py", "HitMeasure"): "a part of a check, reached through the unit's visible checks",
    ("agencies/views/units.py", "User"): "operators beneath the units that the office may see",
    ("agencies/views/units.py", "Check"): "counts and dates beneath the units that the office may see, never the rows",
    ("registry/views/sources.py", "Court"): "names to choose from for the administrator, who sees every court",
    ("agencies/api/authentication.py", "ApiKey"): "whoever holds the key is not known before it is found",
}
# Published law and geography: nobody's secret.
PUBLIC = {"Document", "Law", "LegalBasis", "Measure", "NamedUnit", "Provision", "Region"}
# A queryset that starts so is scoped, empty, or open to everybody by its name.
SCOPED = re.compile(
    r"^(visible_to|followed_by|editable_by|decidable_by|waiting_for|speaking_for|published|none|numbered|last_number"
    r"|in_force_on|current_on|with_counts|with_everything|as_manager|from_queryset)$"
)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def managers(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, model and first method of every `Model.objects.method`."""
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in {"objects", "_default_manager"}
            and isinstance(node.value.value, ast.Name)
        ):
            yield node.lineno, node.value.value.id, node.attr


def test_the_edges_are_found() -> None:
    assert {"registry/views", "agencies/views", "agencies/api"} <= {name(path.parent) for path in EDGES}


def test_no_edge_starts_from_an_unscoped_manager() -> None:
    unscoped = [
        f"{name(path)}:{line}: {model}.objects.{method}"
        for path in EDGES
        for line, model, method in managers(path)
        if not SCOPED.match(method) and model not in PUBLIC and (name(path), model) not in UNSCOPED
    ]
    assert unscoped == []


def test_every_exception_to_scoping_is_still_needed() -> None:
    used = {(name(path), model) for path in EDGES for _, model, method in managers(path) if not SCOPED.match(method)}
    assert set(UNSCOPED) <= used


def test_nothing_happens_behind_a_save_or_a_signal() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
                arguments = [each.arg for each in node.args.args]
                if re.search(r"\breceiver\b", decorators) or (node.name == "save" and arguments[:1] == ["self"]):
                    found.append(f"{name(path)}:{node.lineno}")
    assert found == []


def test_no_module_is_an_attic() -> None:
    attics = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
    assert [name(path) for path in SOURCES if attics & {path.stem, *path.relative_to(ROOT).parts}] == []


def code_lines(path: Path) -> int:
    """Lines that hold code: no blanks, comments or docstrings."""
    text = path.read_text(encoding="utf-8")
    documented = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            documented |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    empty = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in empty:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def test_core_stays_small() -> None:
    assert sum(code_lines(path) for path in SOURCES if path.relative_to(ROOT).parts[0] == "core") < 1_000


def test_core_has_no_domain_words() -> None:
    words = re.compile(
        r"\b(listing|court|measure|agency|defaulter|enforcement)s?\b|名单|法院|措施|惩戒|失信", re.IGNORECASE
    )
    found = [
        f"{name(path)}: {match[0]}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] == "core"
        for match in words.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("path", RULES, ids=name)
def test_rules_decide_without_a_framework_and_without_a_clock(path: Path) -> None:
    imported = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"django", "rest_framework", "celery", "redis", "psycopg2", "random", "time"}
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    assert not calls & {"now", "date.today", "datetime.now", "timezone.now", "localdate", "localtime", "uuid4"}


CLOCKS = {"now", "timezone.now", "datetime.now", "date.today"}


def test_services_take_the_time_as_an_argument() -> None:
    services = [path for path in SOURCES if "services" in path.relative_to(ROOT).parts]
    assert services
    found = [
        f"{name(path)}:{node.lineno}"
        for path in services
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS
    ]
    assert found == []


# The frame itself, and the API's pages, whose views name their own template.
FRAMES = {"base.html", "drf_spectacular/swagger_ui.html"}


def test_every_page_extends_the_base_or_is_a_part() -> None:
    lost = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        relative = path.relative_to(ROOT / "templates")
        is_part = path.name.startswith("_") or relative.parts[0] == "components" or str(relative) in FRAMES
        extends = re.search(r"{%\s*extends\s+[\"']([^\"']+)", path.read_text(encoding="utf-8"))
        if not is_part and extends is None:
            lost.append(str(relative))
    assert lost == []


def test_no_template_is_left_over() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    source += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    by_libraries = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "drf_spectacular/swagger_ui.html"}
    left = [
        relative
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if (relative := str(path.relative_to(ROOT / "templates"))) not in by_libraries and relative not in source
    ]
    assert left == []


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


# --- persons ---------------------------------------------------------------------------------------------------------

RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])(\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(\d{3})[\dXx](?!\w)"
)
TEXTS = {".py", ".md", ".yaml", ".yml", ".html", ".js", ".css", ".toml", ".txt", ".json", ".csv", ".svg", ""}
# Computed from the standards' own examples, to test the reading of numbers as they occur: only in tests.
SAMPLES = {
    "370116199001010018",
    "350102198503150022",
    "440802197812319990",
    "810000199001010019",
    "830000199001010020",
    "91124719900101001X",
}


def own_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listed.stdout.decode().split("\0") if line]


def somebodys(text: str) -> list[str]:
    """Numbers that somebody may bear: well formed, with the right check character, and not of sequence code 000."""
    return [
        match[0].upper()
        for match in RESIDENT.finditer(text)
        if match[2] != "000" and resident_check_character(match[1] + match[2]) == match[0][-1].upper()
    ]


def test_every_person_in_the_repository_is_invented() -> None:
    """Sequence code 000 is given to nobody."""
    real = []
    for path in own_files():
        if path.suffix in TEXTS and path.is_file() and path.parent.name != "requirements":
            known = SAMPLES if name(path).startswith("tests/") else set()
            numbers = somebodys(path.read_text(encoding="utf-8", errors="replace"))
            real += [f"{name(path)}: {number[:6]}…" for number in numbers if number not in known]
    assert real == []


def test_the_search_for_persons_can_find_one() -> None:
    body = "370116" + "19900101" + "123"
    number = body + resident_check_character(body)
    assert somebodys(f"号码{number}。") == [number]
    assert somebodys(body.replace("123", "000") + resident_check_character(body[:-3] + "000")) == []
