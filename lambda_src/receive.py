"""The HTTP trigger: verify, mask, enqueue, acknowledge.

Order: method, source, size, base64, signature with its replay window; then mask, enqueue, acknowledge. Nothing of a
request is looked at before its signature holds, except what the signature scheme itself needs.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from lambda_src import http_event, log, providers, trace
from lambda_src.delivery import Delivery
from lambda_src.errors import Reason, Rejected, WebhookError
from lambda_src.masking import mask
from lambda_src.queue import MESSAGE_LIMIT_BYTES
from lambda_src.request import SignedRequest
from lambda_src.sampling import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambda_src.http_event import HttpEvent
    from lambda_src.log import Metric
    from lambda_src.providers import Provider
    from lambda_src.queue import Queue
    from lambda_src.signing_secrets import SigningSecrets
    from lambda_src.sources import Source

RETRY_AFTER_SECONDS = 30
"""What a 503 asks for; providers with a schedule of their own keep to that."""

_ERROR_CODES = {400: "malformed", 404: "unknown_source", 405: "method_not_allowed", 413: "too_large"}
_NOT_AUTHENTIC = "not_authentic"
"""The one error code of every 401: which check failed would help a forger, so only the log tells."""


class Receiver:
    """Receives webhooks.

    Args:
        sources: Configured sources by name.
        secrets: Their signing secrets.
        queue: Where accepted requests go.
        namespace: The metrics' namespace.
        clock: The current time, aware.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        secrets: SigningSecrets,
        queue: Queue,
        namespace: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._secrets = secrets
        self._queue = queue
        self._namespace = namespace
        self._clock = clock
        self._sampler = Sampler()

    def receive(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one HTTP request.

        Args:
            event: Lambda's HTTP event, of a Function URL or of a REST API.

        Returns:
            The response, in a form that both take. 200 means the request lies in the queue.
        """
        http = http_event.read(event)
        line = log.Line(message="webhook", request_id=http.request_id)
        metrics: dict[Metric, int] = {"received": 1}
        with trace.subsegment("receive") as span:
            try:
                response = self._accept(http, line, metrics)
            except Rejected as error:
                response = _rejection(error, line)
                weight = self._sampler.weigh((line.source, error.reason))
                metrics = {"received": weight, "rejected": weight}
            except WebhookError as error:
                response = _unavailability(error.reason, error.detail, line, metrics)
            except Exception as error:  # noqa: BLE001 - a fault of ours: refused, so that the provider sends it again
                detail = log.surprise(error)
                response = _unavailability(Reason.UNEXPECTED, detail, line, metrics)
            span.annotate(
                source=line.source or "unknown", provider=line.provider or "unknown", outcome=line.outcome or "unknown"
            )
        if metrics["received"]:
            line.times = metrics["received"] if metrics["received"] > 1 else None
            # A request to no source of ours is no metric: anybody could make us pay for as many as they like.
            log.write(line, self._namespace, metrics if line.source else None)
        return response

    def _accept(self, http: HttpEvent, line: log.Line, metrics: dict[Metric, int]) -> dict[str, Any]:
        if http.method != "POST":
            raise Rejected(Reason.METHOD_NOT_ALLOWED, "webhooks are sent by POST")
        name = http.path.removeprefix("/")
        source = self._sources.get(name)
        if source is None:
            raise Rejected(Reason.UNKNOWN_SOURCE, "the path names no configured source")
        line.source, line.provider = name, source.provider
        body = _body(http)
        line.body_bytes = len(body)
        received_at = self._clock()
        request = SignedRequest(
            body=body,
            headers=http.headers,
            url=source.notification_url or http.url,
        )
        provider = providers.load(source.provider)
        metrics["secret_position"] = self._verify(provider, request, name, source, int(received_at.timestamp()))
        delivery, masked = _delivery(name, source, provider, request, received_at)
        metrics["masked"] = masked
        line.delivery_id = delivery.delivery_id
        self._queue.send(delivery)
        line.outcome = "accepted"
        metrics["enqueued"] = 1
        return _response(200, provider.ACKNOWLEDGEMENT.body, provider.ACKNOWLEDGEMENT.content_type)

    def _verify(self, provider: Provider, request: SignedRequest, name: str, source: Source, now: int) -> int:
        """Check the signature; where no known secret made it, once more with the secrets as they are now."""
        secrets = self._secrets.of(name)
        try:
            return provider.verify(request, secrets, source, now)
        except WebhookError as error:
            if error.reason not in {Reason.WRONG_SECRET, Reason.SECRET_MALFORMED}:
                raise
            rotated = self._secrets.after_mismatch(name)
            if rotated is None:
                raise
        return provider.verify(request, rotated, source, now)


def _body(http: HttpEvent) -> bytes:
    """The raw bytes that the provider sent."""
    text = http.body
    if not http.is_base64:
        body = text.encode(errors="surrogatepass")
    elif len(text) > 2 * MESSAGE_LIMIT_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"more than {MESSAGE_LIMIT_BYTES} bytes")
    else:
        try:
            body = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Rejected(Reason.UNDECODABLE_BASE64, "the body is marked as base64 and is none") from None
    if len(body) > MESSAGE_LIMIT_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"more than {MESSAGE_LIMIT_BYTES} bytes")
    return body


def _delivery(
    name: str, source: Source, provider: Provider, request: SignedRequest, received_at: datetime
) -> tuple[Delivery, int]:
    """The queue message of a verified request, and how many card data were masked in it."""
    delivery = Delivery(
        delivery_id=str(uuid.uuid4()),
        source=name,
        provider=source.provider,
        received_at=received_at,
        headers={header: request.headers[header] for header in provider.FORWARDED_HEADERS if header in request.headers},
    )
    body = providers.unwrapped(provider, request.body)
    try:
        text, masked = mask(body.decode())
    except UnicodeDecodeError:
        # No provider sends this; it is kept whole, as it is signed, and ends in the dead-letter queue.
        text, masked = mask(body.decode("latin-1"))
        return msgspec.structs.replace(delivery, body_base64=base64.b64encode(text.encode("latin-1")).decode()), masked
    return msgspec.structs.replace(delivery, body=text), masked


def _rejection(error: Rejected, line: log.Line) -> dict[str, Any]:
    line.level, line.outcome, line.reason, line.detail = "WARN", "rejected", error.reason, error.detail
    code = _ERROR_CODES.get(error.status, _NOT_AUTHENTIC)
    response = _response(error.status, msgspec.json.encode({"error": code}).decode())
    if error.reason is Reason.METHOD_NOT_ALLOWED:
        response["headers"]["allow"] = "POST"
    return response


def _unavailability(reason: Reason, detail: str, line: log.Line, metrics: dict[Metric, int]) -> dict[str, Any]:
    line.level, line.outcome, line.reason, line.detail = "ERROR", "unavailable", reason, detail
    metrics["unavailable"] = 1
    response = _response(503, '{"error":"unavailable"}')
    response["headers"]["retry-after"] = str(RETRY_AFTER_SECONDS)
    return response


def _response(status: int, body: str, content_type: str = "application/json") -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, "cache-control": "no-store"},
        "body": body,
    }
