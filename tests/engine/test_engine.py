"""What `pulumi` does with the real program: preview, up, again, export, policy pack, destroy; in this order."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from local.emulator import HOST, PROJECT
from local.inventory import PENDING_DELETION, inventory
from local.sending import Endpoint, post, signed
from local.settings import LocalSource
from tests.engine.conftest import STRIPE_SECRET
from tests.integration.conftest import event

if TYPE_CHECKING:
    from tests.engine.conftest import Engine

PACK = PROJECT / "policy" / ".venv" / ".ready"


def test_a_preview_of_an_empty_stack_shows_every_resource(engine: Engine) -> None:
    """Values that AWS will give are unknown then, and nothing trips over them."""
    shown = engine.run("preview", "--json").stdout
    steps = json.loads(shown)["steps"]
    # The stack reads what it was deployed as.
    assert {step["op"] for step in steps if "StackReference" not in step["urn"]} == {"create"}
    types = {step["newState"]["type"] for step in steps}
    assert {"aws:lambda/function:Function", "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:kms/key:Key"} <= types
    assert engine.provider.alive == []


@pytest.mark.skipif(not PACK.exists(), reason="the pack's environment is not set up: make policy")
def test_the_policy_pack_passes_a_preview(engine: Engine) -> None:
    """Rules on values that are not known yet say so; none is broken."""
    shown = engine.run("preview", "--policy-pack", "policy").stdout
    assert "webhook-processor" in shown
    assert "[mandatory]" not in shown


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Engine:
    """The stack, deployed once."""
    engine.run("up", "--yes", "--skip-preview")
    return engine


def test_up_creates_all_of_it_and_a_webhook_goes_through(deployed: Engine) -> None:
    """The engine's own order of creation is a working one."""
    engine, outputs = deployed, deployed.outputs()
    assert outputs["function_name"] == "webhook-processor-engine"
    url_id = outputs["webhook_url"].removeprefix("https://").partition(".")[0]
    target = Endpoint(
        source=LocalSource(name="shop", provider="stripe", secret=STRIPE_SECRET),
        url=f"http://{HOST}:{engine.emulator.port}/_aws/lambda-url/{url_id}/shop",
        registered_url=outputs["source_urls"]["shop"],
    )
    what = event("stripe")
    assert post(target, signed(what, target, now=int(time.time()))).status == 200


def test_a_second_up_and_a_preview_with_refresh_change_nothing(deployed: Engine) -> None:
    """What is declared twice alike is the same."""
    engine = deployed
    engine.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    engine.run("preview", "--refresh", "--expect-no-changes")


def test_another_suffix_is_refused_before_anything_is_planned(deployed: Engine) -> None:
    """It would replace the ledger, the queues, the key and the secrets by empty ones."""
    engine = deployed
    engine.run("config", "set", "environmentSuffix", "mistyped")
    try:
        shown = engine.run("preview", check=False)
        assert shown.returncode != 0
        assert "this stack's table is payment-transactions-engine" in shown.stdout + shown.stderr
        assert "replace" not in shown.stdout.replace("replaceSecurityGroupsOnDestroy", "")
    finally:
        engine.run("config", "rm", "environmentSuffix")


def test_the_state_holds_no_secret_in_clear(deployed: Engine) -> None:
    """Whoever reads the state file without the passphrase finds none."""
    exported = deployed.run("stack", "export").stdout
    assert STRIPE_SECRET not in exported
    assert '"ciphertext"' in exported


def test_destroy_leaves_nothing_but_the_keys_deletion_window(deployed: Engine) -> None:
    """Every list call of every service is asked."""
    engine = deployed
    engine.run("destroy", "--yes", "--skip-preview")
    assert engine.provider.alive == []
    left = {each for each in inventory(engine.clients) if "engine" in each or each.startswith("kms key")}
    assert all(each.startswith(PENDING_DELETION) for each in left)
