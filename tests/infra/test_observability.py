"""The alarms: what each tells, when it rings, and its section in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.alarms import ALARMS, GIVES_UP, SILENT, countdown
from infra.provider_retries import PROVIDER_RETRIES
from lambda_src.providers import PROVIDERS
from tests.infra.program import ACCOUNT, MINIMAL, REGION, Deployment, Resource, deploy, load

RUNBOOK = (Path(__file__).parents[2] / "runbook.md").read_text()
SOURCES = {"shop": {"provider": "stripe"}, "till": {"provider": "lemon_squeezy"}, "old": {"provider": "flutterwave_v3"}}


@pytest.fixture(scope="module")
def watched() -> Deployment:
    """A deployment with every kind of alarm."""
    return deploy(
        {
            "sources": SOURCES,
            "alarmEmail": "on-call@example.com",
            "alarmThresholds": {"rejected": 100},
            "silenceAlarmHours": {"shop": 6},
        }
    )


def alarm(deployment: Deployment, name: str) -> Resource:
    """Return an alarm by its name without the environment's."""
    return deployment.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"observability-{name}")


def test_every_alarm_tells_what_it_means_and_what_to_run_first(watched: Deployment) -> None:
    """The description names the first command and the runbook's section, and the topic is told of both ways."""
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:webhook-alarms-dev"
    for resource in watched.all("aws:cloudwatch/metricAlarm:MetricAlarm"):
        description = resource.inputs["alarmDescription"]
        assert re.search(r"First: python -m ops [a-z].*\. Runbook: [a-z-]+\.$", description), description
        assert (resource.inputs["alarmActions"], resource.inputs["okActions"]) == ([topic], [topic])
    subscription = watched.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert subscription == {"topic": topic, "protocol": "email", "endpoint": "on-call@example.com"}


def test_every_alarm_has_its_section_in_the_runbook() -> None:
    """One section for each row, under its name, with the command that the alarm says to run first."""
    sections = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
    assert list(sections) == [*(each.name for each in ALARMS), GIVES_UP, SILENT]
    for row in ALARMS:
        assert row.first in sections[row.name]


def test_thresholds_follow_the_retry_schedule_and_the_settings() -> None:
    """A message is overdue when two pauses cannot explain its age; a configured threshold replaces the default."""
    default = deploy({"sources": SOURCES})
    assert alarm(default, "queue-age").inputs["threshold"] == 360
    assert alarm(default, "rejected-shop").inputs["threshold"] == 20
    assert default.all("aws:sns/topicSubscription:TopicSubscription") == []
    slower = deploy({"sources": SOURCES, "retryDelaysSeconds": [600, 600, 600], "alarmThresholds": {"rejected": 100}})
    assert alarm(slower, "queue-age").inputs["threshold"] == 1440
    assert alarm(slower, "rejected-shop").inputs["threshold"] == 100
    assert alarm(deploy({"alarmThresholds": {"queue-age": 60}}), "queue-age").inputs["threshold"] == 60


def test_the_countdown_lasts_half_as_long_as_the_provider_goes_on_trying(watched: Deployment) -> None:
    """Stripe tries for three days, so a day is enough; Lemon Squeezy for 155 s, so every minute counts."""
    shop, till = alarm(watched, "provider-gives-up-shop").inputs, alarm(watched, "provider-gives-up-till").inputs
    assert (shop["evaluationPeriods"], shop["metricQueries"][0]["metric"]["period"]) == (288, 300)
    assert (till["evaluationPeriods"], till["metricQueries"][0]["metric"]["period"]) == (1, 60)
    *_, answered = shop["metricQueries"]
    assert answered["expression"] == "FILL(FILL(enqueued, 0) / received, REPEAT)"
    assert (shop["threshold"], shop["comparisonOperator"]) == (0, "LessThanOrEqualToThreshold")
    assert [query["returnData"] for query in shop["metricQueries"]] == [False, False, True]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_countdown_is_one_that_cloudwatch_takes(provider: str) -> None:
    """At most a day by periods under an hour, and it ends before the provider does."""
    window = countdown(provider)
    assert window.period in {60, 300}
    assert 60 <= window.period * window.periods <= 86_400
    assert window.period * window.periods < PROVIDER_RETRIES[provider].gives_up_after


def test_silence_is_told_of_sources_that_are_said_to_send(watched: Deployment) -> None:
    """Only those named, after as many hours as said, and no data at all counts as silence."""
    names = [each.name for each in watched.all("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert [name for name in names if "silent" in name] == ["observability-silent-shop"]
    silent = alarm(watched, "silent-shop").inputs
    assert (silent["period"], silent["evaluationPeriods"], silent["treatMissingData"]) == (3600, 6, "breaching")
    assert (silent["threshold"], silent["comparisonOperator"]) == (1, "LessThanThreshold")


def test_a_provider_of_which_nothing_is_believed_has_no_alarm_on_unknown_types(watched: Deployment) -> None:
    """Every event of flutterwave_v3 is unknown, which is nothing to wake anybody for."""
    names = {each.name for each in watched.all("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert "observability-unknown-types-old" not in names
    assert "observability-unknown-types-shop" in names


def test_settings_reach_the_alarms() -> None:
    """The three settings are read as they are written."""
    chosen = load(
        {**MINIMAL, "alarmEmail": "a@b.example", "alarmThresholds": {"throttles": 7}, "silenceAlarmHours": {"shop": 2}}
    )
    assert (chosen.alarm_email, chosen.alarm_thresholds, chosen.silence_alarm_hours) == (
        "a@b.example",
        {"throttles": 7},
        {"shop": 2},
    )
