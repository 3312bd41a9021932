"""The published payment event, typed, for consumers in Python: copy this one file. Standard library, Python 3.11.

docs/events.md says what each field means; the names here are the names there.

    event = PaymentEvent.from_json(message["body"])
    if event.data.status is Status.REFUNDED and event.data.amount is not None:
        credit(event.subject, event.data.decimal_amount, event.data.currency)

What a later release adds is read over: fields that are not here, and a status that is not here reads as `UNKNOWN`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

DATASCHEMA = "urn:webhook-processor:schema:payment-event:1"
"""`dataschema` of every event that this module reads."""

_NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

EXPONENTS = {
    **dict.fromkeys(_NO_MINOR_UNIT.split(), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Digits of the minor unit by ISO 4217 code, where they are not two."""


class InvalidEvent(ValueError):
    """A message that is no event of this version; says which field, never what is in it. Trying again does not help."""


class Status(StrEnum):
    """What an event says about its payment, in rank order: of two events of one instant, the later line wins."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    FAILED = "failed"
    AUTHORIZED = "authorized"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT_PENDING = "payout_pending"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"

    @classmethod
    def _missing_(cls, _value: object) -> Status:
        """Read a status of a later release as one that says nothing; the event's `type` has its name."""
        return cls.UNKNOWN

    @property
    def rank(self) -> int:
        """Place in the declaration order."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentData:
    """The event's `data`."""

    provider: str
    source: str
    event_id: str
    event_type: str
    status: Status
    amount: int | None
    currency: str | None
    occurred_at: datetime
    received_at: datetime
    delivery_id: str
    late: bool
    payload: Any
    replay_of: str | None = None

    @property
    def decimal_amount(self) -> Decimal | None:
        """The amount in whole units of the currency, exactly: 1050 EUR is 10.50; None without amount or currency."""
        if self.amount is None or self.currency is None:
            return None
        # Read from text, which no decimal context of the caller's rounds.
        return Decimal(f"{self.amount}e-{EXPONENTS.get(self.currency, 2)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent:
    """One event: de-duplicate on `id`, order by `position` within `subject`."""

    specversion: str
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    datacontenttype: str
    dataschema: str
    data: PaymentData

    @property
    def position(self) -> str:
        """Place among the events of its `subject`, as text that compares: by time, then rank of the status, then id."""
        moment = self.time.astimezone(UTC).isoformat(timespec="milliseconds")
        return f"{moment}#{self.data.status.rank:02d}#{self.id}"

    @classmethod
    def from_json(cls, text: str | bytes) -> PaymentEvent:
        """Read a message's body, as raw message delivery hands it on.

        Raises:
            InvalidEvent: It is no event, or one of another major version.
        """
        try:
            # Decimal: a payload's numbers are often money.
            parsed = json.loads(text, parse_float=_decimal)
        except InvalidOperation:
            raise InvalidEvent("the body: a number is out of range") from None
        except (ValueError, RecursionError):
            raise InvalidEvent("the body is no JSON") from None
        event = _Object("", parsed)
        if event.text("dataschema") != DATASCHEMA:
            raise InvalidEvent("dataschema: another version than this module reads")
        data = _Object("data.", event.any("data"))
        return cls(
            specversion=event.text("specversion"),
            id=event.text("id"),
            type=event.text("type"),
            source=event.text("source"),
            subject=event.text("subject"),
            time=event.moment("time"),
            datacontenttype=event.text("datacontenttype"),
            dataschema=event.text("dataschema"),
            data=PaymentData(
                provider=data.text("provider"),
                source=data.text("source"),
                event_id=data.text("event_id"),
                event_type=data.text("event_type"),
                status=Status(data.text("status")),
                amount=data.integer_or_none("amount"),
                currency=data.text_or_none("currency"),
                occurred_at=data.moment("occurred_at"),
                received_at=data.moment("received_at"),
                delivery_id=data.text("delivery_id"),
                late=data.flag("late"),
                payload=data.any("payload"),
                replay_of=data.text("replay_of") if data.has("replay_of") else None,
            ),
        )


def _decimal(text: str) -> Decimal:
    """Read a number exactly; refuse one that is out of range even where the caller's context would make it NaN."""
    return Decimal(text, Context(traps=[InvalidOperation]))


class _Object:
    """A JSON object whose members are asked for by name and type."""

    def __init__(self, path: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict):
            raise InvalidEvent(f"{path.removesuffix('.') or 'the body'}: must be an object")
        self._path = path
        self._members: dict[str, Any] = value

    def has(self, name: str) -> bool:
        return name in self._members

    def any(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        if name not in self._members:
            raise InvalidEvent(f"{self._path}{name}: missing")
        return self._members[name]

    def text(self, name: str) -> str:
        value = self.any(name)
        if not isinstance(value, str):
            raise InvalidEvent(f"{self._path}{name}: must be a string")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.any(name) is None else self.text(name)

    def integer_or_none(self, name: str) -> int | None:
        value = self.any(name)
        # True is an integer in Python, and none in JSON.
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidEvent(f"{self._path}{name}: must be an integer or null")
        return value

    def flag(self, name: str) -> bool:
        value = self.any(name)
        if not isinstance(value, bool):
            raise InvalidEvent(f"{self._path}{name}: must be true or false")
        return value

    def moment(self, name: str) -> datetime:
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidEvent(f"{self._path}{name}: must be a time") from None
        if moment.tzinfo is None:
            raise InvalidEvent(f"{self._path}{name}: must be a time with its zone")
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            # Its zone moves it out of the years that there are.
            raise InvalidEvent(f"{self._path}{name}: must be a time") from None
