"""The rules of the check ``single-definition``."""

from __future__ import annotations

from netra_validate import Rule, Severity


class SingleDefinitionRules:
    """What can be wrong with where classes are defined."""

    duplicate = Rule(
        Severity.ERROR,
        "A class that is single is defined more than once",
        help="""
        `isinstance`, registries and states that hang on a class tell two classes of one name apart:
        what one half of the program registers the other does not find, and a fix in one of them
        leaves the other as it was. An import, a re-export and an assignment from another module are
        no definition. With `homes` under `[checks.single-definition]` the one to keep is known, and
        only the others are told. Where a second one is meant, allow its line with a comment that
        holds `netra-validate: allow[single-definition.duplicate]`.
        To mend: keep one definition and import it where the others are.
        """,
        shows=(),
    )
    misplaced = Rule(
        Severity.WARNING,
        "A class that is single is defined elsewhere than at its home",
        help="""
        The option `homes` says which file defines it. It was moved, and the configuration was not
        told, or it was defined anew before the old one was taken away.
        To mend: move it back, or set its home to where it is now.
        """,
        shows=(),
    )
    missing = Rule(
        Severity.ERROR,
        "A class that is single is defined nowhere",
        help="""
        No Python file that is looked at defines it: it was renamed or deleted, its name has a
        typing error in the configuration, or `exclude` or `doubles` leave its file out. A name that
        nothing defines guards nothing. It is a warning where a file that does not parse may define
        it.
        To mend: correct the name, or take it out of `single` or `homes`.
        """,
        shows=(),
    )
    over_budget = Rule(
        Severity.ERROR,
        "There are more classes of a kind than its budget allows",
        help="""
        The option `budgets` says how many classes may be called so: `"*Factory" = 20`. What counts
        is every statement `class …` that begins a line, each time. The comment `netra-validate:
        allow[single-definition.over-budget]` takes its line out of the count.
        To mend: take some out, or raise the budget on purpose.
        """,
        shows=(),
    )
    unread = Rule(
        Severity.WARNING,
        "Python files could not be examined",
        help="""
        They may define what is single, and they could not be read, they are larger than 32 MiB, or
        the time of the probe was nearly over before it came to them. What was not looked at is not
        known to be good.
        To mend: make them readable, give more time with `--timeout`, or leave them out with
        `exclude` under `[checks.single-definition]`.
        """,
        shows=(),
    )
