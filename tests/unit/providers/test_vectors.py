"""Every published, genuine or SDK-checked signature vector, through our verification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambda_src import providers
from lambda_src.errors import Reason, Rejected, Unavailable, WebhookError
from lambda_src.request import SignedRequest
from lambda_src.sources import Source

VECTORS = {
    vector["id"]: vector
    for vector in map(json.loads, (Path(__file__).parents[2] / "vectors/vectors.jsonl").read_text().splitlines())
}

PROVIDER_OF = {"standard_webhooks": "standard"}

STRICTER = {
    # the SDK accepts it: text moved over a colon into the next field under the same signature
    "adyen-20": (Rejected, Reason.AMBIGUOUS_FIELD),
    # the SDK looks at the past side of the window only
    "stripe-17": (Rejected, Reason.TIMESTAMP_IN_FUTURE),
    # ed25519 is in the specification and in no library; a public key is not an HMAC secret
    "standard_webhooks-17": (Unavailable, Reason.SECRET_MALFORMED),
}
"""Vectors that the provider's SDK (or specification) accepts and we refuse, on purpose."""

REASONS = {
    "stripe-10": Reason.MISSING_SIGNATURE,
    "stripe-12": Reason.WRONG_SECRET,
    "stripe-13": Reason.WRONG_SECRET,
    "stripe-14": Reason.WRONG_SECRET,
    "stripe-16": Reason.TIMESTAMP_TOO_OLD,
    "stripe-18": Reason.MALFORMED_SIGNATURE,
    "adyen-16": Reason.WRONG_SECRET,
    "adyen-17": Reason.WRONG_SECRET,
    "adyen-23": Reason.MISSING_SIGNATURE,
    "adyen-24": Reason.WRONG_SECRET,
    "square-03": Reason.WRONG_SECRET,
    "square-06": Reason.WRONG_SECRET,
    "square-07": Reason.WRONG_SECRET,
    "square-08": Reason.WRONG_SECRET,
    "standard_webhooks-05": Reason.MISSING_SIGNATURE,
    "standard_webhooks-07": Reason.TIMESTAMP_TOO_OLD,
    "standard_webhooks-08": Reason.TIMESTAMP_IN_FUTURE,
    "standard_webhooks-09": Reason.WRONG_SECRET,
    "standard_webhooks-11": Reason.WRONG_SECRET,
    "standard_webhooks-12": Reason.MISSING_HEADER,
    "standard_webhooks-15": Reason.WRONG_SECRET,
}
"""Why each of the vectors that the SDK refuses is refused."""

ACCEPTED = sorted(name for name, vector in VECTORS.items() if vector["valid"] and name not in STRICTER)
REFUSED = sorted(name for name, vector in VECTORS.items() if not vector["valid"])


def run(vector: dict[str, Any]) -> int:
    """Verify a vector's request at the vector's time."""
    name = PROVIDER_OF.get(vector["provider"], vector["provider"])
    secret = vector["secret"]
    tolerance = vector.get("tolerance", 300)
    request = SignedRequest(
        body=vector["body"].encode(),
        headers={header.lower(): value for header, value in vector["headers"].items()},
        url=vector["url"] or "https://hooks.example.com/shop",
    )
    return providers.load(name).verify(
        request,
        secret if isinstance(secret, list) else [secret],
        Source(provider=name, tolerance_seconds=10**10 if tolerance is None else tolerance),
        vector.get("now", 1_760_000_000),
    )


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts_what_the_sdk_accepts(name: str) -> None:
    """A vector that the provider's SDK accepts is accepted, by the only secret."""
    assert run(VECTORS[name]) == 0


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_the_sdk_refuses(name: str) -> None:
    """A vector that the provider's SDK refuses is refused, for the true reason."""
    with pytest.raises(Rejected) as caught:
        run(VECTORS[name])
    assert caught.value.reason is REASONS[name]


@pytest.mark.parametrize("name", sorted(STRICTER))
def test_is_stricter_on_purpose(name: str) -> None:
    """A vector that we refuse although the SDK accepts it is refused for the reason that we state."""
    kind, reason = STRICTER[name]
    assert VECTORS[name]["valid"]
    with pytest.raises(WebhookError) as caught:
        run(VECTORS[name])
    assert (type(caught.value), caught.value.reason) == (kind, reason)


def test_moving_text_over_the_colon_is_only_refused_in_its_moved_form() -> None:
    """The item that was truly signed for vector adyen-20, with the colon in merchantReference, is accepted."""
    vector = VECTORS["adyen-20"]
    body = vector["body"].replace('"merchantReference":""', '"merchantReference":"TestPayment-1407325143704:"')
    body = body.replace("TestMerchant:TestPayment-1407325143704", "TestMerchant")
    assert run(vector | {"body": body}) == 0


def test_every_provider_has_vectors() -> None:
    """Each provider has vectors of both verdicts."""
    seen = {(PROVIDER_OF.get(vector["provider"], vector["provider"]), vector["valid"]) for vector in VECTORS.values()}
    assert seen == {(name, verdict) for name in providers.PROVIDERS for verdict in (True, False)}
