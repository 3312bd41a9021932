"""The policy pack: `pulumi preview --policy-pack policy` (it has an environment of its own, see requirements.txt)."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

# Pulumi runs this file with its own directory on the path; `policy` is a package of the directory above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationArgs, StackValidationPolicy

from policy.exceptions import judge
from policy.resources import Resource
from policy.rules import RULES

if TYPE_CHECKING:
    from pulumi_policy import ReportViolation

    from policy.resources import Rule


def validate(rule: Rule, args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Report what breaks a rule without an accepted exception."""
    resources = [Resource(type=each.resource_type, name=each.name, properties=each.props) for each in args.resources]
    broken, _ = judge([rule], resources)
    for violations in broken.values():
        for violation in violations:
            report_violation(f"{violation.resource[1]}: {violation.problem}", None)


PolicyPack(
    name="webhook-processor",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        StackValidationPolicy(
            name=rule.__name__.replace("_", "-"),
            description=(rule.__doc__ or "").strip(),
            validate=partial(validate, rule),
        )
        for rule in RULES
    ],
)
