"""Keeps a stack from renaming what it has deployed: a renamed table is an empty one, and the old one is gone."""

from __future__ import annotations

import pulumi

NAMED_OUTPUT = "table_name"
"""The output by which a stack tells under which suffix it was deployed."""


class RenamedStack(pulumi.RunError):
    """The suffix is not the one that the stack was deployed under; nothing has been changed."""


def unless_renamed(table_name: str) -> pulumi.Output[str]:
    """Compare a name with the one that this stack deployed before, and return it.

    What waits for the result is registered only if they are the same, or if nothing was deployed before.

    Args:
        table_name: Name of the table under the suffix of now.

    Raises:
        RenamedStack: They differ; raised where the output is awaited.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    deployed = pulumi.StackReference("before", stack_name=stack).get_output(NAMED_OUTPUT)

    def check(before: str | None) -> str:
        if before not in (None, table_name):
            raise RenamedStack(
                f"this stack's table is {before}; another environmentSuffix would delete it and everything beside it, "
                f"and make an empty {table_name}. Put the suffix back, or make a stack of its own for the new one: "
                "`pulumi stack init`"
            )
        return table_name

    return deployed.apply(check)
