"""The row of lemon_squeezy."""

from __future__ import annotations

from lambda_src.errors import Reason, Rejected
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: lemonsqueezy.js 4.0.0 verifies no webhooks; judged by the official sample nextjs-billing",
    signed_headers=("x-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="lemon_squeezy",
    refused={"lemon_squeezy-05": Reason.WRONG_SECRET, "lemon_squeezy-08": Reason.MALFORMED_SIGNATURE},
    # the sample decodes hexadecimal in either case; Lemon Squeezy writes lower case
    stricter={"lemon_squeezy-07": (Rejected, Reason.MALFORMED_SIGNATURE)},
)
