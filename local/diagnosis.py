"""Why a request is not authentic: what must be otherwise for its signature to hold, proven by verifying it so.

A cause is named only when the provider's own verification accepts the request under it: for another form of the body,
by another secret that is known here, for other headers or another URL, at another time. This is for whoever has the
secrets: it is no part of the function, whose answer tells a forger nothing. No text here holds a secret, a signature,
a header's value or a body.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lambda_src import providers
from lambda_src.errors import Reason, WebhookError
from local.mistakes import Key, mistakes
from local.reencodings import forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source
    from local.mistakes import KnownSource, Mistake

MOST_MISTAKES = 2
"""How many things may be wrong together, the clock aside: more of them would need tens of thousands of trials."""

UNVERIFIED = frozenset({401, 503})
"""Answers of the receiver that may be for the signature or the secrets."""

_EVER_SECONDS = 10**13
"""A replay window that is none."""

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: no clock of Python's goes beyond."""

_TIME = frozenset({Reason.TIMESTAMP_TOO_OLD, Reason.TIMESTAMP_IN_FUTURE})
"""Reasons that are given only once the signature holds."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is wrong with a request.

    Attributes:
        reason: What the receiver's log gives as the reason; None: the request is authentic.
        proven: Whether mending the causes makes the request authentic; else they are all that can be said.
        causes: What is wrong, a sentence each.
    """

    reason: Reason | None
    proven: bool
    causes: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """Return it as JSON for scripts."""
        return {"reason": self.reason, "proven": self.proven, "causes": list(self.causes)}


class _Trial(NamedTuple):
    """A request as it may have been meant, and what is wrong if it was."""

    causes: tuple[str, ...]
    key: Key
    request: SignedRequest

    def without(self, mistake: Mistake) -> _Trial:
        request = msgspec.structs.replace(self.request, **mistake.fields)
        return _Trial((*self.causes, mistake.cause), mistake.key or self.key, request)


def diagnose(name: str, request: SignedRequest, known: Mapping[str, KnownSource], now: int) -> Diagnosis:
    """Find out why a request to a source is not authentic.

    Args:
        name: The source's name.
        request: The request as it came; its URL is the one that the receiver takes for the registered one.
        known: All sources by name, that one among them.
        now: The receiver's clock, seconds since the epoch.
    """
    own = known[name]
    reason, detail = _refusal(request, own.source, own.secrets, now)
    if reason is None:
        return Diagnosis(reason=None, proven=True, causes=())
    for trial in _trials(name, request, known):
        if _holds(trial, now):
            return Diagnosis(reason=reason, proven=True, causes=(*trial.causes, *_afterwards(trial, own, now)))
    return Diagnosis(reason=reason, proven=False, causes=tuple(_unexplained(reason, detail, request, known)))


def _refusal(request: SignedRequest, source: Source, secrets: Sequence[str], now: int) -> tuple[Reason | None, str]:
    try:
        providers.load(source.provider).verify(request, secrets, source, now)
    except WebhookError as error:
        return error.reason, error.detail
    return None, ""


def _holds(trial: _Trial, now: int) -> bool:
    """Say whether the signature holds, whatever the clock says and whichever account it is for."""
    source = msgspec.structs.replace(trial.key.source, tolerance_seconds=_EVER_SECONDS, merchant_accounts=())
    return _refusal(trial.request, source, trial.key.secrets, now)[0] is None


def _trials(name: str, request: SignedRequest, known: Mapping[str, KnownSource]) -> Iterator[_Trial]:
    """Suppose no mistake, then one, then two of different kinds."""
    own = known[name]
    kinds = mistakes(name, request, known)
    as_it_is = _Trial((), Key(own.source, own.secrets), request)
    for count in range(MOST_MISTAKES + 1):
        for several in itertools.combinations(kinds, count):
            for together in itertools.product(*several):
                trial = as_it_is
                for mistake in together:
                    trial = trial.without(mistake)
                yield trial


def _afterwards(trial: _Trial, own: KnownSource, now: int) -> Iterator[str]:
    """Name what the request is refused for although its signature holds, and what its body then says of itself."""
    reason, detail = _refusal(trial.request, trial.key.source, trial.key.secrets, now)
    if reason in _TIME and (signed_at := _signed_at(trial)) is not None:
        apart = _span(abs(now - signed_at))
        if reason is Reason.TIMESTAMP_TOO_OLD:
            yield f"it was signed {apart} before now ({detail}): it is an old request sent again, or a clock is wrong"
        else:
            yield f"it was signed {apart} after now ({detail}): this machine's clock or the sender's is wrong"
    elif reason is not None:
        yield f"its signature holds, but {detail}"
    if trial.key.secrets[0] not in own.secrets and (mark := _test_mark(trial)):
        yield f"it is a test-mode event, so that was a test-mode key: {mark}"


def _signed_at(trial: _Trial) -> int | None:
    """Find the signed time: the earliest clock, in seconds, that is not behind it; None: the search ends elsewhere."""
    source = msgspec.structs.replace(trial.key.source, tolerance_seconds=0)
    earliest, latest = 0, _LAST_SECOND
    while earliest < latest:
        middle = (earliest + latest) // 2
        if _refusal(trial.request, source, trial.key.secrets, middle)[0] is Reason.TIMESTAMP_IN_FUTURE:
            earliest = middle + 1
        else:
            latest = middle
    return earliest if _refusal(trial.request, source, trial.key.secrets, earliest)[0] is None else None


def _span(seconds: int) -> str:
    for unit, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds} s"


def _test_mark(trial: _Trial) -> str | None:
    """Tell what of a proven body or key says that it is of a test mode."""
    if any(secret.startswith(("sk_test_", "test_")) for secret in trial.key.secrets):
        return "the key's beginning says so"
    try:
        document = json.loads(providers.unwrapped(providers.load(trial.key.source.provider), trial.request.body))
    except (ValueError, RecursionError):
        return None
    for field_name, value in _TEST_MARKS:
        if (
            isinstance(document, dict)
            and document.get(field_name) == value
            and type(document[field_name]) is type(value)
        ):
            return f"its `{field_name}` is {json.dumps(value)}"
    return None


_TEST_MARKS: tuple[tuple[str, object], ...] = (
    ("livemode", False),
    ("live", "false"),
    ("live", False),
    ("test", True),
    ("mode", "test"),
    ("environment", "test"),
    ("environment", "sandbox"),
)
"""How Stripe, Adyen and others mark events of a test mode, at the top of the body."""


def _unexplained(
    reason: Reason, detail: str, request: SignedRequest, known: Mapping[str, KnownSource]
) -> Iterable[str]:
    """Say what can be said where no change makes the signature hold."""
    if reason is Reason.MISSING_HEADER:
        yield (
            f"the header {detail} is missing: proxies and frameworks drop what they do not know, and so does a "
            "capture of some headers alone"
        )
    elif reason is not Reason.WRONG_SECRET:
        yield f"{reason}: {detail}"
    else:
        secrets = sum(len(each.secrets) + len(each.retired) for each in known.values())
        yield (
            f"no secret that is known here ({secrets} of {len(known)} sources, old ones among them) made the "
            f"signature, for the body as it is or in {len(forms(request.body))} other forms: it is another secret's, "
            "or the body says something else than it did when it was signed"
        )
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) != len(request.body):
        yield (
            f"the headers belong to another body: content-length is {int(stated)} bytes, the body has "
            f"{len(request.body)}"
        )
