"""What rules look at: a stack's resources as plain values, and what is wrong with one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, as Pulumi registers it.

    Attributes:
        type: Pulumi type, such as `aws:sqs/queue:Queue`.
        name: Logical name.
        properties: Input properties, by Pulumi's names.
    """

    type: str
    name: str
    properties: Mapping[str, Any]

    def policy(self, key: str = "policy") -> list[dict[str, Any]]:
        """Return the statements of a property that is a policy document; none when it is not set."""
        document = self.properties.get(key)
        return list(json.loads(document)["Statement"]) if document else []


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a resource breaks.

    Attributes:
        resource: Type and logical name.
        problem: What is wrong, and so what to change.
    """

    resource: tuple[str, str]
    problem: str


Rule = Callable[[Sequence[Resource]], Iterator[Violation]]
"""Looks at all of a stack's resources; its name is the rule's id, its docstring names the public checks."""


def of_type(resources: Iterable[Resource], *types: str) -> list[Resource]:
    """Return the resources of some types."""
    return [each for each in resources if each.type in types]


def broken_by(resource: Resource, problem: str) -> Violation:
    """Say that a resource breaks the rule."""
    return Violation(resource=(resource.type, resource.name), problem=problem)


def unless(resources: Iterable[Resource], keeps: Callable[[Resource], object], problem: str) -> Iterator[Violation]:
    """Say of each resource that does not keep the rule what is wrong with it."""
    return (broken_by(each, problem) for each in resources if not keeps(each))


def listed(value: object) -> list[Any]:
    """Return what IAM writes as one item or a list of them, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def is_for_everyone(statement: Mapping[str, Any]) -> bool:
    """Tell whether a statement allows something to anyone, without a condition."""
    principal = statement.get("Principal")
    anyone = principal == "*" or (isinstance(principal, Mapping) and "*" in listed(principal.get("AWS")))
    return statement["Effect"] == "Allow" and anyone and not statement.get("Condition")
