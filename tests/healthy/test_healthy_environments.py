"""Environments in which nothing is wrong, however odd they are: nothing is said of them.

``python -m tests.healthy`` judges as many as one likes; these few are the same ones every time.
"""

from alarms import Judging, alarms
from hypothesis import HealthCheck, Phase, given, settings
from varied import environments

from netra_validate import registry
from netra_validate.model import Outcome

COUNT = 25


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
            assert [alarm.text for alarm in alarms(report, environment.notes)] == []
            passed.update(each.check for each in report.probes if each.outcome is Outcome.PASS)

        judged()
    assert passed == set(registry.load().checks), "there is something to look at for each"
