"""What a changed setting does to a running stack: as little as possible, and never to what holds data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from infra.settings import DEFAULTS

if TYPE_CHECKING:
    from tests.engine.conftest import Stack

HOLD_DATA = (
    *("Key encryption", "Table ledger", "Topic events", "Queue queues-ingest", "Queue queues-dlq"),
    "Parameter signing-secrets-shop",
)
"""Resources that no change of a setting may replace or delete."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed setting.

    Attributes:
        settings: Arguments of `pulumi config set`.
        plan: What a preview says then.
    """

    settings: tuple[tuple[str, ...], ...]
    plan: dict[str, str]


def sets(*arguments: str, **plan: str) -> Change:
    """Return a change of one setting; the plan as `Type__name="update"`."""
    return Change(
        settings=(arguments,),
        plan={resource.replace("__", " ").replace("_", "-"): kind for resource, kind in plan.items()},
    )


CHANGES = {
    "alarmEmail": sets("alarmEmail", "oncall@example.com", TopicSubscription__observability="create"),
    "alarmThresholds": sets(
        *("--path", "alarmThresholds.rejected", "77"),
        MetricAlarm__observability_rejected_by_hand="update",
        MetricAlarm__observability_rejected_shop="update",
    ),
    "availabilityZones": sets(
        *("availabilityZones", "1"),
        Subnet__network_1="delete",
        RouteTableAssociation__network_1="delete",
        VpcEndpoint__network_endpoints_sns="update",
        VpcEndpoint__network_endpoints_sqs="update",
        VpcEndpoint__network_endpoints_ssm="update",
        NetworkAcl__network="update",
        Function__processor="update",
    ),
    "batchSize": sets("batchSize", "5", EventSourceMapping__processor="update"),
    "batchWindowSeconds": sets(
        *("batchWindowSeconds", "2"),
        EventSourceMapping__processor="update",
        MetricAlarm__observability_queue_age="update",
        Queue__queues_ingest="update",
    ),
    "eventRetentionDays": sets("eventRetentionDays", "400", Function__processor="update"),
    "logRetentionDays": sets(
        *("logRetentionDays", "90"), LogGroup__network_flow_logs="update", LogGroup__processor="update"
    ),
    "processingConcurrency": sets("processingConcurrency", "20", EventSourceMapping__processor="update"),
    "protect": sets("protect", "true", Table__ledger="update"),
    "reservedConcurrency": sets("reservedConcurrency", "200", Function__processor="update"),
    "retryDelaysSeconds": sets(
        *("--path", "retryDelaysSeconds[0]", "10"), Queue__queues_ingest="update", Function__processor="update"
    ),
    "signingSecrets": sets(
        *("--secret", "--path", "signingSecrets.shop[1]", "whsec_" + "f" * 32),
        Parameter__signing_secrets_shop="update",
    ),
    "silenceAlarmHours": sets(
        *("--path", "silenceAlarmHours.shop", "6"), MetricAlarm__observability_silent_shop="create"
    ),
    "sources": sets(
        *("--path", "sources.second.provider", "paddle"),
        Parameter__signing_secrets_second="create",
        MetricAlarm__observability_rejected_second="create",
        MetricAlarm__observability_last_try_second="create",
        MetricAlarm__observability_provider_gives_up_second="create",
        MetricAlarm__observability_publish_failures_second="create",
        MetricAlarm__observability_unknown_types_second="create",
        Dashboard__observability="update",
        VpcEndpoint__network_endpoints_ssm="update",
        RolePolicy__processor="update",
        Function__processor="update",
    ),
    "subscriberAccounts": sets(
        *("--path", "--type", "string", "subscriberAccounts[0]", "123456789012"),
        TopicPolicy__events="update",
    ),
}
"""By setting; those that change more than can be listed have a test of their own below."""

WIDE = {"owner", "dataClassification", "ingress", "network", "networkBlock"}
OF_REST_API = {
    *("requestsPerSecond", "requestsPerAddress", "allowedAddresses", "customDomain", "certificateArn"),
    "apiGatewayAccount",
}
NAMING = {"environmentSuffix"}
NEEDS_MORE_ZONES = {"excludedZoneIds"}
"""The emulator has two zones: to leave out one takes a third, or `availabilityZones` 1."""


@pytest.mark.parametrize("setting", CHANGES)
def test_a_changed_setting_changes_what_it_is_about_and_nothing_else(deployed: Stack, setting: str) -> None:
    """No update more than needed: each is a call to AWS that can fail."""
    change = CHANGES[setting]
    with deployed.settings(*change.settings):
        assert deployed.plan() == change.plan


def test_every_setting_has_its_plan() -> None:
    """Who adds a setting says what changing it does."""
    assert {*CHANGES, *WIDE, *OF_REST_API, *NAMING, *NEEDS_MORE_ZONES} == set(DEFAULTS) | {"sources"}


@pytest.mark.parametrize("setting", ["owner", "dataClassification"])
def test_another_tag_is_put_on_what_exists(deployed: Stack, setting: str) -> None:
    """Nothing is replaced for the sake of a tag."""
    with deployed.settings((setting, "others")):
        plan = deployed.plan()
    assert set(plan.values()) == {"update"}
    assert {*HOLD_DATA, "Function processor", "Vpc network"} <= set(plan)


def test_another_ingress_replaces_the_function_and_its_address_alone(deployed: Stack) -> None:
    """Queue, ledger, topic and secrets stay as they are, and the mapping goes with its function."""
    with deployed.settings(("ingress", "rest-api")):
        plan = deployed.plan()
    assert {name for name, kind in plan.items() if kind not in ("create", "update")} == {
        *("Function processor", "EventSourceMapping processor", "FunctionUrlIngress ingress"),
    }
    assert not {*HOLD_DATA} & set(plan)
    assert {"RestApi ingress", "WebAcl ingress-firewall", "WebAclAssociation ingress-firewall"} <= set(plan)


def test_without_network_the_function_stays(deployed: Stack) -> None:
    """It is taken out of the network, and then the network goes."""
    with deployed.settings(("network", "none")):
        plan = deployed.plan()
    assert plan.pop("Function processor") == "update"
    assert plan.pop("RolePolicy processor") == "update"
    assert set(plan.values()) == {"delete"}
    assert all("network" in name for name in plan)


def test_another_block_replaces_the_network_and_nothing_else(deployed: Stack) -> None:
    """The function is moved from one to the other."""
    with deployed.settings(("networkBlock", "10.65.0.0/24")):
        plan = deployed.plan()
    assert plan.pop("Function processor") == "update"
    assert set(plan.values()) == {"replace"}
    assert all("network" in name for name in plan)


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What someone may do without wanting what follows.

    Attributes:
        settings: Arguments of `pulumi config set`.
        environment: Environment variables.
        refused: What the CLI says.
    """

    settings: tuple[tuple[str, ...], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    refused: str


MISTAKES = {
    "another suffix": Mistake(
        settings=(("environmentSuffix", "mistyped"),), refused="this stack's table is payment-transactions-deployed"
    ),
    "another suffix by the environment": Mistake(
        environment={"ENVIRONMENT_SUFFIX": "mistyped"}, refused="this stack's table is payment-transactions-deployed"
    ),
    "another region": Mistake(
        settings=(("aws:region", "eu-west-1"),), refused="this stack's table is in us-east-1; another region"
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_would_leave_the_data_behind_is_refused_before_anything_is_planned(
    deployed: Stack, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It would replace the ledger, the queues, the key and the secrets by empty ones."""
    mistake = MISTAKES[name]
    for variable, value in mistake.environment.items():
        monkeypatch.setenv(variable, value)
    with deployed.settings(*mistake.settings):
        shown = deployed.run("preview", "--json", check=False)
    assert shown.returncode != 0
    assert mistake.refused in shown.stdout
    assert {step["op"] for step in json.loads(shown.stdout)["steps"]} <= {"same", "read"}


@pytest.mark.parametrize("component", ["encryption", "ledger", "events", "queues", "signing-secrets", "observability"])
def test_a_renamed_component_keeps_what_is_in_it(deployed: Stack, component: str) -> None:
    """Only the component itself, which is nothing in AWS, is another one."""
    file = (deployed.project / "__main__.py").read_text()
    first = "(\n    " if f'(\n    "{component}",' in file else "("
    with deployed.edited("__main__.py", f'{first}"{component}",', f'{first}"renamed",'):
        plan = deployed.plan()
    kinds = {name.partition(" ")[2]: kind for name, kind in plan.items()}
    assert kinds == {component: "delete", "renamed": "create"}
