"""Pulumi.yaml declares what settings.py reads, and the example stacks are valid."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from infra.settings import DEFAULTS
from local.engine import PROJECT_NAME
from tests.infra.program import ROOT, load

DATA_PROTECTED = {"dev": False, "staging": False, "prod": True}
TYPES = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


def test_every_setting_is_declared_with_type_description_and_default() -> None:
    """`pulumi config` knows the same keys, types and defaults as the program."""
    declared = _read("Pulumi.yaml")["config"]
    assert {key: entry.get("default") for key, entry in declared.items() if key != "sources"} == DEFAULTS
    assert {key: entry["type"] for key, entry in declared.items()} == {
        "sources": "object",
        **{key: TYPES[type(default)] for key, default in DEFAULTS.items()},
    }
    assert [key for key, entry in declared.items() if len(entry["description"]) < 20] == []
    assert "default" not in declared["sources"]


def test_nothing_is_declared_that_the_pulumi_engine_would_refuse() -> None:
    """A default of a key declared `secret: true` counts as plain text and is refused; an array must name its items."""
    declared = _read("Pulumi.yaml")["config"]
    assert [key for key, entry in declared.items() if set(entry) - {"type", "description", "default", "items"}] == []
    assert {key: entry["items"] for key, entry in declared.items() if entry["type"] == "array"} == {
        "allowedAddresses": {"type": "string"},
        "excludedZoneIds": {"type": "string"},
        "retryDelaysSeconds": {"type": "integer"},
        "subscriberAccounts": {"type": "string"},
    }


def test_the_project_runs_in_the_virtual_environment_that_the_makefile_sets_up() -> None:
    """`pulumi up` finds the pinned libraries without an activated environment."""
    project = _read("Pulumi.yaml")
    assert project["name"] == PROJECT_NAME
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_example_stack_is_valid(stack: str) -> None:
    """Each example deploys as it is, under its own name, and holds no secret."""
    values = _read(f"Pulumi.{stack}.yaml")["config"]
    region = values.pop("aws:region", None)
    assert [key for key in values if not key.startswith(f"{PROJECT_NAME}:")] == []
    config = {key.removeprefix(f"{PROJECT_NAME}:"): value for key, value in values.items()}
    chosen = load(config, stack=stack, region=region, environment={"AWS_REGION": "us-east-1"})
    assert chosen.suffix == stack
    assert chosen.protect is DATA_PROTECTED[stack]
    assert chosen.signing_secrets == {}
    assert chosen.region == "us-east-1"
    assert "secure" not in json.dumps(values)


def test_the_development_stack_leaves_the_region_to_whoever_deploys() -> None:
    """`export AWS_REGION=...` and `pulumi up` deploy where the user says."""
    assert "aws:region" not in _read("Pulumi.dev.yaml")["config"]


def example_config(stack: str) -> dict[str, Any]:
    """Return the configuration of an example stack, without namespace."""
    values = _read(f"Pulumi.{stack}.yaml")["config"]
    return {key.removeprefix(f"{PROJECT_NAME}:"): value for key, value in values.items() if key != "aws:region"}


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return content
