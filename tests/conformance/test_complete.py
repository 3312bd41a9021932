"""Column: nothing about a provider is left open. What `python -m local new-provider` cannot know stands as `?`."""

from __future__ import annotations

import importlib

import pytest

from infra.provider_retries import PROVIDER_RETRIES
from infra.signature_headers import OF_PROVIDERS
from lambda_src import providers
from lambda_src.providers import PROVIDERS
from local.readme import fields_of
from tests.conformance.rows import row
from tests.conformance.test_event_types import IN_UNIT_TESTS, TABLES

FACTS = ("Document", "Signed", "Signature", "Key", "Replay", "Retries", "Acknowledgement", "Not protected")
SIGNED_IN_THE_BODY = {"adyen", "braintree"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_module_says_every_fact(name: str) -> None:
    """The module's first lines tell document, header, what is signed and how, retries and what is not protected."""
    path, said = f"lambda_src/providers/{name}.py", fields_of(name)
    missing = [fact for fact in FACTS if fact not in said]
    missing += [] if {"Header", "Headers"} & said.keys() else ["Header"]
    assert not missing, f"{path}: say at its top, a line each: {', '.join(missing)}"
    lines = (importlib.import_module(f"lambda_src.providers.{name}").__doc__ or "").splitlines()
    unproven = [
        line.partition("?")[0].strip() or "what the payment is and what was not verified"
        for line in lines
        if "?" in line
    ]
    assert not unproven, (
        f"{path}: confirm by the vendor's document, then take the question mark away: {', '.join(unproven)}"
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_bad_secret_is_told_where_the_right_one_is(name: str) -> None:
    """Who configures something else than a secret is told where the provider shows it."""
    problem = providers.load(name).secret_problem("")
    assert problem
    assert "?" not in problem, (
        f"lambda_src/providers/{name}.py: say in secret_problem where the vendor shows the secret"
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_vectors_are_somebody_elses(name: str) -> None:
    """A verifier is not judged by requests that were signed after its own idea of the scheme."""
    own = [vector["id"] for vector in row(name).vectors if vector["source"] == "?"]
    assert not own, (
        f"tests/vectors/vectors.jsonl: {', '.join(own)} come from the scaffold: put in their place what the vendor "
        "published, sent, or its SDK signed, and say so in `source` (see tests/vectors/README.md)"
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_somebody_judged_the_verification(name: str) -> None:
    """The row names the official SDK that was held against it, or says why there is none and what judged it."""
    assert row(name).sdk != "?", (
        f"tests/conformance/rows/{name}.py: let the official SDK accept and sign (sdk_accepts, sdk_signs), or write "
        "sdk='none: why; judged by what'"
    )


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in IN_UNIT_TESTS])
def test_the_event_types_are_the_vendors(name: str) -> None:
    """The table of event types is the vendor's, not the scaffold's."""
    table = TABLES / f"{name}.yaml"
    assert table.exists(), f"tests/conformance/event_types/{name}.yaml is missing: list every type of the documents"
    assert not table.read_text().startswith("# ?"), (
        f"tests/conformance/event_types/{name}.yaml: list every type of the vendor's documents with what it becomes, "
        f"map them in lambda_src/providers/{name}.py and local/samples/{name}, then take the question mark away"
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_deployment_knows_it(name: str) -> None:
    """The alarms know how long the provider retries, and the firewall's log how to hide its signature."""
    assert name in PROVIDER_RETRIES, f"infra/provider_retries.py: say how long {name} goes on sending"
    headers = [header for header in row(name).signed_headers if header in OF_PROVIDERS]
    assert headers or name in SIGNED_IN_THE_BODY | {"generic"}, (
        f"infra/signature_headers.py: list the header that carries {name}'s signature"
    )
