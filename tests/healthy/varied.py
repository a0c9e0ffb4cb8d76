"""Whole environments in which nothing is wrong, drawn at random.

Everything that a check looks at is drawn: see the modules beside this one. Project and region are
the sandbox's here, and have other names on the wire. Where there is no PostgreSQL to run, the check
``postgres`` is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import crowds
import varied_cloud as cloud
import varied_web as web
from as_toml import toml
from google.cloud import run_v2
from google.iam.v1.policy_pb2 import Binding, Policy
from google.type.expr_pb2 import Expr
from hypothesis import strategies as st
from staged import OLD, Environment, Place, Presented
from varied_cloud import Part
from varied_logs import logs
from varied_names import DOMAINS, cloud_names, keys
from varied_places import balancer, manners
from varied_sessions import Sessions, sessions
from varied_signals import signals
from varied_source import repositories
from varied_structure import structures
from varied_wire import wires

from netra_validate.sandbox.database import HEALTH_SCHEMA, SCHEMA
from netra_validate.sandbox.identities import FOLDER, ORGANIZATION, PROJECT_NAME
from netra_validate.sandbox.names import PARENT, PROJECT, REGION
from netra_validate.sandbox.world import World

_ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
"""At half and quarter hours, and where it is another day."""

_HARMLESS = (
    ("LOG_LEVEL", "error"),
    ("LOG_LEVEL", ""),
    ("TOKEN_TTL_S", "3600"),
    ("MAX_TOKENS", "4096"),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("JWT_ALGORITHM", "RS256"),
    ("TOKEN_URL", "https://oauth2.googleapis.com/token"),
    ("GOOGLE_CLIENT_ID", "123-abc.apps.googleusercontent.com"),
    ("SMTP_HOST", "smtp.sendgrid.net"),
    ("MAIL_FROM", "netra <noreply@mail.elsewhere.example>"),
    ("REDIS_URL", "redis://10.20.0.4:6379/0"),
    ("DATABASE_URL", "postgresql+asyncpg://app@/netra?host=/cloudsql/p:r:i"),
    ("SENTRY_DSN", "https://0123456789abcdef@o1.ingest.sentry.io/2"),
    ("NO_PROXY", "localhost,127.0.0.1"),
    ("CORS_ORIGINS", "http://localhost:3000"),
    ("FLAGS", '{"a": ["b"], "c": "on"}'),
    ("GREETING", "Grüß Gott - 你好"),
    ("CERT", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
    ("SKIP_OAUTH_VALIDATION", "false"),
    ("BYPASS_STARTUP_VALIDATION", "0"),
    ("EMERGENCY_ALLOW_NO_DATABASE", ""),
    ("CREDENTIALS_PATH", "/secrets/key.json"),
    ("SECRET_NAME", "projects/p/secrets/s"),
    ("BASE", "$(SERVICE_URL)/v1"),
    ("PRODUCTION_HINT", "prod"),
    ("NEXT_PUBLIC_FIREBASE_API_KEY", "AIzaSyA-public"),
    ("VERSION", "v1.2.3-rc.1"),
    ("REGEX", "^.+\\.netra\\.example$"),
    ("PORTS", "1.2.3.4:80"),
    ("X", "todo-list"),
    ("GCP_PROJECT", "netra-sandbox"),
    ("API_KEY_HEADER", "X-API-Key"),
    ("PYTHONUNBUFFERED", "1"),
    ("SMOKE_TEST_USER", "qa-bot@example.com"),
    ("SYNTHETIC_USER", "synthetic@example.com"),
    ("EMAIL_DOMAIN_ALLOWLIST", "example.org"),
    ("MAIL_FROM", "<noreply@mail.elsewhere.example>"),
    ("LABEL_TEMPLATE", "{{name}}"),
    ("FORWARDED_ALLOW_IPS", "127.0.0.1"),
    ("HEALTHCHECK_BIND", "127.0.0.1:9000"),
    ("EMAIL_SUBJECT_PREFIX", "[Netra] "),
    ("PREFIX", "netra: "),
    ("DATABASE_URL", "postgresql://netra:$(DATABASE_PASSWORD)@/netra?host=/cloudsql/p:r:i"),
    ("DATABASE_URL_TEMPLATE", "postgresql://netra:{password}@10.20.0.3/netra"),
    ("API_TOKEN", "berglas://netra-secrets/api-token"),
    ("STRIPE_SECRET", "gcp-secretmanager:stripe-secret"),
    ("ADMIN_TOKEN", "disabled"),
    ("FIREBASE_API_KEY", "AIzaSyA-1234567890abcdefghijklmnopqrstu"),
    ("PUBLIC_API_KEY", "pk_test_abcdefghijkl"),
    ("EOS_TOKEN", "</s>"),
    ("PAD_TOKEN", "<pad>"),
    ("LLM_STOP", "<|im_end|>"),
)
"""Variables that say nothing bad, though they look like it."""


@st.composite
def environments(draw: Any) -> Environment:
    """One of them."""
    return _Drawing(draw).environment()


class _Drawing:
    """Draws the parts, each of which may depend on those before."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.domain = draw(st.sampled_from(DOMAINS))
        self.word = draw(st.sampled_from(("staging", "production", "blue", "dev")))
        self.network = draw(st.sampled_from(("staging-vpc", "default", "n" * 63)))
        self.revisions: dict[str, Any] = {}
        self.lines: list[Any] = []
        self.policies: dict[str, Policy] = {}
        self.denied: frozenset[str] = frozenset()
        self.versions: dict[str, str] = {}
        self.measures: list[Any] = []
        self.tables: dict[str, Any] = {}
        self.behind: dict[str, dict[str, Any]] = {}
        self.routes: dict[str, dict[str, str]] = {}
        self.talking: set[str] = set()
        # Slow, and within limits that are as tight as by default.
        self.slow = draw(st.sampled_from(range(30))) == 17
        self.files, self.structure = draw(structures())

    def environment(self) -> Environment:
        self._resources()
        self._services()
        compute = self._balancer()
        world = World(
            services=cloud.by_name(self.services),
            connectors=cloud.by_name([self.connector] if self.connector else []),
            instances={
                f"projects/{PROJECT}/instances/{each.name}": each
                for each in ([self.instance] if self.instance else [])
            },
            operations=tuple(self.operations),
            logs=tuple(self.lines),
            compute=compute,
            policies=self._policies(),
            roles={f"{PROJECT_NAME}/roles/custom": ("storage.objects.get",),
                   "roles/logging.logWriter": ("logging.logEntries.create",)},
            secret_versions=self.versions,
            measures=tuple(self.measures),
        )  # fmt: skip
        hosts = tuple(sorted(self.behind))
        return Environment(
            name=self.word,
            settings=self._settings(hosts),
            world=world,
            revisions=self.revisions,
            denied=self.denied,
            sites=self._sites(),
            files={
                **self.draw(repositories(hosts, tuple(sorted(self.talking)))),
                **self.draw(signals(f"staging.{self.domain}")),
                **self.files,
            },
            sessions=self.sessions,
            wire=self.draw(wires(slow=self.slow)),
            zone=self.draw(st.sampled_from(_ZONES)),
            notes=frozenset({"pytest-markers.unused", "cloud-run.traffic-pinned"}),
        )

    def _resources(self) -> None:
        """Database and connector, where there are any."""
        draw = self.draw
        self.instance = self.connector = None
        self.connections: int | None = None
        self.sessions: Sessions | None = None
        self.operations: list[Any] = []
        if draw(st.integers(0, 4)):
            name = draw(cloud_names(80))
            self.instance, self.connections = draw(cloud.instances(name, self.network))
            self.operations = draw(cloud.operations(name))
            self.measures += draw(cloud.database_load(name, self.connections))
            self.sessions, own = draw(sessions())
            self.tables["databases"] = {"postgres": {"instance": name, **own}}
        if draw(st.integers(0, 3)):
            self.connector = draw(cloud.connectors(draw(cloud_names(25)), self.network))
            name = self.connector.name.rpartition("/")[2]
            self.measures += draw(cloud.connector_load(self.connector))
            own: dict[str, Any] = {"name": name}
            if draw(st.booleans()):
                own["checks"] = {"vpc-connector": {"network": self.network}}
            self.tables["connectors"] = {"main": own}

    def _services(self) -> None:
        draw = self.draw
        size = draw(st.sampled_from((1, 1, 1, 1, 1, 2, 2, 3, 4, 6)))
        names = draw(st.lists(cloud_names(49), min_size=size, max_size=size, unique=True))
        wanted = draw(st.lists(keys(), min_size=len(names), max_size=len(names), unique=True))
        self.shared = draw(st.booleans())
        self.services: list[Any] = []
        self.parts: list[Part] = []
        budget = int((self.connections or 0) * 0.85)
        tables: dict[str, Any] = {}
        for number, (key, name) in enumerate(zip(wanted, names, strict=True)):
            prefix = f"/p{number}" if self.shared and number else ""
            host = self._host(number)
            part = Part(
                key, name, f"https://{host}{prefix}",
                account=f"{draw(cloud_names(28))}@{PROJECT}.iam.gserviceaccount.com",
            )  # fmt: skip
            most = draw(st.sampled_from((1, 2, 3, 20, 100)))
            table, budget = self._service(part, most, budget)
            self._web(part, host, prefix, table)
            self.routes.setdefault(host, {})[prefix] = name
            tables[key] = table
            self.parts.append(part)
        self.tables["services"] = tables
        # Seldom: it takes as long as many environments.
        many = {400: 60, 800: 60, 1111: 200, 1600: 60}.get(draw(st.sampled_from(range(2000))), 0)
        if many and not self.slow:
            self._crowd(many)

    def _crowd(self, many: int) -> None:
        """Many services that are alike, each at a host of its own."""
        lines, measures = len(self.lines), len(self.measures)
        known = {*self.revisions, *self.versions}
        account = f"{crowds.NAME}@{PROJECT}.iam.gserviceaccount.com"
        host = f"{crowds.NAME}.staging.{self.domain}"
        part = Part("crowd", crowds.NAME, f"https://{host}", account=account)
        table, _ = self._service(part, 1, 0)
        table.pop("database_pool", None)
        table["checks"].get("identity", {}).pop("calls", None)
        table["health"] = ["/health"]
        one = crowds.Member(
            part, table, self.services[-1],
            {name: each for name, each in self.revisions.items() if name not in known},
            tuple(self.lines[lines:]),
            tuple(self.measures[measures:]),
            {name: each for name, each in self.policies.items() if crowds.NAME in name},
            {name: each for name, each in self.versions.items() if name not in known},
        )  # fmt: skip
        self._meet(one)
        for each in crowds.copies(one, many):
            self._meet(each)
            self.services.append(each.service)
            self.revisions |= each.revisions
            self.lines += each.lines
            self.measures += each.measures
            self.policies |= each.policies
            self.versions |= each.versions

    def _meet(self, member: crowds.Member) -> None:
        """Where a member of a crowd is found."""
        answers = {"/health": web.answers_with({"status": "ok"})}
        host = member.part.url.removeprefix("https://")
        self.tables["services"][member.part.key] = dict(member.table)
        self.parts.append(member.part)
        self.routes[host] = {"": member.part.name}
        self.behind[host] = {"": web.deployment("crowd", answers, {}, None, None)}

    def _host(self, number: int) -> str:
        if self.shared or number == 0:
            return f"staging.{self.domain}"
        return (
            f"s{number}.staging.{self.domain}" if number % 2 else f"s{number}-staging.{self.domain}"
        )

    def _service(self, part: Part, most: int, budget: int) -> tuple[dict[str, Any], int]:
        """The service in Cloud Run, with its revisions, its logs and its load."""
        draw = self.draw
        table: dict[str, Any] = {"url": part.url, "cloud_run": part.name}
        template = draw(cloud.template(part, self._variables(part), most))
        if self.connector or draw(st.booleans()):
            short = self.connector.name.rpartition("/")[2] if self.connector else None
            template.vpc_access = draw(cloud.access(part.wants, short, self.network))
            if self.connector and (template.vpc_access.connector or draw(st.booleans())):
                table["connector"] = "main"
        uses = self.instance is not None and "vpc_access" in template and draw(st.integers(0, 3))
        if uses:
            table["database"] = "postgres"
            draw(_lead(template, self.instance))
            pool = min(draw(st.integers(0, 10)), budget // most)
            if self.connections is not None and draw(st.booleans()):
                table["database_pool"] = pool
                budget -= pool * most
        numbers = draw(st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True))
        suffix = draw(st.sampled_from(("abc", "xyz")))
        serving = f"{part.name}-{max(numbers):05}-{suffix}"
        own: dict[str, Any] = {}
        for number in sorted(numbers, reverse=True):
            short = f"{part.name}-{number:05}-{suffix}"
            made = draw(cloud.revision(part, template, short, old=short != serving))
            own[made.name] = made
            self.lines += draw(logs(part.name, short, made.create_time))
        if len(own) > 1 and draw(st.sampled_from(range(60))) == 31:
            own |= crowds.older(made, 50)
        self.revisions |= own
        self.services.append(draw(cloud.service(part, template, own, serving, most)))
        self.measures += draw(cloud.service_load(part.name, most))
        checks: dict[str, dict[str, Any]] = {"cloud-run": part.wants, "identity": {}}
        if draw(st.booleans()):
            checks["identity"]["account"] = part.account
        if self.parts and draw(st.booleans()):
            called = draw(st.sampled_from(self.parts))
            checks["identity"]["calls"] = [called.key]
            self._invoke(called, part)
        if draw(st.integers(0, 3)) == 0:
            checks["identity"]["project_roles"] = ["roles/cloudsql.client"]
        if draw(st.integers(0, 3)) == 0:
            checks["runtime-config"] = {"required": ["ENVIRONMENT", "SELF_URL"]}
        if draw(st.integers(0, 3)) == 0:
            checks["startup-logs"] = {"max_age_h": draw(st.sampled_from((0.5, 24.0, 9000.0)))}
        table["checks"] = {name: options for name, options in checks.items() if options}
        return table, budget

    def _invoke(self, called: Part, caller: Part) -> None:
        """Lets a service call another one: by name, as everybody, or without a check."""
        draw = self.draw
        name = f"{PARENT}/services/{called.name}"
        found = self.policies.setdefault(name, Policy())
        everybody = draw(st.booleans())
        role = draw(st.sampled_from(("roles/run.invoker", "roles/run.servicesInvoker")))
        mine = _binding(draw, role, caller.account)
        found.bindings.append(Binding(role=role, members=["allUsers"]) if everybody else mine)

    def _variables(self, part: Part) -> list[Any]:
        """What it is given; its secrets become known."""
        draw = self.draw
        given = dict(draw(st.lists(st.sampled_from(_HARMLESS), max_size=8)))
        given["ENVIRONMENT"] = draw(st.sampled_from(_SPELLED[self.word]))
        if draw(st.booleans()):
            given["LEGACY_REDIRECT_HOST"] = f"www.old.{self.domain}"
        given["SELF_URL"] = f"https://{part.name}-sbx-uc.a.run.app"
        found = [run_v2.EnvVar(name=name, value=value) for name, value in given.items()]
        for name in draw(
            st.lists(st.sampled_from(("JWT_SECRET", "DB_PASSWORD", "K")), unique=True)
        ):
            short = f"{part.name}_{name.lower()}"
            whole = f"projects/{PROJECT}/secrets/{short}"
            states = draw(st.lists(st.sampled_from(("DESTROYED", "DISABLED", "ENABLED", "NEW"))))
            last = len(states) + 1
            for number, state in enumerate((*states, "ENABLED"), 1):
                self.versions[f"{whole}/versions/{number}"] = state
            version = draw(st.sampled_from(("latest", str(last))))
            named = draw(st.sampled_from((short, whole)))
            ref = run_v2.SecretKeySelector(secret=named, version=version)
            found.append(
                run_v2.EnvVar(name=name, value_source=run_v2.EnvVarSource(secret_key_ref=ref))
            )
            reads = _binding(draw, "roles/secretmanager.secretAccessor", part.account)
            self.policies[whole] = Policy(bindings=draw(st.permutations([reads, *draw(_noise())])))
        return draw(st.permutations(found))

    def _web(self, part: Part, host: str, prefix: str, table: dict[str, Any]) -> None:
        """What answers for it."""
        draw = self.draw
        gets: dict[str, Any] = {}
        posts: dict[str, Any] = {}
        cors = None
        paths = ("/health", "/health/ready", "/healthz", "/status.json")
        health = draw(st.lists(st.sampled_from(paths), max_size=2, unique=True))
        for path in health:
            after_s = draw(st.sampled_from((0.0, 0.0, 0.0, 0.0, 0.05)))
            headers = draw(st.sampled_from(web.HEADERS))
            gets[path] = web.answers_with(draw(web.health(part.name)), 200, after_s, headers)
        if health:
            table["health"] = [
                draw(st.sampled_from((path, f"{part.url}{path}"))) for path in health
            ]
        elif draw(st.booleans()):
            gets["/"] = web.plain_ok
            table["health"] = ["/"]
            checks = table["checks"]
            checks["health"] = {"expect": "any"}
        if "database" in table and self.sessions is not None and self.sessions.schema is not None:
            gets[HEALTH_SCHEMA] = web.answers_with({"status": "ok", "schema_version": SCHEMA})
        role = draw(st.sampled_from(("plain", "api", "auth", "page")))
        checks = table["checks"]
        if role == "api":
            origin = f"https://staging.{self.domain}"
            cors, options = draw(web.preflight((origin,)))
            checks["cors"] = {"origins": [origin], **options}
        elif role == "auth":
            more, posts, checks["auth"] = draw(web.auth(part.url, f"staging.{self.domain}"))
            gets |= more
        elif role == "page" and not prefix and "/" not in gets:
            more, posts, checks["frontend"] = draw(web.page((f"staging.{self.domain}", host)))
            gets |= more
        talks = not prefix and draw(st.booleans())
        if talks:
            self.talking.add(host)
            table["websocket"] = f"wss://{host}/ws"
        made = web.deployment(
            part.name,
            web.prefixed(prefix, gets),
            web.prefixed(prefix, posts),
            cors,
            draw(st.sampled_from(web.CONVERSATIONS)) if talks else None,
        )
        self.behind.setdefault(host, {})[prefix] = made

    def _balancer(self) -> Mapping[str, Any]:
        """The load balancer, where there is one."""
        draw = self.draw
        ways = [
            ("203.0.113.7",),
            ("203.0.113.7", "2001:db8::7"),
            *([] if self.talking else [(OLD,)]),
        ]
        self.addresses = draw(st.sampled_from(ways))
        if draw(st.integers(0, 3)) == 0:
            return {}
        talks = any("websocket" in each for each in self.tables["services"].values())
        hosts = tuple(sorted(self.behind))
        url_map = draw(cloud_names(63))
        own = {"url_map": url_map, "services": [each.key for each in self.parts]}
        self.tables["load_balancers"] = {"main": own}
        self.tables["hosts"] = {
            f"h{number}": {"name": host, "load_balancer": "main"}
            for number, host in enumerate(hosts)
        }
        return draw(balancer(url_map, self.routes, self.addresses, hosts, talks))

    def _policies(self) -> Mapping[str, Policy]:
        """What accounts may do, among much that is about others."""
        draw = self.draw
        bindings = draw(_noise())
        for part in self.parts:
            bindings.append(_binding(draw, "roles/cloudsql.client", part.account))
        where = draw(st.sampled_from((PROJECT_NAME, PROJECT_NAME, FOLDER, ORGANIZATION)))
        found = {
            name: Policy(bindings=draw(_noise())) for name in (PROJECT_NAME, FOLDER, ORGANIZATION)
        }
        if where == PROJECT_NAME and draw(st.booleans()):
            self.denied = _ABOVE  # and nobody has to look there
        found[where] = Policy(bindings=draw(st.permutations(bindings)))
        return {**found, **self.policies}

    def _sites(self) -> Mapping[str, Place]:
        draw = self.draw
        hosts = tuple(sorted(self.behind))
        wide = tuple(sorted({*hosts, f"*.{self.domain}", f"*.staging.{self.domain}"}))
        names = draw(st.sampled_from((hosts, wide)))
        presented = Presented(
            names,
            draw(st.integers(0, 2)),
            rsa=draw(st.integers(0, 29)) == 0,
            life_days=draw(st.sampled_from((None, 90, 47, 6))),
        )
        found = {}
        for host in hosts:
            found[host] = Place(
                self.addresses,
                presented,
                self.behind[host],
                draw(st.sampled_from(_HSTS)),
                draw(st.sampled_from((301, 302, 307, 308))),
                draw(manners(slow=self.slow)),
            )
        return found

    def _settings(self, hosts: tuple[str, ...]) -> str:
        draw = self.draw
        environment = {
            "project": PROJECT,
            "region": REGION,
            "ca_file": "{ca}",
            "endpoints": {
                **dict.fromkeys(("run", "vpcaccess", "logging", "cloudresourcemanager"), "{grpc}"),
                **dict.fromkeys(("sqladmin", "compute", "certificatemanager", "secretmanager",
                                 "iam", "monitoring"), "{rest}"),
            },
            "domains": {
                "managed": [self.domain],
                "canonical": sorted(set(hosts)),
                "allowed": [f"pr-*.{self.domain}"],
            },
            # How fast this machine is, is no matter of the environment's.
            "checks": {
                "environment": {"process": False},
                "auth": {"max_validation_ms": 5000.0},
                "health": {"timeout_s": 60.0} | ({} if self.slow else {"max_latency_s": 60.0}),
                "websocket": {"settle_s": 0.01} | ({} if self.slow else {"max_upgrade_s": 20.0}),
            },
            **self.tables,
        }  # fmt: skip
        if self.structure:
            environment["checks"]["single-definition"] = self.structure
        if draw(st.booleans()):
            environment["domains"]["retired"] = {f"*.old.{self.domain}": hosts[0]}
        if draw(st.sampled_from(range(60))) == 31:
            many = [f"n{number}.{self.domain}" for number in range(100)]
            environment["domains"]["allowed"] += many
            environment["domains"].setdefault("retired", {}).update(
                (f"old-{each}", each) for each in many
            )
        name = self.word
        document = {"default_environment": name, "environments": {name: environment}}
        return toml(document)


_HSTS = (
    "max-age=31536000",
    "max-age=63072000; includeSubDomains; preload",
    'includeSubDomains; max-age="31536000"',
    "Max-Age=86400",
)

_SPELLED = {
    "staging": ("staging", "Staging", "stg", "STAGE"),
    "production": ("production", "prod", "live"),
    "dev": ("dev", "development", "local"),
    "blue": ("blue", "green", "staging"),
}


def _binding(draw: Any, role: str, account: str) -> Binding:
    """A binding that gives an account a role: among others, and perhaps for a time that is long."""
    members = [f"serviceAccount:{account}", *draw(st.lists(st.sampled_from(_MEMBERS), max_size=3))]
    ahead = 'request.time < timestamp("2999-01-01T00:00:00Z")'
    both = f'request.time > timestamp("2020-01-01T00:00:00Z") && {ahead}'
    conditions = (None, None, Expr(title="t", expression=ahead), Expr(expression=both))
    return Binding(
        role=role,
        members=draw(st.permutations(members)),
        condition=draw(st.sampled_from(conditions)),
    )


_MEMBERS = (
    "user:somebody@netra.example",
    "deleted:serviceAccount:old@p.iam.gserviceaccount.com?uid=1",
    "group:team@netra.example",
    "domain:netra.example",
    "serviceAccount:other@other.iam.gserviceaccount.com",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
    "kindOfTomorrow:x",
)
"""Members of all kinds. What a group has counts only where nothing else gives the role."""


@st.composite
def _noise(draw: Any) -> list[Binding]:
    """Bindings that are about something else."""
    roles = (
        "roles/viewer",
        "roles/logging.logWriter",
        f"{PROJECT_NAME}/roles/custom",
        "roles/owner",
    )
    found = []
    for _ in range(draw(st.integers(0, 4))):
        members = draw(st.lists(st.sampled_from(_MEMBERS[:5]), max_size=2, unique=True))
        expression = draw(st.sampled_from((None, Expr(expression="resource.matchTag('a/b', 'c')"))))
        found.append(
            Binding(role=draw(st.sampled_from(roles)), members=members, condition=expression)
        )
    return found


_ABOVE = frozenset(
    f"resourcemanager.{kind}.{what}"
    for kind in ("folders", "organizations")
    for what in ("get", "getIamPolicy")
)
"""What most who may read a project may not read."""


@st.composite
def _lead(draw: Any, template: Any, instance: Any) -> None:
    """A way to the database: its socket, perhaps past a network for something else, or a proxy."""
    way = draw(st.sampled_from(("socket", "socket", "past", "proxy")))
    is_public = instance.settings.ip_configuration.ipv4_enabled
    access = template.vpc_access
    if way == "proxy":
        template.containers = [*template.containers, draw(_proxy(instance, is_public=is_public))]
        return
    template.volumes = draw(_volumes(instance.connection_name))
    if way == "past" and is_public and access.network_interfaces and access.egress != 1:
        access.network_interfaces = [run_v2.VpcAccess.NetworkInterface(network="redis-vpc")]


@st.composite
def _proxy(draw: Any, instance: Any, *, is_public: bool) -> Any:
    """The Cloud SQL Auth Proxy, in a container of its own."""
    name = instance.connection_name
    words = [[f"--{draw(st.sampled_from(('port=5432', 'structured-logs')))}", name]]
    words.append([f"-instances={name}=tcp:5432"])
    chosen = draw(st.sampled_from(words))
    if not (is_public and draw(st.booleans())):
        chosen = ["--private-ip" if chosen is words[0] else "-ip_address_types=PRIVATE", *chosen]
    return run_v2.Container(
        name=draw(st.sampled_from(("cloud-sql-proxy", ""))),
        image="gcr.io/cloud-sql-connectors/cloud-sql-proxy:2",
        args=chosen,
        resources=run_v2.ResourceRequirements(limits={"cpu": "100m", "memory": "128Mi"}),
    )


@st.composite
def _volumes(draw: Any, connection: str) -> list[Any]:
    """The database's socket, beside what else may be mounted."""
    attached = draw(st.permutations([connection, f"{PROJECT}:{REGION}:another"]))
    chosen = [connection] if draw(st.integers(0, 4)) else attached
    found = [
        run_v2.Volume(name="sql", cloud_sql_instance=run_v2.CloudSqlInstance(instances=chosen)),
        run_v2.Volume(name="tmp", empty_dir=run_v2.EmptyDirVolumeSource()),
    ]
    return draw(st.permutations(found))
