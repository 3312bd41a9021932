"""What fuzzing starts from: the repository's corpus, and every sample, signed with this process's secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.targets import NOW, URL, Input, secret_of, write
from local.samples import KINDS, sample
from local.signing import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parent / "corpus"
"""Inputs by target: odd ones that somebody thought of, and those that once were findings."""


def seeds(target: str) -> Iterator[bytes]:
    """Return a target's first inputs. No signature is ever stored: signed ones are made here."""
    for path in sorted((CORPUS / target).iterdir()):
        yield path.read_bytes()
    for provider, kinds in KINDS.items():
        for kind in kinds:
            body = sample(provider, kind, occurred_at=datetime.fromtimestamp(NOW - 60, UTC))
            made = sign(provider, body, secret_of(provider), url=URL, now=NOW)
            given = Input(provider, made.headers, made.body if target in {"verify", "receive"} else body)
            yield given.body if target == "masking" else write(given)
