"""Webhooks as Lambda hands them to a handler: signed Stripe and Adyen requests, and batches of queue messages."""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local.samples import fresh_event_id, fresh_payment_id, sample
from local.signing import sign

SECRETS = {"stripe": "whsec_benchmarkbenchmarkbenchmark00", "adyen": "44782DEF547AAA06C910C43932B1EB0C" * 2}
"""Signing secrets of the sources; nobody's."""

DOMAIN = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:webhook-queue-bench"

_WORDS = ("order", "shipping", "invoice", "customer", "basket", "discount", "voucher", "delivery", "return", "express")


AHEAD_SECONDS = 240
"""Signatures are dated so far ahead: all candidates take 300 s either way, and what runs under callgrind is slow."""


def http_event(body: bytes, provider: str = "stripe") -> dict[str, Any]:
    """The event of a Function URL for one webhook, just signed, with the headers that a provider's request has."""
    event_id = fresh_event_id(provider)
    url = f"https://{DOMAIN}/{provider}"
    webhook = sign(provider, body, SECRETS[provider], url=url, now=int(time.time()) + AHEAD_SECONDS, event_id=event_id)
    now = datetime.now(UTC)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": f"/{provider}",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*; q=0.5, application/xml",
            "cache-control": "no-cache",
            "content-length": str(len(webhook.body)),
            "host": DOMAIN,
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "x-amzn-trace-id": "Root=1-6752c2a0-000000000000000000000000",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **webhook.headers,
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": DOMAIN.partition(".")[0],
            "domainName": DOMAIN,
            "domainPrefix": DOMAIN.partition(".")[0],
            "http": {
                "method": "POST",
                "path": f"/{provider}",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "body": webhook.body.decode(),
        "isBase64Encoded": False,
    }


def stripe_body(size: int | None = None) -> bytes:
    """A succeeded payment, each time another one.

    Args:
        size: Bytes of the body, filled up by metadata as shops write them; None: as the sample is, about 1.7 KB.
    """
    body = sample("stripe", "succeeded", payment_id=fresh_payment_id("stripe"), event_id=fresh_event_id("stripe"))
    content = json.loads(body)
    compact = json.dumps(content, separators=(",", ":")).encode()
    if size is None:
        return compact
    # Words and numbers at random: compressible as such texts are, the same for every candidate.
    choice = random.Random(size)  # noqa: S311 - filling
    metadata = content["data"]["object"]["metadata"]
    missing = size - len(compact)
    while missing > 0:
        key = f"note_{len(metadata)}"
        text = " ".join(f"{choice.choice(_WORDS)} {choice.randrange(100_000)}" for _ in range(40))
        text = text[: max(1, missing - len(f',"{key}":""'))][:480]
        metadata[key] = text
        missing -= len(f',"{key}":"{text}"')
    return json.dumps(content, separators=(",", ":")).encode()


def sqs_event(bodies: list[str]) -> dict[str, Any]:
    """The event of a queue's trigger for one batch of messages."""
    now = str(int(time.time() * 1000))
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "receiptHandle": "AQEB" + uuid.uuid4().hex * 8,
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": now,
                    "SenderId": "AROAEXAMPLE:webhook-processor-bench",
                    "ApproximateFirstReceiveTimestamp": now,
                },
                "messageAttributes": {},
                "md5OfBody": "00000000000000000000000000000000",
                "eventSource": "aws:sqs",
                "eventSourceARN": QUEUE_ARN,
                "awsRegion": "us-east-1",
            }
            for body in bodies
        ]
    }


def adyen_body(events: int) -> bytes:
    """One request of Adyen's with so many authorisations, each of another payment."""
    items: list[Any] = []
    for _ in range(events):
        body = sample("adyen", "authorized", payment_id=fresh_payment_id("adyen"), event_id=fresh_event_id("adyen"))
        items += json.loads(body)["notificationItems"]
    return json.dumps({"live": "false", "notificationItems": items}).encode()
