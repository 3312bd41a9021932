"""Which signing secrets are in use, as the metric `secret_position` tells: 0 for the newest that a source has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.provider_retries import PROVIDER_RETRIES
from ops.metrics import COARSE_SECONDS, FINE_REACH, FINE_SECONDS, Series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_src.sources import Source
    from ops.metrics import Metrics

REACH = timedelta(seconds=max(each.may_last for each in PROVIDER_RETRIES.values())) + timedelta(days=1)
"""How far back uses are looked for: further than any provider goes on sending what an older secret signed."""


@dataclass(frozen=True, kw_only=True)
class SecretUse:
    """When a source's secrets last matched a request, to five minutes for a day and to the hour beyond.

    Attributes:
        newest_at: The newest one; None: not within `REACH`.
        older_at: One that was not the newest then; None: not within `REACH`.
        retry_window: How long the provider may still send what it signed with an older one.
    """

    newest_at: datetime | None
    older_at: datetime | None
    retry_window: timedelta


def secret_uses(
    metrics: Metrics, sources: Mapping[str, Source], *, since: datetime | None = None
) -> dict[str, SecretUse]:
    """Read when each source's secrets were last used.

    Args:
        metrics: The function's.
        sources: The sources by name.
        since: No earlier uses: before its parameter was changed another secret was the newest.
    """
    names = sorted(sources)
    series = [
        Series("secret_position", {"source": name, "provider": sources[name].provider}, statistic)
        for name in names
        for statistic in ("Minimum", "Maximum")
    ]
    fine, coarse = metrics.read(series, reach=FINE_REACH), metrics.read(series, reach=REACH)

    def last(number: int, *, newest: bool) -> datetime | None:
        for points, period in ((fine[number], FINE_SECONDS), (coarse[number], COARSE_SECONDS)):
            ends = [start + timedelta(seconds=period) for start, position in points if (position == 0) == newest]
            ends = [end for end in ends if since is None or end > since]
            if ends:
                return min(ends[-1], datetime.now(UTC))
        return None

    return {
        name: SecretUse(
            newest_at=last(2 * number, newest=True),
            older_at=last(2 * number + 1, newest=False),
            retry_window=timedelta(seconds=PROVIDER_RETRIES[sources[name].provider].may_last),
        )
        for number, name in enumerate(names)
    }
