"""Which values that may be secret a command of ``gcloud`` would print."""

import re

_OF_CONTAINER = (
    "env.value", "args", "command",
    *(f"{probe}.httpGet.httpHeaders" for probe in ("startupProbe", "livenessProbe")),
)  # fmt: skip


def _containers(at):
    return tuple(f"{at}.containers.{field}" for field in _OF_CONTAINER)


BEARING = {
    "run services describe": (
        *_containers("spec.template.spec"),
        "metadata.annotations.run.googleapis.com/build-environment-variables",
    ),
    "run revisions describe": _containers("spec"),
    "run jobs describe": _containers("spec.template.spec.template.spec"),
    "run jobs executions describe": _containers("spec.template.spec"),
    "compute backend-services describe": (
        "customRequestHeaders", "customResponseHeaders", "iap.oauth2ClientSecret",
        "securitySettings.awsV4Authentication",
    ),
    "compute url-maps describe": (
        "headerAction", "defaultRouteAction", "tests.headers", "pathMatchers.headerAction",
        "pathMatchers.defaultRouteAction", "pathMatchers.pathRules.routeAction",
        "pathMatchers.routeRules.headerAction", "pathMatchers.routeRules.routeAction",
        "pathMatchers.routeRules.matchRules.headerMatches",
    ),
    "logging read": ("httpRequest.requestUrl", "httpRequest.referer", "jsonPayload.remoteIp"),
}  # fmt: skip
"""The fields of what these commands describe that people have put secrets into. The names are those
of the messages of Cloud Run v1 and of Compute v1."""


PRINTED = {
    "run services logs read": (
        "requestUrl",
        "--log-filter=",
        "logName:(stderr OR stdout OR system)",
    )
}
"""What these commands print whatever they are told, unless a filter ends so."""


def shown(path, argv):
    """The fields of :data:`BEARING` that a command would show, of the path that it begins with."""
    if path in PRINTED:
        field, flag, end = PRINTED[path]
        filters = [word for word in argv if word.startswith(flag)]
        return [] if filters and filters[-1].endswith(end) else [field]
    formats = [word.partition("=")[2] for word in argv if word.startswith("--format")]
    fields = _fields(formats[-1]) if formats else ("",)
    return [bad for bad in BEARING.get(path, ()) if any(_meet(each, bad) for each in fields)]


def _fields(told):
    """What a projection names; an empty name for everything, as of ``json``."""
    inside = re.fullmatch(r"\w+\((.*)\)", told)
    return tuple(re.sub(r"\[\d*\]|['\"]", "", inside[1]).split(",")) if inside else ("",)


def _meet(one, other):
    """Whether one of two fields holds the other."""
    return not one or f"{other}.".startswith(f"{one}.") or f"{one}.".startswith(f"{other}.")
