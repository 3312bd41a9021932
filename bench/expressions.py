"""DynamoDB's condition and update expressions, as far as the handlers that are measured use them.

What is not understood is refused aloud, never passed over: no nested paths, no BETWEEN, IN, size or begins_with.
"""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Value = dict[str, Any]
    Item = dict[str, Value]

_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),+-])|([#:]?[A-Za-z_][A-Za-z0-9_]*))")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_CLAUSES = ("SET", "REMOVE", "ADD")


class Placeholders:
    """Names and values that a call's expressions refer to; each must be used."""

    def __init__(self, names: Mapping[str, str] | None, values: Mapping[str, Value] | None) -> None:
        self._names = names or {}
        self._values = values or {}
        self._used: set[str] = set()

    def name(self, token: str) -> str:
        """The attribute's name that a token of an expression stands for."""
        if not token.startswith("#"):
            return token
        if token not in self._names:
            raise invalid(f"An expression attribute name used in the document path is not defined; name: {token}")
        self._used.add(token)
        return self._names[token]

    def value(self, token: str) -> Value:
        """The value that a token of an expression stands for."""
        if token not in self._values:
            raise invalid(f"An expression attribute value used in expression is not defined; value: {token}")
        self._used.add(token)
        return self._values[token]

    def check_use(self) -> None:
        """Refuse what was given and not used, as AWS does."""
        unused = sorted((self._names.keys() | self._values.keys()) - self._used)
        if unused:
            raise invalid(f"Value provided in expression attributes unused in expressions: {unused}")


class _Reader:
    def __init__(self, text: str, placeholders: Placeholders, item: Item) -> None:
        self._tokens = _tokens(text)
        self.placeholders = placeholders
        self.item = item

    def peek(self) -> str:
        return self._tokens[0]

    def take(self, expected: str | None = None) -> str:
        token = self._tokens.pop(0)
        if not token or (expected is not None and token.upper() != expected):
            raise invalid(f"Syntax error; token: {token!r}")
        return token

    def accept(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self.take()
        return True

    # Conditions. Both sides of AND and OR are always read: a placeholder counts as used either way.

    def disjunction(self) -> bool:
        result = self.conjunction()
        while self.accept("OR"):
            result = self.conjunction() or result
        return result

    def conjunction(self) -> bool:
        result = self.negation()
        while self.accept("AND"):
            right = self.negation()
            result = result and right
        return result

    def negation(self) -> bool:
        if self.accept("NOT"):
            return not self.negation()
        if self.accept("("):
            result = self.disjunction()
            self.take(")")
            return result
        if self.peek() in {"attribute_exists", "attribute_not_exists"}:
            function = self.take()
            self.take("(")
            name = self.placeholders.name(self.take())
            self.take(")")
            return (name in self.item) is (function == "attribute_exists")
        left = self.operand()
        operator = self.take()
        if operator not in _COMPARISONS:
            raise invalid(f"Syntax error; token: {operator!r}")
        return _compare(left, operator, self.operand())

    # Updates.

    def operand(self) -> Value | None:
        token = self.take()
        if token == "if_not_exists":  # noqa: S105 - a function's name
            self.take("(")
            name = self.placeholders.name(self.take())
            self.take(",")
            fallback = self.operand()
            self.take(")")
            return self.item.get(name, fallback)
        return self.placeholders.value(token) if token.startswith(":") else self.item.get(self.placeholders.name(token))

    def new_value(self) -> Value:
        value = self.operand()
        while self.peek() in {"+", "-"}:
            sign = -1 if self.take() == "-" else 1
            value = {"N": str(_number(value) + sign * _number(self.operand()))}
        if value is None:
            raise invalid("The provided expression refers to an attribute that does not exist in the item")
        return value

    def changes(self) -> dict[str, Value | None]:
        """What an update sets; None: removes."""
        changes: dict[str, Value | None] = {}
        while self.peek():
            clause = self.take().upper()
            if clause not in _CLAUSES:
                raise invalid(f"Syntax error; token: {clause!r}")
            while True:
                name = self.placeholders.name(self.take())
                if name in changes:
                    raise invalid(f"Two document paths overlap with each other: [{name}]")
                changes[name] = self._change(clause, name)
                if not self.accept(","):
                    break
        return changes

    def _change(self, clause: str, name: str) -> Value | None:
        if clause == "REMOVE":
            return None
        if clause == "SET":
            self.take("=")
            return self.new_value()
        return {"N": str(_number(self.item.get(name, {"N": "0"})) + _number(self.operand()))}


def holds(text: str, placeholders: Placeholders, item: Item) -> bool:
    """Say whether a condition holds for an item; an item that is not there has no attributes."""
    reader = _Reader(text, placeholders, item)
    result = reader.disjunction()
    if reader.peek():
        raise invalid(f"Syntax error; token: {reader.peek()!r}")
    return result


def updated(text: str, placeholders: Placeholders, item: Item) -> Item:
    """Return the item after an update; all operands are read as they were before it."""
    changes = _Reader(text, placeholders, item).changes()
    result = item | {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in result.items() if changes.get(name, value) is not None}


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise invalid(f"Syntax error; near: {text[at : at + 10]!r}")
        tokens.append(found[1] or found[2])
        at = found.end()
    return [*tokens, ""]


def _compare(left: Value | None, operator: str, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    if left.keys() != right.keys():
        return operator == "<>"
    return _COMPARISONS[operator](_comparable(left), _comparable(right))


def _comparable(value: Value) -> Any:  # noqa: ANN401 - of the value's type
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return base64.b64decode(content) if kind == "B" else content.encode() if kind == "S" else content


def _number(value: Value | None) -> Decimal:
    if value is None or "N" not in value:
        raise invalid("An operand in the update expression has an incorrect data type")
    return Decimal(value["N"])
