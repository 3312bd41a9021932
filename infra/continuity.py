"""Keeps a stack from renaming or moving what it has deployed: the other table is empty, and the old one is gone."""

from __future__ import annotations

import pulumi

NAMED_OUTPUT = "table_arn"
"""The output by which a stack tells under which suffix and in which region it was deployed."""


class RenamedStack(pulumi.RunError):
    """Suffix or region are not those that the stack was deployed with; nothing has been changed."""


def unless_renamed(table_name: str, region: str) -> pulumi.Output[str]:
    """Compare with what this stack deployed before, and return the region.

    What waits for the result is registered only if they are the same, or if nothing was deployed before.

    Args:
        table_name: Name of the table under the suffix of now.
        region: Region of now.

    Raises:
        RenamedStack: They differ; raised where the output is awaited.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    deployed = pulumi.StackReference("before", stack_name=stack).get_output(NAMED_OUTPUT)

    def check(before: str | None) -> str:
        if before is None:
            return region
        # arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME
        _, _, _, region_before, _, name = before.split(":", 5)
        way_out = "or make a stack of its own for the new one: `pulumi stack init`"
        if name != f"table/{table_name}":
            raise RenamedStack(
                f"this stack's table is {name.removeprefix('table/')}; another environmentSuffix would delete it and "
                f"everything beside it, and make an empty {table_name}. Put the suffix back, {way_out}"
            )
        if region_before != region:
            raise RenamedStack(
                f"this stack's table is in {region_before}; another region would delete it and everything beside it, "
                f"and make an empty one in {region}. Put the region back, {way_out}"
            )
        return region

    return deployed.apply(check)
