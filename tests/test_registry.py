import os
import subprocess
import sys

import msgspec
import pytest
from plug_ins import install

from netra_validate import Check, CheckError, CheckOptions, Plane, Service, registry

PLUGIN = '''
from netra_validate import Check, Plane, Rule, Service, Severity


class Robots(Check[Service]):
    """Services serve a robots.txt."""

    id = "robots"
    plane = Plane.DATA
    missing = Rule(Severity.WARNING, "There is no robots.txt", help="Crawlers ask for it.")

    async def run(self, service, ctx):
        response = await ctx.http.get(f"{service.url}/robots.txt")
        ctx.observe(status=response.status)
        if response.status != 200:
            yield self.missing.finding(f"{service.url}/robots.txt answers {response.status}")
'''


def command(*arguments, cwd, site=None, module=False, **variables):
    start = ["-m", "netra_validate"] if module else ["-P", "-m", "netra_validate"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(site or ""), "COLUMNS": "300", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_smallest_useful_check_fits_in_15_lines():
    assert len([line for line in PLUGIN.splitlines() if line.strip()]) <= 15


def test_a_check_of_somebody_else_is_listed(tmp_path):
    install(tmp_path / "site", "netra-robots", PLUGIN, "robots = netra_robots:Robots")
    done = command("list", cwd=tmp_path, site=tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert "Services serve a robots.txt." in done.stdout


@pytest.mark.parametrize(
    ("source", "entry", "reason"),
    [
        ("import nothing_of_that_name", "broken = netra_broken:X", "ModuleNotFoundError"),
        ("X = 5", "broken = netra_broken:X", "netra_broken:X is no check"),
        ("1/0", "broken = netra_broken:X", "ZeroDivisionError"),
        (PLUGIN, "broken = netra_broken:Robots", "is registered as 'broken'"),
        (
            PLUGIN.replace("    async def run", "    def run").replace("await ", ""),
            "broken = netra_broken:Robots",
            "no async generator",
        ),
    ],
)
def test_a_broken_plug_in_costs_its_own_checks_only(tmp_path, source, entry, reason):
    install(tmp_path / "site", "netra-broken", source, entry)
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    done = command("run", cwd=tmp_path, site=tmp_path / "site")
    assert done.returncode == 3, done.stderr
    assert reason in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("source", "entry", "reason"),
    [
        (PLUGIN.replace('"robots"', '"health"'), "health = netra_other:Robots", "two checks"),
        (
            PLUGIN.replace("    plane", "    depends_on = frozenset({'helth'})\n    plane"),
            "robots = netra_other:Robots",
            "depends on 'helth', which is not installed; did it mean 'health'?",
        ),
        (
            PLUGIN.replace("    plane", "    depends_on = frozenset({'robots'})\n    plane"),
            "robots = netra_other:Robots",
            "in a circle: robots",
        ),
    ],
)
def test_an_ambiguous_set_of_checks_is_refused(tmp_path, source, entry, reason):
    install(tmp_path / "site", "netra-other", source, entry)
    done = command("run", cwd=tmp_path, site=tmp_path / "site")
    assert done.returncode == 2, done.stderr
    assert reason in done.stderr
    assert not done.stdout


def test_a_foreign_package_called_checks_is_not_imported(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "__init__.py").write_text("raise SystemExit('imported')\n")
    done = command("run", cwd=tmp_path, module=True)
    assert done.returncode == 2
    assert f"{tmp_path / 'checks'} hides the checks of netra-validate" in done.stderr
    assert "python -P -m netra_validate" in done.stderr


def test_a_foreign_package_called_checks_does_no_harm_to_the_command(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "__init__.py").write_text("raise SystemExit('imported')\n")
    done = command("list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


class One(Check[Service]):
    """One."""

    id = "one"
    plane = Plane.DATA
    depends_on = frozenset({"two"})

    async def run(self, service, ctx):
        return
        yield


class Two(One):
    """Two."""

    id = "two"
    depends_on = frozenset({"one"})


def test_a_circle_is_told_in_words():
    with pytest.raises(registry.RegistryError, match=r"one → two → one|two → one → two"):
        registry.refuse_bad_order({"one": One, "two": Two})


def test_every_check_of_ours_has_help_for_each_rule():
    for check in registry.load().checks.values():
        assert check.rules, check.id
        for rule in check.rules.values():
            assert len(rule.help) > 60, rule.id
            assert rule.summary, rule.id


def test_every_option_has_a_default_and_a_description():
    for check in registry.load().checks.values():
        check.Options()
        msgspec.convert({}, check.Options)
        for field in msgspec.structs.fields(check.Options):
            described = "description=" in repr(field.type)
            assert described, f"{check.id}: {field.name}"


def test_options_that_no_configuration_can_hold_are_refused_at_once():
    with pytest.raises(CheckError, match="Options cannot be read from a configuration"):

        class Torn(One):
            """Torn."""

            class Options(CheckOptions, frozen=True, kw_only=True):
                needed: int
