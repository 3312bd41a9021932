"""The report for auditors claims what is shown, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compliance.explained import EXPLANATIONS, Kind, explanation, not_needed
from compliance.report import NEEDS_AWS, Scan, proofs, write
from compliance.requirements import REQUIREMENTS
from compliance.scan import Finding, of_stack

ROOT = Path(__file__).parents[2]
OURS = "arn:aws:kms:us-east-1:000000000000:key/k-1"


def finding(check: str, status: str, resource: str = OURS) -> Finding:
    """Make up a finding."""
    return Finding(check=check, status=status, resource=resource, text="", requirements=("3.7.4",))


def scan(*findings: Finding) -> Scan:
    """Make up a scan of a stack whose one resource is a key."""
    return Scan(title="t", settings={}, names=["k-1"], findings=findings)


@pytest.mark.parametrize("test", sorted({test for each in REQUIREMENTS for test in each.tests}))
def test_every_test_that_a_requirement_names_exists(test: str) -> None:
    """A renamed test would leave a requirement without proof."""
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name or 'test_'}", (ROOT / path).read_text(), re.MULTILINE)


def test_findings_are_parted_into_the_stacks_and_the_accounts() -> None:
    """What the emulated account lacks says nothing of the stack."""
    about_key, about_account = finding("a", "FAIL"), finding("b", "FAIL", "arn:aws:iam::000000000000:root")
    assert of_stack([about_key, about_account], ["k-1", ""]) == ([about_key], [about_account])


def test_a_failure_that_nothing_explains_is_unexplained() -> None:
    """It must not vanish among those that are."""
    unknown, known = finding("kms_cmk_rotation_enabled", "FAIL"), finding("apigateway_restapi_public", "FAIL")
    made = scan(unknown, known, finding("kms_key_not_publicly_accessible", "PASS"))
    assert made.unexplained == [unknown]
    assert made.counts() == {"passed": 1, "accepted exception": 1, "unexplained": 1, "about the account": 0}
    assert explanation(known) is not None


def test_an_explanation_that_nothing_needs_is_told() -> None:
    """It would hide a failure to come."""
    of_scans = {each.check for each in EXPLANATIONS if each.kind is Kind.EMULATOR}
    failing = [finding(check, "FAIL") for check in of_scans]
    assert of_scans.isdisjoint(not_needed(failing))
    assert of_scans <= set(not_needed([]))


def test_a_proof_that_was_not_found_or_failed_is_no_proof() -> None:
    """Only a test that ran and passed, or a check that looked at something of ours and passed, is one."""
    rows = proofs(
        scan(finding("kms_cmk_rotation_enabled", "PASS"), finding("kms_key_not_publicly_accessible", "FAIL")), {}
    )
    results = {each.proof: each.result for each in rows}
    assert results["`tests/infra/test_network.py`"] == "not found"
    assert results["prowler: `kms_cmk_rotation_enabled`"] == "passed"
    assert results["prowler: `kms_key_not_publicly_accessible`"] == "failed"
    assert results["prowler: `awslambda_function_inside_vpc`"] == "not found"
    assert results["`pulumi preview --refresh --expect-no-changes   # on a schedule`"] == NEEDS_AWS


def test_every_requirement_has_a_proof_that_runs_here() -> None:
    """A row of commands for later is no evidence."""
    assert [each.numbers for each in REQUIREMENTS if not each.tests and not each.checks] == []


def test_the_page_and_the_table_hold_every_proof(tmp_path: Path) -> None:
    """An auditor reads one and sorts the other."""
    made = scan(finding("kms_cmk_rotation_enabled", "FAIL"))
    rows = proofs(made, {"tests/infra/test_network.py": "passed"})
    write(tmp_path, [made], rows, "2026-03-01")
    page, table = (tmp_path / "report.md").read_text(), (tmp_path / "report.csv").read_text()
    assert "| `kms_cmk_rotation_enabled` | 3.7.4 | 1 | **nothing** |  |" in page
    assert all(f"| {each.proof} | {each.result} |" in page for each in rows)
    assert table.count("\n") == len(rows) + 1
