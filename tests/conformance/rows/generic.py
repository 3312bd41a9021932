"""The row of the generic source, by the scheme of the made-up vendor that the local sender is."""

from __future__ import annotations

import msgspec

from lambda_src.sources import Scheme
from local.senders.generic import SETTINGS
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: it is whatever its scheme says; schemes written for Stripe, Square and Paystack are held against theirs",
    signed_headers=("x-vendor-signature", "x-vendor-time", "x-vendor-id"),
    malformed_secrets=("", " ", "key ", "\ud800"),
    vector_prefix="generic",
    settings={"scheme": msgspec.convert(SETTINGS["scheme"], Scheme)},
)
