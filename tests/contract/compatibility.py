"""What of a changed schema would break a consumer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Schema = dict[str, Any]

WORDING = {"$schema", "$defs", "title", "description", "examples", "x-meanings"}
"""What may be said otherwise at any time."""

WALKED = {"properties", "required", "enum", "x-message-attributes"}
"""What is compared by its own rules; every other keyword must stay as it is, units (`x-unit`) among them."""


def breaks(before: Schema, now: Schema) -> list[str]:
    """List the changes that would break whoever relies on the schema as it was.

    Both ways count: a consumer written for the schema of before must be able to read the events of now, and a consumer
    written for the schema of now the events of before, which lie in queues and archives.
    """
    removed = sorted(before.get("x-message-attributes", {}).keys() - now.get("x-message-attributes", {}).keys())
    return [
        *(f"attribute {name}: removed" for name in removed),
        *_breaks("", _resolved(before, before), _resolved(now, now)),
    ]


def _breaks(path: str, before: Schema, now: Schema) -> Iterator[str]:
    place = path or "the event"
    for keyword in sorted((before.keys() | now.keys()) - WORDING - WALKED):
        if before.get(keyword) != now.get(keyword):
            yield f"{place}: {keyword} was {before.get(keyword)!r}, is {now.get(keyword)!r}"
    yield from _enum(place, before.get("enum"), now.get("enum"))
    old, new = before.get("properties", {}), now.get("properties", {})
    needed, needed_now = set(before.get("required", [])), set(now.get("required", []))
    for name in sorted(old.keys() | new.keys()):
        field = f"{path}.{name}".lstrip(".")
        if name not in new:
            yield f"{field}: removed"
        elif name not in old:
            if name in needed_now:
                yield f"{field}: new and required, which older events lack"
            if before.get("additionalProperties") is False:
                yield f"{field}: new in an object that was closed"
        else:
            if name in needed - needed_now:
                yield f"{field}: may be absent, was always there"
            if name in needed_now - needed:
                yield f"{field}: required, which older events may lack"
            yield from _breaks(field, old[name], new[name])


def _enum(place: str, before: list[str] | None, now: list[str] | None) -> Iterator[str]:
    if before is None or now is None:
        if before != now:
            yield f"{place}: enum was {before!r}, is {now!r}"
        return
    if removed := [value for value in before if value not in now]:
        yield f"{place}: no longer {', '.join(removed)}"
    elif before != [value for value in now if value in before]:
        yield f"{place}: the values are ranked otherwise"


def _resolved(schema: Any, root: Schema) -> Any:  # noqa: ANN401 - any part of a schema
    """Put definitions in the places that refer to them; what a place says itself wins."""
    if isinstance(schema, list):
        return [_resolved(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref", "").removeprefix("#/$defs/")
    merged = {**root["$defs"][target], **schema} if target else schema
    return {name: _resolved(each, root) for name, each in merged.items() if name != "$ref"}
