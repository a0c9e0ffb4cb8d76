"""The rules of the check ``identity``."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class IdentityRules:
    """Rules on the account of a service and on what it may do."""

    default_account = Rule(
        Severity.WARNING,
        "The service runs as the default compute account",
        help="""
        The revision runs as `PROJECT_NUMBER-compute@developer.gserviceaccount.com`, which is what a
        deploy without `--service-account` gives it. Every other service without an account of its
        own shares it, and in many projects it has the role editor: whoever gets into one service
        has them all. It also means that the roles which were granted to the intended account do
        nothing.
        To mend: deploy with an account of the service's own, which has the roles that it needs and
        no others.
        """,
        shows=(),
    )
    other_account = Rule(
        Severity.ERROR,
        "The service runs as another account than expected",
        help="""
        The option `account` says as whom the service must run, and the revision that serves runs
        as somebody else. Roles that were given to the expected account are of no use to it. It
        happens where a deploy leaves `--service-account` out, or another workflow deploys too.
        To mend: deploy with `--service-account`, in every workflow that deploys the service.
        """,
        shows=(),
        may_explain=(
            Sign.NO_DATABASE,
            Sign.NO_SECRET,
            Sign.NO_START,
            Sign.NO_ROLLOUT,
            Sign.NO_PERMISSION,
        ),
    )
    cloud_sql_role = Rule(
        Severity.ERROR,
        "The account may not connect to the Cloud SQL instance that the revision carries",
        help="""
        Connecting through `/cloudsql` takes `cloudsql.instances.connect`, which
        `roles/cloudsql.client` holds. Without it the deploy succeeds, the socket is there, and
        every connection is refused or times out: it looks like a problem of the database.

        Bindings of the project count, and those of the folders and the organisation above it.
        Where those cannot be read and the project gives nothing, it could not be verified. Deny
        policies are not looked at.
        To mend: grant the account `roles/cloudsql.client` on the instance's project.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )
    secret_access = Rule(
        Severity.ERROR,
        "The account may not read a secret that the revision uses",
        help="""
        A revision that takes a variable or a file from a secret does not start unless its account
        has `secretmanager.versions.access` on that secret; `roles/secretmanager.secretAccessor`
        holds it, the basic role editor does not. Instances that run go on running, which is why
        this often shows at the next deploy only.
        To mend: grant `roles/secretmanager.secretAccessor` to the account, on the secret rather
        than on the project.
        """,
        shows=(),
        explains=(Sign.NO_SECRET,),
        may_explain=(Sign.UNWELL,),
    )
    invoker = Rule(
        Severity.ERROR,
        "The account may not call a service that this one calls",
        help="""
        The option `calls` names services that this one calls with an identity token. A service
        that is not public asks for `run.routes.invoke`, which `roles/run.invoker` holds, and
        answers 403 with a page of Google's without it. Services whose invoker check is turned off,
        and those that `allUsers` may call, let everybody in.
        To mend: grant `roles/run.invoker` to the calling account, on the service that is called.
        """,
        shows=(),
    )
    project_role = Rule(
        Severity.ERROR,
        "The account lacks a role on the project",
        help="""
        The option `project_roles` names roles that the account must have on the project, such as
        `roles/vpcaccess.user` where a deploy needs it in a host project. Nothing is expected by
        default: a revision needs no role of its own to use a connector.
        To mend: grant the role to the account, or take it off the option.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE, Sign.NO_START, Sign.NO_ROLLOUT),
    )
