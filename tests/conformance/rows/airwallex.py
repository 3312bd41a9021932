"""The row of airwallex."""

from __future__ import annotations

from lambda_src.errors import Reason, Rejected
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: the SDKs verify no webhooks; judged by the logic of paymentacceptance-plugin-woocommerce 25a1dab",
    signed_headers=("x-timestamp", "x-signature"),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="airwallex",
    refused={
        "airwallex-05": Reason.WRONG_SECRET,
        "airwallex-06": Reason.WRONG_SECRET,
        "airwallex-07": Reason.MALFORMED_SIGNATURE,
        "airwallex-08": Reason.WRONG_SECRET,
    },
    # the plugin looks at no clock
    stricter={
        "airwallex-09": (Rejected, Reason.TIMESTAMP_TOO_OLD),
        "airwallex-10": (Rejected, Reason.TIMESTAMP_IN_FUTURE),
        "airwallex-11": (Rejected, Reason.TIMESTAMP_TOO_OLD),
    },
)
