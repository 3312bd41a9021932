"""The commands of the workflows on GitHub, as they are written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from local.emulator import PROJECT
from tests.engine.conftest import needs_pack

if TYPE_CHECKING:
    from tests.engine.conftest import Backend, Stack

pytestmark = needs_pack


def _commands(workflow: str, job: str) -> list[list[str]]:
    """Return the arguments of each `pulumi` of a job."""
    steps = yaml.safe_load((PROJECT / ".github/workflows" / f"{workflow}.yml").read_text())["jobs"][job]["steps"]
    return [step["run"].split()[1:] for step in steps if step.get("run", "").startswith("pulumi ")]


def test_the_preview_of_a_pull_request_writes_nothing(deployed: Stack) -> None:
    """It shows the change; its role needs no right to write the state."""
    state = deployed.backend.directory / "state"
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    (preview,) = _commands("preview", "preview")
    with deployed.settings(("batchSize", "7")):
        shown = deployed.run(*preview).stdout
    assert "batchSize" in shown
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


def test_the_preview_of_a_pull_request_that_breaks_a_rule_fails(deployed: Stack) -> None:
    """The policy pack is asked, and its answer is the job's."""
    (preview,) = _commands("preview", "preview")
    backed_up = "TablePointInTimeRecoveryArgs(enabled="
    with deployed.edited("infra/ledger.py", f"{backed_up}True)", f"{backed_up}False)"):
        done = deployed.run(*preview, check=False)
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout


def test_a_deployment_is_planned_done_and_looked_at(backend: Backend) -> None:
    """Plan, `up`, and a comparison with what is there: each ends well on a stack that was empty."""
    with backend.stack("github") as stack:
        for command in _commands("deploy", "plan") + _commands("deploy", "deploy"):
            stack.run(*command)
        assert stack.send() == 200
        stack.run("destroy", "--yes", "--skip-preview")
