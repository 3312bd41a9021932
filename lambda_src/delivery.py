"""The queue message: one accepted HTTP request, verified and masked, on its way to the ledger."""

from __future__ import annotations

import base64
from datetime import datetime  # noqa: TC003 - msgspec reads the annotation when it decodes
from typing import Annotated

import msgspec

from lambda_src.errors import Reason, Unprocessable


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One verified request, as it lies in the queue.

    Attributes:
        delivery_id: UUID given at receipt: the same however often the queue redelivers or an operator redrives.
        source: The source's name.
        provider: The provider's name at receipt.
        received_at: When the request was accepted, aware, UTC.
        headers: The headers that the provider's mapping needs, lower-case names.
        body: The masked body as text; None when it is not UTF-8.
        body_base64: The body when it is not UTF-8.
    """

    delivery_id: str
    source: str
    provider: str
    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    headers: dict[str, str] = {}
    body: str | None = None
    body_base64: str | None = None

    @property
    def raw(self) -> bytes:
        """The masked body's bytes."""
        if self.body is not None:
            return self.body.encode()
        return base64.b64decode(self.body_base64 or "")


def encode(delivery: Delivery) -> str:
    """Write the queue message: JSON, with the two characters escaped that SQS refuses although UTF-8 allows them."""
    text = msgspec.json.encode(delivery).decode()
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def decode(text: str) -> Delivery:
    """Read a queue message.

    Raises:
        Unprocessable: The text is not a delivery (somebody else wrote into the queue).
    """
    try:
        return msgspec.json.decode(text, type=Delivery)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unprocessable(Reason.UNPARSABLE, "the queue message is not a delivery") from error
