"""The function dies between any two of its AWS calls; the queue redelivers; nothing is lost or doubled."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambda_src import delivery as deliveries
from lambda_src.aws import AwsError
from lambda_src.delivery import Delivery
from lambda_src.ledger import Ledger
from lambda_src.process import Processor
from lambda_src.queue import Queue
from lambda_src.topic import Topic
from local.observer import wait_until
from tests.integration.conftest import event

if TYPE_CHECKING:
    from local.observer import Observer
    from local.sending import Event
    from local.system import LocalSystem


class Killed(BaseException):
    """The process is gone."""


class MortalAws:
    """The emulator's AWS, for a process that dies at one call: before it leaves, or after its effect."""

    def __init__(self, system: LocalSystem, *, dies_at: int | None = None, after: bool = False) -> None:
        self._clients = system.clients
        self._dies_at = dies_at
        self._after = after
        self.calls: list[str] = []

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Make one call, or die."""
        dies = len(self.calls) == self._dies_at
        self.calls.append(operation)
        if dies and not self._after:
            raise Killed
        try:
            answer: dict[str, Any] = getattr(getattr(self._clients, service), operation)(**parameters)
        except ClientError as error:
            answer = {}
            failure = AwsError(operation, error.response["Error"]["Code"], dict(error.response))
            if not (dies and self._after):
                raise failure from None
        if dies:
            raise Killed
        return answer


def _process(system: LocalSystem, aws: MortalAws, *records: dict[str, Any]) -> dict[str, Any]:
    processor = Processor(
        ledger=Ledger(system.outputs["table_name"], aws),
        topic=Topic(system.outputs["topic_arn"], system.outputs["function_name"], aws),
        queue=Queue(system.outputs["queue_url"], aws),
        retry_delays=(),
        sources={},
        namespace=system.outputs["function_name"],
    )
    return processor.process(records)


def _record(provider: str, what: Event) -> dict[str, Any]:
    delivery = Delivery(
        delivery_id=str(uuid.uuid4()),
        source=provider,
        provider=provider,
        received_at=datetime.now(UTC),
        body=what.body.decode(),
    )
    return {
        "messageId": "1",
        "receiptHandle": "none",
        "attributes": {"ApproximateReceiveCount": "1"},
        "body": deliveries.encode(delivery),
    }


KINDS = [("stripe", "succeeded"), ("adyen", "partially_refunded"), ("adyen", "batch")]


@pytest.mark.parametrize(("provider", "kind"), KINDS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_loses_and_doubles_nothing(
    provider: str,
    kind: str,
    after: bool,  # noqa: FBT001 - a test's parameter
    system: LocalSystem,
    observer: Observer,
) -> None:
    """Killed at each AWS call in turn and redelivered, the message ends as in a run without a crash."""
    clean_aws = MortalAws(system)
    clean = event(provider, kind)
    assert _process(system, clean_aws, _record(provider, clean)) == {"batchItemFailures": []}
    assert wait_until(lambda: observer.published_of(clean.payment_id))
    expected_events = len(observer.events(clean.payment_id))
    expected_state = observer.state(clean.payment_id)
    assert expected_state is not None
    for dies_at in range(len(clean_aws.calls)):
        what = event(provider, kind)
        record = _record(provider, what)
        with pytest.raises(Killed):
            _process(system, MortalAws(system, dies_at=dies_at, after=after), record)
        assert _process(system, MortalAws(system), record) == {"batchItemFailures": []}
        events = observer.events(what.payment_id)
        assert len(events) == expected_events
        state = observer.state(what.payment_id)
        assert state is not None
        assert (state["status"], state["amount"], state["version"]) == (
            expected_state["status"],
            expected_state["amount"],
            expected_state["version"],
        )
        recorded = {f"{each['provider']}:{each['event_id']}" for each in events}
        published = {each.event["id"]: each.event for each in observer.published_of(what.payment_id)}
        assert set(published) == recorded
        assert not any(each["data"]["late"] for each in published.values())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_in_a_batch_loses_and_doubles_nothing(
    after: bool,  # noqa: FBT001 - a test's parameter
    system: LocalSystem,
    observer: Observer,
) -> None:
    """The same of messages whose events are inserted together; the table refuses those that are there already."""
    clean_aws = MortalAws(system)
    _process(system, clean_aws, *(_record("stripe", event("stripe")) for _ in range(2)))
    assert clean_aws.calls == ["batch_execute_statement", "update_item", "update_item", "publish_batch"]
    for dies_at in range(len(clean_aws.calls)):
        both = [event("stripe"), event("stripe")]
        records = [_record("stripe", what) for what in both]
        with pytest.raises(Killed):
            _process(system, MortalAws(system, dies_at=dies_at, after=after), *records)
        again = MortalAws(system)
        assert _process(system, again, *records) == {"batchItemFailures": []}
        assert again.calls.count("put_item") == (2 if dies_at or after else 0)
        for what in both:
            (item,) = observer.events(what.payment_id)
            assert (observer.state(what.payment_id) or {})["event_id"] == item["event_id"]
            published = [each.event["data"] for each in observer.published_of(what.payment_id)]
            assert {(data["event_id"], data["late"]) for data in published} == {(item["event_id"], False)}
