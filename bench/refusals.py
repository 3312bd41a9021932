"""How AWS refuses a call."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """AWS refuses the call.

    Attributes:
        code: AWS's error code, without namespace.
        text: What is wrong.
        fields: Further members of the answer, such as the item that a failed condition returns.
    """

    def __init__(self, code: str, text: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.fields = fields


def invalid(text: str) -> Refused:
    """DynamoDB's refusal of a call that makes no sense."""
    return Refused("ValidationException", text)
