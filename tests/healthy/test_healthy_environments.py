"""Environments in which nothing is wrong, however odd they are: nothing is said of them.

``python -m tests.healthy`` judges as many as one likes; these few are the same ones every time.
"""

from alarms import Judging, alarms
from hypothesis import HealthCheck, Phase, given, settings
from varied import environments

from netra_validate.model import Outcome

COUNT = 40


def test_a_healthy_environment_is_no_cause_for_alarm(tmp_path):
    passed: set[str] = set()
    with Judging(tmp_path) as judging:

        @settings(
            max_examples=COUNT, derandomize=True, database=None, deadline=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(environments())
        def judged(environment):
            report = judging.report(environment)
            assert [alarm.text for alarm in alarms(report)] == []
            passed.update(each.check for each in report.probes if each.outcome is Outcome.PASS)

        judged()
    # None of them is passed over: there is something to look at for each, but for PostgreSQL.
    assert passed >= {
        "async-usage", "auth", "capacity", "cloud-run", "cloud-sql", "cors", "domains", "frontend",
        "health", "host", "identity", "load-balancer", "pytest-markers", "runtime-config",
        "startup-logs", "vpc-connector", "websocket",
    }  # fmt: skip
