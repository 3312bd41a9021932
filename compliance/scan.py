"""Runs prowler, which knows nothing of us, against a system that is deployed to the emulator."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.problems import Failure
from local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from local.emulator import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PROWLER = PROJECT / ".build" / "prowler" / "bin" / "prowler"
"""Its command, in an environment of its own; `make compliance` sets it up."""

SERVICES = (
    *("apigateway", "awslambda", "cloudwatch", "dynamodb", "ec2", "iam", "kms", "sns", "sqs", "ssm", "vpc", "wafv2"),
)
"""The services of this stack, as prowler names them."""

FRAMEWORK = "PCI-4.0"
"""How a finding's column of frameworks names PCI DSS 4.0."""

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What prowler says of one resource.

    Attributes:
        check: Id of the check.
        status: PASS, FAIL or MANUAL.
        resource: ARN, or what stands for one.
        text: The finding in a sentence.
        requirements: Requirements of PCI DSS 4.0 that the check belongs to.
    """

    check: str
    status: str
    resource: str
    text: str
    requirements: tuple[str, ...]


def scan(endpoint_url: str, directory: Path) -> list[Finding]:
    """Run every check of this stack's services.

    Args:
        endpoint_url: The emulator.
        directory: Where prowler leaves its own files.

    Raises:
        Failure: Prowler is not set up, or left no findings.
    """
    if not PROWLER.exists():
        raise Failure("prowler is not set up: run `make compliance`")
    command = [
        *(str(PROWLER), "aws", "--region", REGION, "--service", *SERVICES),
        *("--scan-unused-services", "--ignore-exit-code-3", "--no-banner", "--log-level", "CRITICAL"),
        *("--output-formats", "csv", "--output-directory", str(directory), "--output-filename", "prowler"),
    ]
    # Nothing of the user's own AWS configuration is seen; the credentials mean nothing outside of the emulator.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    # Prowler adds to what it finds there.
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with (directory / "prowler.log").open("w") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    findings = directory / "prowler.csv"
    if not findings.exists():
        raise Failure(f"prowler left no findings; it said: {directory / 'prowler.log'}")
    with findings.open(newline="") as file:
        return [_finding(row) for row in csv.DictReader(file, delimiter=";")]


def of_stack(findings: Iterable[Finding], names: Iterable[str]) -> tuple[list[Finding], list[Finding]]:
    """Part findings into those about resources with one of these names or ids, and those about the account itself."""
    known = tuple(name for name in names if name)
    ours: list[Finding] = []
    others: list[Finding] = []
    for each in findings:
        (ours if any(name in each.resource for name in known) else others).append(each)
    return ours, others


def _finding(row: dict[str, str]) -> Finding:
    frameworks = dict(part.split(": ", 1) for part in row["COMPLIANCE"].split(" | ") if ": " in part)
    return Finding(
        check=row["CHECK_ID"],
        status=row["STATUS"],
        resource=row["RESOURCE_UID"],
        text=row["STATUS_EXTENDED"],
        requirements=tuple(filter(None, frameworks.get(FRAMEWORK, "").split(", "))),
    )
