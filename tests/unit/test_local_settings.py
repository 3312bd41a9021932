"""What a local run is configured with, and how it is found again."""

from __future__ import annotations

import json
import os
import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from cli.problems import Problem
from lambda_src.providers import PROVIDERS, load
from local import senders, state
from local.settings import LocalSource, new_secret, parse_source, parse_sources, stack_config

if TYPE_CHECKING:
    from pathlib import Path

    from local.system import LocalSystem

STRIPE = "whsec_" + "a" * 32


def test_source_is_read_from_name_provider_and_secret() -> None:
    """The secret may hold the separators themselves."""
    assert parse_source("shop=stripe:whsec_a=b:c") == LocalSource(name="shop", provider="stripe", secret="whsec_a=b:c")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop", "must be NAME=PROVIDER:SECRET"),
        ("shop=stripe", "must be NAME=PROVIDER:SECRET"),
        ("shop=stripe:", "must be NAME=PROVIDER:SECRET"),
        (f"Shop=stripe:{STRIPE}", "a name is"),
        (f"a/b=stripe:{STRIPE}", "a name is"),
        ("shop=visa:x", "must be one of"),
        ("shop=adyen:not-hex", "--source shop: "),
    ],
)
def test_malformed_source_is_a_problem_told_in_one_line(text: str, problem: str) -> None:
    """Bad usage ends with exit code 2 and one line that says what is wrong."""
    with pytest.raises(Problem) as raised:
        parse_source(text)
    assert problem in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.exit_code == 2


def test_a_name_given_twice_is_a_problem() -> None:
    """Two sources of one name would silently become one."""
    with pytest.raises(Problem, match="shop: given more than once"):
        parse_sources((f"shop=stripe:{STRIPE}", f"shop=stripe:{STRIPE}"))


def test_without_sources_every_provider_gets_one() -> None:
    """The default is a source for each provider, with a fresh secret."""
    first, second = parse_sources(()), parse_sources(())
    assert [(source.name, source.provider) for source in first] == [
        (name.replace("_", "-"), name) for name in PROVIDERS
    ]
    assert not {source.secret for source in first} & {source.secret for source in second}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_new_secrets_have_the_providers_form(provider: str) -> None:
    """A made secret passes the check that configured ones must pass."""
    assert load(provider).secret_problem(senders.configured(provider, new_secret(provider))) is None


def test_stack_configuration_keeps_the_secrets_secret() -> None:
    """The secrets go under their own key, which is marked secret; no other value holds them."""
    config = stack_config("dev", [LocalSource(name="shop", provider="stripe", secret=STRIPE)])
    assert config.stack == "dev"
    assert config.secret_keys == {"webhook-processor:signingSecrets"}
    assert json.loads(config.values["webhook-processor:signingSecrets"]) == {"shop": [STRIPE]}
    assert json.loads(config.values["webhook-processor:sources"]) == {"shop": {"provider": "stripe"}}
    assert [key for key, value in config.values.items() if STRIPE in value] == ["webhook-processor:signingSecrets"]


def _system() -> LocalSystem:
    source = LocalSource(name="shop", provider="stripe", secret=STRIPE)
    fields = {
        "webhook_url": "http://127.0.0.1:1/",
        "outputs": {"source_urls": {"shop": "https://x/shop"}},
        "report": {"table_name": "payment-transactions-dev", "endpoint_url": "http://127.0.0.1:1"},
        "sources": {"shop": source},
    }
    return cast("LocalSystem", SimpleNamespace(**fields))


def test_state_is_found_again_private_and_removed_by_its_writer(tmp_path: Path) -> None:
    """The card of a running system can be read by its user alone and goes with the system."""
    directory = tmp_path / "build" / "local"
    state.write(_system(), directory)
    (card,) = directory.iterdir()
    assert stat.S_IMODE(card.stat().st_mode) == 0o600
    found = state.read(directory)
    assert (found.pid, found.webhook_url) == (os.getpid(), "http://127.0.0.1:1/")
    assert found.source_urls == {"shop": "https://x/shop"}
    assert found.sources["shop"].secret == STRIPE
    assert found.outputs == {"table_name": "payment-transactions-dev", "endpoint_url": "http://127.0.0.1:1"}
    state.remove(directory)
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("card", [None, "", "{}", '{"pid": 4194305}', "[]"])
def test_no_running_system_is_a_problem(tmp_path: Path, card: str | None) -> None:
    """No card, a broken one, or one of a process that is gone: the user is told to start a system."""
    if card is not None:
        (tmp_path / "1.json").write_text(card)
    with pytest.raises(Problem, match="no local system is running"):
        state.read(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_several_systems_the_last_one_that_lives_is_found(tmp_path: Path) -> None:
    """A newer card of a killed process does not hide an older system that still runs, nor does its own removal."""
    state.write(_system(), tmp_path)
    killed = tmp_path / "4194305.json"
    killed.write_text('{"pid": 4194305}')
    os.utime(killed, (2**32, 2**32))
    assert state.read(tmp_path).pid == os.getpid()
    assert not killed.exists()
