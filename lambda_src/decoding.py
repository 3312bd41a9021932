"""Reading what a provider sent, after it was verified: typed, bounded, and with secrets left behind."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec

from lambda_src.errors import Reason, Unprocessable

if TYPE_CHECKING:
    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery

Currency = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z]{3}\Z")]
"""An ISO 4217 code in either case."""

Minor = Annotated[int, msgspec.Meta(gt=-(10**18), lt=10**18)]
"""An amount in minor units: a JSON integer of at most 18 digits (never a bool, a float or a text)."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""A time in seconds since the epoch, up to the end of the year 9999."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A time in milliseconds since the epoch, as far."""

MAX_IDENTIFIER = 255
"""Bytes of an id: ids become parts of DynamoDB sort keys, which end at 1,024 bytes."""

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_SAFE_MESSAGE = re.compile(r"Expected `|Object missing required field `|Integer value out of range")
_SECRET_FIELDS = frozenset({"client_secret", "hmacSignature"})
_SIGNS_OF_SECRETS = (b"client_secret", b"_secret_", b"hmacSignature")
_ESCAPED_LETTER = re.compile(rb"\\u00[2-7]")
_SECRET_TAIL = re.compile(r"(_secret_|client_secret=)[A-Za-z0-9_]+")

_NOT_THE_JSON = (msgspec.MsgspecError, ValueError, RecursionError, InvalidOperation)
"""What decoding raises: the last for a number whose exponent no decimal holds."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

T = TypeVar("T")


def unprocessable(provider: str, problem: str) -> Unprocessable:
    """Build the error for a body that is not what the provider sends: names the field, never a value."""
    return Unprocessable(Reason.UNPARSABLE, f"{provider}: {problem}")


def body_of(delivery: Delivery) -> bytes:
    """Read the body's bytes.

    Raises:
        Unprocessable: The message does not hold them.
    """
    try:
        return delivery.raw
    except ValueError as error:
        raise unprocessable(delivery.provider, "the queue message's body cannot be decoded") from error


def decode(raw: bytes | msgspec.Raw, form: type[T], provider: str, where: str = "the body") -> T:
    """Decode JSON to the given type.

    Raises:
        Unprocessable: It is not JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(raw, type=form)
    except _NOT_THE_JSON as error:
        # only the messages known to hold no value of the body are passed on
        problem = str(error) if _SAFE_MESSAGE.match(str(error)) else "not the JSON that was expected"
        raise unprocessable(provider, f"{where}: {problem}") from error


def required(value: T | None, provider: str, field: str) -> T:
    """Take a field that this event must have.

    Raises:
        Unprocessable: It is missing.
    """
    if value is None:
        raise unprocessable(provider, f"{field} is missing")
    return value


def required_amount(value: int | None, provider: str, field: str) -> int:
    """Take an amount that this event must have and that is never below zero.

    Raises:
        Unprocessable: It is missing or negative.
    """
    amount = required(value, provider, field)
    if amount < 0:
        raise unprocessable(provider, f"{field} is negative")
    return amount


def moment(text: object) -> datetime | None:
    """Read an RFC 3339 time with an offset as UTC (microseconds kept); None: it is not one."""
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # the 30th of February; year 1 east of Greenwich
        return None


def utc_moment(text: object) -> datetime | None:
    """Read an RFC 3339 time whose offset may be missing: it is UTC then; None: it is no time."""
    return moment(text) or (moment(f"{text}Z") if isinstance(text, str) else None)


def moment_of_seconds(seconds: int | None) -> datetime | None:
    """Read a time in seconds since the epoch; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def is_identifier(value: object) -> bool:
    """Say whether a value can be an id: a printable text of 1 to 255 bytes."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value.encode()) <= MAX_IDENTIFIER


def first_identifier(*values: object, default: str) -> str:
    """Take the first value that can be an id; for events whose form is not known."""
    return next((value for value in values if isinstance(value, str) and is_identifier(value)), default)


def checked(event: PaymentEvent) -> PaymentEvent:
    """Hold the event's ids against the rules of an id.

    Raises:
        Unprocessable: One is empty, too long or holds characters that cannot be printed.
    """
    share_id = event.share.id if event.share else event.event_id
    for field, value in (
        ("event id", event.event_id),
        ("event type", event.event_type),
        ("payment id", event.payment_id),
        ("capture or refund id", share_id),
    ):
        if not is_identifier(value):
            raise unprocessable(event.provider, f"the {field} is not a printable text of 1 to {MAX_IDENTIFIER} bytes")
    return event


def without_secrets(raw: bytes | msgspec.Raw, provider: str) -> bytes:
    """Leave behind what must not travel on: signatures, and the secrets that let a browser finish a payment.

    Returns:
        The same bytes where there was nothing to leave behind, else the JSON without it, numbers as written.

    Raises:
        Unprocessable: It is not JSON.
    """
    try:
        value = _decoder.decode(raw)
        plain = bytes(raw)
        # to walk through all of it costs more than the rest: only where there is a sign of what is looked for
        if not _ESCAPED_LETTER.search(plain) and not any(sign in plain for sign in _SIGNS_OF_SECRETS):
            return plain
        kept = _pruned(value)
        return plain if kept == value else _encoder.encode(kept)
    except _NOT_THE_JSON as error:
        raise unprocessable(provider, "the body: not the JSON that was expected") from error


def _pruned(value: object) -> object:
    if isinstance(value, dict):
        return {name: _pruned(member) for name, member in value.items() if name not in _SECRET_FIELDS}
    if isinstance(value, list):
        return [_pruned(member) for member in value]
    return _SECRET_TAIL.sub(r"\1***", value) if isinstance(value, str) else value
