"""What we build on is pinned, and no workflow holds a key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements.txt")) + sorted(ROOT.glob("*/requirements.txt"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_package_of_a_lock_file_is_pinned_with_hashes(lock: Path) -> None:
    """Pip refuses what differs by a byte from what was locked."""
    packages = re.split(r"\n(?=[A-Za-z])", lock.read_text().strip())
    assert [each.splitlines()[0] for each in packages if "==" not in each or "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_file_holds_what_its_source_asks_for(lock: Path) -> None:
    """Whoever changes a requirement runs `make lock`."""
    asked = re.findall(
        r"(?m)^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", (lock.parent / "requirements.in").read_text()
    )
    locked = lock.read_text()
    missing = [f"{name}=={version}" for name, version in asked if f"{name}=={version}".lower() not in locked.lower()]
    assert missing == []


def test_every_directory_with_requirements_is_looked_at() -> None:
    """A lock file elsewhere would go unseen."""
    assert [str(path.relative_to(ROOT)) for path in LOCKS] == [
        "requirements.txt",
        *(f"{part}/requirements.txt" for part in ("bench", "compliance", "fuzz", "lambda_src", "policy", "tools")),
    ]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_digest(workflow: Path) -> None:
    """A tag can be moved to other code; a commit cannot."""
    used = re.findall(r"uses:\s*(\S+)", workflow.read_text())
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", each)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_holds_a_cloud_key_or_more_rights_than_it_needs(workflow: Path) -> None:
    """AWS is entered by a role that trusts the repository; the token may read, and ask for an identity to deploy."""
    text = workflow.read_text()
    assert not re.search(r"(?i)access.?key|secret_access", text)
    content: dict[str, Any] = yaml.safe_load(text)
    rights = {"contents": "read", "id-token": "write"} if workflow.name == "deploy.yml" else {"contents": "read"}
    assert content["permissions"] == rights
