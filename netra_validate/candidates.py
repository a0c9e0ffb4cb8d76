"""Revisions that are judged before they get traffic: what is asked for, and what is said of it.

``--candidate backend=TAG`` puts the revision with this tag in the place of the service: every probe
and every other check that looks at the service sees that revision alone, at its own address. Which
revision it is, is asked in the run, by whichever probe comes first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from netra_validate import scrub
from netra_validate.clients.errors import ClientError
from netra_validate.model import Outcome, ProbeResult
from netra_validate.plan import Plan, Probe, UnknownName
from netra_validate.reading import listed
from netra_validate.topology import CandidateService, Service, Topology

if TYPE_CHECKING:
    from netra_validate.clients.google import Tagged

CHECK: Final = "candidate"
"""In the place of a check's name, where a probe is of the candidate itself."""

_TAG: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
"""A tag becomes part of a host name (RFC 1035, section 2.3.1), and Knative, whose rules these are,
checks it so: https://github.com/knative/serving/pull/7569."""


def parse(words: Sequence[str]) -> dict[str, str]:
    """The tag for each service, from ``SERVICE=TAG``.

    Raises:
        UnknownName: a word is none, or a service is named twice.
    """
    tags: dict[str, str] = {}
    for word in words:
        service, _, tag = word.partition("=")
        if not (service and tag):
            raise UnknownName(f"--candidate: found {word!r}, expected SERVICE=TAG")
        if not _TAG.fullmatch(tag):
            raise UnknownName(
                f"--candidate: {tag!r} is no traffic tag: expected lower-case letters, digits and"
                " hyphens, a letter first, at most 63 in all"
            )
        if service in tags:
            raise UnknownName(f"--candidate: the service {service!r} is named twice")
        tags[service] = tag
    return tags


def applied(plan: Plan, tags: Mapping[str, str]) -> Plan:
    """The plan in which these services are judged at the revisions with these tags.

    Raises:
        UnknownName: the environment has no such service.
    """
    if not tags:
        return plan
    services = {each.key: each for each in plan.topology.of(Service)}
    for key in tags:
        if key not in services:
            raise UnknownName(f"--candidate: there is no service {key!r}; {_hint(key, services)}")
    changed = {
        services[key].ref: CandidateService(**msgspec.structs.asdict(services[key]), tag=tag)
        for key, tag in tags.items()
    }
    resources = tuple(changed.get(each.ref, each) for each in plan.topology.resources)
    topology = replace(plan.topology, resources=resources)
    probes = tuple(
        Probe(each.check, changed.get(each.resource.ref, each.resource)) for each in plan.probes
    )
    return replace(plan, topology=topology, probes=probes)


def _hint(key: str, services: Mapping[str, Service]) -> str:
    if not services:
        return "none is declared"
    nearest = get_close_matches(key, services, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"expected {listed(services)}"


def unseen(
    topology: Topology, found: Mapping[str, Tagged], results: Iterable[ProbeResult]
) -> Iterator[ProbeResult]:
    """What comes of the candidates that no probe has looked at: what was asked for is not verified.

    Args:
        topology: of the run.
        found: the revisions that the tags were found on, by the name of the service.
        results: of the probes, each of which asks for the tag of its service before all else.
    """
    known = tuple(results)
    for service in topology.of(CandidateService):
        if service.key not in found:
            yield ProbeResult(
                id=f"{CHECK}/{service.key}",
                check=CHECK,
                plane=None,
                resource=service.ref,
                outcome=Outcome.ERROR,
                reason=_why_unseen(service, known),
                declared_at=topology.declared_at.get(service.ref),
            )


def _why_unseen(service: CandidateService, results: Iterable[ProbeResult]) -> str:
    """What most probes of a service say that its tag was not found for."""
    told = Counter(
        each.reason
        for each in results
        if each.resource == service.ref and each.outcome is Outcome.ERROR and each.reason
    )
    for reason, _ in told.most_common(1):
        return reason
    return (
        f"no probe found out which revision carries the tag {service.tag}; select a check that"
        " examines the service"
    )


def judged(topology: Topology, found: Mapping[str, Tagged]) -> Iterator[str]:
    """What a verdict is a verdict on, in the place of what serves, each in a few words.

    Args:
        topology: of the run.
        found: the revisions that the tags were found on, by the name of the service.
    """
    for service in topology.of(CandidateService):
        at = found.get(service.key)
        what = at.target.name if at is not None else f"of {service.key}"
        yield scrub.text(f"{what} (tag {service.tag})")


def notes(topology: Topology, found: Mapping[str, Tagged]) -> Iterator[str]:
    """What was judged in the place of what serves: a verdict says what it is a verdict on.

    Args:
        topology: of the run.
        found: the revisions that the tags were found on, by the name of the service.
    """
    for service in topology.of(CandidateService):
        judged = f"Service {service.key} is judged at its candidate with the tag {service.tag}"
        at = found.get(service.key)
        if at is None:
            continue
        where = f" at {at.uri}" if at.uri else ""
        yield scrub.text(f"{judged}: revision {at.target.name}{where}.{_but(service, at)}")


def _but(service: CandidateService, found: Tagged) -> str:
    """What to know about it beside."""
    from netra_validate.clients.google.tags import elsewhere  # noqa: PLC0415 - where there is one

    said = ""
    if found.internal:
        said = " The service takes internal traffic only: from elsewhere that address answers 404."
    try:
        hosts = dict.fromkeys(elsewhere(service))
    except ClientError:
        return said
    stay = f" Health endpoints on {listed(hosts)} are not the candidate's." if hosts else ""
    return said + stay
