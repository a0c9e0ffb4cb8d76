"""The check of definitions: what is defined once, what only looks so, and budgets."""

import ast
import os
import subprocess
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.single_definition import SingleDefinition
from checks.single_definition.definitions import Definition, Reading, from_lines
from checks.single_definition.wanted import Wanted
from netra_validate import Location, Outcome, Repository, Severity, config, registry
from netra_validate.plan import Limits, Selection, plan
from netra_validate.testing import run_check
from netra_validate.threads import run_to_end
from netra_validate.validation import validate

MANAGER = """
class Manager:
    pass
"""


def put(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())


def run(root, files, *, timeout_s=10.0, **options):
    put(root, files)
    chosen = SingleDefinition.Options(**(options or {"single": ("Manager",)}))
    return run_check(SingleDefinition, Repository(root=root), options=chosen, timeout_s=timeout_s)


def rules(result):
    return [found.rule.removeprefix("single-definition.") for found in result.findings]


def places(result):
    return sorted((found.location.path, found.location.line) for found in result.findings)


def test_without_a_name_there_is_nothing_to_do_and_it_says_what_would_be(tmp_path):
    put(tmp_path, {"a.py": MANAGER})
    result = run_check(SingleDefinition, Repository(root=tmp_path))
    assert result.outcome is Outcome.SKIP
    for word in ("single", "homes", "budgets", "[checks.single-definition]"):
        assert word in result.reason


def test_one_definition_passes_and_says_where_it_is(tmp_path):
    result = run(tmp_path, {"a.py": MANAGER, "b.py": "from a import Manager\n"})
    assert (result.outcome, result.findings) == (Outcome.PASS, ())
    assert result.observations == {"files": 2, "defined_at": {"Manager": ["a.py:2"]}}


def test_every_place_is_told_where_no_home_is_known(tmp_path):
    result = run(tmp_path, {"a.py": MANAGER, "b.py": MANAGER, "c/d.py": "\n" + MANAGER})
    assert result.outcome is Outcome.FAIL
    assert rules(result) == ["duplicate"] * 3
    assert places(result) == [("a.py", 2), ("b.py", 2), ("c/d.py", 3)]
    first = min(result.findings, key=lambda found: found.location)
    assert first.message == "Manager is defined here and at b.py:2 and c/d.py:3"
    assert first.evidence["defined_too_at"] == ["b.py:2", "c/d.py:3"]
    assert "Keep one definition" in first.remediation.summary


def test_all_but_the_home_are_told_where_it_is_known(tmp_path):
    files = {"old/a.py": MANAGER, "app/manager.py": MANAGER}
    result = run(tmp_path, files, homes={"Manager": "app/manager.py"})
    (found,) = result.findings
    assert (found.rule, found.location.path) == ("single-definition.duplicate", "old/a.py")
    assert found.message == "Manager is defined again, and its home is app/manager.py:2"
    assert found.remediation.summary.startswith("Import Manager from app/manager.py")


def test_a_home_that_is_a_folder_with_two_definitions_is_none(tmp_path):
    files = {"app/a.py": MANAGER, "app/b.py": MANAGER}
    result = run(tmp_path, files, homes={"Manager": "app/"})
    assert places(result) == [("app/a.py", 2), ("app/b.py", 2)]


def test_a_definition_away_from_its_home_is_told(tmp_path):
    result = run(tmp_path, {"b.py": MANAGER}, homes={"Manager": "app/manager.py"})
    (found,) = result.findings
    assert (found.rule, found.severity) == ("single-definition.misplaced", Severity.WARNING)
    assert found.message == "Manager is defined in b.py, expected app/manager.py"


def test_a_name_that_nothing_defines_is_told(tmp_path):
    result = run(tmp_path, {"a.py": "from elsewhere import Manager\n"})
    (found,) = result.findings
    assert (found.rule, found.severity) == ("single-definition.missing", Severity.ERROR)
    assert found.location is None


CONFIGURATION = """\
[checks.single-definition]
single = ["Manager"]

[checks.single-definition.budgets]
"*Factory" = 0

[environments.staging]

[environments.staging.checks.single-definition.homes]
Registry = "app/registry.py"
"""


def test_what_is_asked_for_in_vain_is_located_where_it_is_asked_for(tmp_path):
    put(tmp_path, {"a.py": "class AFactory: ...\n", "netra-validate.toml": CONFIGURATION})
    configuration = config.load(tmp_path / "netra-validate.toml")
    planned = plan(
        registry.load(), configuration, "staging", tmp_path, Selection(("single-definition",))
    )
    report = run_to_end(validate(planned, Limits(timeout_s=10.0, deadline_s=20.0)))
    (result,) = report.probes
    assert {each.identity: each.location for each in result.findings} == {
        "Manager": Location("netra-validate.toml", 2),
        "*Factory": Location("netra-validate.toml", 5),
        "Registry": Location("netra-validate.toml", 10),
    }


def test_the_identity_of_a_finding_stays_when_lines_move(tmp_path):
    first = run(tmp_path, {"a.py": MANAGER + MANAGER, "b.py": MANAGER})
    second = run(tmp_path, {"a.py": "\n\n" + MANAGER + "x = 1\n" + MANAGER, "b.py": MANAGER})
    assert {found.identity for found in first.findings} == {
        "a.py:Manager",
        "a.py:Manager:2",
        "b.py:Manager",
    }
    assert {found.identity for found in first.findings} == {
        found.identity for found in second.findings
    }


DEFINITIONS = {
    "class statement": "class Manager(Base, metaclass=Meta): pass",
    "decorated": "@frozen\nclass Manager:\n    pass",
    "generic": "class Manager(Generic[T]):\n    pass",
    "in if": "if FAST:\n    class Manager:\n        pass",
    "in with": "with suppress(ImportError):\n    class Manager:\n        pass",
    "in finally": "try:\n    pass\nfinally:\n    class Manager:\n        pass",
    "enum by call": "Manager = Enum('Manager', 'A B')",
    "tuple by call": 'Manager: type = namedtuple("Manager", "a b")',
    "fallback of another name": "try:\n    import x\nexcept ImportError:\n    class Manager: pass",
}

NO_DEFINITIONS = {
    "import": "from a import Manager",
    "import under the name": "from a import Other as Manager",
    "assignment": "import a\nManager = a.Manager",
    "alias": "from a import Other\nManager = Other",
    "all": "__all__ = ['Manager', \"Manager\"]",
    "in a class": "class Outer:\n    class Manager:\n        pass",
    "in a function": "def make():\n    class Manager:\n        pass\n    return Manager",
    "longer name": "class ManagerOf:\n    pass\nclass TheManager:\n    pass",
    "other case": "class manager:\n    pass",
    "in a text": '"""\nclass Manager:\n    pass\n"""',
    "in a comment": "# class Manager:\nx = 1",
    "call that names another": "Manager = make('Other')",
    "call for another": "Other = Enum('Manager', 'A')",
    "fallback": "try:\n    from a import Manager\nexcept ImportError:\n    class Manager: pass",
    "fallback by attribute": (
        "try:\n    Manager = a.Manager\nexcept AttributeError:\n    class Manager: pass"
    ),
    "type checking": (
        "if TYPE_CHECKING:\n    from a import Manager\nelse:\n    class Manager: pass"
    ),
    "type checking reversed": (
        "if TYPE_CHECKING:\n    class Manager: pass\nelse:\n    from a import Manager"
    ),
    "elif": "if A:\n    from a import Manager\nelif B:\n    x = 1\nelse:\n    class Manager: pass",
    "match": (
        "match A:\n    case 1:\n        from a import Manager\n    case _:\n     class Manager: 0"
    ),
}


@pytest.mark.parametrize("form", DEFINITIONS)
def test_this_is_a_definition(tmp_path, form):
    result = run(tmp_path, {"a.py": MANAGER, "b.py": DEFINITIONS[form] + "\n"})
    assert rules(result) == ["duplicate"] * 2, result.observations


@pytest.mark.parametrize("form", NO_DEFINITIONS)
def test_this_is_none(tmp_path, form):
    compile(NO_DEFINITIONS[form], form, "exec")
    result = run(tmp_path, {"a.py": MANAGER, "b.py": NO_DEFINITIONS[form] + "\n"})
    assert (result.outcome, result.findings) == (Outcome.PASS, ())


@pytest.mark.parametrize(
    "pair",
    [
        "if NEW:\n    class Manager: pass\nelse:\n    class Manager: pass\n",
        "try:\n    import x\n    class Manager: pass\nexcept OSError:\n    class Manager: pass\n",
        "if A:\n class Manager: 0\nelif B:\n class Manager: 0\nelse:\n Manager = E('Manager')\n",
    ],
)
def test_of_alternatives_one_counts(tmp_path, pair):
    assert run(tmp_path, {"a.py": pair}).outcome is Outcome.PASS


def test_one_after_the_other_are_two(tmp_path):
    result = run(tmp_path, {"a.py": MANAGER + MANAGER})
    assert places(result) == [("a.py", 2), ("a.py", 5)]


def test_a_stub_counts_where_nothing_else_does(tmp_path):
    assert run(tmp_path, {"a.py": MANAGER, "a.pyi": MANAGER}).outcome is Outcome.PASS
    assert run(tmp_path / "alone", {"a.pyi": MANAGER}).outcome is Outcome.PASS
    assert len(run(tmp_path / "two", {"a.pyi": MANAGER, "b.pyi": MANAGER}).findings) == 2


def test_copies_that_are_no_python_do_not_count(tmp_path):
    files = {"a.py": MANAGER, "a.py.backup": MANAGER, "a.py.orig": MANAGER, "a.txt": MANAGER}
    assert run(tmp_path, files).outcome is Outcome.PASS


def test_doubles_of_tests_do_not_count_unless_that_is_wanted(tmp_path):
    files = {"a.py": MANAGER, "tests/fakes.py": MANAGER, "app/test_b.py": MANAGER}
    assert run(tmp_path, files).outcome is Outcome.PASS
    result = run(tmp_path, files, single=("Manager",), doubles=("app/test_*.py",))
    assert {path for path, _ in places(result)} == {"a.py", "tests/fakes.py"}


def test_what_is_excluded_is_not_looked_at(tmp_path):
    files = {"a.py": MANAGER, "backups/a.py": MANAGER}
    result = run(tmp_path, files, single=("Manager",), exclude=("backups/",))
    assert result.outcome is Outcome.PASS
    assert result.observations["files"] == 1


ALLOWED = "class Manager:  # netra-validate: allow[single-definition.duplicate]\n    pass\n"


def test_a_comment_allows_its_line(tmp_path):
    result = run(tmp_path, {"a.py": MANAGER, "b.py": ALLOWED})
    assert (result.outcome, result.findings) == (Outcome.PASS, ())
    assert result.observations["allowed_definitions"] == 1


def test_what_is_allowed_is_not_missing(tmp_path):
    assert run(tmp_path, {"b.py": ALLOWED}).outcome is Outcome.PASS


def test_an_allowed_definition_at_home_does_not_allow_another(tmp_path):
    result = run(tmp_path, {"a.py": MANAGER, "b.py": ALLOWED}, homes={"Manager": "b.py"})
    assert places(result) == [("a.py", 2)]


def test_a_comment_with_a_slip_is_told(tmp_path):
    wrong = ALLOWED.replace(".duplicate", ".dupe")
    result = run(tmp_path, {"a.py": MANAGER, "b.py": wrong})
    assert [found.evidence.get("comment") for found in result.findings] == [
        None,
        "it names a rule that this check does not have",
    ]


class TestFilesThatDoNotParse:
    def test_certain_lines_count(self, tmp_path):
        result = run(tmp_path, {"a.py": MANAGER, "b.py": MANAGER + "def broken(:\n"})
        assert places(result) == [("a.py", 2), ("b.py", 2)]
        assert [found.evidence.get("read_by") for found in result.findings] == [None, "lines"]
        assert result.observations["files_read_by_lines"] == 1

    def test_lines_in_a_text_do_not(self, tmp_path):
        inside = 'TEXT = """\nclass Manager:\n    pass\n"""\ndef broken(:\n'
        assert run(tmp_path, {"a.py": MANAGER, "b.py": inside}).outcome is Outcome.PASS

    def test_a_line_that_may_be_in_a_text_is_no_proof_that_the_name_is_missing(self, tmp_path):
        inside = '"""\nclass Manager:\n    pass\n"""\ndef broken(:\n'
        result = run(tmp_path, {"b.py": inside})
        (found,) = result.findings
        assert (found.rule, found.severity) == ("single-definition.missing", Severity.WARNING)
        assert found.evidence["may_be_defined_at"] == ["b.py:2"]

    def test_brackets_without_end(self, tmp_path):
        deep = MANAGER + "x = " + "(" * 100_000 + "\n"
        assert places(run(tmp_path, {"a.py": deep, "b.py": MANAGER})) == [("a.py", 2), ("b.py", 2)]

    def test_a_text_without_end_hides_what_follows(self, tmp_path):
        result = run(tmp_path, {"a.py": MANAGER + 'T = """\n' + MANAGER})
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_odd_encodings(self, tmp_path):
        files = {
            "latin.py": b"# -*- coding: latin-1 -*-\n# \xe4\nclass Manager:\n    pass\n",
            "utf16.py": "class Manager:\n    pass\n".encode("utf-16"),
            "liar.py": b"# -*- coding: utf-8 -*-\n# \xff\nclass Manager:\n    pass\n",
            "nul.py": b"class Manager:\n    pass\n\0\n",
            "mark.py": b"\xef\xbb\xbfclass Manager:\r\n    pass\r\n",
            "unknown.py": b"# -*- coding: klingon -*-\nclass Manager:\n    pass\n",
        }
        assert {path for path, _ in places(run(tmp_path, files))} == set(files)


class TestFiles:
    def test_a_large_file_goes_by_its_lines(self, tmp_path):
        large = MANAGER + "x = 1  # padding\n" * 300_000
        result = run(tmp_path, {"a.py": large, "b.py": MANAGER})
        assert places(result) == [("a.py", 2), ("b.py", 2)]
        assert result.observations["files_read_by_lines"] == 1

    def test_links_are_not_followed(self, tmp_path):
        outside = tmp_path / "outside"
        put(outside, {"b.py": MANAGER})
        root = tmp_path / "root"
        put(root, {"a.py": MANAGER})
        (root / "b.py").symlink_to(outside / "b.py")
        (root / "folder").symlink_to(outside)
        assert run(root, {}).outcome is Outcome.PASS

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_what_cannot_be_read_is_told(self, tmp_path):
        put(tmp_path, {"a.py": MANAGER})
        (tmp_path / "a.py").chmod(0)
        assert rules(run(tmp_path, {})) == ["unread"]

    def test_what_git_ignores_is_not_looked_at(self, tmp_path):
        files = {".gitignore": "build/\n", "a.py": MANAGER, "build/a.py": MANAGER}
        put(tmp_path, files)
        assert len(run(tmp_path, {}).findings) == 2
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        result = run(tmp_path, {})
        assert result.outcome is Outcome.PASS

    def test_the_command_fits_the_tree(self, tmp_path):
        files = {"a.py": MANAGER, "b.py": MANAGER}
        plain = run(tmp_path, files).findings[0].remediation.commands[0].argv
        assert plain[:2] == ("grep", "-r")
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (command,) = run(tmp_path, {}).findings[0].remediation.commands
        shown = subprocess.run(
            command.argv, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert shown.stdout == "a.py:2:class Manager:\nb.py:2:class Manager:\n"

    def test_what_there_is_no_time_for_is_told_and_nothing_is_missing(self, tmp_path, monkeypatch):
        monkeypatch.setattr("checks.single_definition.probe._SPARE", 2.0)
        result = run(tmp_path, {"a.py": MANAGER, "b.py": MANAGER})
        (found,) = result.findings
        assert (found.rule, found.identity) == ("single-definition.unread", "late")
        assert found.message.startswith("2 of 2 Python files")


FACTORIES = {
    "a.py": "class AFactory:\n    pass\n\nclass BFactory(AFactory):\n    pass\n",
    "b.py": "class CFactory[T]:\n    pass\nx = AFactory()\n'class TextFactory:'\n",
    "c.py": "class FactoryOf:\n    pass\ndef make():\n    class InnerFactory: pass\n",
    "tests/d.py": "class DFactory:\n    pass\n",
    "broken.py": 'class EFactory:\n    def (:\nT = """\nclass FFactory:\n"""\n',
}


class TestBudgets:
    def test_within_it_the_count_is_said(self, tmp_path):
        result = run(tmp_path, FACTORIES, budgets={"*Factory": 4, "*Of": 1})
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["classes"] == {"*Factory": 4, "*Of": 1}

    def test_beyond_it_all_are_named(self, tmp_path):
        result = run(tmp_path, FACTORIES, budgets={"*Factory": 3})
        (found,) = result.findings
        assert (found.rule, found.identity) == ("single-definition.over-budget", "*Factory")
        assert found.message == "4 classes are called *Factory, expected at most 3"
        assert found.evidence["classes"] == [
            "AFactory a.py:1",
            "BFactory a.py:4",
            "CFactory b.py:1",
            "EFactory broken.py:1",
        ]

    def test_without_python_there_is_nothing_to_count(self, tmp_path):
        result = run(tmp_path, {"tests/a.py": MANAGER, "b.txt": ""}, budgets={"*": 1})
        assert (result.outcome, "no Python file" in result.reason) == (Outcome.SKIP, True)

    def test_a_comment_takes_its_line_out(self, tmp_path):
        line = "class A:  # netra-validate: allow[single-definition.over-budget]\n    pass\n"
        assert run(tmp_path, {"a.py": line}, budgets={"?": 0}).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("pattern", "names"),
        [
            ("Mock*", ["Mock", "MockStore"]),
            ("*Mock*", ["AMock", "MMockM", "Mock", "MockStore"]),
            ("?Mock", ["AMock"]),
            ("*", ["A", "AMock", "MMockM", "Mock", "MockStore"]),
            ("A", ["A"]),
        ],
    )
    def test_patterns(self, tmp_path, pattern, names):
        classes = ("A", "AMock", "MMockM", "Mock", "MockStore")
        text = "".join(f"class {name}: pass\n" for name in classes)
        result = run(tmp_path, {"a.py": text}, budgets={pattern: 0})
        (found,) = result.findings
        assert [each.split()[0] for each in found.evidence["classes"]] == names


def test_a_file_is_parsed_for_what_is_single_alone(tmp_path, monkeypatch):
    parsed = []
    genuine = ast.parse

    def counting(source, *arguments, **options):
        parsed.append(bytes(source))
        return genuine(source, *arguments, **options)

    monkeypatch.setattr(ast, "parse", counting)
    files = {
        "a.py": MANAGER,
        "b.py": "from a import Manager\nManager()\n",
        "c.py": "class XFactory:\n    pass\n",
        "d.py": "# class Managers\n",
    }
    run(tmp_path, files, single=("Manager",), budgets={"*Factory": 0})
    assert parsed == [MANAGER.encode()]


def test_a_reader_of_files_that_others_need_looks_at_the_bytes_first():
    reader = Reading(("Manager",))
    assert reader(None, b"class Other:\n    pass\n") == ()
    found = reader(ast.parse(MANAGER), MANAGER.encode())
    assert found == (Definition(2, "Manager"),)


def test_names_in_other_letters_than_ascii(tmp_path):
    text = "class Zähler:\n    pass\n"
    result = run(tmp_path, {"a.py": text, "b.py": text}, single=("Zähler",))
    assert len(result.findings) == 2


@given(st.text(alphabet="class Manager:\n\"'\\#\r(", max_size=300))
def test_lines_are_read_without_surprises(text):
    for found in from_lines(text):
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert lines[found.line - 1].startswith("class")


@given(st.lists(st.from_regex(r"[A-Z][a-z]{0,5}", fullmatch=True), max_size=6))
def test_lines_and_trees_agree_about_plain_modules(names):
    text = "".join(f"class {name}:\n    pass\n" for name in names)
    tree = Reading(tuple(names))(ast.parse(text), text.encode()) if names else ()
    assert from_lines(text) == tree


def test_needles_are_in_every_file_that_they_are_to_find():
    wanted = Wanted(("Manager",), ("*Factory", "Mock*", "*", "A?b"))
    assert wanted.needles == {
        "class Manager",
        '("Manager"',
        "('Manager'",
        "Factory",
        "class Mock",
        "class ",
        "class A",
    }
