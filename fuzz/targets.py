"""The targets: each takes any bytes; whatever it raises is a finding.

The inputs of all but `masking` are written like HTTP, so that a person can read a finding:

    stripe                                   the provider
    stripe-signature: t=1,v1=00              headers, if any

    {"id": "evt_1"}                          the body
"""

from __future__ import annotations

import base64
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from lambda_src import masking as masking_code
from lambda_src import providers
from lambda_src.delivery import Delivery
from lambda_src.errors import WebhookError
from lambda_src.queue import Queue
from lambda_src.receive import Receiver
from lambda_src.request import SignedRequest
from lambda_src.signing_secrets import SigningSecrets
from lambda_src.sources import decode_sources
from local import senders

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.sources import Source

NOW = 1_772_366_400
"""Time of receipt, seconds: the corpus is signed around it."""

URL = "https://hooks.example.com/shop"


_BESIDE = 24
"""Characters that three separators may take, as JSON escapes."""


class Finding(Exception):
    """Something that must not happen, and raised nothing."""


class Input(NamedTuple):
    """An input, read as far as it goes.

    Attributes:
        provider: The provider's name.
        headers: Its headers, lower-case names.
        body: The rest.
    """

    provider: str
    headers: dict[str, str]
    body: bytes


def write(given: Input) -> bytes:
    """Write an input as the targets read it."""
    headers = "".join(f"{name}: {value}\n" for name, value in given.headers.items())
    return f"{given.provider}\n{headers}\n".encode("latin-1") + given.body


def read(data: bytes) -> Input | None:
    """Read an input; None when it names no provider."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    if first not in providers.PROVIDERS:
        return None
    parts = [line.partition(": ") for line in lines]
    return Input(first, {name.lower(): value for name, _, value in parts}, body)


def verify(data: bytes) -> None:
    """Any request: accepted or refused by a typed error, and never accepted for a secret that did not sign it."""
    given = read(data)
    if given is None:
        return
    request = SignedRequest(body=given.body, headers=given.headers, url=URL)
    provider, source = providers.load(given.provider), source_of(given.provider)
    for known in (True, False):
        try:
            provider.verify(request, [_configured(given.provider, known=known)], source, NOW)
        except WebhookError:
            continue
        if not known:
            raise Finding(f"{given.provider} accepted a request that its secret did not sign")


def parse(data: bytes) -> None:
    """Any body that was signed: events, or a typed error."""
    given = read(data)
    if given is None:
        return
    delivery = Delivery(
        delivery_id="d",
        source="shop",
        provider=given.provider,
        received_at=datetime.fromtimestamp(NOW, UTC),
        headers=given.headers,
        body_base64=base64.b64encode(given.body).decode(),
    )
    try:
        events = providers.load(given.provider).parse(delivery, source_of(given.provider))
    except WebhookError:
        return
    if not events:
        raise Finding(f"{given.provider} made no event of a body, and no error")


def masking(data: bytes) -> None:
    """Any text: no number is left whole but beside a masked one, and an object or array of JSON stays one.

    Beside a mask, digits that ended in the middle of a group end at the mask, and may look like a number by chance.
    """
    text = data.decode("utf-8", "surrogateescape")
    masked, _ = masking_code.mask(text)
    again, _ = masking_code.mask(masked)
    if len(again) == len(masked):
        for run in masking_code._CANDIDATE.finditer(masked):  # noqa: SLF001 - what may hold a number, and no other
            beside = masked[max(0, run.start() - _BESIDE) : run.start()] + masked[run.end() : run.end() + _BESIDE]
            if again[run.start() : run.end()] != run[0] and "*" not in beside:
                raise Finding("masking a second time finds a number")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, (dict, list)):
        json.loads(masked)


def receive(data: bytes) -> None:
    """Any request, through the whole HTTP trigger: an answer of ours, and no surprise."""
    given = read(data)
    if given is None:
        return
    event = {
        "rawPath": f"/{given.provider}",
        "headers": given.headers,
        "requestContext": {"domainName": "hooks.example.com", "http": {"method": "POST"}},
        "body": base64.b64encode(given.body).decode(),
        "isBase64Encoded": True,
    }
    with redirect_stdout(StringIO()):
        status = _receiver().receive(event)["statusCode"]
    if status not in {200, 400, 401, 413}:
        raise Finding(f"{given.provider} was answered {status}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "verify": verify,
    "parse": parse,
    "masking": masking,
    "receive": receive,
}
"""The targets by name; the corpus has a directory for each."""


@cache
def secret_of(provider: str) -> str:
    """The secret that this process's seeds are signed with, as the sender has it."""
    return senders.load(provider).new_secret()


@cache
def source_of(provider: str) -> Source:
    """A source of a provider, as a stack would configure it."""
    return decode_sources(json.dumps({"shop": {"provider": provider, **senders.settings_of(provider)}}))["shop"]


@cache
def _configured(provider: str, *, known: bool) -> str:
    """A secret as a source has it: the one that seeds are signed with, or one that signed nothing."""
    secret = secret_of(provider) if known else senders.load(provider).new_secret()
    return senders.configured(provider, secret)


class _Store:
    """An AWS that knows the secrets, and takes whatever is sent to the queue."""

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Answer a call."""
        del service
        if operation != "get_parameter":
            return {}
        provider = str(parameters["Name"]).split("/")[-2].replace("-", "_")
        return {"Parameter": {"Value": json.dumps([_configured(provider, known=True)])}}


@cache
def _receiver() -> Receiver:
    aws = _Store()
    return Receiver(
        sources={name: source_of(name) for name in providers.PROVIDERS},
        secrets=SigningSecrets("/fuzz/sources", aws),
        queue=Queue("https://sqs.us-east-1.amazonaws.com/000000000000/fuzz", aws),
        namespace="fuzz",
        clock=lambda: datetime.fromtimestamp(NOW, UTC),
    )
