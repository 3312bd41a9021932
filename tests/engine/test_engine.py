"""What `pulumi` does with the real program in the life of a stack: preview, up, again, export, policy pack, destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.inventory import PENDING_DELETION, inventory
from tests.engine.conftest import STRIPE_SECRET, needs_pack

if TYPE_CHECKING:
    from tests.engine.conftest import Backend, Stack


def test_a_preview_of_an_empty_stack_shows_every_resource(backend: Backend) -> None:
    """Values that AWS will give are unknown then, and nothing trips over them."""
    with backend.stack("empty") as stack:
        plan = stack.plan()
        assert set(plan.values()) == {"create"}
        assert {"Function processor", "Key encryption", "Table ledger", "Topic events"} <= set(plan)
        assert stack.provider.alive == []


def test_up_creates_all_of_it_and_a_webhook_goes_through(deployed: Stack) -> None:
    """The engine's own order of creation is a working one."""
    assert deployed.outputs()["function_name"] == "webhook-processor-deployed"
    assert deployed.send() == 200


def test_a_second_up_and_a_preview_with_refresh_change_nothing(deployed: Stack) -> None:
    """What is declared twice alike is the same."""
    deployed.up("--expect-no-changes")
    deployed.run("preview", "--refresh", "--expect-no-changes")


def test_the_state_holds_no_secret_in_clear(deployed: Stack) -> None:
    """Whoever reads the state file without the passphrase finds none, not even after it was read back from AWS."""
    deployed.run("refresh", "--yes", "--skip-preview")
    exported = deployed.run("stack", "export").stdout
    assert STRIPE_SECRET not in exported
    assert '"ciphertext"' in exported


def test_destroy_leaves_nothing_but_the_keys_deletion_window(backend: Backend) -> None:
    """Every list call of every service is asked."""
    before = inventory(backend.clients)
    with backend.stack("destroyed") as stack:
        stack.up()
        stack.run("destroy", "--yes", "--skip-preview")
        assert stack.provider.alive == []
    left = inventory(backend.clients) - before
    assert [each.partition(":")[0] for each in left] == [PENDING_DELETION]


@needs_pack
def test_the_policy_pack_passes(deployed: Stack) -> None:
    """It is asked about every resource, and no rule is broken."""
    shown = deployed.run("preview", "--policy-pack", "policy").stdout
    assert "webhook-processor" in shown
    assert "[mandatory]" not in shown


@needs_pack
def test_the_policy_pack_stops_a_deployment_that_breaks_a_rule(deployed: Stack) -> None:
    """The preview in front of an update asks it: the table keeps what the broken program would have taken away."""
    backed_up = "TablePointInTimeRecoveryArgs(enabled="
    with deployed.edited("infra/ledger.py", f"{backed_up}True)", f"{backed_up}False)"):
        done = deployed.run("up", "--yes", "--policy-pack", "policy", check=False)
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout
    found = deployed.backend.clients.dynamodb.describe_continuous_backups(TableName=deployed.outputs()["table_name"])
    recovery = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
