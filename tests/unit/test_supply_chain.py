"""What we build on is pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [*ROOT.glob("requirements.txt"), *sorted(ROOT.glob("*/requirements.txt")), ROOT / "tools/uv/requirements.txt"]


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
    """A lock file elsewhere would go unseen, and what `make` installs itself is among them."""
    assert [str(path.relative_to(ROOT)) for path in LOCKS] == [
        "requirements.txt",
        *(f"{part}/requirements.txt" for part in ("bench", "compliance", "fuzz", "lambda_src", "policy", "tools")),
        "tools/uv/requirements.txt",
    ]
