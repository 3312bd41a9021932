"""What tests of operations share: a system in which failed messages die soon, and the commands on it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from local.faults import FaultPlan
from local.observer import wait_until
from local.sending import Event, post, signed
from ops.__main__ import main
from tests.integration.conftest import endpoint, event, send

if TYPE_CHECKING:
    from pathlib import Path

    from local.observer import Observer
    from local.system import LocalSystem

SETTINGS = {"retryDelaysSeconds": [1], "processingConcurrency": 2, "reservedConcurrency": 0}
"""A failed message is dead after two tries."""

Ops = Callable[..., Result]


def commands_on(system: LocalSystem, directory: Path) -> Ops:
    """Make what runs one command on the system's outputs."""
    file = directory / "outputs.json"
    file.write_text(json.dumps(system.report))

    def run(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--outputs", str(file), *words], input=given)

    return run


def die(system: LocalSystem, observer: Observer, count: int, *, without: str = "dynamodb") -> list[Event]:
    """Send payments while a service is away, until they lie in the dead-letter queue."""
    before = observer.backlog()["dlq_url"]
    system.emulator.fail(FaultPlan(away=(without,)))
    events = [event("stripe") for _ in range(count)]
    assert [send(endpoint(system, "shop"), each).status for each in events] == [200] * count
    assert wait_until(lambda: observer.backlog() == {"queue_url": 0, "dlq_url": before + count}, seconds=30)
    system.emulator.fail(FaultPlan())
    return events


def let_older_code_have_recorded(system: LocalSystem, observer: Observer, what: Event, **values: str | int) -> None:
    """Change the ledger's item of an event to what another mapping would have made of it."""
    (item,) = observer.events(what.payment_id)
    system.clients.dynamodb.update_item(
        TableName=system.outputs["table_name"],
        Key={name: {"S": item[name]} for name in ("transaction_id", "record")},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()
        },
    )


def send_unreadable(system: LocalSystem, observer: Observer) -> None:
    """Send what is signed and no event, until it lies in the dead-letter queue."""
    before = observer.backlog()["dlq_url"]
    target = endpoint(system, "shop")
    what = event("stripe")
    odd = Event(provider="stripe", kind="odd", event_id="", payment_id=what.payment_id, body=b'{"note":"no event"}')
    assert post(target, signed(odd, target, now=int(time.time()))).status == 200
    assert wait_until(lambda: observer.backlog() == {"queue_url": 0, "dlq_url": before + 1}, seconds=30)
