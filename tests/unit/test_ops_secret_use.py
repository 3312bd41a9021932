"""When a signing secret was last used, and until when an older one is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cli.problems import Problem
from infra.provider_retries import PROVIDER_RETRIES
from lambda_src.sources import Source
from ops.commands.status import _advice, _last_matched
from ops.metrics import COARSE_SECONDS, FINE_REACH, FINE_SECONDS
from ops.rotation import Rotation
from ops.secret_use import REACH, SecretUse, secret_uses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.metrics import Metrics, Points, Series
    from ops.stack import Stack

NOW = datetime.now(UTC)
ADYEN_WINDOW = timedelta(days=30)

Uses = dict[timedelta, int]
"""Position of the secret that matched, by how long ago."""


class _Metrics:
    """What CloudWatch would answer of one source, whose secrets matched at certain times."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses

    def read(self, wanted: Sequence[Series], *, reach: timedelta) -> list[Points]:
        period = FINE_SECONDS if reach <= FINE_REACH else COARSE_SECONDS
        starts = {
            datetime.fromtimestamp((NOW - age).timestamp() // period * period, UTC): float(position)
            for age, position in self._uses.items()
            if age <= reach
        }
        return [sorted(starts.items()) for _ in wanted]


def use_of(uses: Uses, *, since: datetime | None = None) -> SecretUse:
    """Read the uses of a source of Adyen's, who goes on sending for 30 days."""
    metrics = cast("Metrics", _Metrics(uses))
    return secret_uses(metrics, {"shop": Source(provider="adyen")}, since=since)["shop"]


def ago(moment: datetime | None) -> timedelta:
    """Say how long ago a moment was."""
    assert moment is not None
    return NOW - moment


def test_a_use_is_looked_for_as_far_back_as_any_provider_goes_on_sending() -> None:
    """A use 29 days ago still keeps Adyen's old secret; no provider's window is longer than what is looked at."""
    use = use_of({timedelta(days=29): 1, timedelta(hours=1): 0})
    assert use.retry_window == ADYEN_WINDOW
    assert abs(ago(use.older_at) - timedelta(days=29)) <= timedelta(hours=1)
    assert max(timedelta(seconds=each.may_last) for each in PROVIDER_RETRIES.values()) < REACH


def test_a_use_of_today_is_told_to_five_minutes() -> None:
    """The hourly reading, in which it is as well, does not blur it."""
    use = use_of({timedelta(minutes=47): 0, timedelta(hours=3): 1})
    assert timedelta(minutes=41) < ago(use.newest_at) <= timedelta(minutes=47)
    assert timedelta(minutes=174) < ago(use.older_at) <= timedelta(minutes=180)


def test_what_was_used_before_the_secrets_changed_does_not_count() -> None:
    """Until then another secret was the newest."""
    uses = {timedelta(hours=30): 0, timedelta(hours=26): 1}
    use = use_of(uses, since=NOW - timedelta(hours=10))
    assert (use.newest_at, use.older_at) == (None, None)


@pytest.mark.parametrize(
    ("newest", "older", "matched", "advice"),
    [
        (None, None, "none", "not used"),
        (2.5, None, "newest, 2 h ago", "not used"),
        (2.5, 5.5, "newest, 2 h ago", "last used 5 h ago: keep it for 2 days"),
        (80.5, 73.5, "an older one, 3 days ago", "last used 3 days ago: safe to remove"),
    ],
)
def test_status_says_which_secret_matched_last_and_whether_the_old_one_can_go(
    newest: float | None, older: float | None, matched: str, advice: str
) -> None:
    """Safe to remove is what the provider, who goes on for three days, can send nothing for any more."""
    newest_at, older_at = (None if hours is None else NOW - timedelta(hours=hours) for hours in (newest, older))
    use = SecretUse(newest_at=newest_at, older_at=older_at, retry_window=timedelta(days=3))
    assert (_last_matched(use), _advice(use)) == (matched, advice)


def rotation(uses: Uses, changed: timedelta, written: list[str]) -> Rotation:
    """Rotate a source of Adyen's whose parameter was changed so long ago."""

    def put_parameter(*, Value: str, **_: object) -> dict[str, int]:  # noqa: N803 - SSM's name
        written.append(Value)
        return {"Version": 3}

    parameter = {"Value": f'["{"a" * 64}", "{"b" * 64}"]', "LastModifiedDate": NOW - changed, "Version": 2}
    ssm = SimpleNamespace(get_parameter=lambda **_: {"Parameter": parameter}, put_parameter=put_parameter)
    outputs = {"secrets_path": "/s", "kms_key_arn": "arn:aws:kms:key", "function_name": "f"}
    stack = SimpleNamespace(outputs=outputs, sources={"shop": Source(provider="adyen")}, ssm=ssm, cloudwatch=None)
    found = Rotation(cast("Stack", stack), "shop")
    found._metrics = cast("Any", _Metrics(uses))
    return found


@pytest.mark.parametrize(
    ("uses", "changed"),
    [
        ({timedelta(days=20): 1}, timedelta(days=60)),
        ({timedelta(minutes=9): 1}, timedelta(days=60)),
        ({}, timedelta(days=29)),
        ({timedelta(days=40): 1}, timedelta(days=29)),
    ],
)
def test_an_old_secret_that_may_still_be_needed_is_not_removed(uses: Uses, changed: timedelta) -> None:
    """Used, or perhaps still the newest, within the 30 days for which Adyen goes on sending."""
    written: list[str] = []
    with pytest.raises(Problem, match="may still be needed"):
        rotation(uses, changed, written).remove_oldest(force=False)
    assert written == []


@pytest.mark.parametrize("uses", [{}, {timedelta(days=30, hours=12): 1}, {timedelta(days=1): 0}])
def test_an_old_secret_that_nothing_needs_is_removed(uses: Uses) -> None:
    """The newest one is left."""
    written: list[str] = []
    assert rotation(uses, timedelta(days=60), written).remove_oldest(force=False) == 1
    assert written == [f'["{"a" * 64}"]']
