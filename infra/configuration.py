"""Reads single values of the stack's configuration and notes what is wrong with them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TAG_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
"""A tag's value. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""

SECRET_KEYS = ("signingSecrets",)
"""Keys whose values must be encrypted and are never shown, not even when they are of the wrong type."""

T = TypeVar("T")

_KINDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class ConfigurationError(pulumi.RunError):
    """The configuration is not usable; nothing has been deployed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            f"{len(problems)} problem(s) in the configuration, nothing has been deployed:"
            + "".join(f"\n  - {problem}" for problem in problems)
        )
        self.problems = tuple(problems)


class Reader:
    """Reads values of the project's namespace and notes what is wrong with them.

    Attributes:
        problems: What is wrong so far, a line each.
    """

    def __init__(self, config: pulumi.Config, defaults: Mapping[str, object], problems: list[str]) -> None:
        """Make a reader.

        Args:
            config: The project's configuration.
            defaults: Every key that has one, and its default.
            problems: Where to note what is wrong.
        """
        self._config = config
        self._defaults = defaults
        self.problems = problems

    def check_keys(self, known: set[str]) -> None:
        """Note the keys of our namespace that nothing reads: most are typing errors."""
        prefix = f"{self._config.name}:"
        given = {*pulumi.runtime.config.CONFIG.get(), *pulumi.runtime.get_config_env()}
        for key in sorted(key.removeprefix(prefix) for key in given if key.startswith(prefix)):
            if key not in known:
                self.problems.append(f"{key} is not a setting; the settings are {', '.join(sorted(known))}")

    def check_encrypted(self, key: str) -> None:
        """Note a value that must be encrypted and is not."""
        full = self._config.full_key(key)
        encrypted = pulumi.runtime.is_config_secret(full) or full in pulumi.runtime.get_config_secret_keys_env()
        if self.get(key, dict, {}) and not encrypted:
            self.problems.append(
                f"{key} must be encrypted: `pulumi config set --secret --path '{key}.SOURCE[0]'`; got plain text "
                "(if that was ever committed or shared, have the provider issue new secrets)"
            )

    def get(self, key: str, kind: type[T], default: T) -> T:
        """Return a value of the given type: text as it is, anything else as JSON."""
        raw = self._config.get(key)
        if raw is None:
            return default
        try:
            value: Any = raw if kind is str else json.loads(raw)
        except ValueError:
            value = raw
        if type(value) is kind:
            return value
        problem = f"{key} must be {_KINDS[kind]}; got {'something else' if key in SECRET_KEYS else repr(value)}"
        if problem not in self.problems:
            self.problems.append(problem)
        return default

    def number(self, key: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.get(key, int, self.default(key, int))
        if not least <= value <= most:
            self.problems.append(f"{key} must be between {least} and {most}; got {value}")
        return value

    def tag(self, key: str) -> str:
        """Return the value of a tag."""
        value = self.get(key, str, self.default(key, str))
        if not TAG_VALUE.fullmatch(value):
            self.problems.append(
                f"{key} must be 1 to 256 letters, digits, spaces or any of . : / = + @ _ -; got {value!r}"
            )
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """Return a text that is one of a few; the first, and a note, when it is not."""
        value = self.get(key, str, self.default(key, str))
        if value not in choices:
            self.problems.append(f"{key} must be {' or '.join(choices)}; got {value!r}")
            return choices[0]
        return value

    def is_set(self, key: str) -> bool:
        """Tell whether the stack sets a key to something other than its default."""
        default: Any = self._defaults[key]
        return bool(self.get(key, type(default), default) != default)

    def default(self, key: str, kind: Callable[[Any], T]) -> T:
        """Return the default of a key."""
        return kind(self._defaults[key])
