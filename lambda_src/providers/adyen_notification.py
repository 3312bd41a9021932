"""An Adyen notification as it is written: items, each with the eight fields that its signature covers."""

from __future__ import annotations

import msgspec

from lambda_src import decoding
from lambda_src.decoding import Minor  # noqa: TC001 - msgspec reads the annotations when it decodes

NAME = "adyen"


class Amount(msgspec.Struct):
    """An amount; a text of digits in reports."""

    currency: str | None = None
    value: Minor | str | None = None


class _AdditionalData(msgspec.Struct):
    signature: str | None = msgspec.field(default=None, name="hmacSignature")


class Item(msgspec.Struct, rename="camel"):
    """One event; only the signed fields, the signature and the time are read, the latter of any type."""

    psp_reference: str | None = None
    original_reference: str | None = None
    merchant_account_code: str | None = None
    merchant_reference: str | None = None
    amount: Amount | None = None
    event_code: str | None = None
    success: str | None = None
    event_date: object = None
    additional_data: _AdditionalData | None = None

    def signed_fields(self) -> dict[str, str]:
        """The signed fields as they appear in the JSON, in the order in which they are joined."""
        amount = self.amount or Amount()
        value = amount.value if amount.value is not None else ""
        return {
            "pspReference": self.psp_reference or "",
            "originalReference": self.original_reference or "",
            "merchantAccountCode": self.merchant_account_code or "",
            "merchantReference": self.merchant_reference or "",
            "amount.value": str(value),
            "amount.currency": amount.currency or "",
            "eventCode": self.event_code or "",
            "success": self.success or "",
        }


class _Wrapper(msgspec.Struct):
    item: msgspec.Raw = msgspec.field(name="NotificationRequestItem")


class _Notification(msgspec.Struct, rename="camel"):
    notification_items: list[_Wrapper]


def items_of(body: bytes) -> list[tuple[Item, msgspec.Raw]]:
    """Decode the items of a notification, each with its own JSON.

    Raises:
        Unprocessable: The body is not a notification, or an empty one.
    """
    notification = decoding.decode(body, _Notification, NAME)
    if not notification.notification_items:
        raise decoding.unprocessable(NAME, "notificationItems is empty")
    wrapped = [wrapper.item for wrapper in notification.notification_items]
    return [(decoding.decode(raw, Item, NAME, "NotificationRequestItem"), raw) for raw in wrapped]
