"""Column: two live secrets, secrets of the wrong form, and the clock at both edges."""

from __future__ import annotations

import pytest

from lambda_src import providers
from lambda_src.errors import Reason, Unavailable
from lambda_src.providers import PROVIDERS
from local import senders
from tests.conformance.harness import check, refusal, secrets_of, signed, source_of
from tests.conformance.rows import NOW, row

SIGNS_TIME = [name for name in PROVIDERS if "toleranceSeconds" in providers.load(name).SETTINGS]
MAY_BE_RETRIED = [name for name in SIGNS_TIME if hasattr(providers.load(name), "RETRY_SECONDS")]
"""Those that may send the time of the first attempt with a later one."""
TIMED = [name for name in SIGNS_TIME if name not in MAY_BE_RETRIED]
MALFORMED = [(name, secret) for name in PROVIDERS for secret in row(name).malformed_secrets]


def verify(name: str, secrets: list[str]) -> int:
    """Verify a good request with secrets as they are configured."""
    return providers.load(name).verify(signed(name), secrets, source_of(name), NOW)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("position", [0, 1])
def test_rotation_returns_the_position_of_the_secret(name: str, position: int) -> None:
    """With two live secrets the position of the one that signed is returned."""
    assert check(name, signed(name, secret=secrets_of(name)[position])) == position


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_same_secret_twice_counts_as_the_newest(name: str) -> None:
    """A secret that is listed twice is reported at its newest position."""
    new, old = secrets_of(name)
    assert check(name, signed(name), [old, new, new]) == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_secret_never_accepts(name: str) -> None:
    """Without a secret a request is not accepted, and the provider is asked to come back."""
    with pytest.raises(Unavailable) as caught:
        verify(name, [])
    assert caught.value.reason is Reason.SECRET_NOT_CONFIGURED


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_wrong_secret_is_the_reason(name: str) -> None:
    """A request that no live secret signed is refused as such."""
    assert refusal(name, signed(name), secrets=secrets_of(name)[1:]) is Reason.WRONG_SECRET


@pytest.mark.parametrize(("name", "secret"), MALFORMED)
def test_a_malformed_secret_is_named_and_never_shown(name: str, secret: str) -> None:
    """A secret of the wrong form is `secret_malformed`, and no message holds it, then or at configuration."""
    with pytest.raises(Unavailable) as caught:
        verify(name, [secret])
    assert caught.value.reason is Reason.SECRET_MALFORMED
    assert caught.value.detail.startswith("signing secret 1 of 1 is not ")
    problem = providers.load(name).secret_problem(secret)
    assert problem
    assert "; " in problem
    if len(secret.strip()) > len("whsec_") + 1:
        assert secret not in str(caught.value)
        assert secret not in problem


@pytest.mark.parametrize(("name", "secret"), MALFORMED)
def test_a_malformed_secret_does_not_stop_the_right_one(name: str, secret: str) -> None:
    """Another live secret of the right form still verifies; if none matches, the malformed one is the reason."""
    new, old = (senders.configured(name, each) for each in secrets_of(name))
    assert verify(name, [secret, new]) == 1
    with pytest.raises(Unavailable) as caught:
        verify(name, [secret, old])
    assert caught.value.reason is Reason.SECRET_MALFORMED


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_secret_as_the_provider_gives_it_out_has_no_problem(name: str) -> None:
    """What a sender makes passes the check at configuration."""
    configured = [senders.configured(name, secret) for secret in secrets_of(name)]
    assert [providers.load(name).secret_problem(secret) for secret in configured] == [None, None]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("stripe", "sk_test_abcdef"),
        ("stripe", "whsec_"),
        ("adyen", "AB" * 31),
        ("adyen", "X" * 64),
        ("adyen_platform", "AB" * 31),
        ("standard", "A" * 31),
        ("standard", "A" * 87),
        ("paddle", "whsec_abcdef"),
        ("revolut", "sk_abcdef"),
    ],
)
def test_a_secret_of_another_kind_is_noticed_when_it_is_configured(name: str, secret: str) -> None:
    """What could be a key but is not what the provider gives out is explained, and not shown."""
    problem = providers.load(name).secret_problem(secret)
    assert problem
    assert secret not in problem or secret == "whsec_"


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("apart", [-300, -299, 0, 300])
def test_within_the_window_is_accepted(name: str, apart: int) -> None:
    """Exactly the tolerance passes, on either side of the clock."""
    assert check(name, signed(name), now=NOW + apart) == 0


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(
    ("apart", "reason"), [(301, Reason.TIMESTAMP_TOO_OLD), (-301, Reason.TIMESTAMP_IN_FUTURE)], ids=["old", "future"]
)
def test_outside_the_window_is_refused(name: str, apart: int, reason: Reason) -> None:
    """One second beyond the tolerance is refused, on either side of the clock."""
    assert refusal(name, signed(name), now=NOW + apart) is reason
    assert check(name, signed(name), now=NOW + apart, tolerance=301) == 0


@pytest.mark.parametrize("name", TIMED)
def test_a_stale_forgery_is_a_forgery(name: str) -> None:
    """The signature is judged before the age, so that the reason is the true one."""
    assert refusal(name, signed(name, now=NOW - 9999), secrets=secrets_of(name)[1:]) is Reason.WRONG_SECRET


@pytest.mark.parametrize("name", MAY_BE_RETRIED)
def test_the_window_of_a_retry(name: str) -> None:
    """Where a retry may carry the first attempt's time, the window is as long as the retries, and no longer ahead."""
    retries = providers.load(name).RETRY_SECONDS  # type: ignore[attr-defined]  # of these it is
    assert [check(name, signed(name), now=NOW + apart) for apart in (-300, 0, retries + 300)] == [0, 0, 0]
    assert refusal(name, signed(name), now=NOW + retries + 301) is Reason.TIMESTAMP_TOO_OLD
    assert refusal(name, signed(name), now=NOW - 301) is Reason.TIMESTAMP_IN_FUTURE


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in SIGNS_TIME])
def test_without_a_signed_time_the_clock_decides_nothing(name: str) -> None:
    """Where no time is signed a request is as good a year later: the ledger stops its replay."""
    assert [senders.load(name).SIGNS_TIME, check(name, signed(name), now=NOW + 31_536_000)] == [False, 0]
