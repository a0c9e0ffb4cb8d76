"""What to do about a finding of this check."""

from __future__ import annotations

from netra_validate import Command, Remediation


def keep_one(name: str, home: str | None, *, git: bool) -> Remediation:
    """Turn the other definitions into imports."""
    if home is not None:
        summary = f"Import {name} from {home} instead of defining it again"
    else:
        summary = (
            f"Keep one definition of {name} and import it in the other places; an entry of `homes`"
            " under [checks.single-definition] says which"
        )
    return Remediation(summary, (_look(f"class {name}", git=git),))


def move(name: str, home: str, path: str, *, git: bool) -> Remediation:
    """Bring a class home, or its home to it."""
    summary = f'Move {name} to {home}, or set homes.{name} = "{path}" under'
    look = _look(f"class {name}", git=git)
    return Remediation(f"{summary} [checks.single-definition]", (look,))


def name_it(name: str, *, git: bool) -> Remediation:
    """Mend a name that nothing defines."""
    summary = f"Mend the name {name} in `single` or `homes` under [checks.single-definition]"
    return Remediation(f"{summary}, or take it out", (_look(name, git=git),))


def thin_out(pattern: str) -> Remediation:
    """Have fewer classes of a kind."""
    summary = f"Take out what {pattern} names too often, or raise its entry of `budgets` under"
    return Remediation(f"{summary} [checks.single-definition]")


def leave_out() -> Remediation:
    """Make files readable."""
    return Remediation(
        "Make them readable or smaller, or leave them out with `exclude` under"
        " [checks.single-definition]"
    )


def wait_longer() -> Remediation:
    """Give the probe more time."""
    return Remediation(
        "Give the probe more time with `--timeout`, or leave files out with `exclude` under"
        " [checks.single-definition]"
    )


def _look(words: str, *, git: bool) -> Command:
    """Every line that holds these words."""
    if git:
        return Command(("git", "grep", "--untracked", "-n", "-F", "-e", words))
    return Command(("grep", "-r", "-n", "-F", "-I", "-e", words, "."))
