"""A stack that an older program deployed is updated to this one."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from infra.ledger import PARTITION_KEY, SORT_KEY
from local.emulator import PROJECT
from tests.engine.conftest import PARTS_OF_PROGRAM, link
from tests.engine.test_plans import HOLD_DATA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Backend

PREVIOUS = "7abfc4a702ac5fe0124513e988ce925d5ed45a64"
"""Commit of the release before this one."""

KEPT = {PARTITION_KEY: {"S": "kept"}, SORT_KEY: {"S": "kept"}}


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The program of the previous release."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    archived = subprocess.run(  # noqa: S603 - ours
        [git, "-C", str(PROJECT), "archive", "--format=tar", PREVIOUS], capture_output=True, check=False
    )
    if archived.returncode:
        pytest.skip("the previous release's commit is not in this clone: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tar:
        tar.extractall(tmp_path, filter="data")
    assert all((tmp_path / part).exists() for part in PARTS_OF_PROGRAM)
    return tmp_path


def test_the_previous_releases_stack_is_updated_without_replacing_data(backend: Backend, previous: Path) -> None:
    """What it recorded is there afterwards, and webhooks go on."""
    dynamodb = backend.clients.dynamodb
    with backend.stack("upgraded", program=previous) as stack:
        stack.up()
        outputs = stack.outputs()
        dynamodb.put_item(TableName=outputs["table_name"], Item=KEPT)
        link(stack.project, PROJECT)
        plan = stack.plan()
        assert not {name for name, kind in plan.items() if kind in ("replace", "delete")} & set(HOLD_DATA)
        stack.up()
        assert stack.plan("--refresh") == {}
        assert stack.outputs()["table_arn"] == outputs["table_arn"]
        kept = dynamodb.get_item(TableName=outputs["table_name"], Key=KEPT)
        assert "Item" in kept
        assert stack.send() == 200
        stack.run("destroy", "--yes", "--skip-preview")
