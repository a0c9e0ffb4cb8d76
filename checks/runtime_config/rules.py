"""The rules of the check ``runtime-config``."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class VariableRules:
    """Rules on environment variables and on the secrets among them."""

    required_missing = Rule(
        Severity.ERROR,
        "A variable that is required is not set",
        help="""
        The option `required` names it, and the revision has no such variable, or an empty one. A
        program that needs it fails at start-up, or falls back to a default that was meant for a
        laptop. Name the reference to Redis here, and whatever else the service cannot do without.
        To mend: set the variable, and add it to every workflow that deploys the service.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.NO_DATABASE),
    )
    forbidden_flag = Rule(
        Severity.ERROR,
        "A flag that switches a safeguard off is on",
        help="""
        Flags such as `EMERGENCY_ALLOW_NO_DATABASE` or `BYPASS_STARTUP_VALIDATION` let a service
        start although something that it needs is missing. They are set in an emergency and
        forgotten; from then on the service says that it is well and is not. The option `forbidden`
        names them; off, or not there, is fine.
        To mend: mend what the flag hides, and take it away.
        """,
        shows=(),
    )
    placeholder = Rule(
        Severity.ERROR,
        "The value of a variable is a placeholder",
        help="""
        The value is one that somebody was to replace: `REPLACE_WITH_…`, `CHANGEME`, `<…>`, `TODO`,
        `example.com`, or a template that nobody filled in. Users of tests, lists of domains and
        templates may be so, as their names say; of a link for people, such as `DOCS_URL`, it is a
        note.
        To mend: set what it stands for.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.NO_DATABASE),
    )
    localhost = Rule(
        Severity.ERROR,
        "The value of a variable names this machine",
        help="""
        `localhost` and `127.0.0.1` are the container itself on Cloud Run: what listens there on a
        laptop does not. A revision with several containers may mean one beside it, so nothing is
        said there. Variables of the options `local` and `allow_lists` are left alone, and so is
        what listens on another port than that of the requests, such as `METRICS_BIND`.
        To mend: set the address that the service has in this environment, or name the variable in
        `local` where this machine is meant.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.NO_DATABASE),
    )
    retired_host = Rule(
        Severity.ERROR,
        "The value of a variable names a retired host",
        help="""
        The host is in `domains.retired` of the environment. It may not resolve any more, may have
        no certificate, or may lead elsewhere. What the repository says is looked at by `domains`;
        this is what runs. Hosts that are known by their old names, such as in
        `LEGACY_REDIRECT_HOST`, are none that is called.
        To mend: set the successor, in whatever deploys the service as well.
        """,
        shows=(),
        explains=(Sign.OUTDATED_HOST,),
    )
    unknown_address = Rule(
        Severity.ERROR,
        "The value of a variable names an address that no service has",
        help="""
        The value names a host under `run.app` in the service's own project and region that none of
        the services there has, or a host of a managed domain that the configuration does not
        know. A name that was spelled in another way once (`backend`, `backend-staging`) makes such
        addresses, and calls to them are answered by Google with 404.

        An address under `run.app` of another project or region is a warning: nobody looked there.
        To mend: set the address that the service has; name those that are right in the option
        `known_hosts`.
        """,
        shows=(),
    )
    other_environment = Rule(
        Severity.ERROR,
        "A variable says that this is another environment",
        help="""
        The variable holds a word for another environment than the one that is examined, so the
        program takes the settings, the databases and the safeguards of that other one. The option
        `environment` says which word is right where the environment's name is none.
        To mend: set the word of this environment, and look what else came from the other one.
        """,
        shows=(),
    )
    surrounding_space = Rule(
        Severity.ERROR,
        "The value of a variable begins or ends with white space",
        help="""
        A newline or a space at the end of a value is seldom seen and breaks addresses, keys and
        comparisons. It comes from files that were read whole and from `echo` without `-n`. What is
        in secrets is never read here: the same fault in one shows in the logs of the start-up.
        A space in a text that is put beside another, such as `EMAIL_SUBJECT_PREFIX`, is meant.
        To mend: set the value without it, and use `printf` in place of `echo` where it comes from.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.NO_DATABASE),
    )
    plain_secret = Rule(
        Severity.WARNING,
        "A secret stands in the environment in the clear",
        help="""
        The name of the variable announces a secret, or the address in it holds a password, and the
        value is a plain one. Everybody who may look at the service can read it, and it stays in
        every old revision. Names of secrets that the program looks up itself are none, nor are keys
        that are published, such as those of Firebase for browsers.
        To mend: rotate it, keep the new one in Secret Manager, and refer to that.
        """,
        shows=(),
    )
    duplicate_name = Rule(
        Severity.WARNING,
        "A variable is set twice",
        help="""
        One container has two variables of one name. Which one counts is nobody's promise.
        To mend: take out the one that is wrong.
        """,
        shows=(),
    )
    secret_unusable = Rule(
        Severity.ERROR,
        "A version of a secret that the revision uses cannot be read",
        help="""
        The revision names a version that does not exist, is disabled or destroyed, or names none.
        An instance that is to start then does not. `latest` is the version that was created last,
        even where that one is disabled.
        To mend: enable the version, add one, or deploy with the number of one that is enabled.
        """,
        shows=(),
        explains=(Sign.NO_SECRET,),
    )
    secret_outdated = Rule(
        Severity.WARNING,
        "The revision is pinned to an older version of a secret",
        help="""
        The revision names a version by its number, and a newer one is enabled. To pin is good
        practice for variables; after a rotation it leaves the service with the old value until it
        is deployed with the new number.
        To mend: deploy with the number of the new version, then disable the old one.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE, Sign.NO_START, Sign.NO_ROLLOUT, Sign.NO_PERMISSION),
    )
