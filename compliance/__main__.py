"""`python -m compliance`: deploy to the emulator, scan, run the tests that the report names, write it."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.problems import Failure, Problem
from compliance.explained import not_needed
from compliance.report import NEEDS_AWS, Scan, proofs, write
from compliance.requirements import REQUIREMENTS
from compliance.scan import scan
from local.emulator import PROJECT
from local.sending import Endpoint, new_event, post, signed
from local.settings import LocalSource, new_secret
from local.system import LocalSystem

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY = PROJECT / ".build" / "compliance"

DEPLOYMENTS: dict[str, dict[str, object]] = {
    "as it comes": {},
    "as strict as it gets": {"ingress": "rest-api", "logRetentionDays": 365, "protect": True},
}
"""What is scanned: the defaults, which show the exceptions, and the settings that end them."""

GOOD = {"passed", "accepted exception", "emulator", NEEDS_AWS}
"""Results of a proof that let the command succeed."""


def main() -> int:
    """Write the report; 1 when something is neither shown nor explained."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    scans = [_scanned(title, settings) for title, settings in DEPLOYMENTS.items()]
    print("running the tests that the report names ...", flush=True)
    rows = proofs(scans[-1], _tested())
    write(DIRECTORY, scans, rows, datetime.now(UTC).date().isoformat())
    for each in scans:
        print(f"prowler, {each.title}: " + ", ".join(f"{count} {what}" for what, count in each.counts().items()))
    bad = [f"{each.requirement}: {each.proof}: {each.result}" for each in rows if each.result not in GOOD]
    bad += [
        f"{check}: explained, and fails nowhere" for check in not_needed(each for scan in scans for each in scan.ours)
    ]
    bad += [f"{each.title}: {found.check}: {found.text}" for each in scans for found in each.unexplained]
    print(f"{len(rows)} proofs of {len(REQUIREMENTS)} requirements, {len(bad)} neither shown nor explained")
    print(
        f"report: {(DIRECTORY / 'report.md').relative_to(PROJECT)}, {(DIRECTORY / 'report.csv').relative_to(PROJECT)}"
    )
    for line in bad:
        print(f"  {line}")
    return bool(bad)


def _scanned(title: str, settings: dict[str, object]) -> Scan:
    print(f"deploying {title}, and scanning it ...", flush=True)
    source = LocalSource(name="shop", provider="stripe", secret=new_secret("stripe"))
    with LocalSystem([source], environment="audit", settings=settings) as system:
        # Logs are searched for secrets, so there must be some.
        _send_two(system)
        findings = scan(system.emulator.endpoint_url, DIRECTORY / title.replace(" ", "-"))
        return Scan(title=title, settings=settings, names=system.deployment.names, findings=findings)


def _send_two(system: LocalSystem) -> None:
    """Send a good webhook and a forged one."""
    source = system.sources["shop"]
    target = Endpoint(
        source=source, url=f"{system.webhook_url}shop", registered_url=system.outputs["source_urls"]["shop"]
    )
    now = datetime.now(UTC)
    for secret in (source.secret, new_secret(source.provider)):
        what = new_event(source.provider, "succeeded", occurred_at=now)
        post(target, signed(what, target, now=int(now.timestamp()), secret=secret))


def _tested() -> dict[str, str]:
    """Run the tests that the requirements name; return `passed` or `failed` by test and by file."""
    wanted = sorted({test for each in REQUIREMENTS for test in each.tests})
    # A file holds the tests in it.
    chosen = [test for test in wanted if "::" not in test or test.partition("::")[0] not in wanted]
    results = DIRECTORY / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={results}", *chosen]
    with (DIRECTORY / "tests.log").open("w") as log:
        subprocess.run(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT, check=False)
    if not results.exists():
        raise Failure(f"the tests did not run; pytest said: {DIRECTORY / 'tests.log'}")
    return _results(results, wanted)


def _results(path: Path, wanted: list[str]) -> dict[str, str]:
    """Read pytest's results: what has no result, or only skipped ones, is left out."""
    outcomes: dict[str, set[str]] = {}
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        file = case.attrib["classname"].replace(".", "/") + ".py"
        name = case.attrib["name"].partition("[")[0]
        failed = any(child.tag in {"failure", "error"} for child in case)
        skipped = any(child.tag == "skipped" for child in case)
        outcome = "failed" if failed else "skipped" if skipped else "passed"
        for key in (file, f"{file}::{name}"):
            outcomes.setdefault(key, set()).add(outcome)
    found = {test: outcomes.get(test, set()) for test in wanted}
    return {
        test: "failed" if "failed" in outcome else "passed" for test, outcome in found.items() if outcome - {"skipped"}
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, Problem) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
