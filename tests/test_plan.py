import pytest

from netra_validate import Check, CheckOptions, Plane, Repository, Service, registry
from netra_validate.config import FILE_NAME, Configuration, ConfigurationError, load
from netra_validate.model import Outcome
from netra_validate.option_tables import OptionTables, note_bad_options
from netra_validate.plan import (
    Selection,
    UnknownName,
    choose_environment,
    plan,
)

TWO = """
[environments.a.services.backend]
url = "https://a.example"
[environments.a.services.backend.checks.probe-it]
limit_s = 3.0
[environments.a.checks.probe-it]
limit_s = 2.0
words = ["a"]
[environments.b.services.backend]
url = "https://b.example"
[environments.b.services.other]
url = "https://b.example"
[checks.probe-it]
limit_s = 1.0
"""


class ProbeIt(Check[Service]):
    """Probes a service."""

    id = "probe-it"
    plane = Plane.DATA
    depends_on = frozenset({"read-it"})

    class Options(CheckOptions, frozen=True, kw_only=True):
        limit_s: float = 9.0
        words: tuple[str, ...] = ()

    async def run(self, service, ctx):
        return
        yield


class ReadIt(Check[Repository]):
    """Reads the repository."""

    id = "read-it"
    plane = Plane.SOURCE

    async def run(self, repository, ctx):
        return
        yield


KNOWN = registry.Registry(
    {"probe-it": ProbeIt, "read-it": ReadIt},
    (registry.Broken("torn", "netra-torn", "ImportError: gone"),),
)


@pytest.fixture
def two(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text(TWO)
    return load(path)


def ids(planned):
    return [probe.id for probe in planned.probes]


def test_one_probe_for_each_resource(two, tmp_path):
    planned = plan(KNOWN, two, "b", tmp_path)
    assert ids(planned) == ["probe-it/backend", "probe-it/other", "read-it/repo"]
    assert [(one.id, one.outcome) for one in planned.settled] == [
        ("torn/netra-torn", Outcome.ERROR)
    ]


def test_without_configuration_the_source_plane_is_left_and_the_rest_is_named(tmp_path):
    planned = plan(KNOWN, Configuration(), None, tmp_path)
    assert ids(planned) == ["read-it/repo"]
    assert planned.notes == (
        (
            "Not looked at: probe-it needs services, to be declared in a configuration "
            "(`netra-validate init` writes one)."
        ),
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(checks=("read-it",)), ["read-it/repo"]),
        (Selection(skip=("read-it", "torn")), ["probe-it/backend"]),
        (Selection(planes=(Plane.DATA,)), ["probe-it/backend"]),
        (Selection(phase="pre-deploy"), ["read-it/repo"]),
        (Selection(phase="post-deploy"), ["probe-it/backend", "read-it/repo"]),
        (Selection(phase="pre-deploy", planes=(Plane.DATA,)), []),
    ],
)
def test_only_what_is_selected(two, tmp_path, selection, expected):
    assert ids(plan(KNOWN, two, "a", tmp_path, selection)) == expected


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (Selection(checks=("probe-it",), planes=(Plane.SOURCE,)),
         "it looks at the data plane, which was left out: see --plane and --phase"),
        (Selection(checks=("probe-it",), phase="pre-deploy"),
         "it looks at the data plane, which was left out: see --plane and --phase"),
        (Selection(checks=("probe-it",), skip=("probe-it",)),
         "it was left out with --skip as well: leave out one of the two"),
    ],
)  # fmt: skip
def test_a_check_that_was_asked_for_by_name_and_does_nothing_is_no_pass(
    two, tmp_path, selection, why
):
    (settled,) = plan(KNOWN, two, "a", tmp_path, selection).settled
    assert (settled.id, settled.outcome) == ("probe-it/(none)", Outcome.ERROR)
    assert settled.reason == f"the check was asked for by name, and {why}"


def test_so_is_one_that_has_nothing_to_examine(tmp_path):
    asked = Selection(checks=("probe-it", "read-it"))
    planned = plan(KNOWN, Configuration(), None, tmp_path, asked)
    assert ids(planned) == ["read-it/repo"]
    (settled,) = planned.settled
    assert settled.reason == (
        "the check was asked for by name, and there are no services in the configuration: declare"
        " one there"
    )


def test_the_closest_options_win_and_the_others_stay(two):
    service = two.topology("a", two.path.parent).of(Service)[0]
    assert OptionTables(two, "a").of(ProbeIt, service) == ProbeIt.Options(limit_s=3.0, words=("a",))
    service = two.topology("b", two.path.parent).of(Service)[0]
    assert OptionTables(two, "b").of(ProbeIt, service) == ProbeIt.Options(limit_s=1.0)


def test_a_check_that_is_not_there_is_named_with_the_nearest(two, tmp_path):
    with pytest.raises(UnknownName, match="no check 'prob-it'; did you mean 'probe-it'"):
        plan(KNOWN, two, "a", tmp_path, Selection(checks=("prob-it",)))
    with pytest.raises(UnknownName, match="no check 'xyz'; expected probe-it, read-it, torn"):
        plan(KNOWN, two, "a", tmp_path, Selection(skip=("xyz",)))


def test_bad_options_are_told_at_once_for_every_environment(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text(
        """
[checks.probe-it]
limt_s = 1
[checks.prob-it]
limit_s = 1
[environments.a.checks.probe-it]
limit_s = "fast"
[environments.b.services.x.checks.read-it]
y = 1
[checks.torn]
anything = "goes"
"""
    )
    with pytest.raises(ConfigurationError) as caught:
        load(path, also=lambda found, problems: note_bad_options(KNOWN, found, problems))
    assert [str(one).removeprefix(str(path)) for one in caught.value.problems] == [
        ":3: checks.probe-it.limt_s: found the unknown key 'limt_s'; did you mean 'limit_s'?",
        ":4: checks.prob-it: found the unknown check 'prob-it'; did you mean 'probe-it'?",
        ":7: environments.a.checks.probe-it.limit_s: found 'fast', expected a number",
        (
            ":8: environments.b.services.x.checks.read-it: "
            "the check 'read-it' examines a repository, not a service"
        ),
        (
            ":9: environments.b.services.x.checks.read-it.y: "
            "found the unknown key 'y', there are no keys here"
        ),
    ]


def test_which_environment_is_meant(two, tmp_path):
    assert choose_environment(two, "b", {}) == "b"
    assert choose_environment(two, None, {"NETRA_ENV": "a"}) == "a"
    with pytest.raises(UnknownName, match="choose one of a, b"):
        choose_environment(two, None, {})
    with pytest.raises(UnknownName, match="unknown environment 'c'"):
        choose_environment(two, "c", {})
    with pytest.raises(UnknownName, match="needs a configuration"):
        choose_environment(Configuration(), "c", {})
    assert choose_environment(Configuration(), None, {"NETRA_ENV": "a"}) is None


def test_a_single_environment_needs_no_default(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text('[environments.only]\nproject = "p"\n')
    assert choose_environment(load(path), None, {}) == "only"
