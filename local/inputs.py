"""A resource's inputs, read so that nothing is read over: what no adapter asked for is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.runtime import rpc

from local.adaptations import Kind, adaptation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class NotImplementedLocally(Exception):
    """The program uses something that the local runner would have to ignore: it stops instead."""


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a Pulumi value as a plain one: secrets unwrapped, whole numbers as `int` (the wire has floats only)."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:  # noqa: SLF001 - pulumi names it nowhere else
            return plain(value.get("value"))
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class Inputs:
    """The inputs of one resource, or of one nested object in them.

    Every getter marks its property as implemented. Property names are Pulumi's (`visibilityTimeoutSeconds`).

    Attributes:
        type: Pulumi type of the resource, for messages.
    """

    def __init__(self, type_: str, values: Mapping[str, Any], *, path: str = "") -> None:
        self.type = type_
        self._values: dict[str, Any] = plain(dict(values))
        self._path = path
        self._taken: set[str] = set()
        self._nested: list[Inputs] = []

    def text(self, name: str) -> str | None:
        """Return a string, or None when the program does not set it."""
        value = self._take(name)
        return None if value is None else str(value)

    def required(self, name: str) -> str:
        """Return a string that this resource cannot be without.

        Raises:
            NotImplementedLocally: The program leaves it to Pulumi to make one up; the runner does not.
        """
        value = self._take(name)
        if value is None:
            raise NotImplementedLocally(f"{self.type}: property {self._path}{name} must be set for the local runner")
        return str(value)

    def number(self, name: str) -> int | None:
        """Return a whole number, or None."""
        value = self._take(name)
        return None if value is None else int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        value = self._take(name)
        return default if value is None else bool(value)

    def strings(self, name: str) -> list[str]:
        """Return a list of strings, empty when not set."""
        return [str(item) for item in self._take(name) or []]

    def mapping(self, name: str) -> dict[str, str]:
        """Return an object whose keys are data (tags, variables), empty when not set."""
        return {str(key): str(value) for key, value in (self._take(name) or {}).items()}

    def json(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Return a property whole, for an adapter that hands on all that is in it."""
        return self._take(name)

    def nested(self, name: str) -> Inputs | None:
        """Return an object whose keys are properties: each must be asked for in turn."""
        value = self._take(name)
        if value is None:
            return None
        return self._inner(f"{name}.", value)

    def each(self, name: str) -> Iterator[Inputs]:
        """Return the objects of a list, whose properties must each be asked for in turn."""
        for position, value in enumerate(self._take(name) or []):
            yield self._inner(f"{name}[{position}].", value)

    def none(self, name: str) -> None:
        """Take a list that must be empty.

        Raises:
            NotImplementedLocally: It is not.
        """
        if self._take(name):
            raise NotImplementedLocally(f"{self.type}: property {self._path}{name} must be empty for the local runner")

    def replaced(self, name: str) -> Any:  # noqa: ANN401 - an archive, a policy, a hash
        """Return a property that the adapter sends in another form, as the table of adaptations must say."""
        if adaptation(self.type, self._path + name).kind is not Kind.CHANGED:
            raise KeyError(name)
        return self._take(name)

    def left_out(self, name: str) -> Any:  # noqa: ANN401 - whatever it is
        """Return a property that the adapter does not send, as the table of adaptations must say."""
        if adaptation(self.type, self._path + name).kind is not Kind.NOT_SENT:
            raise KeyError(name)
        return self._take(name)

    def take_all(self) -> None:
        """Take what was taken before, when the resource was created, and has not changed."""
        self._taken.update(self._values)

    def check_all_taken(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            NotImplementedLocally: Naming the type and each property.
        """
        names = sorted(self._not_taken())
        if names:
            raise NotImplementedLocally(
                f"{self.type}: property {', '.join(names)} is not implemented by the local runner"
            )

    def _take(self, name: str) -> Any:  # noqa: ANN401 - each getter converts
        self._taken.add(name)
        return self._values.get(name)

    def _inner(self, path: str, value: Mapping[str, Any]) -> Inputs:
        inner = Inputs(self.type, value, path=self._path + path)
        self._nested.append(inner)
        return inner

    def _not_taken(self) -> Iterator[str]:
        for name, value in self._values.items():
            if name not in self._taken and value is not None:
                yield self._path + name
        for inner in self._nested:
            yield from inner._not_taken()  # noqa: SLF001 - of its own kind
