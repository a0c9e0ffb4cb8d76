"""What the Google APIs tell of healthy resources: services, connectors, databases, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1
from google.protobuf.duration_pb2 import Duration
from hypothesis import strategies as st

from netra_validate.sandbox import measures
from netra_validate.sandbox.measures import Measure
from netra_validate.sandbox.names import PARENT, PROJECT, REGION
from netra_validate.sandbox.world import GIB

NOW = datetime.now(UTC).replace(microsecond=0)
_LATEST, _REVISION = 1, 2

_UNKNOWN_FIELD = b"\x82\xe9\x03\x03new"
"""Field 8000, a string: no version of these messages has it yet."""


def newer(message: Any) -> Any:
    """The message as a newer version of the API would send it: with a field unknown here."""
    kind = type(message)
    return kind.deserialize(kind.serialize(message) + _UNKNOWN_FIELD)


@dataclass(frozen=True)
class Part:
    """One service, as it was drawn."""

    key: str
    name: str
    url: str
    wants: dict[str, Any] = field(default_factory=dict)
    """Options of ``cloud-run`` that are true of it."""
    pool: int | None = None
    most_instances: int = 100
    revision: str = ""
    account: str = ""
    secrets: tuple[str, ...] = ()


MEMORY = ((("512Mi", "536870912", "524288Ki"), 2**29), (("1Gi", "1024Mi", "1073741824"), 2**30),
          (("2Gi", "2048Mi"), 2**31), (("1000M", "1G"), 10**9), (("4Gi",), 2**32))  # fmt: skip
CPU = (("1", "1000m", "1.0"), ("2", "2000m"), ("4",), ("500m", "0.5"), ("80m", "0.08"))


@st.composite
def containers(draw: Any, name: str, env: list[Any], wants: dict[str, Any]) -> list[Any]:
    """The one that takes requests, and perhaps one beside it."""
    memory, cpu = draw(st.sampled_from(MEMORY))[0], draw(st.sampled_from(CPU))
    port = draw(st.sampled_from((8080, 3000, 80, 65535)))
    if draw(st.booleans()):
        wants["memory"], wants["cpu"] = draw(st.sampled_from(memory)), draw(st.sampled_from(cpu))
        wants["port"] = port
    where = f"{REGION}-docker.pkg.dev/{PROJECT}/netra/{name}"
    image = draw(st.sampled_from((f"{where}:latest", f"{where}@sha256:{'ab' * 32}", "nginx")))
    probe = draw(st.sampled_from(
        (None, run_v2.Probe(tcp_socket=run_v2.TCPSocketAction(port=port)),
         run_v2.Probe(http_get=run_v2.HTTPGetAction(path="/health")),
         run_v2.Probe(grpc=run_v2.GRPCAction(port=port)))
    ))  # fmt: skip
    managed = run_v2.Probe(http_get=run_v2.HTTPGetAction(path="/actuator/health", port=9090))
    first = run_v2.Container(
        name=draw(st.sampled_from((name, "", "app-1"))),
        image=image,
        ports=[run_v2.ContainerPort(
            name=draw(st.sampled_from(("http1", "h2c", ""))), container_port=port
        )],
        resources=run_v2.ResourceRequirements(
            limits={"cpu": draw(st.sampled_from(cpu)), "memory": draw(st.sampled_from(memory))},
            cpu_idle=draw(st.booleans()),
            startup_cpu_boost=draw(st.booleans()),
        ),
        env=env,
        startup_probe=probe,
        liveness_probe=draw(st.sampled_from((None, None, managed))),
    )  # fmt: skip
    beside = run_v2.Container(
        name="collector",
        image="otel/collector:1",
        resources=run_v2.ResourceRequirements(limits={"cpu": "100m", "memory": "128Mi"}),
        env=[run_v2.EnvVar(name="OTEL_ENDPOINT", value="http://localhost:4317")],
        startup_probe=run_v2.Probe(tcp_socket=run_v2.TCPSocketAction(port=4317)),
    )
    return draw(st.permutations([first, beside])) if draw(st.integers(0, 4)) == 0 else [first]


def condition(kind: str, at: datetime, state: int = 4) -> Any:
    """One condition that is true, or says nothing bad."""
    return run_v2.Condition(type_=kind, state=state, last_transition_time=at)


@st.composite
def conditions(draw: Any, at: datetime, *, retired: bool = False) -> list[Any]:
    """Of a revision, in any order, with some that nobody knows yet."""
    found = [condition("Ready", at)]
    more = ("ContainerHealthy", "ContainerReady", "ResourcesAvailable", "MinInstancesProvisioned",
            "SomethingOfTomorrow")  # fmt: skip
    found += [condition(each, at) for each in draw(st.lists(st.sampled_from(more), unique=True))]
    if retired or draw(st.booleans()):
        idle = run_v2.Condition(
            type_="Active",
            state=run_v2.Condition.State.CONDITION_FAILED if retired else 4,
            revision_reason="RETIRED" if retired else 0,
            severity=run_v2.Condition.Severity.INFO,
        )
        found.append(idle)
    if draw(st.integers(0, 9)) == 0:
        found.append(run_v2.Condition(type_="GpuZonalRedundancy", state=97))
    return draw(st.permutations(found))


@st.composite
def access(draw: Any, wants: dict[str, Any], connector: str | None, network: str) -> Any:
    """The way into the network: a connector by any of its names, or an interface of its own."""
    egress = draw(st.sampled_from(("all-traffic", "private-ranges-only")))
    if draw(st.booleans()):
        wants["egress"] = egress
    found = run_v2.VpcAccess(egress=1 if egress == "all-traffic" else 2)
    if egress == "private-ranges-only" and draw(st.booleans()):
        found.egress = 0
    direct = [
        run_v2.VpcAccess.NetworkInterface(network=network, subnetwork="run", tags=["run"]),
        run_v2.VpcAccess.NetworkInterface(subnetwork=f"projects/{PROJECT}/regions/{REGION}/subnetworks/run"),
        run_v2.VpcAccess.NetworkInterface(network=f"projects/{PROJECT}/global/networks/{network}"),
    ]  # fmt: skip
    if connector is None or draw(st.integers(0, 3)) == 0:
        found.network_interfaces = [draw(st.sampled_from(direct))]
    else:
        found.connector = draw(st.sampled_from((connector, f"{PARENT}/connectors/{connector}")))
    return found


@st.composite
def connectors(draw: Any, name: str, network: str) -> Any:
    """A connector that is READY and can grow."""
    least = draw(st.integers(2, 8))
    most = draw(st.integers(least + 1, 10))
    told = draw(st.sampled_from(("both", "instances", "throughput")))
    found = vpcaccess_v1.Connector(
        name=f"{PARENT}/connectors/{name}",
        network=network,
        ip_cidr_range=draw(st.sampled_from(("10.8.0.0/28", "172.16.9.16/28", ""))),
        state=vpcaccess_v1.Connector.State.READY,
        machine_type=draw(st.sampled_from(("f1-micro", "e2-micro", "e2-standard-4", ""))),
        connected_projects=draw(st.sampled_from(((), (PROJECT, "other-project")))),
    )
    if told != "throughput":
        found.min_instances, found.max_instances = least, most
    if told != "instances":
        found.min_throughput, found.max_throughput = least * 100, most * 100
    if draw(st.integers(0, 4)) == 0:
        found.subnet = vpcaccess_v1.Connector.Subnet(name="connectors")
        found.ip_cidr_range = ""
    return newer(found) if draw(st.booleans()) else found


TIERS = (
    ("db-f1-micro", 25),
    ("db-g1-small", 50),
    ("db-custom-2-7680", 400),
    ("db-custom-1-3840", 100),
    ("db-perf-optimized-N-4", 600),
    ("db-n1-standard-2", 400),
    ("db-custom-N4-2-8192", 400),
    ("db-of-tomorrow-8", None),
)
"""Machines, and how many connections they surely accept."""

VERSIONS = tuple(
    sqladmin_v1.SqlDatabaseVersion[f"POSTGRES_{number}"] for number in (12, 13, 14, 15, 16, 17)
)


@st.composite
def instances(draw: Any, name: str, network: str) -> tuple[Any, int | None]:
    """A database that runs, and how many connections it surely accepts."""
    tier, connections = draw(st.sampled_from(TIERS))
    flags = [sqladmin_v1.DatabaseFlags(name="log_min_duration_statement", value="1000")]
    if draw(st.booleans()):
        connections = draw(st.integers(20, 5000))
        flags.append(sqladmin_v1.DatabaseFlags(name="max_connections", value=str(connections)))
    size = draw(st.sampled_from((10, 11, 250, 65536)))
    grows = draw(st.sampled_from((True, None, False)))
    used = draw(st.floats(0, 0.75 if grows is False else 0.999))
    kind = draw(st.sampled_from(("private", "private", "psc", "public", "both")))
    reach = {"psc": "both", "public": "both"}.get(kind, kind)
    mode = draw(st.sampled_from((2, 3, 0, 77)))
    ip = sqladmin_v1.IpConfiguration(
        ipv4_enabled=reach == "both",
        private_network=f"projects/{PROJECT}/global/networks/{network}",
        ssl_mode=mode,
        authorized_networks=draw(_authorized()) if reach == "both" else [],
    )
    if mode == 0 and draw(st.booleans()):
        ip.require_ssl = True
    if kind == "psc":
        ip.psc_config = sqladmin_v1.PscConfig(psc_enabled=True)
    addresses = [sqladmin_v1.IpMapping(type_="PRIVATE", ip_address="10.20.0.3")]
    if reach == "both":
        addresses.append(sqladmin_v1.IpMapping(type_="PRIMARY", ip_address="203.0.113.40"))
    if draw(st.booleans()):
        addresses.append(sqladmin_v1.IpMapping(type_=88, ip_address="203.0.113.41"))
    regional = draw(st.booleans())
    settings = sqladmin_v1.Settings(
        kind="sql#settings",
        settings_version=draw(st.integers(1, 10**6)),
        tier=tier,
        edition=draw(st.sampled_from((0, 2, 3))),
        availability_type=2 if regional else 1,
        activation_policy=sqladmin_v1.Settings.SqlActivationPolicy.ALWAYS,
        data_disk_size_gb=size,
        storage_auto_resize=grows,
        database_flags=draw(st.permutations(flags)),
        ip_configuration=ip,
        backup_configuration=sqladmin_v1.BackupConfiguration(enabled=True, start_time="03:00"),
        user_labels={"error": "none", "team": "data"},
    )
    if grows and draw(st.booleans()):
        settings.storage_auto_resize_limit = 0
    found = sqladmin_v1.DatabaseInstance(
        kind="sql#instance",
        name=name,
        project=PROJECT,
        region=REGION,
        gce_zone=f"{REGION}-c",
        connection_name=f"{PROJECT}:{REGION}:{name}",
        state=sqladmin_v1.DatabaseInstance.SqlInstanceState.RUNNABLE,
        database_version=draw(st.sampled_from(VERSIONS)),
        create_time=NOW - timedelta(days=draw(st.integers(0, 900))),
        ip_addresses=draw(st.permutations(addresses)),
        settings=settings,
        etag="x",
    )
    if draw(st.booleans()):
        found.current_disk_size = int(used * size * GIB)
    if draw(st.integers(0, 4)) == 0:
        found.create_time = datetime.now(UTC) + timedelta(seconds=5)
    if draw(st.booleans()):
        found.server_ca_cert = sqladmin_v1.SslCert(
            expiration_time=NOW + timedelta(days=draw(st.integers(31, 3650)))
        )
    if draw(st.integers(0, 3)) == 0:
        days = draw(st.sampled_from((-30, -1, 8, 40)))
        found.scheduled_maintenance = sqladmin_v1.DatabaseInstance.SqlScheduledMaintenance(
            start_time=NOW + timedelta(days=days)
        )
    if draw(st.integers(0, 5)) == 0:
        found.replica_names = [f"{name[:80]}-replica"]
    return found, connections


@st.composite
def _authorized(draw: Any) -> list[Any]:
    """Networks of an office, one of them with the world that was let in until last year."""
    offices = ("203.0.113.0/24", "198.51.100.7", "2001:db8::/32")
    chosen = draw(st.lists(st.sampled_from(offices)))
    entries = [sqladmin_v1.AclEntry(value=each) for each in chosen]
    if draw(st.booleans()):
        over = NOW - timedelta(days=300)
        entries.append(sqladmin_v1.AclEntry(value="0.0.0.0/0", expiration_time=over))
    return entries


@st.composite
def operations(draw: Any, instance: str) -> list[Any]:
    """What was done to it: old failures that were mended since, and backups under way."""
    kinds = sqladmin_v1.Operation.SqlOperationType
    found = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(
            st.sampled_from((kinds.CREATE, kinds.BACKUP_VOLUME, kinds.UPDATE, kinds.EXPORT, 93))
        )
        at = NOW - timedelta(days=draw(st.integers(0, 400)), hours=number)
        running = draw(st.integers(0, 5)) == 0
        one = sqladmin_v1.Operation(
            name=f"op-{number}",
            operation_type=kind,
            status=2 if running else 3,
            insert_time=at,
            start_time=at,
            target_id=instance,
            target_project=PROJECT,
        )
        if not running:
            one.end_time = at + timedelta(minutes=3)
        if not running and at < NOW - timedelta(days=8) and draw(st.booleans()):
            one.error = sqladmin_v1.OperationErrors(
                errors=[sqladmin_v1.OperationError(code="INTERNAL_ERROR", message="old")]
            )
        if kind == kinds.EXPORT and not running and draw(st.booleans()):
            one.error = sqladmin_v1.OperationErrors(
                errors=[sqladmin_v1.OperationError(code="CANCELLED", message="User cancelled")]
            )
        found.append(one)
    return found


@st.composite
def database_load(draw: Any, instance: str, connections: int | None) -> list[Measure]:
    """A database under a load that it can bear; of some things nothing is measured."""
    of = f"{PROJECT}:{instance}"
    share = st.floats(0, 0.79)
    found = [
        Measure(measures.DATABASE_CPU, of, draw(share), draw(st.floats(-0.01, 0.01))),
        Measure(measures.DATABASE_MEMORY, of, draw(share)),
    ]
    busy = min(connections or 20, 20) * 0.75
    names = draw(st.lists(st.sampled_from(("netra", "postgres", "cloudsqladmin")), unique=True))
    return found + [
        Measure(measures.DATABASE_CONNECTIONS, of, busy / 3, labels=(("database", name),))
        for name in names
    ]


@st.composite
def service_load(draw: Any, service: str, most: int) -> list[Measure]:
    """Of a service: nothing where nobody came, or less than it can take."""
    if draw(st.integers(0, 3)) == 0:
        return []
    share = st.floats(0, 0.79)
    found = [
        Measure(measures.SERVICE_CPU, service, draw(share)),
        Measure(measures.SERVICE_MEMORY, service, draw(share)),
        Measure(measures.SERVICE_STARTS, service, draw(st.floats(0, 9900))),
    ]
    busy = draw(st.integers(0, int(most * 0.7)))
    labels = (("active", busy), ("idle", draw(st.integers(0, 100))))
    found += [
        Measure(measures.SERVICE_INSTANCES, service, value, labels=(("state", state),))
        for state, value in labels
    ]
    return draw(st.permutations(found))[draw(st.integers(0, 1)) :]


@st.composite
def connector_load(draw: Any, connector: Any) -> list[Measure]:
    """Of a connector that copes."""
    name = connector.name.rpartition("/")[2]
    most = connector.max_instances or 10
    mbps = (connector.max_throughput or 200) * 0.7
    return [
        Measure(measures.CONNECTOR_CPU, name, draw(st.floats(0, 0.79))),
        Measure(measures.CONNECTOR_INSTANCES, name, draw(st.integers(0, int(most * 0.75)))),
        Measure(measures.CONNECTOR_SENT, name, draw(st.floats(0, mbps)) * 125_000),
        Measure(measures.CONNECTOR_RECEIVED, name, draw(st.floats(0, mbps)) * 125_000),
    ]


_DEPLOYED_BY = (
    {"goog-terraform-provisioned": "true"},
    {"managed-by": "google-cloud-deploy", "delivery-pipeline-id": "netra"},
    {},
)


@st.composite
def service(
    draw: Any, part: Part, template: Any, revisions: dict[str, Any], serving: str, most: int
) -> Any:
    """A service whose revision serves, by whatever way its traffic is written down."""
    name = f"{PARENT}/services/{part.name}"
    created = NOW - timedelta(days=draw(st.integers(2, 600)))
    way = draw(st.sampled_from(("latest", "name", "tags", "candidate")))
    older = [each.rpartition("/")[2] for each in revisions if not each.endswith(f"/{serving}")]
    target = {"type_": _LATEST, "percent": 100}
    if way == "name":
        target = {"type_": _REVISION, "revision": serving, "percent": 100}
    shares = [target]
    newest = serving
    if way == "candidate" and older:  # the newest waits for its traffic, and can be reached
        target = {"type_": _REVISION, "revision": older[0], "percent": 100}
        shares = [target, {"type_": _REVISION, "revision": newest, "tag": "candidate"}]
    if way == "tags":
        shares += [
            {"type_": _REVISION, "revision": each, "percent": 0, "tag": f"t{number}"}
            for number, each in enumerate(older)
        ]
        shares = draw(st.permutations(shares))
    statuses = [run_v2.TrafficTargetStatus(**each) for each in shares]
    scaling = [run_v2.ServiceScaling(), run_v2.ServiceScaling(max_instance_count=most)]
    if part.pool is None and not part.wants.keys() & {"min_instances", "max_instances"}:
        scaling.append(run_v2.ServiceScaling(scaling_mode=2, manual_instance_count=most))
    if way == "latest" and draw(st.booleans()):
        statuses = [run_v2.TrafficTargetStatus(type_=_LATEST, revision=serving, percent=100)]
    found = run_v2.Service(
        name=name,
        uid=f"0-{part.name}",
        generation=draw(st.integers(1, 10**6)),
        create_time=created,
        update_time=draw(st.sampled_from((created, NOW - timedelta(hours=1)))),
        ingress=run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
        launch_stage=draw(st.sampled_from((4, 0, 95))),
        template=template,
        traffic=[run_v2.TrafficTarget(**each) for each in shares],
        traffic_statuses=[] if way == "latest" and draw(st.integers(0, 5)) == 0 else statuses,
        terminal_condition=condition("Ready", created),
        latest_ready_revision=f"{name}/revisions/{serving}",
        latest_created_revision=f"{name}/revisions/{serving}",
        uri=f"https://{part.name}-sbx-uc.a.run.app",
        urls=draw(st.sampled_from(((), (f"https://{part.name}-314159265358.{REGION}.run.app",)))),
        scaling=draw(st.sampled_from(scaling)),
        labels=draw(st.sampled_from(_DEPLOYED_BY)),
    )  # fmt: skip
    if draw(st.booleans()):
        part.wants["ingress"] = "all"
    return newer(found) if draw(st.booleans()) else found


@st.composite
def revision(draw: Any, part: Part, template: Any, name: str, *, old: bool) -> Any:
    """What was made of a template."""
    at = NOW - timedelta(days=draw(st.integers(1, 400) if not old else st.integers(401, 800)))
    if not old and draw(st.integers(0, 9)) == 0:
        # Just now, by a clock that is some seconds off.
        at = datetime.now(UTC) + timedelta(seconds=draw(st.integers(-120, 5)))
    found = run_v2.Revision(
        name=f"{PARENT}/services/{part.name}/revisions/{name}",
        create_time=at,
        service=part.name,
        scaling=template.scaling,
        vpc_access=template.vpc_access,
        max_instance_request_concurrency=template.max_instance_request_concurrency,
        timeout=template.timeout,
        service_account=template.service_account,
        containers=template.containers,
        volumes=template.volumes,
        execution_environment=template.execution_environment,
        conditions=draw(conditions(at, retired=old and draw(st.booleans()))),
        launch_stage=draw(st.sampled_from((4, 0, 95))),
        encryption_key_revocation_action=draw(st.sampled_from((0, 9))),
    )
    return newer(found) if draw(st.booleans()) else found


@st.composite
def template(draw: Any, part: Part, env: list[Any], most: int) -> Any:
    """The settings of a service; those of them that are expected come into ``part.wants``."""
    wants = part.wants
    least = draw(st.integers(0, min(most, 2)))
    timeout = draw(st.sampled_from((600, 3600, 300, 1)))
    concurrency = draw(st.sampled_from((1, 80, 1000)))
    generation = draw(st.sampled_from((0, 1, 2)))
    found = run_v2.RevisionTemplate(
        scaling=run_v2.RevisionScaling(min_instance_count=least, max_instance_count=most),
        timeout=Duration(seconds=timeout),
        service_account=part.account,
        max_instance_request_concurrency=concurrency,
        containers=draw(containers(part.name, env, wants)),
        execution_environment=generation,
        labels={"commit-sha": "0" * 40},
    )
    if draw(st.booleans()):
        wants |= {"timeout_s": timeout, "concurrency": concurrency, "max_instances": most}
    if draw(st.booleans()):
        wants["min_instances"] = least
        wants["service_account"] = part.account
    if generation and draw(st.booleans()):
        wants["execution_environment"] = f"gen{generation}"
    return found


def by_name(messages: Any) -> Mapping[str, Any]:
    """Messages by their full names."""
    return {each.name: each for each in messages}
