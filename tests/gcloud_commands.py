"""Says whether ``gcloud`` would parse a command, from a list of its commands and flags."""

import json
from pathlib import Path

_KNOWN = json.loads((Path(__file__).parent / "data" / "gcloud_commands.json").read_text("utf-8"))


def problem(argv):
    """What is wrong with a command, or None."""
    if argv[0] != "gcloud":
        return f"{argv[0]} is not gcloud"
    words = [word for word in argv[1:] if not word.startswith("--")]
    name = path_of(words)
    if not name:
        return f"no command {' '.join(words)}"
    command = _KNOWN["commands"][name]
    return _bad_positionals(command, words[len(name.split()) :]) or _bad_flags(command, argv)


def path_of(words):
    """The longest beginning of some words that is a command, or nothing."""
    every = (" ".join(words[:end]) for end in range(len(words), 0, -1))
    return next((name for name in every if name in _KNOWN["commands"]), "")


def _bad_positionals(command, given):
    places = command["positionals"]
    least = sum(place["required"] for place in places)
    most = None if any(place["nargs"] in {"+", "*"} for place in places) else len(places)
    if len(given) < least or (most is not None and len(given) > most):
        return f"{len(given)} positional arguments, expected {least} to {most}"
    return None


def _bad_flags(command, argv):
    for word in argv:
        if not word.startswith("--"):
            continue
        flag, equals, value = word.partition("=")
        spec = command["flags"].get(flag)
        if spec is None and flag in _KNOWN["global_flags"]:
            continue
        positive = "--" + flag.removeprefix("--no-")
        if spec is None and flag.startswith("--no-"):
            spec = command["flags"].get(positive)
            if spec is not None and not spec.get("boolean"):
                return f"{flag} negates what is no switch"
        if spec is None:
            return f"no flag {flag}"
        if spec.get("boolean") and equals:
            return f"{flag} takes no value"
        if not spec.get("boolean") and not value:
            return f"{flag} needs a value"
        if "choices" in spec and value not in spec["choices"]:
            return f"{flag} does not take {value}"
    return None


def problems_of(remediation):
    """What is wrong with the commands of a remedy, undo included."""
    found = []
    for command in remediation.commands:
        for argv in filter(None, (command.argv, command.undo)):
            wrong = problem(argv)
            if wrong:
                found.append((argv, wrong))
    return found
