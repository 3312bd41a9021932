"""Another team's program beside a deployed stack: the example, by its stack reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.emulator import PROJECT
from local.observer import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.conftest import Stack

EXAMPLE = PROJECT / "examples" / "downstream"
PARTS = ("Pulumi.yaml", "__main__.py", "components", "consumer")


@pytest.fixture(scope="module")
def consumer(deployed: Stack) -> Iterator[Stack]:
    """The example's stack, not deployed, whose configuration is not written beside its program."""
    project = deployed.backend.directory / "consumer"
    project.mkdir()
    for part in PARTS:
        (project / part).symlink_to(EXAMPLE / part)
    (project / ".venv").symlink_to(deployed.project / ".venv")
    consumer = deployed.beside("consumer", project)
    consumer.run("stack", "init", "consumer", "--secrets-provider", "passphrase")
    consumer.run("config", "set", "paymentsStack", "organization/webhook-processor/deployed")
    yield consumer
    consumer.run("destroy", "--yes", "--skip-preview")
    assert [each for each in deployed.provider.alive if "refund-desk" in each] == []


def test_the_example_takes_what_the_stack_publishes(deployed: Stack, consumer: Stack) -> None:
    """The topic comes by the stack reference, the statuses from the project's default, then from the stack's own."""
    consumer.up()
    assert consumer.plan() == {}
    consumer.run("config", "set", "--path", "statuses[0]", "captured")
    assert consumer.plan() == {"TopicSubscription inbox": "update"}
    consumer.up()
    assert deployed.send() == 200
    dynamodb, table = deployed.backend.clients.dynamodb, consumer.outputs()["table_name"]
    assert table == "refund-desk-consumer"
    assert wait_until(lambda: dynamodb.scan(TableName=table)["Count"])
    items = dynamodb.scan(TableName=table)["Items"]
    assert [item["status"]["S"] for item in items if item["key"]["S"].startswith("payment#")] == ["captured"]


def test_every_output_can_be_referred_to(deployed: Stack, consumer: Stack) -> None:
    """Whole objects are handed on too, and none is secret."""
    (consumer.project / "__main__.py").unlink()
    names = ("topic_arn", "table_name", "event_schema", "source_urls")
    (consumer.project / "__main__.py").write_text(
        "import pulumi\n"
        'payments = pulumi.StackReference("organization/webhook-processor/deployed")\n'
        f"for name in {names}:\n"
        "    pulumi.export(name, payments.require_output(name))\n"
    )
    consumer.up()
    outputs = deployed.outputs()
    assert consumer.outputs() == {name: outputs[name] for name in names}
    assert outputs["table_name"] == "payment-transactions-deployed"
