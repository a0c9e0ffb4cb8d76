"""The layers of the design, held by looking at what each module imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the bottom to the top. A module may import from its own layer (where that is not told apart
# below) and from those beneath it.
LAYERS = [
    {
        "allow_comments",
        "model",
        "signs",
        "gates",
        "grounds",
        "bounded_patterns",
        "path_patterns",
        "scrub",
        "redaction",
        "durations",
        "threads",
        "terminal",
        "hostnames",
        "topology",
        "reading",
        "config",
    }
    | {"waivers"}
    | {"wording", "exit_codes", "grouping", "causes", "verdicts", "shell", "markdown_text"}
    | {"unverified"}
    | {"footprint", "workflow_commands", "web_addresses", "by_hand", "projections"}
    | {"plain_words"}
    | {"comparison", "differences"},
    {"check", "clients", "remedies", "roles", "bounded_patterns"},
    {"checks"},
    {"registry"},
    {
        "second_lock",
        "recorded",
        "plan",
        "option_tables",
        "runner",
        "patience",
        "candidates",
        "diagnosis",
        "reasons",
        "troubles",
        "following",
        "rollbacks",
        "validation",
        "reports",
        "comparisons",
        "progress",
        "sandbox",
        "testing",
    }
    | {"explanation", "fixing", "guessing", "config_schema", "permissions"},
    {"cli", "__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# Pure data about dependencies, used by the registry to speak of them.
ALLOWED = {("registry", "diagnosis")}


def part_of(module: str) -> str | None:
    """The layer's word for a module: ``netra_validate.clients.http`` is ``clients``."""
    words = module.split(".")
    if words[0] == "checks":
        return "checks"
    if words[0] == "netra_validate" and len(words) > 1:
        return words[1]
    return None


def sources():
    for folder in ("netra_validate", "checks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            relative = path.relative_to(ROOT).with_suffix("")
            words = [word for word in relative.parts if word != "__init__"]
            yield ".".join(words), path


def imports_of(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("module", "path"), list(sources()), ids=lambda value: str(value)[-60:])
def test_nothing_imports_upward(module, path):
    part = part_of(module)
    if part is None:
        return
    assert part in RANK, f"{module} is in no layer: say where it belongs"
    for imported in imports_of(path):
        target = part_of(imported)
        if target in RANK and (part, target) not in ALLOWED:
            assert RANK[target] <= RANK[part], f"{module} imports {imported}, which is above it"


@pytest.mark.parametrize("family", ["checks", "netra_validate.reports"])
def test_nothing_imports_sideways(family):
    depth = family.count(".") + 2
    for module, path in sources():
        own = ".".join(module.split(".")[:depth])
        if not module.startswith(f"{family}."):
            continue
        for imported in imports_of(path):
            if imported.startswith(f"{family}."):
                member = ".".join(imported.split(".")[:depth])
                is_module = (ROOT / member.replace(".", "/")).with_suffix(".py").exists() or (
                    ROOT / member.replace(".", "/")
                ).is_dir()
                assert member == own or not is_module, f"{module} imports {imported}"


HEAVY = (
    "httpx", "grpc", "google", "websockets", "starlette", "uvicorn", "tenacity", "asyncio",
)  # fmt: skip


@pytest.mark.parametrize("line", ["--help", "list", "run --help", "explain health"])
def test_help_and_list_load_nothing_heavy(line, tmp_path):
    program = (
        "import sys\n"
        "from netra_validate.__main__ import main\n"
        f"sys.argv = ['netra-validate', *{line.split()!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
