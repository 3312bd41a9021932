"""What every adapter gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import Clients
    from local.inputs import Inputs


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where to create a resource.

    Attributes:
        clients: The emulator's clients.
        default_tags: Tags of the resource's provider.
        artifact: Makes the function's artifact for this machine: its path and base64 SHA-256.
    """

    clients: Clients
    default_tags: dict[str, str]
    artifact: Callable[[], tuple[Path, str]]

    def tags(self, inputs: Inputs) -> dict[str, str]:
        """Merge the provider's tags and the resource's own, which win."""
        return {**self.default_tags, **inputs.mapping("tags")}


class Gone(Exception):
    """Someone deleted the resource by hand."""


@dataclass(frozen=True, kw_only=True)
class Created:
    """A resource that now exists in the emulator.

    Attributes:
        id: What Pulumi calls its id.
        outputs: Output properties beyond the inputs, by Pulumi's names.
        delete: Deletes it.
        update: Applies other inputs to it in place; None: nothing but tags can change (local/resources/tags.py).
        read: Tells properties as the emulator has them now, by Pulumi's names; raises Gone, or botocore's ClientError
            as AWS says it, when there is none. None: nobody looks whether someone changed it by hand.
    """

    id: str
    outputs: dict[str, Any]
    delete: Callable[[], object]
    update: Adapter | None = None
    read: Callable[[], dict[str, Any]] | None = None


Adapter = Callable[["Context", "Inputs"], Created]
"""Creates one resource, or changes the one that exists, asking its inputs for every property that it implements."""


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Spell tags as most AWS APIs do."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
