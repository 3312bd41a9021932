"""The workflows on GitHub: pinned, with the least rights, and with nothing for a pull request to steal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506 - strings only; `on` stays a word
    for path in sorted((GITHUB / "workflows").glob("*.yml"))
}
FILES = [*sorted((GITHUB / "workflows").glob("*.yml")), *sorted((GITHUB / "actions").glob("*/action.yml"))]
JOBS = [(workflow, job) for workflow, content in WORKFLOWS.items() for job in content["jobs"]]

ENTER_AWS = {("deploy", "plan"), ("deploy", "deploy"), ("preview", "preview")}
"""Jobs that ask for an identity to enter AWS with."""


def _steps(workflow: str, job: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = WORKFLOWS[workflow]["jobs"][job]["steps"]
    return steps


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(GITHUB)))
def test_every_action_is_pinned_by_digest_with_its_version(file: Path) -> None:
    """A tag can be moved to other code; a commit cannot. The comment says what was looked at."""
    used = re.findall(r"uses: (.*)", file.read_text())
    assert used
    pin = r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/actions/\w+"
    assert [each for each in used if not re.fullmatch(pin, each)] == []


def test_one_action_has_one_version() -> None:
    """What is updated is updated everywhere."""
    used = {each for file in FILES for each in re.findall(r"uses: (\w\S*)@(\S+)", file.read_text())}
    assert len({name for name, _ in used}) == len(used)


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(GITHUB)))
def test_no_workflow_holds_a_secret_or_runs_a_strangers_text(file: Path) -> None:
    """There is no secret to hand out, and no title or branch name becomes a command."""
    text = file.read_text()
    assert not re.search(r"(?i)secrets[.\[]|access.?key|password|passphrase", text)
    assert [line for line in re.findall(r"run: (.*)", text) if "${{" in line] == []


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_the_token_may_read_and_no_more(workflow: str) -> None:
    """Only jobs that enter AWS may ask for an identity; no job may write anything."""
    content = WORKFLOWS[workflow]
    assert content["permissions"] == {"contents": "read"}
    for name, job in content["jobs"].items():
        entering = {"contents": "read", "id-token": "write"}
        assert job.get("permissions") == (entering if (workflow, name) in ENTER_AWS else None), name


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_strangers_code_never_runs_with_the_repositorys_rights(workflow: str) -> None:
    """The events are those whose token is a stranger's where the code is a stranger's."""
    assert set(WORKFLOWS[workflow]["on"]) <= {"push", "pull_request", "workflow_dispatch"}


def test_a_pull_request_of_a_fork_gets_no_preview() -> None:
    """It is code of a stranger, and the role may read the stacks' state."""
    condition = WORKFLOWS["preview"]["jobs"]["preview"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition.split(" && ")


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_no_checkout_leaves_its_token_behind(workflow: str, job: str) -> None:
    """What runs after it cannot push. And no job hangs for six hours."""
    (checkout,) = (step for step in _steps(workflow, job) if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["persist-credentials"] == "false"
    assert int(WORKFLOWS[workflow]["jobs"][job]["timeout-minutes"]) <= 60


def test_an_environment_is_deployed_after_its_plan_by_one_run_at_a_time() -> None:
    """From the main branch alone; who approves `prod` has the plan to read; nothing cuts an `up` off."""
    content = WORKFLOWS["deploy"]
    plan, deploy = content["jobs"]["plan"], content["jobs"]["deploy"]
    assert plan["if"] == "github.ref == 'refs/heads/main'"
    assert (deploy["needs"], deploy["environment"]) == ("plan", "${{ inputs.stack }}")
    assert content["concurrency"] == {"group": "deploy-${{ inputs.stack }}", "cancel-in-progress": "false"}
    stacks = content["on"]["workflow_dispatch"]["inputs"]["stack"]["options"]
    assert all((ROOT / f"Pulumi.{stack}.yaml").exists() for stack in stacks)


@pytest.mark.parametrize(("workflow", "job"), [each for each in JOBS if each in ENTER_AWS])
def test_the_policy_pack_is_asked_before_anything_is_touched(workflow: str, job: str) -> None:
    """Every plan and every `up` of a workflow is held against it; `--skip-preview` would go round it."""
    commands = [step["run"] for step in _steps(workflow, job) if step.get("run", "").startswith("pulumi ")]
    assert "--policy-pack policy" in commands[0]
    assert [command for command in commands if "--skip-preview" in command] == []


def test_the_tests_run_under_every_python_that_is_supported() -> None:
    """The oldest is the one that the project asks for."""
    versions = WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest
    assert versions == ["3.11", "3.12", "3.13", "3.14"]
    assert versions[0] == oldest[1]


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_every_command_is_a_target_that_exists_or_pulumis(workflow: str, job: str) -> None:
    """A workflow does nothing that cannot be done by hand."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in (step["run"] for step in _steps(workflow, job) if "run" in step):
        program, *arguments = command.split()
        assert program == "pulumi" or (program == "make" and arguments[0] in targets), command


def test_the_engine_is_the_one_that_the_tests_are_held_to() -> None:
    """Workflows install the release that `make engine` builds."""
    built = re.search(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", (ROOT / "tools/pulumi-cli/go.mod").read_text())
    assert built
    assert {found for file in FILES for found in re.findall(r"pulumi-version: (\S+)", file.read_text())} == {built[1]}
