"""Any schedule of deliveries, faults, deaths, redeliveries and redrives ends with nothing lost, doubled or forged.

Each call of the function goes through botocore and may meet a fault at its HTTP boundary; a schedule is drawn by
Hypothesis. `make schedules` draws 10,000 of them, a usual run fewer.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from moto.moto_api._internal.models import moto_api_backend

from lambda_src.aws import Aws
from local.account import fold
from local.faults import Fault
from tests.unit.faulty_aws import KILLED_AFTER, KILLED_BEFORE, FaultyHttp
from tests.unit.harness import http_event, payment_event
from tests.unit.pipe import Killed, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.canonical import PaymentEvent
    from lambda_src.receive import Receiver

SCHEDULES = int(os.environ.get("SCHEDULES", "60"))
STEPS = 12

RENEWED_AFTER = 200
"""Schedules that one AWS in memory serves: it forgets nothing, and grows slow."""

_BEFORE_A_FAULT = [None] * 9
FAULTS = st.lists(st.sampled_from([*_BEFORE_A_FAULT, *Fault, KILLED_BEFORE, KILLED_AFTER]), max_size=12)
"""What the HTTP requests of one invocation meet, in order."""

CALLS_IN_TIME = st.one_of(st.none(), st.integers(0, 8))
"""After how many calls the invocation's time is up; None: it has enough."""

REFUND = {"status": "partially_refunded"}
EVENTS: list[dict[str, Any]] = [
    {"event_id": "e1", "status": "authorized", "at": 0},
    {"event_id": "e2", "status": "captured", "at": 10},
    {"event_id": "e3", **REFUND, "at": 20, "amount": 400, "share": {"of": "refund", "id": "r1", "amount": 400}},
    {"event_id": "e4", **REFUND, "at": 30, "amount": 600, "share": {"of": "refund", "id": "r2", "amount": 600}},
    {"event_id": "e5", "status": "refund_failed", "at": 40, "share": {"of": "refund", "id": "r1", "amount": 0}},
    {"event_id": "e6", "status": "disputed", "at": 30, "amount": 100},
    {"event_id": "e7", "status": "unknown", "at": 50, "amount": None, "currency": None},
]
"""The life of a payment; which of it happens, when it arrives and how often is the schedule's."""

UNREADABLE = [{"event_id": "e1", "status": "no such status"}]

SECRET = "hush"
"""The fake provider's, as the pipe is configured with it."""

_http = FaultyHttp()
_clients: dict[str, Any] = {}
_examples = itertools.count()


class Schedules(RuleBasedStateMachine):
    """One deployment, in which everything that can happen happens in any order."""

    pipe: Pipe

    @initialize()
    def begin(self) -> None:
        """Begin with payments that nobody has heard of, and empty queues."""
        self.example = next(_examples)
        if self.example % RENEWED_AFTER == 0:
            moto_api_backend.reset()
            Schedules.pipe = Pipe(dead_letters=True)
        self._start()
        self.known: dict[tuple[str, str], PaymentEvent] = {}
        self.acknowledged: set[tuple[str, str]] = set()
        self.unreadable: set[str] = set()

    @rule(
        payment=st.sampled_from(["p", "q"]),
        chosen=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3, unique_by=lambda event: event["event_id"]),
        faults=FAULTS,
        calls=CALLS_IN_TIME,
        cold=st.booleans(),
    )
    def deliver(
        self,
        payment: str,
        chosen: list[dict[str, Any]],
        faults: list[str | None],
        calls: int | None,
        cold: bool,  # noqa: FBT001 - drawn by name
    ) -> None:
        """The provider sends one request of one or several events, perhaps not for the first time."""
        payment = f"{payment}{self.example}"
        events = [event | {"payment_id": payment, "event_id": f"{event['event_id']}{payment}"} for event in chosen]
        for event in events:
            built = payment_event(**event)
            self.known[built.transaction_id, built.event_id] = built
        if self._post(json.dumps(events), faults, calls, cold=cold) == 200:
            self.acknowledged |= {(f"fakepay:{event['payment_id']}", event["event_id"]) for event in events}

    @rule(faults=FAULTS, calls=CALLS_IN_TIME)
    def deliver_what_nobody_can_read(self, faults: list[str | None], calls: int | None) -> None:
        """The provider signs something that is no event."""
        body = json.dumps([event | {"payment_id": f"u{self.example}"} for event in UNREADABLE])
        if self._post(body, faults, calls) == 200:
            self.unreadable.add(body)

    @rule(event=st.sampled_from(EVENTS), faults=FAULTS)
    def forge(self, event: dict[str, Any], faults: list[str | None]) -> None:
        """Somebody else sends an event of a payment of their own."""
        body = json.dumps([event | {"payment_id": f"forged{self.example}"}])
        assert self._post(body, faults, None, secret="guessed") in {None, 401, 503}

    @rule(faults=FAULTS, calls=CALLS_IN_TIME)
    def process(self, faults: list[str | None], calls: int | None) -> None:
        """The queue's trigger fires once."""
        self._invoke(faults, calls, lambda: self.pipe.process_once(self.aws))

    @rule(dies=st.booleans())
    def redrive(self, dies: bool) -> None:  # noqa: FBT001 - drawn by name
        """An operator sends dead letters back, perhaps interrupted between the two halves of it."""
        _http.schedule(())
        self.pipe.redrive(dies_before_deleting=dies)

    def teardown(self) -> None:
        """Let everything work again: what was acknowledged is all there, and the rest lies in the dead-letter queue."""
        _http.schedule(())
        self.pipe.drain()
        self.pipe.redrive()
        self.pipe.drain()
        published = {(event["id"], event["data"]["delivery_id"]) for event in self.pipe.published()}
        items = {payment: self.pipe.items(payment) for payment in self._payments()}
        events = [item for found in items.values() for item in found if item["record"] != "state"]
        recorded = [(item["transaction_id"], item["event_id"]) for item in events]
        assert len(recorded) == len(set(recorded))
        assert self.acknowledged <= set(recorded) <= self.known.keys()
        # Published, and by the delivery that recorded it alone: a repeat of the provider's is not published again.
        assert published == {(f"fakepay:{item['event_id']}", item["delivery_id"]) for item in events}
        assert self.unreadable <= {json.loads(body)["body"] for body in self.pipe.take_dead_letters()}
        for payment, found in items.items():
            expected = fold((item for item in events if item["transaction_id"] == payment), self.known)
            states = [{name: item.get(name) for name in expected} for item in found if item["record"] == "state"]
            assert states == ([] if expected["status"] is None and not states else [expected])

    def _post(
        self,
        body: str,
        faults: list[str | None],
        calls: int | None,
        *,
        secret: str = SECRET,
        cold: bool = False,
    ) -> int | None:
        """Post a request; None: no answer came."""
        if cold:
            self._start()
        event = http_event("/fakepay", body, {"fakepay-secret": secret})
        answer = self._invoke(faults, calls, lambda: self.receiver.receive(event))
        return None if answer is None else int(answer["statusCode"])

    def _invoke(
        self, faults: list[str | None], calls: int | None, what: Callable[[], dict[str, Any]]
    ) -> dict[str, Any] | None:
        """Run one invocation under a schedule; None: it died."""
        _http.schedule(faults)
        left = itertools.repeat(math.inf) if calls is None else itertools.chain([math.inf] * calls, itertools.repeat(0))
        self.aws.begin_invocation(lambda: next(left))
        try:
            return what()
        except Killed:
            self._start()
            return None
        finally:
            _http.schedule(())

    def _start(self) -> None:
        """Start a process; it takes over the clients, whose making is what costs."""
        self.aws = Aws()
        self.aws._clients = _clients
        self.receiver: Receiver = self.pipe.receiver(self.aws)

    def _payments(self) -> set[str]:
        return {payment for payment, _ in self.known} | {f"fakepay:forged{self.example}"}


@pytest.fixture
def _faulty_http(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's calls may meet faults, and botocore does not wait between its tries."""
    del pipe  # what counts is the AWS in memory that it runs on
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    _http.install()


@pytest.mark.usefixtures("_faulty_http")
def test_any_schedule_ends_with_nothing_lost_doubled_or_forged() -> None:
    """What was acknowledged is recorded once and published, or lies whole in the dead-letter queue; nothing else is."""
    settings = hypothesis.settings(max_examples=SCHEDULES, stateful_step_count=STEPS)
    run_state_machine_as_test(Schedules, settings=settings)
    assert next(_examples) >= SCHEDULES
    assert set(_http.met) == {*Fault, KILLED_BEFORE, KILLED_AFTER}
