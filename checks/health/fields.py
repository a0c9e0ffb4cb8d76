"""What the name of a field in a health document tells of its value. Pure.

Health documents have no common form, but their fields are of few kinds: a *state* (``status``), a
*flag* (``healthy``), an *error*, the name of a dependency, a *group* that holds dependencies, an
*envelope* around the rest, and *settings* (``log_level``), which say nothing of health.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from checks.health.words import split_words

_STATES: Final = frozenset(
    {"status", "state", "health", "overall", "condition", "indicator", "availability", "verdict",
     "health check", "healthcheck"}
)  # fmt: skip
"""Fields that hold the word. ``status`` is in the health+json draft and in Spring's and .NET's."""

_STATE_ENDINGS: Final = (" health status", " status", " state", " health")
"""``database_status`` is the state of ``database``."""

_TEXTS: Final = frozenset({"message", "msg", "code", "response", "result", "data", "detail"})
"""Fields that may hold a single word, and mostly hold something else."""

_FLAGS: Final = frozenset(
    {"ok", "okay", "success", "successful", "healthy", "ready", "alive", "up", "connected",
     "available", "operational", "running", "live", "online", "reachable", "serving", "passing",
     "passed", "working", "started", "initialized", "initialised"}
)  # fmt: skip
"""Fields that are true or false."""

_NOT_YET: Final = frozenset({"ready", "started", "initialized", "initialised"})
"""Flags that are false while something starts."""

_TELLING: Final = frozenset({"ok", "healthy", "ready", "alive", "connected", "reachable"})
"""Flags that speak of whatever name stands before them. ``backed_up`` and ``update_available`` do
not: before the other flags there must be the name of a dependency."""

_NO_ALARM: Final = frozenset({"critical", "partial", "pending", "timeout", "red", "yellow"})
"""Bad words that are something else where they are the name of a field: how much a part matters."""

_ERRORS: Final = frozenset(
    {"error", "errors", "err", "exception", "exceptions", "failure", "failures", "error message",
     "error msg", "error detail", "error details", "error description", "error reason"}
)  # fmt: skip

_GROUPS: Final = frozenset(
    {"dependencies", "checks", "services", "components", "subsystems", "systems", "entries",
     "databases", "results", "probes", "connections", "backends", "upstreams"}
)  # fmt: skip
"""Fields that hold the states of parts: by name, or as a list."""

_ENVELOPES: Final = frozenset(
    {"detail", "details", "data", "result", "response", "payload", "body", "info", "report",
     "summary"}
)  # fmt: skip
"""Fields that hold more about the same thing. FastAPI puts the body of an error in ``detail``, Nest
the parts in ``info`` and ``details``."""

_SELF: Final = frozenset({"service", "app", "application", "server", "system", "self", "global"})
"""Names of the service itself."""

_DEPENDENCIES: Final = frozenset(
    {"db", "database", "sql", "postgres", "postgresql", "pg", "mysql", "mariadb", "sqlite", "mongo",
     "mongodb", "cassandra", "clickhouse", "spanner", "firestore", "bigquery", "redis", "cache",
     "memcached", "valkey", "queue", "broker", "rabbitmq", "amqp", "kafka", "nats", "pubsub",
     "celery", "worker", "workers", "scheduler", "elasticsearch", "opensearch", "auth",
     "authentication", "oauth", "ldap", "vault", "storage", "s3", "gcs", "bucket", "disk",
     "filesystem", "network", "dns", "smtp", "websocket", "websockets", "ws", "api", "backend",
     "frontend", "gateway", "upstream", "liveness", "readiness", "startup", "ping", "dependency"}
)  # fmt: skip
"""Names that say of a bare true, false or good word what it is about."""

_SETTINGS: Final = frozenset(
    {"level", "mode", "environment", "type", "kind", "name", "version", "id", "key", "severity",
     "priority", "trend", "direction", "strategy", "format", "theme", "color", "colour", "language",
     "locale", "region", "zone", "class", "category", "event", "action", "role", "tier", "plan",
     "method", "path", "url", "uri", "host", "hostname", "title", "unit", "threshold", "logger",
     "log", "logging", "tag", "label", "commit", "branch", "author", "time", "timestamp", "date",
     "rate", "count", "total", "description", "note", "comment", "help", "hint", "reason", "output",
     "text", "href"}
)  # fmt: skip
"""Last words of fields that tell how something is set up, measured or described. A word right
behind them says nothing of how it is: ``log_level: error``, ``mode: ready``."""

_CLOSED: Final = frozenset(
    {"env", "policy", "tags", "labels", "groups", "feature", "features", "flag", "flags", "toggles",
     "experiments", "config", "configuration", "setting", "settings", "option", "options",
     "metadata", "meta", "build", "git", "notes", "links", "docs", "documentation", "conditions",
     "example", "examples", "schema", "schemas", "default", "enum", "properties", "definitions",
     "parameters", "paths", "tests", "metrics", "stats", "statistics", "counters", "history",
     "events", "incidents", "logs", "alerts", "deployments", "releases", "builds", "changelog",
     "debug", "maintenance"}
)  # fmt: skip
"""Last words of fields that nothing is to be read in, however deep: settings, records of the past,
descriptions of a form, and Kubernetes' ``conditions``, whose ``DiskPressure: False`` is good."""

_SWITCHES: Final = frozenset(
    {"debug", "maintenance", "readonly", "read only", "enabled", "disabled", "required", "optional",
     "critical", "verbose", "dry run"}
)  # fmt: skip
"""Fields whose true or false says what is switched on."""

_BEFORE: Final = frozenset({"last", "previous", "prior", "recent", "past", "on", "if", "when"})
"""First words of fields about the past, or about what would be: ``last_error``, ``on_error``."""

_ASKING: Final = frozenset({"use", "skip", "no", "has", "with", "enable", "disable", "allow"})
"""First words of settings that end in the name of a dependency: ``use_cache``."""


class Flag(NamedTuple):
    """A field that is true or false."""

    about: str
    """What it is about; empty where that is the thing that it is a field of."""
    word: str

    @property
    def is_start(self) -> bool:
        """Whether false means: not yet."""
        return self.word in _NOT_YET


class Field:
    """The name of a field, read."""

    def __init__(self, name: str) -> None:
        self.name = name[:60]
        """What to call it."""
        spelled = split_words(name[:60]).replace(":", " ").replace(".", " ")
        for asking in ("is ", "are ", "all ", "has been "):
            spelled = spelled.removeprefix(asking)
        self.words = spelled
        """In lower case, with spaces, without ``is``."""

    @property
    def is_setting(self) -> bool:
        """Whether what it holds says nothing of health."""
        if self.words in _ERRORS or self.words in _ENVELOPES:
            return False
        return self._last in _SETTINGS or self.is_closed or self._is_named_switch

    @property
    def is_closed(self) -> bool:
        """Whether nothing inside of it says how the service is now."""
        return self._last in _CLOSED or self._first in _BEFORE

    @property
    def is_switch(self) -> bool:
        """Whether true or false tells what is switched on."""
        return self._is_named_switch or self._first in _ASKING

    @property
    def is_group(self) -> bool:
        """Whether its members are parts, whatever they are called."""
        return self.words in _GROUPS

    @property
    def is_text(self) -> bool:
        """Whether it holds a message."""
        return self.words in _TEXTS

    @property
    def is_transparent(self) -> bool:
        """Whether what is inside of it is about the same thing."""
        return self.words in _ENVELOPES | _SELF | _STATES

    @property
    def is_self(self) -> bool:
        """Whether it is a name of the service as a whole."""
        return self.words in _SELF

    @property
    def is_dependency(self) -> bool:
        """Whether it is the name of something that services need."""
        return _is_dependency(self.words) and self._first not in _ASKING

    @property
    def state_of(self) -> str | None:
        """What it holds the state of: empty for the thing that it is a field of."""
        if self.words in _STATES:
            return ""
        for ending in _STATE_ENDINGS:
            about = self.words.removesuffix(ending)
            if about != self.words:
                return "" if about in _SELF | _STATES else about.replace(" ", "_")
        return None

    @property
    def error_of(self) -> str | None:
        """What it holds the error of: empty for the thing that it is a field of."""
        if self.words in _ERRORS:
            return ""
        for ending in _ERRORS:
            about = self.words.removesuffix(f" {ending}")
            if about != self.words and _is_dependency(about) and self._first not in _BEFORE:
                return about.replace(" ", "_")
        return None

    @property
    def flag(self) -> Flag | None:
        """What it says with true or false, where that is a good word."""
        about, _, word = self.words.rpartition(" ")
        if word not in _FLAGS or self._first in _BEFORE | _ASKING | {"not"}:
            return None
        if about in _SELF | _STATES | {""}:
            return Flag("", word)
        if word in _TELLING or _is_dependency(about):
            return Flag(about.replace(" ", "_"), word)
        return None

    @property
    def alarms(self) -> tuple[Flag, ...]:
        """What it may say with true, where that is a bad word: the words are for others to know."""
        if self.words in _NO_ALARM or self._first in _BEFORE:
            return ()
        whole = Flag("", self.words)
        about, _, word = self.words.rpartition(" ")
        return (whole, Flag(about.replace(" ", "_"), word)) if _is_dependency(about) else (whole,)

    @property
    def _is_named_switch(self) -> bool:
        return self.words in _SWITCHES or self._last in _SWITCHES

    @property
    def _first(self) -> str:
        return self.words.partition(" ")[0]

    @property
    def _last(self) -> str:
        return self.words.rpartition(" ")[2]


def _is_dependency(words: str) -> bool:
    return words.rstrip("0123456789 ").rpartition(" ")[2] in _DEPENDENCIES or words in _DEPENDENCIES
