"""Which changed property makes AWS's Pulumi provider replace a resource instead of updating it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPLACES: Mapping[str, frozenset[str]] = {}


def of(type_: str) -> frozenset[str]:
    """Return the properties whose change replaces a resource of this type."""
    return _REPLACES.get(type_, frozenset())


def name_is_taken(type_: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether a replacement would have the name of what it replaces, which must then be deleted first."""
    name = "name"
    return name in now and before.get(name) == now[name]
