"""Column: every published, genuine or SDK-checked signature vector, at the vector's own time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_src import providers
from lambda_src.errors import Rejected, WebhookError
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from tests.conformance.rows import NOW, VECTORS, row

if TYPE_CHECKING:
    from tests.conformance.rows import Row

CASES = [(name, vector["id"]) for name in PROVIDERS if name != "generic" for vector in row(name).vectors]


def run(name: str, about: Row, vector: dict[str, Any]) -> int:
    """Verify a vector's request."""
    secret = vector["secret"]
    secrets = secret if isinstance(secret, list) else [secret]
    tolerance = vector.get("tolerance", 300)
    request = SignedRequest(
        body=vector["body"].encode(),
        headers={header.lower(): value for header, value in vector["headers"].items()},
        url=vector["url"] or "https://hooks.example.com/shop",
    )
    return providers.load(name).verify(
        request,
        about.secrets_of(vector) if about.secrets_of else secrets,
        Source(provider=name, tolerance_seconds=10**10 if tolerance is None else tolerance, **about.settings),
        about.clock_of(vector) if about.clock_of else vector.get("now", NOW),
    )


@pytest.mark.parametrize(("name", "identity"), CASES)
def test_the_verdict_is_the_sdks(name: str, identity: str) -> None:
    """What the provider's SDK accepts is accepted, what it refuses is refused for the true reason, or it is listed."""
    about, vector = row(name), VECTORS[identity]
    if identity in about.stricter:
        kind, reason = about.stricter[identity]
        with pytest.raises(WebhookError) as caught:
            run(name, about, vector)
        assert (type(caught.value), caught.value.reason) == (kind, reason)
    elif vector["valid"]:
        assert run(name, about, vector) >= 0
    else:
        with pytest.raises(Rejected) as refused:
            run(name, about, vector)
        assert refused.value.reason is about.refused[identity]


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "generic"])
def test_both_verdicts_are_covered(name: str) -> None:
    """Each provider has vectors that are right and vectors that are wrong, and lists no other."""
    vectors = {vector["id"]: vector["valid"] for vector in row(name).vectors}
    assert set(vectors.values()) == {True, False}
    assert set(row(name).refused) == {identity for identity, valid in vectors.items() if not valid}
    assert {vectors[identity] for identity in row(name).stricter} <= {True}


def test_every_vector_belongs_to_a_provider() -> None:
    """No vector is left aside."""
    assert {identity for _, identity in CASES} == set(VECTORS)


def test_moving_text_over_the_colon_is_only_refused_in_its_moved_form() -> None:
    """The item that was truly signed for vector adyen-20, with the colon in merchantReference, is accepted."""
    vector = VECTORS["adyen-20"]
    body = vector["body"].replace('"merchantReference":""', '"merchantReference":"TestPayment-1407325143704:"')
    body = body.replace("TestMerchant:TestPayment-1407325143704", "TestMerchant")
    assert run("adyen", row("adyen"), vector | {"body": body}) == 0
