"""Writes what was found, as a page to read and as a table to sort."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.explained import explanation
from compliance.requirements import REQUIREMENTS
from compliance.scan import of_stack
from policy.exceptions import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compliance.requirements import Requirement
    from compliance.scan import Finding

NEEDS_AWS = "needs real AWS"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One deployment that was scanned.

    Attributes:
        title: What it is called in the report.
        settings: What differs from the defaults.
        names: Names and ids of its resources.
        findings: What prowler said.
    """

    title: str
    settings: Mapping[str, object]
    names: Sequence[str]
    findings: Sequence[Finding]

    @property
    def ours(self) -> list[Finding]:
        """Findings about the stack's resources."""
        return of_stack(self.findings, self.names)[0]

    @property
    def account(self) -> list[Finding]:
        """Findings about the account around it, which here is the emulator's."""
        return of_stack(self.findings, self.names)[1]

    @property
    def unexplained(self) -> list[Finding]:
        """Failures on the stack's resources that nothing explains."""
        return [each for each in self.ours if each.status == "FAIL" and explanation(each) is None]

    def counts(self) -> dict[str, int]:
        """Count findings: passed, by kind of explanation, unexplained, about the account."""
        failed = [each for each in self.ours if each.status == "FAIL"]
        kinds = Counter(str(found.kind) for each in failed if (found := explanation(each)))
        return {
            "passed": sum(each.status == "PASS" for each in self.ours),
            **dict(sorted(kinds.items())),
            "unexplained": len(self.unexplained),
            "about the account": len(self.account),
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What shows a requirement, and whether it does.

    Attributes:
        requirement: Its numbers.
        control: What the stack does.
        proof: A test, a check, or a command.
        result: `passed`, `failed`, `not found`, `accepted exception`, or that it needs real AWS.
    """

    requirement: str
    control: str
    proof: str
    result: str


def proofs(scan: Scan, tests: Mapping[str, str]) -> list[Proof]:
    """Bring every requirement together with its proofs.

    Args:
        scan: The deployment that keeps most.
        tests: `passed` or `failed` by test, or by file.
    """
    rows = []
    for each in REQUIREMENTS:
        found = [
            *((f"`{test}`", tests.get(test, "not found")) for test in each.tests),
            *((f"prowler: `{check}`", _result(scan, check)) for check in each.checks),
            *((f"`{command}`", NEEDS_AWS) for command in each.on_aws),
        ]
        rows += [_proof(each, proof, result) for proof, result in found]
    return rows


def _proof(requirement: Requirement, proof: str, result: str) -> Proof:
    return Proof(requirement=requirement.numbers, control=requirement.control, proof=proof, result=result)


def _result(scan: Scan, check: str) -> str:
    statuses = {each.status for each in scan.ours if each.check == check}
    if not statuses:
        return "not found"
    if "FAIL" not in statuses:
        return "passed"
    found = explanation(next(each for each in scan.ours if each.check == check and each.status == "FAIL"))
    return str(found.kind) if found else "failed"


def write(directory: Path, scans: Sequence[Scan], rows: Sequence[Proof], date: str) -> None:
    """Write `report.md` and `report.csv`."""
    with (directory / "report.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("requirement", "control", "proof", "result"))
        table.writerows((each.requirement, each.control, each.proof.replace("`", ""), each.result) for each in rows)
    (directory / "report.md").write_text("\n".join(_page(scans, rows, date)) + "\n")


def _page(scans: Sequence[Scan], rows: Sequence[Proof], date: str) -> list[str]:
    results = Counter(each.result for each in rows)
    lines = [
        "# Compliance report",
        "",
        f"Made on {date} from a deployment to the embedded AWS. It shows controls of this stack. It is no assessment,",
        "and says nothing about the account, the organisation, or what real AWS alone can show.",
        "",
        "Proofs: " + ", ".join(f"{count} {result}" for result, count in sorted(results.items())) + ".",
        "",
        "## PCI DSS v4.0.1",
        "",
        "| Requirement | Control | Proof | Result |",
        "|---|---|---|---|",
    ]
    last = ""
    for each in rows:
        first = each.requirement != last
        lines.append(
            f"| {each.requirement if first else ''} | {each.control if first else ''} | {each.proof} | {each.result} |"
        )
        last = each.requirement
    for scan in scans:
        lines += _scan(scan)
    lines += [
        "",
        "## Accepted exceptions",
        "",
        "| Rule | Broken because | In its place | Ended by |",
        "|---|---|---|---|",
    ]
    for accepted in ACCEPTED:
        ended = ", ".join(f"`{key}: {value}`" for key, value in accepted.removed_by.items())
        lines.append(f"| `{accepted.rule}` | {accepted.reason} | {accepted.instead} | {ended} |")
    return lines


def _scan(scan: Scan) -> list[str]:
    settings = ", ".join(f"`{key}: {value}`" for key, value in scan.settings.items()) or "the defaults"
    counts = ", ".join(f"{count} {what}" for what, count in scan.counts().items())
    lines = ["", f"## Prowler: {scan.title}", "", f"Settings: {settings}. Findings: {counts}.", ""]
    lines += ["| Check | PCI DSS 4.0 | Resources | Explained by | Reason |", "|---|---|---|---|---|"]
    failed = Counter(each.check for each in scan.ours if each.status == "FAIL")
    for check, count in sorted(failed.items()):
        finding = next(each for each in scan.ours if each.check == check)
        found, requirements = explanation(finding), ", ".join(finding.requirements)
        kind, reason = (str(found.kind), found.reason) if found else ("**nothing**", "")
        proof = f"; shown by `{found.proof}`" if found and found.proof else ""
        lines.append(f"| `{check}` | {requirements} | {count} | {kind} | {reason}{proof} |")
    passed = sorted({each.check for each in scan.ours if each.status == "PASS"} - set(failed))
    lines += ["", "Passed on every resource: " + ", ".join(f"`{check}`" for check in passed) + "."]
    account = sorted({each.check for each in scan.account if each.status == "FAIL"})
    lines += ["", "About the emulated account itself: " + ", ".join(f"`{check}`" for check in account) + "."]
    return lines
