"""What a scenario's report says of a row: pure functions of the two."""

from __future__ import annotations

from rows import Said

from netra_validate.model import Finding, ProbeResult, Report

_NOTHING = "nothing"


def seen(said: Said, report: Report) -> str:
    """What the report has to show for it, in a few words; ``nothing`` where it does not."""
    if any(report.probe(probe).outcome != "pass" for probe in said.passes):
        return _NOTHING
    return _of_a_rule(said, report) if said.rule else _of_a_probe(said, report)


def _of_a_rule(said: Said, report: Report) -> str:
    for probe in report.probes:
        for found in probe.findings:
            if found.rule == said.rule and probe.outcome == said.outcome and _tells(said, found):
                return f"{probe.id} {probe.outcome}: {found.message}"
    return _NOTHING


def _tells(said: Said, found: Finding) -> bool:
    """Whether it says the words: in its message, its evidence, its remedy or a command of that."""
    if said.words is None:
        return True
    remedy = found.remediation
    told = [found.message]
    if remedy is not None:
        told += [remedy.summary, *(" ".join(each.argv) for each in remedy.commands)]
    told += [f"{name}: {value}" for name, value in found.evidence.items()]
    return any(said.words in each for each in told)


def _of_a_probe(said: Said, report: Report) -> str:
    probe = report.probe(said.probe or "")
    if probe.outcome != said.outcome or probe.findings:
        return _NOTHING
    if probe.outcome == "pass":
        return _of_a_pass(said, probe)
    return f"{probe.id} {probe.outcome}: {probe.reason}"


def _of_a_pass(said: Said, probe: ProbeResult) -> str:
    names = [name for name in probe.observations if (said.words or "") in name]
    told = f"{names[0]}={probe.observations[names[0]]}" if said.words and names else ""
    if said.words and not names:
        return _NOTHING
    return f"{probe.id} pass after {probe.attempts} attempts {told}".rstrip()
