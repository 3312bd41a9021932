"""Signing secrets of a running system: rotated, missing, filled in later."""

from __future__ import annotations

import json

from local.observer import wait_until
from local.settings import LocalSource, new_secret
from local.system import LocalSystem
from tests.integration.conftest import endpoint, event, logged, send


def test_a_secret_is_rotated_without_a_restart() -> None:
    """While two secrets are live both are accepted, and the log says which one matched."""
    old, new = new_secret("stripe"), new_secret("stripe")
    source = LocalSource(name="shop", provider="stripe", secret=old)
    with LocalSystem([source], environment="rotation") as system:
        target = endpoint(system, "shop")
        assert send(target, event("stripe")).status == 200
        assert send(target, event("stripe"), secret=new).status == 401
        system.clients.ssm.put_parameter(
            Name=f"{system.outputs['secrets_path']}/shop/signing-secrets",
            Value=json.dumps([new, old]),
            Type="SecureString",
            Overwrite=True,
        )
        # the refused request above has used up the refresh of this half minute
        assert wait_until(lambda: send(target, event("stripe"), secret=new).status == 200, seconds=45)
        assert send(target, event("stripe")).status == 200
        positions = [json.loads(line).get("secret_position") for line in logged(system).splitlines() if line[:1] == "{"]
        assert [each for each in positions if each is not None] == [0, 0, 1]


def test_a_source_without_a_secret_is_closed_until_operators_fill_it_in() -> None:
    """An empty parameter answers 503 with a clear log line, never acceptance, and opens soon after it is filled."""
    secret = new_secret("square")
    with LocalSystem([LocalSource(name="till", provider="square", secret=secret)], environment="closed") as system:
        name = f"{system.outputs['secrets_path']}/till/signing-secrets"
        system.clients.ssm.put_parameter(Name=name, Value="[]", Type="SecureString", Overwrite=True)
        target = endpoint(system, "till")
        answer = send(target, event("square"))
        assert (answer.status, answer.body) == (503, '{"error":"unavailable"}')
        assert '"reason":"secret_not_configured"' in logged(system)
        system.clients.ssm.put_parameter(Name=name, Value=json.dumps([secret]), Type="SecureString", Overwrite=True)
        assert wait_until(lambda: send(target, event("square")).status == 200)
