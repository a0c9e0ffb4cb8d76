"""What health documents of many makers say: a pass is earned, and a fault is believed."""

from __future__ import annotations

import pytest
from http_servers import says, serving
from hypothesis import given
from hypothesis import strategies as st

from checks.health import Health
from checks.health.bodies import read
from checks.health.fields import Field
from checks.health.options import HealthOptions
from checks.health.words import Verdict
from netra_validate import Outcome, Service
from netra_validate.testing import run_check

WORDS = HealthOptions().words
GOOD, DEGRADED, NOT_READY, BAD = Verdict

SETTINGS = {
    "environment": "staging",
    "debug": False,
    "maintenance": False,
    "degraded": False,
    "unhealthy": False,
    "readonly": False,
    "cache_enabled": False,
    "auth_required": False,
    "use_cache": False,
    "update_available": False,
    "backed_up": False,
    "features": {"x": False, "db": False},
    "config": {"redis": False},
    "log_level": "error",
    "level": "warning",
    "severity": "critical",
    "on_error": "fail",
    "mode": "ready",
    "queue": "failed_jobs",
    "uptime": "12 days",
    "tests": {"fail": 0, "status": "failed"},
    "message": "error rate is low",
    "errors": [],
    "error": None,
    "exception": "",
    "last_error": {"status": "down", "message": "long ago"},
    "previous_status": "down",
    "events": [{"status": "failed"}],
    "conditions": [{"type": "DiskPressure", "status": "False"}],
}

SPRING = {
    "status": "UP",
    "components": {
        "db": {
            "status": "UP",
            "details": {"database": "PostgreSQL", "validationQuery": "isValid()"},
        },
        "diskSpace": {"status": "UP", "details": {"free": 7, "threshold": 1, "exists": True}},
        "discoveryComposite": {"description": "not initialized", "status": "UNKNOWN"},
    },
    "groups": ["liveness", "readiness"],
}
HEALTH_JSON = {
    "status": "pass",
    "version": "1",
    "notes": [""],
    "output": "",
    "checks": {
        "cassandra:responseTime": [
            {"componentId": "dfd6", "observedValue": 250, "status": "pass", "output": ""}
        ]
    },
}
ASP_NET = {
    "status": "Healthy",
    "totalDuration": "00:00:00.0512",
    "results": {
        "db": {"status": "Healthy", "description": None, "exception": None, "tags": ["ready"]}
    },
}
NEST = {
    "status": "ok",
    "info": {"database": {"status": "up"}},
    "error": {},
    "details": {"database": {"status": "up"}},
}
OPEN_API = {
    "openapi": "3.1.0",
    "paths": {"/health": {"get": {"responses": {"200": {"description": "ok"}}}}},
    "components": {"schemas": {"Health": {"properties": {"status": {"example": "ok"}}}}},
}


def verdict(document):
    return read(document, WORDS).verdict


class TestGood:
    @pytest.mark.parametrize(
        "document",
        [
            SPRING, HEALTH_JSON, ASP_NET, NEST,
            {"cluster_name": "x", "status": "green", "timed_out": False, "number_of_nodes": 1},
            {"code": 0, "msg": "success"},
            {"health": {"status": "ok"}}, {"message": "OK"}, {"success": True, "message": "Hi"},
            {"data": {"health": "ok"}}, {"database": "connected", "server": "running"},
        ],
        ids=lambda document: next(iter(document)),
    )  # fmt: skip
    def test_documents_of_many_makers(self, document):
        assert verdict(document) is GOOD

    @pytest.mark.parametrize(
        "word",
        ["running", "alive", "live", "serving", "operational", "available", "success", "successful",
         "passing", "green", "online", "All systems operational", "✓ OK."],
    )  # fmt: skip
    def test_words(self, word):
        assert verdict({"status": word}) is GOOD

    @pytest.mark.parametrize("flag", ["ok", "success", "isHealthy", "ready", "alive", "up", "live"])
    @pytest.mark.parametrize("value", [True, "true", "yes"])
    def test_flags(self, flag, value):
        assert verdict({flag: value}) is GOOD

    @pytest.mark.parametrize("name", SETTINGS)
    def test_settings_and_the_past_raise_no_alarm(self, name):
        assert verdict({"status": "ok", name: SETTINGS[name]}) is GOOD
        assert verdict({"status": "ok", "details": {name: SETTINGS[name]}}) is GOOD

    def test_how_much_a_part_matters_is_no_fault(self):
        part = {"status": "up", "critical": True, "required": False, "level": "error"}
        assert verdict({"status": "ok", "dependencies": {"db": part}}) is GOOD

    @pytest.mark.parametrize(
        "part",
        [
            {"running": False, "enabled": False},
            {"enabled": "false", "connected": "no"},
            {"disabled": True, "ready": False, "workers": [{"name": "a", "alive": False}]},
            {"enabled": False, "status": False, "db": False},
        ],
    )
    def test_what_is_switched_off_does_not_run(self, part):
        assert verdict({"status": "ok", "scheduler": part}) is GOOD
        assert verdict({"status": "ok", "checks": {"scheduler": part}}) is GOOD

    @pytest.mark.parametrize(
        "document",
        [
            {"scheduler": {"running": False, "enabled": True}},
            {"scheduler": {"running": False, "enabled": False, "error": "no lock"}},
            {"scheduler": {"running": False, "enabled": False, "status": "failed"}},
            {"scheduler": {"running": False}, "tracing": {"enabled": False}},
            {"enabled": False, "scheduler": {"running": False}},
            {"storage": {"checks": {"enabled": False, "db": False}}},
        ],
    )
    def test_what_else_does_not_run_is_a_fault(self, document):
        assert verdict({"status": "ok", **document}) is DEGRADED

    @pytest.mark.parametrize(
        "void",
        ["", " ", "none", "None", "null", "no errors", "n/a", "-", "0", "0 %", "ok", [], {}, [None],
         {"message": ""}, 0, 7, False, None, {"last_hour": 3, "rate": "0.1%"}],
    )  # fmt: skip
    def test_no_error_is_none(self, void):
        assert verdict({"status": "ok", "error": void, "failures": void}) is GOOD


class TestSilence:
    @pytest.mark.parametrize(
        "document",
        [
            {}, [], None, 7, "weird", {"status": 200}, {"code": 0}, {"status": "weird"},
            {"uptime": 5}, {"color": "green"}, {"mode": "ready"}, {"theme": "ok"}, {"foo": "ok"},
            {"message": "hello"}, {"features": {"db": "ok"}}, {"error": None}, ["ok"],
            {"data": {"__typename": "Query"}}, {"status": "False"}, OPEN_API,
            {"status": "not all systems are operational"},
        ],
    )  # fmt: skip
    def test_is_no_pass(self, document):
        assert verdict(document) is None

    def test_good_parts_do_not_speak_for_a_whole_with_an_unknown_word(self):
        assert verdict({"status": "weird", "checks": {"db": "up"}}) is None
        assert verdict({"checks": {"db": {"status": "weird"}, "redis": "up"}}) is None
        assert verdict({"status": 200, "checks": {"db": "up"}}) is GOOD


class TestFaults:
    @pytest.mark.parametrize(
        ("document", "part"),
        [
            ({"status": "healthy", "database": "disconnected"}, "database is disconnected"),
            ({"status": "ok", "database": "error"}, "database is error"),
            ({"status": "ok", "redis": "down"}, "redis is down"),
            ({"status": "healthy", "database": {"status": "disconnected"}},
             "database is disconnected"),
            ({"status": "ok", "db": False}, "db is false"),
            ({"status": "healthy", "database_connected": False}, "database is connected: false"),
            ({"status": "healthy", "redisConnected": "no"}, "redis is connected: no"),
            ({"status": "ok", "details": {"db": {"status": "DOWN"}}}, "db is DOWN"),
            ({"status": "ok", "database": "error: connection refused"},
             "database is error: connection refused"),
            ({"status": "ok", "cache": "not connected"}, "cache is not connected"),
            ({"status": "ok", "db": "could not connect to 10.0.0.3"},
             "db is could not connect to 10.0.0.3"),
            ({"status": "ok", "anything": "unhealthy"}, "anything is unhealthy"),
            ({"status": "ok", "anything": "failed: no bucket"}, "anything is failed: no bucket"),
            ({"status": "ok", "checks": {"environment": False}}, "environment is false"),
            ({"status": "ok", "environment": {"status": "fail"}}, "environment is fail"),
            ({"status": "ok", "redis_down": True}, "redis is down: true"),
            ({"status": "ok", "readiness": False}, "readiness is false"),
            ({"status": "ok", "db_error": "no route"}, "db is error: no route"),
            ({"status": "ok", "db": {"status": "up", "error": "lag"}}, "db is up, error: lag"),
            ({"status": "ok", "nodes": [{"name": "a", "status": "dead"}]}, "nodes.a is dead"),
            ({"status": "ok", "queue": "up", "queue_status": "down"},
             "queue is queue: up, queue_status: down"),
            ({"status": "pass", "checks": {"db:time": [{"status": "fail"}]}}, "db:time is fail"),
            ({**SPRING, "components": {"db": {"status": "DOWN"}}}, "db is DOWN"),
            ({**ASP_NET, "results": {"db": {"status": "Unhealthy"}}}, "db is Unhealthy"),
        ],
    )  # fmt: skip
    def test_a_good_word_with_an_ailing_part_is_degraded(self, document, part):
        reading = read(document, WORDS)
        assert reading.verdict is DEGRADED
        assert [f"{each.name} is {each.says}" for each in reading.ailing] == [part]

    @pytest.mark.parametrize(
        ("document", "worst", "says"),
        [
            ({"status": "ok", "health": "unhealthy"}, BAD, "status: ok, health: unhealthy"),
            ({"status": "ok", "ready": False}, NOT_READY, "status: ok, ready: false"),
            ({"status": "ok", "degraded": True}, DEGRADED, "status: ok, degraded: true"),
            ({"status": "success", "data": {"state": "down"}}, BAD, "status: success, state: down"),
            ({"status": "ok", "app": {"status": "down"}}, BAD, "status: ok, status: down"),
            ({"success": False}, BAD, "success: false"),
            ({"ok": False}, BAD, "ok: false"),
            ({"healthy": False}, BAD, "healthy: false"),
            ({"healthy": "false"}, BAD, "healthy: false"),
            ({"started": False}, NOT_READY, "started: false"),
            ({"status": "yellow"}, DEGRADED, "yellow"),
        ],
    )
    def test_the_worse_word_for_the_whole_counts(self, document, worst, says):
        reading = read(document, WORDS)
        assert (reading.verdict, reading.says) == (worst, says)

    @pytest.mark.parametrize("name", ["error", "errors", "exception", "failure", "errorMessage"])
    @pytest.mark.parametrize(
        "error", ["no way to the database", ["no way to the database"], {"message": "no way to"}]
    )
    def test_an_error_takes_a_good_word_back(self, name, error):
        reading = read({"status": "ok", "message": "fine", name: error}, WORDS)
        assert reading.verdict is DEGRADED
        assert reading.reason.startswith("no way to")
        assert verdict({name: error}) is BAD

    def test_an_error_beside_a_bad_word_is_its_reason(self):
        document = {"status": "degraded", "error": "replica lags"}
        reading = read(document, WORDS)
        assert (reading.verdict, reading.reason) == (DEGRADED, "replica lags")

    def test_of_graphql(self):
        assert verdict({"errors": [{"message": "no schema"}], "data": None}) is BAD

    def test_of_a_list(self):
        assert verdict([{"name": "db", "status": "down"}, {"name": "x", "status": "up"}]) is BAD

    @pytest.mark.parametrize("depth", [1, 5, 9])
    def test_however_deep(self, depth):
        document = {"status": "down"}
        for number in range(depth):
            document = {f"part{number}": document}
        assert verdict({"status": "ok", **document}) is DEGRADED

    @given(st.text(max_size=12), st.sampled_from(["down", "unhealthy", "FAILED"]))
    def test_whatever_the_name(self, name, word):
        found = verdict({"status": "ok"} | {name: word})
        assert found in ({GOOD} if Field(name).is_setting else {DEGRADED, BAD})


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        ({"status": "healthy", "database": "disconnected"}, Outcome.FAIL),
        ({"status": "ok", "error": "could not connect to database"}, Outcome.FAIL),
        ({"success": False}, Outcome.FAIL),
        ({"status": 200}, Outcome.ERROR),
        ({"status": "ok", **SETTINGS}, Outcome.PASS),
    ],
)
def test_the_probe_ends_as_the_document_says(document, outcome):
    with serving({"/health": says(document)}) as site:
        service = Service(key="backend", url=site.url, health=("/health",))
        result = run_check(Health, service, retries=0)
    assert result.outcome is outcome, result
