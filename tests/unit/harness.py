"""What the tests of the core share: an AWS in memory, requests as Lambda delivers them, and a provider of our own."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import stripe

from lambda_src import delivery as deliveries
from lambda_src.aws import AwsError
from lambda_src.canonical import PaymentEvent, Share, Status
from lambda_src.delivery import Delivery
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

FUNCTION = "webhook-processor-test"
SECRETS_PATH = "/webhook-processor/test/sources"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/webhook-queue-test"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:payment-events-test"
RETRY_DELAYS = (30, 120, 480, 1800)
TABLE = "payment-transactions-test"
STRIPE_SECRET = "whsec_core"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
PAYMENT_INTENT = {"id": "pi_1", "object": "payment_intent", "amount": 1050, "amount_received": 1050, "currency": "eur"}


class Call(NamedTuple):
    """One call that the code under test made."""

    service: str
    operation: str
    parameters: dict[str, Any]


class FakeAws:
    """An AWS in memory: records every call, answers what it is told to, and fails when it is told to."""

    def __init__(self, **secrets: str) -> None:
        self.calls: list[Call] = []
        self.secrets = {name.replace("_", "-"): value for name, value in secrets.items()}
        self._failures: dict[str, list[Exception | None]] = {}
        self._answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "batch_execute_statement": lambda given: {"Responses": [{} for _ in given["Statements"]]},
            "get_parameter": self._parameter,
            "publish_batch": lambda given: {
                "Successful": [{"Id": entry["Id"]} for entry in given["PublishBatchRequestEntries"]]
            },
        }

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Record the call, then fail or answer."""
        self.calls.append(Call(service, operation, parameters))
        failures = self._failures.get(operation, [])
        failure = failures.pop(0) if failures else None
        if failure is not None:
            raise failure
        answer = self._answers.get(operation)
        return answer(parameters) if answer else {}

    def fail(self, operation: str, *failures: Exception | str | None) -> None:
        """Let the next calls of an operation fail one after the other: an error code, an exception, or None for not."""
        self._failures[operation] = [
            AwsError(operation, failure) if isinstance(failure, str) else failure for failure in failures
        ]

    def answer(self, operation: str, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Answer an operation by a function of its parameters."""
        self._answers[operation] = answer

    def operations(self) -> list[str]:
        """Names of the operations called, in order."""
        return [call.operation for call in self.calls]

    def of(self, operation: str) -> list[dict[str, Any]]:
        """Parameters of the calls of one operation, in order."""
        return [call.parameters for call in self.calls if call.operation == operation]

    def delivered(self) -> list[Delivery]:
        """What was sent to the queue."""
        return [deliveries.decode(parameters["MessageBody"]) for parameters in self.of("send_message")]

    def _parameter(self, given: dict[str, Any]) -> dict[str, Any]:
        source = given["Name"].removeprefix(f"{SECRETS_PATH}/").removesuffix("/signing-secrets")
        if source not in self.secrets:
            raise AwsError("get_parameter", "ParameterNotFound")
        return {"Parameter": {"Value": self.secrets[source]}}


class Clock:
    """A clock that stands still until it is moved: seconds for caches, a time for requests."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Read the monotonic seconds."""
        return self.seconds


def http_event(
    path: str,
    body: str | bytes = "",
    headers: dict[str, str] | None = None,
    method: str = "POST",
    domain: str = "fn.lambda-url.example",
    *,
    base64: bool = False,
) -> dict[str, Any]:
    """Build an HTTP event as a Function URL delivers it (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "forged.example", "content-type": "application/json", **(headers or {})},
        "requestContext": {
            "domainName": domain,
            "requestId": "request-1",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
        },
        "body": body.decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": base64,
    }


def stripe_body(
    event_id: str = "evt_1", kind: str = "payment_intent.succeeded", created: int | None = None, **fields: object
) -> bytes:
    """Write a Stripe event about the payment intent `pi_1`."""
    event = {
        "id": event_id,
        "object": "event",
        "type": kind,
        "created": int(NOW.timestamp()) if created is None else created,
        "data": {"object": PAYMENT_INTENT | fields},
    }
    return json.dumps(event).encode()


def stripe_signature(body: bytes, secret: str = STRIPE_SECRET, at: datetime = NOW) -> str:
    """Sign as Stripe does, with its own SDK."""
    time = int(at.timestamp())
    signature = stripe.WebhookSignature._compute_signature(f"{time}.{body.decode()}", secret)
    return f"t={time},v1={signature}"


def stripe_event(
    body: bytes | None = None, secret: str = STRIPE_SECRET, at: datetime = NOW, path: str = "/stripe"
) -> dict[str, Any]:
    """Build a signed Stripe request."""
    body = stripe_body() if body is None else body
    return http_event(path, body, {"stripe-signature": stripe_signature(body, secret, at)})


class FakeProvider:
    """A provider that reads canonical events from JSON as they are: `[{event_id, payment_id, status, ...}]`."""

    NAME = "fakepay"
    ACKNOWLEDGEMENT = Acknowledgement(content_type="text/plain", body="thanks")
    FORWARDED_HEADERS: tuple[str, ...] = ("fakepay-note",)
    SETTINGS: tuple[str, ...] = ()

    def __init__(self, broken: Exception | None = None) -> None:
        self._broken = broken

    def verify(self, request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
        """Accept a request whose header holds one of the secrets."""
        del source, now
        if self._broken:
            raise self._broken
        if request.headers.get("fakepay-secret") in secrets:
            return secrets.index(request.headers["fakepay-secret"])
        raise Rejected(Reason.WRONG_SECRET, "none of them")

    def parse(self, delivery: Delivery, source: Source) -> list[PaymentEvent]:
        """Read the events; None as the body is this provider's bug."""
        del source
        if self._broken:
            raise self._broken
        events = json.loads(delivery.raw)
        return [payment_event(**event) for event in events]

    def secret_problem(self, secret: str) -> str | None:
        """Find nothing wrong."""
        del secret
        return None


def payment_event(**fields: Any) -> PaymentEvent:  # noqa: ANN401 - any of the event's fields
    """Build a canonical event of the fake provider from whatever of it matters to a test."""
    seconds = fields.pop("at", 0)
    known: dict[str, Any] = {
        "provider": FakeProvider.NAME,
        "event_id": "e1",
        "event_type": "thing.happened",
        "payment_id": "p1",
        "status": "captured",
        "amount": 1000,
        "currency": "EUR",
        "occurred_at": datetime.fromtimestamp(NOW.timestamp() + seconds, UTC),
        "payload": b'{"id":"e1"}',
    } | fields
    share = known.get("share")
    known["status"] = Status(known["status"])
    known["share"] = Share(**share) if isinstance(share, dict) else share
    if isinstance(known["payload"], str):
        known["payload"] = known["payload"].encode()
    return PaymentEvent(**known)


def new_delivery(body: object = None, provider: str = FakeProvider.NAME, **fields: Any) -> Delivery:  # noqa: ANN401 - fields of several types
    """Build a queued delivery; a body that is no text is written as JSON."""
    text = body if isinstance(body, str) else json.dumps([{}] if body is None else body)
    known: dict[str, Any] = {
        "delivery_id": str(uuid.uuid4()),
        "source": provider,
        "provider": provider,
        "received_at": NOW,
        "body": text,
    } | fields
    return Delivery(**known)


def sqs_record(message: Delivery | str, receive_count: int = 1, message_id: str | None = None) -> dict[str, Any]:
    """Build a record of Lambda's SQS event."""
    body = message if isinstance(message, str) else deliveries.encode(message)
    message_id = message_id or str(uuid.uuid4())
    return {
        "messageId": message_id,
        "receiptHandle": f"handle of {message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receive_count)},
        "eventSource": "aws:sqs",
    }


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Read the log lines written so far; each must be one line of JSON."""
    return [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
