"""The rules of the check ``environment``."""

from __future__ import annotations

from netra_validate import Rule, Severity


class EnvironmentRules:
    """What can be wrong with the signs by which an environment is recognised."""

    conflict = Rule(
        Severity.ERROR,
        "A signal names another environment than the one that is examined",
        help="""
        Tests and programs recognise the environment by signals: an argument, `ENVIRONMENT`,
        `STAGING_ENV`, the address of the auth service, a file of variables. Where two of them
        disagree, one half of a run talks to one environment and the other half to another: tests of
        staging that write into production are the worst of it. In a file, every variable has to
        agree with the environment that the option `files` says it belongs to.
        To mend: set the variable to the environment that is meant, unset it, or examine the one
        that it names.
        """,
        shows=(),
    )
    overruled = Rule(
        Severity.NOTE,
        "A signal speaks of this machine, and another environment is examined",
        help="""
        `ENVIRONMENT=development`, `STAGING_ENV=false` or an address on this machine are usual on a
        laptop, and whoever names an environment on the command line means that one. Tests that are
        started here without an argument take this machine for the place to run at. Nothing has to
        be done unless they should run against the environment that is examined.
        """,
        shows=(),
    )
    unknown = Rule(
        Severity.WARNING,
        "A signal is set and means no known environment",
        help="""
        What reads it falls back to a default, silently, and mostly to another one than was meant.
        The value is a slip, or a word or host that the configuration should know. The value is not
        shown: a variable may hold anything.
        To mend: correct the value, or add its word or host to `words` or `hosts` under
        `[checks.environment]`.
        """,
        shows=(),
    )
    unread = Rule(
        Severity.WARNING,
        "A file of signals cannot be read",
        help="""
        It is there, and what tests make of it is not known: it is no regular file, it may not be
        read, it is larger than 1 MiB, or it is no UTF-8 text.
        To mend: mend the file, or take it out of `files` under `[checks.environment]`.
        """,
        shows=(),
    )
