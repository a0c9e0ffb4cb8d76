"""Cloud Run services and revisions as its ``v1`` API shows them, which ``gcloud run`` speaks.

Reference: https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services and
…/namespaces.revisions
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from google.cloud import run_v2

from netra_validate.sandbox.names import PROJECT, REGION, SERVICES

DOMAIN: Final = "staging.netra.example"
"""It is mapped to the backend."""

_EGRESS: Final = {
    run_v2.VpcAccess.VpcEgress.ALL_TRAFFIC: "all-traffic",
    run_v2.VpcAccess.VpcEgress.PRIVATE_RANGES_ONLY: "private-ranges-only",
}
_STATUS: Final = {
    run_v2.Condition.State.CONDITION_SUCCEEDED: "True",
    run_v2.Condition.State.CONDITION_FAILED: "False",
}


def full_name(project: str, service: str) -> str:
    """The ``v2`` name of a service that ``v1`` knows by its namespace."""
    return f"projects/{project}/locations/{REGION}/services/{service}"


def location(project: str) -> str:
    """The ``v2`` name of where the services of a namespace are."""
    return f"projects/{project}/locations/{REGION}"


def selected_service(selector: str) -> str | None:
    """The service that a list of revisions is about; None for all.

    https://cloud.google.com/run/docs/reference/rest/v1/namespaces.revisions/list
    """
    found = re.fullmatch(r"serving\.knative\.dev/service ?=? ?=? ?([a-z0-9-]+)", selector)
    return found[1] if found else None


def listed(kind: str, items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a list method answers."""
    head = {"apiVersion": "serving.knative.dev/v1", "kind": kind, "metadata": {}}
    return head | {"items": list(items)}


def full_revision_name(project: str, revision: str) -> str:
    """The ``v2`` name of a revision, which is named after its service."""
    return f"{full_name(project, revision.rsplit('-', 2)[0])}/revisions/{revision}"


def domain_mappings() -> dict[str, Any]:
    """The domains that lead to services without a load balancer: of the backend there is one.

    https://cloud.google.com/run/docs/reference/rest/v1/namespaces.domainmappings/list
    """
    mapping = {
        "apiVersion": "domains.cloudrun.com/v1",
        "kind": "DomainMapping",
        "metadata": {"name": DOMAIN, "namespace": PROJECT},
        "spec": {"routeName": SERVICES["backend"], "certificateMode": "AUTOMATIC"},
    }
    return {"kind": "DomainMappingList", "items": [mapping]}


def service(found: run_v2.Service) -> dict[str, Any]:
    """The ``v1`` form of a service."""
    _, project, _, region, _, name = found.name.split("/")
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": project,
            "uid": found.uid,
            "generation": found.generation,
            "creationTimestamp": found.create_time.isoformat().replace("+00:00", "Z"),
            "labels": {"cloud.googleapis.com/location": region},
            "annotations": {"run.googleapis.com/ingress": "all"},
        },
        "spec": {
            "template": _template(found.template),
            "traffic": [_share(each) for each in found.traffic],
        },
        "status": _status(found),
    }


def revision(found: run_v2.Revision) -> dict[str, Any]:
    """The ``v1`` form of a revision."""
    _, project, _, region, _, service, _, name = found.name.split("/")
    labels = {"cloud.googleapis.com/location": region, "serving.knative.dev/service": service}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Revision",
        "metadata": {
            "name": name,
            "namespace": project,
            "uid": found.uid,
            "generation": 1,
            "creationTimestamp": found.create_time.isoformat().replace("+00:00", "Z"),
            "labels": labels,
            "annotations": _annotations(found),
        },
        "spec": _instance(found),
        "status": {"conditions": [_condition(each) for each in found.conditions]},
    }


def _share(target: run_v2.TrafficTarget | run_v2.TrafficTargetStatus) -> dict[str, Any]:
    """Where a part of the traffic goes: to a revision, or to the latest that is ready."""
    share: dict[str, Any] = {"percent": target.percent}
    share |= {"revisionName": target.revision} if target.revision else {"latestRevision": True}
    return share | ({"tag": target.tag} if target.tag else {})


def _template(template: run_v2.RevisionTemplate) -> dict[str, Any]:
    return {
        "metadata": {"name": template.revision, "annotations": _annotations(template)},
        "spec": _instance(template),
    }


def _instance(source: run_v2.Revision | run_v2.RevisionTemplate) -> dict[str, Any]:
    """What every instance is like."""
    return {
        "containerConcurrency": source.max_instance_request_concurrency,
        "timeoutSeconds": source.timeout.seconds,
        "serviceAccountName": source.service_account,
        "containers": [_container(each) for each in source.containers],
    }


def _annotations(template: run_v2.Revision | run_v2.RevisionTemplate) -> dict[str, str]:
    annotations = {"autoscaling.knative.dev/maxScale": str(template.scaling.max_instance_count)}
    access = template.vpc_access
    if access.connector:
        short = access.connector.rsplit("/", 1)[-1]
        annotations["run.googleapis.com/vpc-access-connector"] = short
        annotations["run.googleapis.com/vpc-access-egress"] = _EGRESS[access.egress]
    attached = [name for volume in template.volumes for name in volume.cloud_sql_instance.instances]
    if attached:
        annotations["run.googleapis.com/cloudsql-instances"] = ",".join(attached)
    return annotations


def _container(container: run_v2.Container) -> dict[str, Any]:
    return {
        "name": container.name,
        "image": container.image,
        "ports": [
            {"name": each.name, "containerPort": each.container_port} for each in container.ports
        ],
        "env": [_variable(each) for each in container.env],
        "resources": {"limits": dict(container.resources.limits)},
    }


def _variable(variable: run_v2.EnvVar) -> dict[str, Any]:
    """One environment variable; of one from a secret, its name and version."""
    reference = variable.value_source.secret_key_ref
    if not reference.secret:
        return {"name": variable.name, "value": variable.value}
    selector = {"name": reference.secret, "key": reference.version}
    return {"name": variable.name, "valueFrom": {"secretKeyRef": selector}}


def _status(found: run_v2.Service) -> dict[str, Any]:
    ready = found.latest_ready_revision.rsplit("/", 1)[-1]
    return {
        "observedGeneration": found.observed_generation,
        "conditions": [_condition(found.terminal_condition)],
        "latestCreatedRevisionName": found.latest_created_revision.rsplit("/", 1)[-1],
        "latestReadyRevisionName": ready,
        "traffic": [
            {"revisionName": ready, **_share(each)} | ({"url": each.uri} if each.uri else {})
            for each in found.traffic_statuses
        ],
        "url": found.uri,
        "address": {"url": found.uri},
    }


def _condition(condition: run_v2.Condition) -> dict[str, Any]:
    plain = {"type": condition.type_, "status": _STATUS.get(condition.state, "Unknown")}
    if condition.last_transition_time:
        since = condition.last_transition_time.isoformat()
        plain["lastTransitionTime"] = since.replace("+00:00", "Z")
    if condition.message:
        plain["reason"] = _reason(condition)
        plain["message"] = condition.message
    return plain


def _reason(condition: run_v2.Condition) -> str:
    """``HealthCheckContainerError`` of ``HEALTH_CHECK_CONTAINER_ERROR``."""
    kind = type(condition).pb(condition).WhichOneof("reasons")
    return getattr(condition, kind).name.title().replace("_", "") if kind else ""
