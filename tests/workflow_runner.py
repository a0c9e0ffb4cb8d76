"""What GitHub's runner makes of the log of a step, as its source says it.

https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs,
src/Runner.Worker/ActionCommandManager.cs and, for lines, .NET's StreamReader.ReadLine.
"""

import re
from dataclasses import dataclass

REGISTERED = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip
MOST = 10
LONGEST = 4096


@dataclass(frozen=True)
class Given:
    """A command that the runner obeys."""

    name: str
    properties: dict
    data: str


def commands(log):
    """The commands of a log, in order; those between stop-commands and its token are none."""
    found, token = [], None
    for line in re.split("\r\n|\r|\n", log):
        known = REGISTERED | ({token.lower()} if token else set())
        given = _parsed(line, known) or _parsed_legacy(line, known)
        if given is None:
            continue
        if token is not None:
            token = None if given.name.lower() == token.lower() else token
        elif given.name.lower() == "stop-commands":
            token = given.data
        else:
            found.append(given)
    assert token is None, "commands are still stopped"
    return found


def annotations(log):
    """What is shown of them: the first ten of each level, each message up to its bound."""
    shown = []
    for level in ("error", "warning", "notice"):
        given = [each for each in commands(log) if each.name == level]
        shown += [Given(each.name, each.properties, each.data[:LONGEST]) for each in given[:MOST]]
    return shown


def _parsed(line, known):
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    info, data = line[2:].split("::", 1)
    name, _, properties = info.partition(" ")
    if name.lower() not in known:
        return None
    return Given(name, _pairs(properties, ","), _unescaped(data, "\r\n%"))


def _parsed_legacy(line, known):
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in known:
        return None
    return Given(name, _pairs(properties, ";"), _unescaped(line[end + 1 :], ";\r\n]%"))


def _pairs(text, separator):
    pairs = [each.split("=", 1) for each in text.strip().split(separator)]
    signs = "\r\n:,%" if separator == "," else ";\r\n]%"
    return {pair[0]: _unescaped(pair[1], signs) for pair in pairs if len(pair) == 2 and pair[1]}


def _unescaped(text, signs):
    for sign in signs:
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text
