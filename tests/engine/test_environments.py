"""Several environments in one account."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from local.inventory import inventory

if TYPE_CHECKING:
    from tests.engine.conftest import Backend

ENVIRONMENTS = ("dev", "staging", "prod")


def test_three_environments_do_not_touch_each_other(backend: Backend) -> None:
    """Each takes its webhooks into its own ledger; when one goes, the others stay whole."""
    with ExitStack() as open_stacks:
        stacks = {name: open_stacks.enter_context(backend.stack(name)) for name in ENVIRONMENTS}
        for stack in stacks.values():
            stack.up()
        assert [stack.send() for stack in stacks.values()] == [200, 200, 200]
        kept = set(stacks["prod"].provider.alive) | set(stacks["dev"].provider.alive)
        assert len(kept) == 2 * len(stacks["staging"].provider.alive)
        before = inventory(backend.clients)
        stacks["staging"].run("destroy", "--yes", "--skip-preview")
        gone = before - inventory(backend.clients)
        assert {each for each in gone if "prod" in each or "dev" in each} == set()
        assert "table: payment-transactions-staging" in gone
        for name in ("dev", "prod"):
            assert stacks[name].plan("--refresh") == {}
            assert stacks[name].send() == 200
        for name in ("dev", "prod"):
            stacks[name].run("destroy", "--yes", "--skip-preview")
