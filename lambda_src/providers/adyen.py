"""Adyen, standard (payments) webhooks in JSON.

Document        https://docs.adyen.com/development-resources/webhooks (read in adyen-python-api-library `util.py`)
Header          none; every item of the body carries its own signature in `additionalData.hmacSignature`
Signed          eight fields of the item, joined by colons, nothing escaped, a missing one empty: pspReference,
                originalReference, merchantAccountCode, merchantReference, amount.value, amount.currency, eventCode,
                success
Signature       HMAC-SHA256, base64
Key             the HMAC key's hexadecimal text decoded (32 bytes)
Replay          no time is signed: only the ledger stops a replay
Retries         3 within a minute, then 2, 5, 10, 15, 30 min, 1, 2, 4, 8 h, then every 8 h up to 30 days, in order
Events          a list, usually of one
Acknowledgement 200 within 10 s; `[accepted]` as the body satisfies the older rule as well
Not protected   `live`, `eventDate`, `reason`, `paymentMethod`, `operations` and all of `additionalData`: they decide
                nothing here. `eventDate` orders events (never after the receipt) and is no part of an identity.

The body's bytes are not signed, so the body is decoded before it is trusted. Because nothing is escaped, a text can be
moved over a colon into the next field under the same signature; a colon is therefore refused in every signed field but
merchantReference, which leaves one way to split the signed text (stricter than Adyen's SDKs).

Every item must be signed: the SDK for Python looks at the first one only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import PaymentEvent, Share, Status
from lambda_src.decoding import Minor
from lambda_src.errors import Reason, Rejected, Unprocessable
from lambda_src.providers import Acknowledgement
from lambda_src.providers.adyen_account import ADYEN_PLACES, adyen_key_problem
from lambda_src.providers.adyen_events import RULES, UNKNOWN_RULE
from lambda_src.providers.adyen_notification import Item, items_of
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lambda_src.delivery import Delivery
    from lambda_src.providers.adyen_events import Rule
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "adyen"
ACKNOWLEDGEMENT = Acknowledgement(content_type="text/plain", body="[accepted]")
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("merchantAccounts",)


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check the signature of every item; see `lambda_src.providers.Provider.verify`.

    Returns:
        The highest position used, that is the oldest secret, when the items are signed by different ones.
    """
    live = schemes.keys(secrets, schemes.hex_key, "the hexadecimal text of an HMAC key")
    try:
        items = [item for item, _ in items_of(request.body)]
    except Unprocessable as error:
        raise Rejected(Reason.MALFORMED_BODY, error.detail) from error
    position = max(_verify_item(item, live) for item in items)
    accounts = source.merchant_accounts
    if accounts and any(item.merchant_account_code not in accounts for item in items):
        raise Rejected(Reason.MERCHANT_NOT_ALLOWED, "merchantAccountCode is not among the source's merchant accounts")
    return position


def _verify_item(item: Item, live: schemes.Keys[bytes]) -> int:
    signature = item.additional_data.signature if item.additional_data else None
    candidates = schemes.well_formed([signature] if signature else [], schemes.BASE64_SHA256, "hmacSignature")
    fields = item.signed_fields()
    for name, value in fields.items():
        if ":" in value and name != "merchantReference":
            raise Rejected(Reason.AMBIGUOUS_FIELD, f"{name} holds a colon")
    return schemes.match(live, ":".join(fields.values()).encode(), candidates)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of an HMAC key; None: nothing is."""
    return adyen_key_problem(secret)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map every item of a delivery; see `lambda_src.providers.Provider.parse`.

    The event id is made of signed fields, so that a redelivery has the same:
    `{merchantAccountCode}:{pspReference}:{eventCode}:{success}`. The account is in it because the pspReference of a
    report is a file name, which repeats from account to account. Equal items of one request are one event.
    """
    events: dict[str, PaymentEvent] = {}
    for item, raw in items_of(decoding.body_of(delivery)):
        event = _event(item, raw, delivery)
        events.setdefault(event.event_id, event)
    return list(events.values())


def _event(item: Item, raw: msgspec.Raw, delivery: Delivery) -> PaymentEvent:
    psp_reference = decoding.required(item.psp_reference, NAME, "pspReference")
    event_code = decoding.required(item.event_code, NAME, "eventCode")
    if item.success not in ("true", "false"):
        raise decoding.unprocessable(NAME, "success is neither `true` nor `false`")
    rule = RULES.get((event_code, item.success), UNKNOWN_RULE)
    amount, currency = _money(item, rule)
    return decoding.checked(
        PaymentEvent(
            provider=NAME,
            event_id=f"{item.merchant_account_code or ''}:{psp_reference}:{event_code}:{item.success}",
            event_type=event_code,
            payment_id=item.original_reference or psp_reference,
            status=rule.status,
            amount=amount,
            currency=currency,
            occurred_at=_occurred_at(item.event_date, delivery.received_at),
            occurred_at_signed=False,
            share=_share(rule, psp_reference, amount),
            payload=decoding.without_secrets(raw, NAME),
        )
    )


def _money(item: Item, rule: Rule) -> tuple[int | None, str | None]:
    """Read amount and currency: minor units as an integer or, in reports, as a text of digits."""
    try:
        return _strict_money(item)
    except Unprocessable:
        if rule is UNKNOWN_RULE:  # kept whatever it is
            return None, None
        raise


def _strict_money(item: Item) -> tuple[int | None, str | None]:
    if item.amount is None or item.amount.value is None or not item.amount.currency:
        return None, None
    amount = decoding.decode(str(item.amount.value).encode(), Minor, NAME, "amount.value")
    currency = decoding.decode(msgspec.json.encode(item.amount.currency), decoding.Currency, NAME, "amount.currency")
    scaled = mapping.rescaled(Reading(Status.UNKNOWN, amount), currency, ADYEN_PLACES, NAME).amount
    return decoding.required_amount(scaled, NAME, "amount.value"), currency.upper()


def _share(rule: Rule, psp_reference: str, amount: int | None) -> Share | None:
    if rule.share is None:
        return None
    counted = 0 if rule.share_failed else decoding.required(amount, NAME, "amount")
    return Share(of=rule.share, id=psp_reference, amount=counted)


def _occurred_at(event_date: object, received_at: datetime) -> datetime:
    stated = decoding.moment(event_date)
    return min(stated, received_at) if stated else received_at
