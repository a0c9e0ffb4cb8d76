"""What the Google APIs know about the sandbox's project, made of their official messages.

gRPC and REST are two views of one :class:`World`, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1
from google.iam.v1.policy_pb2 import Policy
from google.protobuf.duration_pb2 import Duration

from netra_validate.sandbox import balancing
from netra_validate.sandbox.identities import ROLES, policies
from netra_validate.sandbox.log_lines import LogLine, Writer, good_start
from netra_validate.sandbox.measures import Measure, healthy_measures
from netra_validate.sandbox.names import (
    CONNECTION_NAME,
    CONNECTOR,
    INSTANCE,
    MIGRATION,
    NETWORK,
    PARENT,
    PROJECT,
    REGION,
    SERVICES,
    TAG,
)
from netra_validate.sandbox.variables import secret_versions, variables

GIB: Final = 2**30
CREATED_AT: Final = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
"""When everything was made: fixed, so that two runs see the same."""
CA_LIFE: Final = timedelta(days=3650)
"""Cloud SQL's server certificate authority lives ten years."""
READY: Final = run_v2.Condition(
    type_="Ready",
    state=run_v2.Condition.State.CONDITION_SUCCEEDED,
    last_transition_time=CREATED_AT,
)
_LATEST: Final = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
_REVISION: Final = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION


@dataclass(frozen=True, slots=True)
class World:
    """One Google Cloud project. Every mapping is keyed by the full resource name.

    Revisions are not listed: they follow from the services (:func:`revisions_of`), but for those
    that are older than the service's template.
    """

    services: Mapping[str, run_v2.Service]
    connectors: Mapping[str, vpcaccess_v1.Connector]
    instances: Mapping[str, sqladmin_v1.DatabaseInstance]
    operations: tuple[sqladmin_v1.Operation, ...]
    earlier: Mapping[str, run_v2.RevisionTemplate] = field(default_factory=dict)
    """By the full name of the revision: what it was made from."""
    jobs: Mapping[str, run_v2.Job] = field(default_factory=dict)
    logs: tuple[LogLine, ...] = ()
    compute: balancing.Resources = field(default_factory=dict)
    """The load balancer, as JSON."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The permissions of those that IAM is asked for."""
    secret_versions: Mapping[str, str] = field(default_factory=dict)
    """The state of each."""
    measures: tuple[Measure, ...] = ()
    """What Cloud Monitoring knows."""


def healthy_world() -> World:
    """The project in which nothing is wrong."""
    return World(
        services={each.name: each for each in _services()},
        connectors={connector_name(CONNECTOR): connector(CONNECTOR)},
        instances={f"projects/{PROJECT}/instances/{INSTANCE}": _instance()},
        operations=tuple(_operations()),
        jobs={job_name(MIGRATION): _migration()},
        logs=tuple(
            line
            for service in SERVICES.values()
            for number in (41, 42)
            for line in _logs(service, short_revision(service, number))
        ),
        compute=balancing.healthy(),
        policies=policies(),
        roles=ROLES,
        secret_versions=secret_versions(),
        measures=healthy_measures(),
    )


def revisions_of(world: World, service: run_v2.Service) -> tuple[run_v2.Revision, ...]:
    """The revisions of a service, newest first.

    The latest created, the latest ready where it is another, those with traffic, and one from
    before, which serves no more.
    """
    created, ready = service.latest_created_revision, service.latest_ready_revision
    busy = {f"{service.name}/revisions/{each.revision}" for each in service.traffic_statuses}
    before = _numbered(service, 41)
    earlier = {name for name in world.earlier if name.startswith(f"{service.name}/revisions/")}
    told = {created, ready, *busy} - {"", f"{service.name}/revisions/"}
    found = []
    for name in sorted({before} | told | earlier, key=_number, reverse=True):
        # What is true of a service whose latest revision is ready is its own affair.
        condition = service.terminal_condition if name == created != ready else READY
        template = world.earlier.get(name, service.template)
        found.append(_revision(service, template, name, condition))
    return tuple(found)


def _numbered(service: run_v2.Service, number: int) -> str:
    return f"{service.name}/revisions/{short_revision(service.name.rsplit('/', 1)[-1], number)}"


def short_revision(service: str, number: int = 42) -> str:
    """The name of a service's revision; the healthy ones serve their 42nd."""
    return f"{service}-{number:05}-sbx"


def _number(revision: str) -> int:
    return int(revision.rsplit("-", 2)[-2])


def created_at(revision: str) -> datetime:
    """When a revision was created: one a day."""
    return CREATED_AT + timedelta(days=_number(revision) - 42)


def with_candidate(world: World, key: str) -> World:
    """The world after ``gcloud run deploy --no-traffic --tag``: a revision that has no traffic.

    Its address is given by :func:`placed`.
    """
    name = f"{PARENT}/services/{SERVICES[key]}"
    if name not in world.services:
        return world
    service = run_v2.Service(world.services[name])
    serving = service.latest_ready_revision
    earlier = {**world.earlier, serving: run_v2.RevisionTemplate(service.template)}
    created = serving.replace("-00042-sbx", "-00043-new")
    service.template.revision = created.rpartition("/")[2]
    service.latest_created_revision = service.latest_ready_revision = created
    serving = serving.rpartition("/")[2]
    shares = [
        {"type_": _REVISION, "revision": serving, "percent": 100},
        {"type_": _REVISION, "revision": service.template.revision, "tag": TAG},
    ]
    service.traffic = [run_v2.TrafficTarget(**share) for share in shares]
    service.traffic_statuses = [run_v2.TrafficTargetStatus(**share) for share in shares]
    logs = world.logs + _logs(SERVICES[key], service.template.revision)
    return replace(world, services={**world.services, name: service}, earlier=earlier, logs=logs)


def placed(world: World, addresses: Mapping[str, str]) -> World:
    """The world in which the revisions with a tag are reached there, by the name of the service."""
    services = dict(world.services)
    for key, address in addresses.items():
        name = f"{PARENT}/services/{SERVICES[key]}"
        services[name] = run_v2.Service(services[name])
        for status in services[name].traffic_statuses:
            status.uri = address if status.tag else ""
    return replace(world, services=services)


def addressed(world: World, ports: Mapping[str, int]) -> World:
    """The world in which services whose address names a door of the sandbox have its port."""
    services = dict(world.services)
    for name, service in world.services.items():
        host, _, door = service.uri.rpartition(":")
        if door in ports:
            services[name] = run_v2.Service(service)
            services[name].uri = f"{host}:{ports[door]}"
    return replace(world, services=services)


def _revision(
    service: run_v2.Service,
    template: run_v2.RevisionTemplate,
    name: str,
    condition: run_v2.Condition,
) -> run_v2.Revision:
    """What Cloud Run makes of a template."""
    return run_v2.Revision(
        name=name,
        uid=f"{service.uid}-{name[-9:-4]}",
        generation=1,
        observed_generation=1,
        create_time=created_at(name),
        update_time=created_at(name),
        service=service.name.rsplit("/", 1)[-1],
        scaling=template.scaling,
        vpc_access=template.vpc_access,
        max_instance_request_concurrency=template.max_instance_request_concurrency,
        timeout=template.timeout,
        service_account=template.service_account,
        containers=template.containers,
        volumes=template.volumes,
        execution_environment=template.execution_environment,
        conditions=[condition],
        etag='"1"',
    )


def _logs(service: str, revision: str) -> tuple[LogLine, ...]:
    return good_start(Writer(service, revision, created_at(revision) + timedelta(seconds=5)))


def job_name(short: str) -> str:
    """The full name of a job."""
    return f"{PARENT}/jobs/{short}"


def _migration() -> run_v2.Job:
    """The job that brings the schema up to date; its latest execution went well."""
    return run_v2.Job(
        name=job_name(MIGRATION),
        uid=f"0000-{MIGRATION}",
        generation=1,
        create_time=CREATED_AT,
        execution_count=3,
        latest_created_execution=run_v2.ExecutionReference(
            name=f"{MIGRATION}-x7k2q",
            create_time=CREATED_AT,
            completion_time=CREATED_AT + timedelta(minutes=2),
            completion_status="EXECUTION_SUCCEEDED",
        ),
        terminal_condition=READY,
        etag='"1"',
    )


def connector_name(short: str) -> str:
    """The full name of a connector."""
    return f"{PARENT}/connectors/{short}"


def connector(short: str) -> vpcaccess_v1.Connector:
    """A connector that is READY in the staging network."""
    return vpcaccess_v1.Connector(
        name=connector_name(short),
        network=NETWORK,
        ip_cidr_range="10.8.0.0/28",
        state=vpcaccess_v1.Connector.State.READY,
        machine_type="e2-micro",
        min_instances=2,
        max_instances=3,
        min_throughput=200,
        max_throughput=300,
    )


def _services() -> Iterable[run_v2.Service]:
    for key, service in SERVICES.items():
        yield _service(service, with_database=key != "frontend")


def _service(short: str, *, with_database: bool) -> run_v2.Service:
    name = f"{PARENT}/services/{short}"
    revision = short_revision(short)
    template = _template(short, revision)
    if with_database:
        _attach_database(template)
    return run_v2.Service(
        name=name,
        uid=f"0000-{short}",
        generation=42,
        observed_generation=42,
        create_time=CREATED_AT,
        update_time=CREATED_AT,
        ingress=run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
        template=template,
        traffic=[run_v2.TrafficTarget(type_=_LATEST, percent=100)],
        traffic_statuses=[run_v2.TrafficTargetStatus(type_=_LATEST, percent=100)],
        terminal_condition=READY,
        latest_ready_revision=f"{name}/revisions/{revision}",
        latest_created_revision=f"{name}/revisions/{revision}",
        uri=f"https://{short}-sbx-uc.a.run.app",
        etag='"42"',
    )


def _template(short: str, revision: str) -> run_v2.RevisionTemplate:
    return run_v2.RevisionTemplate(
        revision=revision,
        scaling=run_v2.RevisionScaling(min_instance_count=1, max_instance_count=3),
        timeout=Duration(seconds=600),
        service_account=f"{short}@{PROJECT}.iam.gserviceaccount.com",
        max_instance_request_concurrency=80,
        containers=[
            run_v2.Container(
                name=short,
                image=f"{REGION}-docker.pkg.dev/{PROJECT}/netra/{short}:2025.9.1",
                ports=[run_v2.ContainerPort(name="http1", container_port=8080)],
                resources=run_v2.ResourceRequirements(limits={"cpu": "1", "memory": "1Gi"}),
                env=variables(short),
            )
        ],
    )


def _attach_database(template: run_v2.RevisionTemplate) -> None:
    """The way to the database: a connector into its network, and its socket as a volume."""
    template.vpc_access = run_v2.VpcAccess(
        connector=connector_name(CONNECTOR),
        egress=run_v2.VpcAccess.VpcEgress.PRIVATE_RANGES_ONLY,
    )
    template.volumes = [
        run_v2.Volume(
            name="cloudsql",
            cloud_sql_instance=run_v2.CloudSqlInstance(instances=[CONNECTION_NAME]),
        )
    ]
    template.containers[0].volume_mounts = [
        run_v2.VolumeMount(name="cloudsql", mount_path="/cloudsql")
    ]


def _instance() -> sqladmin_v1.DatabaseInstance:
    return sqladmin_v1.DatabaseInstance(
        kind="sql#instance",
        name=INSTANCE,
        project=PROJECT,
        region=REGION,
        gce_zone=f"{REGION}-c",
        connection_name=CONNECTION_NAME,
        state=sqladmin_v1.DatabaseInstance.SqlInstanceState.RUNNABLE,
        backend_type=sqladmin_v1.SqlBackendType.SECOND_GEN,
        instance_type=sqladmin_v1.SqlInstanceType.CLOUD_SQL_INSTANCE,
        database_version=sqladmin_v1.SqlDatabaseVersion.POSTGRES_17,
        database_installed_version="POSTGRES_17_5",
        create_time=CREATED_AT,
        # Deprecated in favour of a Cloud Monitoring metric, and still the API's only word on it.
        current_disk_size=41 * 10 * GIB // 100,
        ip_addresses=[sqladmin_v1.IpMapping(type_="PRIVATE", ip_address="10.20.0.3")],
        server_ca_cert=_server_ca(),
        settings=_settings(),
        self_link=f"https://sqladmin.googleapis.com/v1/projects/{PROJECT}/instances/{INSTANCE}",
        etag="sandbox",
    )


def _server_ca() -> sqladmin_v1.SslCert:
    return sqladmin_v1.SslCert(
        kind="sql#sslCert",
        cert_serial_number="0",
        common_name="C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA",
        create_time=CREATED_AT,
        expiration_time=CREATED_AT + CA_LIFE,
        instance=INSTANCE,
    )


def _settings() -> sqladmin_v1.Settings:
    return sqladmin_v1.Settings(
        kind="sql#settings",
        settings_version=7,
        tier="db-g1-small",
        edition=sqladmin_v1.Settings.Edition.ENTERPRISE,
        availability_type=sqladmin_v1.SqlAvailabilityType.ZONAL,
        activation_policy=sqladmin_v1.Settings.SqlActivationPolicy.ALWAYS,
        data_disk_size_gb=10,
        data_disk_type=sqladmin_v1.SqlDataDiskType.PD_SSD,
        storage_auto_resize=True,
        storage_auto_resize_limit=0,
        database_flags=[sqladmin_v1.DatabaseFlags(name="max_connections", value="100")],
        ip_configuration=sqladmin_v1.IpConfiguration(
            ipv4_enabled=False,
            private_network=f"projects/{PROJECT}/global/networks/{NETWORK}",
            ssl_mode=sqladmin_v1.IpConfiguration.SslMode.ENCRYPTED_ONLY,
        ),
        backup_configuration=sqladmin_v1.BackupConfiguration(
            kind="sql#backupConfiguration",
            enabled=True,
            start_time="03:00",
            point_in_time_recovery_enabled=True,
            transaction_log_retention_days=7,
        ),
    )


def _operations() -> Iterable[sqladmin_v1.Operation]:
    kinds = (
        sqladmin_v1.Operation.SqlOperationType.CREATE,
        sqladmin_v1.Operation.SqlOperationType.BACKUP_VOLUME,
    )
    for day, kind in enumerate(kinds):
        at = CREATED_AT + timedelta(days=day)
        yield sqladmin_v1.Operation(
            kind="sql#operation",
            name=f"00000000-0000-4000-8000-{day:012}",
            operation_type=kind,
            status=sqladmin_v1.Operation.SqlOperationStatus.DONE,
            user=f"deployer@{PROJECT}.iam.gserviceaccount.com",
            insert_time=at,
            start_time=at,
            end_time=at + timedelta(minutes=4),
            target_id=INSTANCE,
            target_project=PROJECT,
        )
