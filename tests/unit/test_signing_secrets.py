"""The cache of signing secrets: when it asks the store, and what it says while the store is silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.errors import Reason, Unavailable
from lambda_src.signing_secrets import SigningSecrets, decode
from tests.unit.harness import SECRETS_PATH, Clock, FakeAws


def store(aws: FakeAws, clock: Clock) -> SigningSecrets:
    """Build the cache over a fake store."""
    return SigningSecrets(SECRETS_PATH, aws, clock)


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ('["whsec_new","whsec_old"]', ("whsec_new", "whsec_old")),
        ("whsec_plain", ("whsec_plain",)),
        ("  whsec_plain\n", ("whsec_plain",)),
        (' ["whsec_a"] ', ("whsec_a",)),
        ("[]", ()),
        ("", ()),
        ('["", "whsec_a"]', ("whsec_a",)),
    ],
)
def test_value_is_a_list_or_one_secret(value: str, secrets: tuple[str, ...]) -> None:
    """A JSON array is several secrets, newest first; other text is one, stripped; empty ones go."""
    assert decode(value) == secrets


@pytest.mark.parametrize("value", ["[", "[1]", '["a"', '[["a"]]', "[null]", '["a"] x', "[whsec_hidden]"])
def test_malformed_value_names_the_form_not_the_value(value: str) -> None:
    """A value that begins as an array and is none is an error that shows the form and no part of the value."""
    with pytest.raises(Unavailable) as caught:
        decode(value)
    assert caught.value.reason is Reason.SECRET_MALFORMED
    assert caught.value.detail == 'the parameter must be a JSON array of strings: ["newest", "older"]'
    assert caught.value.__cause__ is None


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text == text.strip()))
)
def test_decoding_reads_what_json_writes(secrets: list[str]) -> None:
    """Any list of secrets without white space around them survives being written as JSON."""
    import json  # noqa: PLC0415 - only here

    assert decode(json.dumps(secrets)) == tuple(secrets)


def test_parameter_is_asked_for_decrypted_by_its_name() -> None:
    """One parameter a source, below the path, decrypted."""
    aws = FakeAws(shop_eu="whsec_1")
    assert store(aws, Clock()).of("shop-eu") == ("whsec_1",)
    assert aws.of("get_parameter") == [{"Name": f"{SECRETS_PATH}/shop-eu/signing-secrets", "WithDecryption": True}]


def test_secret_is_fetched_once_in_five_minutes() -> None:
    """A fetched secret is used unasked for 300 s, then asked for again."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    for _ in range(300):
        assert secrets.of("shop") == ("whsec_1",)
        clock.seconds += 1
    assert len(aws.calls) == 1
    aws.secrets["shop"] = "whsec_2"
    assert secrets.of("shop") == ("whsec_2",)
    assert len(aws.calls) == 2


def test_sources_are_cached_apart() -> None:
    """One source's refresh says nothing about another's."""
    aws, clock = FakeAws(a="whsec_a", b="whsec_b"), Clock()
    secrets = store(aws, clock)
    assert (secrets.of("a"), secrets.of("b")) == (("whsec_a",), ("whsec_b",))
    assert secrets.after_mismatch("a") is None
    assert len(aws.calls) == 2


def test_mismatch_brings_nothing_new_within_thirty_seconds() -> None:
    """A mismatch right after a fetch does not ask again; one 30 s later does."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    secrets.of("shop")
    aws.secrets["shop"] = "whsec_2"
    clock.seconds += 29.9
    assert secrets.after_mismatch("shop") is None
    clock.seconds += 0.1
    assert secrets.after_mismatch("shop") == ("whsec_2",)
    assert secrets.of("shop") == ("whsec_2",)
    assert len(aws.calls) == 2


def test_mismatch_with_unchanged_secrets_is_not_tried_again() -> None:
    """When the refresh brings what was known already, there is nothing to verify a second time."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    secrets.of("shop")
    clock.seconds += 30
    assert secrets.after_mismatch("shop") is None


def test_emptied_parameter_revokes() -> None:
    """Operators who empty the parameter are obeyed at the next refresh: no stale secret is used."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    secrets.of("shop")
    aws.secrets["shop"] = "[]"
    clock.seconds += 300
    with pytest.raises(Unavailable, match="put the signing secret of shop into its parameter") as caught:
        secrets.of("shop")
    assert caught.value.reason is Reason.SECRET_NOT_CONFIGURED


def test_outage_is_asked_about_every_three_seconds_and_ends() -> None:
    """While the store is silent it is asked once in 3 s, the stale secret serves; afterwards the new one does."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    secrets.of("shop")
    clock.seconds += 300
    aws.fail("get_parameter", "Unreachable", "Unreachable")
    for _ in range(6):
        assert secrets.of("shop") == ("whsec_1",)
        clock.seconds += 1
    assert len(aws.calls) == 3
    aws.secrets["shop"] = "whsec_2"
    assert secrets.of("shop") == ("whsec_2",)


def test_error_names_source_and_code() -> None:
    """An outage with nothing cached names the source and AWS's code."""
    aws = FakeAws(shop="whsec_1")
    aws.fail("get_parameter", "AccessDeniedException")
    with pytest.raises(Unavailable) as caught:
        store(aws, Clock()).of("shop")
    assert (caught.value.reason, caught.value.detail) == (
        Reason.SECRET_STORE_UNAVAILABLE,
        "shop: get_parameter: AccessDeniedException",
    )


def test_cold_outage_is_asked_about_every_three_seconds() -> None:
    """Requests during an outage with a cold cache do not each wait for the store."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    aws.fail("get_parameter", *["Unreachable"] * 100)
    for _ in range(30):
        with pytest.raises(Unavailable):
            secrets.of("shop")
        clock.seconds += 0.1
    assert len(aws.calls) == 1


def test_spoiled_parameter_does_not_stop_a_warm_process() -> None:
    """A parameter that was overwritten with something unreadable is an outage: the stale secret serves."""
    aws, clock = FakeAws(shop="whsec_1"), Clock()
    secrets = store(aws, clock)
    secrets.of("shop")
    aws.secrets["shop"] = "[broken"
    clock.seconds += 300
    assert secrets.of("shop") == ("whsec_1",)
