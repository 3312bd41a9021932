"""What every scheme must refuse, and why it says it does."""

from __future__ import annotations

import pytest

from lambda_src import schemes
from lambda_src.errors import Reason, Unavailable
from lambda_src.providers import PROVIDERS
from local.samples import sample
from tests.unit.providers.helpers import NOW, SECRETS, check, provider, refusal, signed_request

TIMED = ("standard", "stripe")
MALFORMED_SECRETS = {
    "stripe": ["", " ", "whsec_x ", "\ud800"],
    "adyen": ["", "xyz", "ABC", "AB CD", "\uff21\uff22"],
    "square": ["", "\n", " key", "\ud800"],
    "standard": ["", "whsec_", "whsec_!!!!", "whsec_A", "whpk_abc"],
}


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("position", [0, 1])
def test_rotation_returns_the_position_of_the_secret(name: str, position: int) -> None:
    """With two live secrets the position of the one that signed is returned."""
    request = signed_request(name, sample(name, "succeeded"), SECRETS[name][position])
    assert check(name, request) == position


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_same_secret_twice_counts_as_the_newest(name: str) -> None:
    """A secret that is listed twice is reported at its newest position."""
    request = signed_request(name, sample(name, "succeeded"))
    assert check(name, request, [SECRETS[name][1], SECRETS[name][0], SECRETS[name][0]]) == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_secret_never_accepts(name: str) -> None:
    """Without a secret a request is not accepted, and the provider is asked to come back."""
    with pytest.raises(Unavailable) as caught:
        check(name, signed_request(name, sample(name, "succeeded")), [])
    assert caught.value.reason is Reason.SECRET_NOT_CONFIGURED


@pytest.mark.parametrize(("name", "secret"), [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]])
def test_a_malformed_secret_is_named_and_never_shown(name: str, secret: str) -> None:
    """A secret of the wrong form is `secret_malformed`, and the message does not hold it."""
    with pytest.raises(Unavailable) as caught:
        check(name, signed_request(name, sample(name, "succeeded")), [secret])
    assert caught.value.reason is Reason.SECRET_MALFORMED
    assert caught.value.detail.startswith("signing secret 1 of 1 is not ")
    assert len(secret.strip()) < 7 or secret not in str(caught.value)


@pytest.mark.parametrize(("name", "secret"), [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]])
def test_a_malformed_secret_does_not_stop_the_right_one(name: str, secret: str) -> None:
    """Another live secret of the right form still verifies; if none matches, the malformed one is the reason."""
    request = signed_request(name, sample(name, "succeeded"))
    assert check(name, request, [secret, SECRETS[name][0]]) == 1
    with pytest.raises(Unavailable) as caught:
        check(name, request, [secret, SECRETS[name][1]])
    assert caught.value.reason is Reason.SECRET_MALFORMED


def test_an_empty_secret_is_no_key() -> None:
    """No reading of a secret makes a key of nothing: anybody could sign with that."""
    assert [schemes.text_key(""), schemes.hex_key(""), schemes.base64_key("")] == [None, None, None]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_wrong_secret_is_the_reason(name: str) -> None:
    """A request that no live secret signed is refused as such."""
    assert refusal(name, signed_request(name, sample(name, "succeeded")), secrets=SECRETS[name][1:]) == "wrong_secret"


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("apart", [-300, -299, 0, 300])
def test_within_the_window_is_accepted(name: str, apart: int) -> None:
    """Exactly the tolerance passes, on either side of the clock."""
    assert check(name, signed_request(name, sample(name, "succeeded"), now=NOW), now=NOW + apart) == 0


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(
    ("apart", "reason"), [(301, Reason.TIMESTAMP_TOO_OLD), (-301, Reason.TIMESTAMP_IN_FUTURE)], ids=["old", "future"]
)
def test_outside_the_window_is_refused(name: str, apart: int, reason: Reason) -> None:
    """One second beyond the tolerance is refused, on either side of the clock."""
    request = signed_request(name, sample(name, "succeeded"))
    assert refusal(name, request, now=NOW + apart) is reason
    assert check(name, request, now=NOW + apart, tolerance=301) == 0


@pytest.mark.parametrize("name", TIMED)
def test_a_stale_forgery_is_a_forgery(name: str) -> None:
    """The signature is judged before the age, so that the reason is the true one."""
    stale = signed_request(name, sample(name, "succeeded"), now=NOW - 9999)
    assert refusal(name, stale, secrets=SECRETS[name][1:]) is Reason.WRONG_SECRET


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("stripe", "whsec_test"),
        ("stripe", SECRETS["stripe"][0]),
        ("adyen", "A" * 64),
        ("square", "Ibxx_5AKakO-3qeNVR61Dw"),
        ("standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("standard", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr"),
        ("standard", "A" * 86),
    ],
)
def test_a_secret_of_the_right_form_has_no_problem(name: str, secret: str) -> None:
    """A secret as the provider gives it out passes at configuration."""
    assert provider(name).secret_problem(secret) is None


@pytest.mark.parametrize(
    ("name", "secret"),
    [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]]
    + [
        ("stripe", "sk_test_abcdef"),
        ("stripe", "whsec_"),
        ("adyen", "AB" * 31),
        ("adyen", "X" * 64),
        ("standard", "A" * 31),
        ("standard", "A" * 87),
    ],
)
def test_a_secret_of_the_wrong_form_is_explained_and_not_shown(name: str, secret: str) -> None:
    """A secret of the wrong form is answered with where to find the right one, and without the secret."""
    problem = provider(name).secret_problem(secret)
    assert problem
    assert "; " in problem
    if len(secret.strip()) > len("whsec_") + 1:
        assert secret not in problem


def test_acknowledgements() -> None:
    """Adyen hears `[accepted]` as plain text, the others JSON."""
    heard = {name: provider(name).ACKNOWLEDGEMENT for name in PROVIDERS}
    assert (heard.pop("adyen").content_type, provider("adyen").ACKNOWLEDGEMENT.body) == ("text/plain", "[accepted]")
    assert {(one.content_type, one.body) for one in heard.values()} == {("application/json", '{"received":true}')}
