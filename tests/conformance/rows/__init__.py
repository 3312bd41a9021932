"""The conformance table: a row for each provider, a column for each field. Who has no row is not supported."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.errors import Reason, WebhookError
    from lambda_src.request import SignedRequest

NOW = 1_760_000_000
"""The clock of the suite, seconds since the epoch."""

URL = "https://hooks.example.com/shop?a=b"
"""The URL that is registered at the providers."""

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in map(json.loads, (Path(__file__).parents[2] / "vectors/vectors.jsonl").read_text().splitlines())
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is particular about one provider in the suite that is the same for all.

    Attributes:
        sdk: Official SDK and version that is held against us, or why there is none.
        sdk_accepts: Asks that SDK for its verdict on a request (at the time NOW, where it can be told), given the
            sender's secret; None: no SDK can.
        sdk_signs: Lets that SDK sign a body at NOW, given the sender's secret; None: it only verifies.
        signed_headers: Lower-case names of the headers that are signed or hold the signature.
        malformed_secrets: Configured secrets of the wrong form, each of which must be named as such.
        vector_prefix: Beginning of the ids of its vectors.
        secrets_of: Makes the configured secrets of a vector; None: its field `secret`.
        clock_of: Tells the time at which a vector is judged; None: its field `now`, else NOW.
        refused: Why each vector that the SDK refuses is refused here.
        stricter: Vectors that the SDK accepts and we refuse, on purpose: with what error and reason.
        covers: Says whether the body byte at a position is protected by the signature; None: all are.
        acknowledgement: Content type and body of the answer.
        settings: Fields of the source's configuration, as `Source` has them.
    """

    sdk: str
    sdk_accepts: Callable[[SignedRequest, str], bool] | None = None
    sdk_signs: Callable[[bytes, str], SignedRequest] | None = None
    signed_headers: tuple[str, ...]
    malformed_secrets: tuple[str, ...]
    vector_prefix: str
    secrets_of: Callable[[dict[str, Any]], list[str]] | None = None
    clock_of: Callable[[dict[str, Any]], int] | None = None
    refused: dict[str, Reason] = field(default_factory=dict)
    stricter: dict[str, tuple[type[WebhookError], Reason]] = field(default_factory=dict)
    covers: Callable[[bytes, int], bool] | None = None
    acknowledgement: tuple[str, str] = ("application/json", '{"received":true}')
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def vectors(self) -> list[dict[str, Any]]:
        """The provider's signature vectors."""
        return [vector for name, vector in VECTORS.items() if name.rpartition("-")[0] == self.vector_prefix]


def row(name: str) -> Row:
    """The row of a provider."""
    found: Row = importlib.import_module(f"tests.conformance.rows.{name}").ROW
    return found
