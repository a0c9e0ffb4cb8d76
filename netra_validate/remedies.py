"""Builds the commands of remedies from the user's own names.

Each is a list of arguments, never a line for a shell: quoting is up to whoever prints it. Commands
come in the order in which a person should run them: first those that look, then those that change.
What changes says what takes it back (or why nothing does) and what it risks: the constructors do
not do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from netra_validate import projections, roles, scrub
from netra_validate.model import Command, Effect, Remediation, RevisionRef, Rollout
from netra_validate.plain_words import is_plain, list_flag
from netra_validate.topology import CandidateService
from netra_validate.web_addresses import unglobbed
from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from pathlib import Path

    from netra_validate.topology import Service

Argv = tuple[str, ...]

NEW_REVISION: Final = (
    "The new revision takes all traffic that goes to the latest one, and if it does not start, the"
    " present one goes on serving"
)
"""What deploying risks (https://cloud.google.com/run/docs/managing/revisions)."""

ASIDE: Final = "The new revision takes over the tag of the candidate; no other traffic moves"
"""What deploying beside the traffic risks."""


_ALL: Final = 100
"""Percent of the traffic."""

_UNTOLD: Final = Rollout()

_HELD: Final = "traffic is pinned to named revisions, so that a new one does not get it by itself"
"""As after every way back to an earlier revision."""

_BY_HAND: Final = "do it in the console: in a command, a name of it would be read as something else"
"""Instead of a command that could change what it is not about."""


@dataclass(frozen=True, slots=True)
class NoUndo:
    """That no command takes a change back."""

    why: str
    """One sentence without its full stop."""


def gcloud(
    *words: str,
    project: str | None = None,
    region: str | None = None,
    fields: Sequence[str] = (),
) -> Argv:
    """One ``gcloud`` command.

    What looks is told to show no value that may be a secret (:mod:`netra_validate.projections`).

    Args:
        words: group, verb, names and flags.
        project: adds ``--project``.
        region: adds ``--region``.
        fields: all that it is to show, where that is not what such a command mostly shows.
    """
    place = [f"--region={region}"] if region else []
    place += [f"--project={project}"] if project else []
    shown = (projections.flag(fields),) if fields else ()
    return ("gcloud", *projections.bounded(tuple(map(scrub.word, (*words, *place, *shown)))))


def looks(*argv: str) -> Command:
    """A command that reads."""
    return Command(argv, roles=roles.needed(argv, Effect.READS))


def curl(url: str, *options: str, ca_file: Path | None = None, show: str = "-i") -> Argv:
    """One request by hand, bounded in time, that follows nothing and says why where it fails.

    Args:
        url: that is asked.
        options: what the request has beside that, such as ``-H`` and a header.
        ca_file: a private authority that is trusted.
        show: ``-i`` for status, headers and body, ``-I`` for status and headers alone.
    """
    trust = () if ca_file is None else ("--cacert", str(ca_file))
    made = ("curl", "-sS", show, *unglobbed(url), "--max-time", "30", *trust, *options, url)
    return tuple(map(scrub.word, made))


def read_logs(
    service: Service, project: str | None, region: str | None, *, limit: int = 50
) -> Argv:
    """Read what a Cloud Run service wrote, or of a candidate what its revision wrote.

    Args:
        service: with its name in Cloud Run.
        project: it is in.
        region: it is in.
        limit: entries.
    """
    words = ["run", "services", "logs", "read", service.cloud_run or "", f"--limit={limit}"]
    if isinstance(service, CandidateService) and service.revision:
        words.append(f'--log-filter=resource.labels.revision_name="{service.revision}"')
    return gcloud(*words, project=project, region=region)


def changes(argv: Argv, undo: Argv | NoUndo, *, risk: str) -> Command:
    """A command that changes something.

    Args:
        argv: programme and arguments.
        undo: what takes it back.
        risk: what else may come of it, one sentence without its full stop.
    """
    return _acts(Effect.CHANGES, argv, undo, risk)


def restarts(argv: Argv, undo: Argv | NoUndo, *, risk: str) -> Command:
    """A command after which something starts anew: a revision, a database.

    Args:
        argv: programme and arguments.
        undo: what takes it back.
        risk: what else may come of it, one sentence without its full stop.
    """
    return _acts(Effect.RESTARTS, argv, undo, risk)


def _acts(effect: Effect, argv: Argv, undo: Argv | NoUndo, risk: str) -> Command:
    back, why = (None, undo.why) if isinstance(undo, NoUndo) else (undo, None)
    return Command(argv, effect, back, why, risk, roles.needed(argv, effect))


def remedy(
    summary: str, *commands: Command, docs: str | None = None, unmoved: str | None = None
) -> Remediation:
    """What to do, in one sentence that starts with a verb, and the commands for it.

    Args:
        summary: without its full stop.
        commands: first those that look. One that acts is left out where a name in it could be
            read as anything else (:mod:`netra_validate.plain_words`).
        docs: address of the page that explains it.
        unmoved: the summary where its commands that move traffic are taken out, since the same
            report shows that they would lead to what is broken.
    """
    plain = [each for each in commands if each.effect is Effect.READS or is_plain(each)]
    if len(plain) < len(commands):
        summary = f"{summary}; {_BY_HAND}"
    steps = tuple(replace(each, then=None) for each in plain)
    sent = tuple(dict.fromkeys(each.then for each in plain if each.then is not None))
    if not sent:
        return Remediation(summary, steps, docs, unmoved)
    held = f"{summary}; {_HELD}"
    return Remediation(f"{held}: send it there once it is ready", (*steps, *sent), docs, held)


def describe_service(
    name: str,
    project: str | None,
    region: str | None,
    fields: Sequence[str] = projections.SERVICE,
) -> Command:
    """Look at some fields of a Cloud Run service (:mod:`netra_validate.projections`)."""
    words = ("run", "services", "describe", name)
    return looks(*gcloud(*words, project=project, region=region, fields=fields))


def describe_revision(
    name: str,
    project: str | None,
    region: str | None,
    fields: Sequence[str] = projections.REVISION,
) -> Command:
    """Look at some fields of a revision of a Cloud Run service."""
    words = ("run", "revisions", "describe", name)
    return looks(*gcloud(*words, project=project, region=region, fields=fields))


def update_service(  # noqa: PLR0913 - all that a deployment needs, most of it by its name
    name: str,
    flags: Argv,
    undo: Argv | NoUndo,
    project: str | None,
    region: str | None,
    *,
    tag: str | None = None,
    risk: str = "",
    rollout: Rollout = _UNTOLD,
    containers: Sequence[str] = (),
) -> Command:
    """Deploy a new revision of a Cloud Run service with other settings.

    Args:
        name: of the service.
        flags: what changes.
        undo: the flags that take it back.
        project: it is in.
        region: it is in.
        tag: of a candidate: the new revision takes its tag, and no traffic, as the candidate has
            none. So it is with any other that is kept without traffic and has a tag.
        risk: what these flags risk beyond what a new revision does.
        rollout: what the new revision starts from, and what traffic it gets.
        containers: the ones that the flags are for; else it is the one that takes requests.
    """
    tag = tag or rollout.tag
    # Without a tag nothing has to be said: where it goes by name, a new one gets no traffic.
    aside = ("--no-traffic", f"--tag={tag}") if tag else ()

    def command(these: Argv) -> Argv:
        words = ("run", "services", "update", name)
        if not containers:
            return gcloud(*words, *these, *aside, project=project, region=region)
        # What follows --container is for that container alone, up to the next one
        # (``command_lib/run/container_parser.py`` of the Cloud SDK).
        of_each = (word for each in containers for word in (f"--container={each}", *these))
        whole = gcloud(*words, *aside, project=project, region=region)
        return (*whole, *map(scrub.word, of_each))

    # What gets no traffic by itself interrupts nobody.
    made = changes if tag or not rollout.percent else restarts
    back = undo if isinstance(undo, NoUndo) else command(undo)
    risks = ASIDE if tag else _risk_of_deploying(rollout)
    update = made(command(flags), back, risk=f"{risks}; {risk}" if risk else risks)
    if not (rollout.latest and project and region):
        return update
    base = RevisionRef(project, region, name, rollout.latest)
    stays = tag or rollout.beside or rollout.percent == _ALL
    then = None if stays else _send_to_new(base, rollout)
    return replace(update, built_on=base, then=then)


def _risk_of_deploying(rollout: Rollout) -> str:
    if rollout.percent == _ALL:
        return NEW_REVISION
    if rollout.percent == 0:
        return "The new revision gets no traffic by itself, and the present ones go on serving"
    return (
        f"The new revision takes the {rollout.percent} % of the traffic that go to the latest one"
    )


def _send_to_new(base: RevisionRef, rollout: Rollout) -> Command:
    """All traffic to a revision that was deployed just before, whose name is not known yet."""

    def command(these: str) -> Argv:
        words = ("run", "services", "update-traffic", base.service, these)
        return gcloud(*words, project=base.project, region=base.region)

    risk = (
        "Everybody gets what the new revision does, or the latest one that is ready where the new"
        " one is not, and what every later one does"
    )
    sent = changes(command("--to-latest"), command(traffic_flag(rollout.asked)), risk=risk)
    return replace(sent, built_on=base)


def serve_only(to: RevisionRef, asked: Sequence[tuple[str, int]]) -> Command:
    """Send all traffic of a Cloud Run service to one revision: the way back from a bad deploy.

    Args:
        to: the one that is to serve.
        asked: what is asked for now, ``LATEST`` or a revision and its percentage, for the undo.
    """
    # https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration: later deployments keep
    # to the split that was asked for.
    risk = (
        f"Everybody gets what {to.name} does, also after later deployments, until traffic is sent"
        " to the latest revision again"
    )
    return _move(traffic_flag([(to.name, _ALL)]), asked, risk, (to,))


def serve_latest(
    ready: RevisionRef, created: RevisionRef, asked: Sequence[tuple[str, int]]
) -> Command:
    """Send all traffic of a Cloud Run service to its latest revision, now and after each deploy.

    Args:
        ready: the one that became ready last: it gets the traffic.
        created: the one that was created last: it gets the traffic once it is ready.
        asked: what is asked for now, ``LATEST`` or a revision and its percentage, for the undo.
    """
    risk = "Everybody gets what the latest revision does, and what every later one does"
    return _move("--to-latest", asked, risk, tuple(dict.fromkeys((ready, created))))


def _move(
    flag: str, asked: Sequence[tuple[str, int]], risk: str, relies_on: tuple[RevisionRef, ...]
) -> Command:
    to = relies_on[0]

    def command(these: str) -> Argv:
        words = ("run", "services", "update-traffic", to.service, these)
        return gcloud(*words, project=to.project, region=to.region)

    return replace(
        changes(command(flag), command(traffic_flag(asked)), risk=risk), relies_on=relies_on
    )


def unserved(serving: Sequence[str]) -> str:
    """The end of a summary about a revision without traffic: nothing is to be taken back.

    To send all traffic to where it is would pin it there, and keep the next deployment from users.

    Args:
        serving: the revisions that have the traffic; none where that is not told.
    """
    if not serving:
        return ""
    whole = "has all the traffic" if len(serving) == 1 else "have the traffic"
    return f"; {enumerated(serving)} {whole}, and users see nothing of this one"


def traffic_flag(asked: Sequence[tuple[str, int]]) -> str:
    """The flag of ``gcloud run services update-traffic`` that asks for this division.

    Each revision is named once: of one that is named twice, as it is where a part of its traffic
    has a tag, ``gcloud`` takes the last percentage alone and scales the others up to fill what is
    left (``UpdateTraffic`` in its ``api_lib/run/traffic.py``). Tags stay where they are.
    """
    percents: dict[str, int] = {}
    for name, percent in asked:
        percents[name] = percents.get(name, 0) + percent
    if percents.keys() <= {"LATEST"}:
        return "--to-latest"
    return list_flag("--to-revisions", [f"{name}={each}" for name, each in percents.items()])
