"""AWS's list prices by region: dated data in `ops/prices/`, and whatever a file of the user's own says instead."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIRECTORY = Path(__file__).parents[1] / "prices"


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of one thing.

    Attributes:
        unit: What is counted.
        per: How many of them the amounts are for.
        tiers: Amounts in USD, each up to so many units a month; the last one has no end (None).
        source: Where AWS publishes it.
        basis: What it was last held against.
    """

    unit: str
    per: int
    tiers: Sequence[tuple[int | None, Decimal]]
    source: str
    basis: str

    def of(self, units: Decimal) -> Decimal:
        """Price so many units in a month, tier by tier; USD, not rounded."""
        total, below = Decimal(0), Decimal(0)
        for up_to, amount in self.tiers:
            end = units if up_to is None else min(units, Decimal(up_to))
            if end > below:
                total += (end - below) * amount / self.per
                below = end
        return total


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The prices of one region.

    Attributes:
        region: The region.
        as_of: The year and month of the newest of them.
        note: How sure they are.
        files: Where they were read from, the overriding one last.
    """

    region: str
    as_of: str
    note: str
    files: Sequence[str]
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        """The price by its name in the data."""
        return self.prices[name]


def regions() -> Sequence[str]:
    """List the regions that there are prices of."""
    return sorted(file.stem for file in DIRECTORY.glob("*.toml"))


def load(region: str, override: Path | None = None) -> Prices:
    """Read a region's prices.

    Args:
        region: The region.
        override: A file of the same form, whole or in part: what it says holds.

    Raises:
        Problem: There are none of that region, or a file is not of the form.
    """
    shipped = DIRECTORY / f"{region}.toml"
    if not shipped.exists():
        raise Problem(
            f"no prices of {region!r} are at hand, only of {', '.join(regions())}; take one of these by --region, with "
            "a file of your region's by --prices"
        )
    data = _read(shipped)
    files = [f"ops/prices/{region}.toml"]
    if override is not None:
        other = _read(override)
        unknown = other.get("prices", {}).keys() - data["prices"].keys()
        if unknown:
            raise Problem(f"--prices {override}: unknown prices {', '.join(sorted(unknown))}")
        data = {**data, **other, "prices": {**data["prices"], **other.get("prices", {})}}
        files.append(str(override))
    try:
        prices = {name: _price(entry) for name, entry in data["prices"].items()}
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Problem(f"{files[-1]}: each price has unit, per, usd or tiers, source and basis; {error!r}") from error
    return Prices(
        region=str(data["region"]),
        as_of=str(data["as_of"]),
        note=str(data["note"]),
        files=files,
        prices=prices,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"{path}: {error}") from error


def _price(entry: Mapping[str, Any]) -> Price:
    tiers = entry.get("tiers") or [{"usd": entry["usd"]}]
    steps = [(tier.get("up_to"), Decimal(tier["usd"])) for tier in tiers]
    ends = [end for end, _ in steps]
    if ends[-1] is not None or None in ends[:-1] or ends[:-1] != sorted(ends[:-1]):
        raise ValueError("tiers rise, and the last has no end")
    if any(not isinstance(tier["usd"], str) or amount < 0 for tier, (_, amount) in zip(tiers, steps, strict=True)):
        raise ValueError("an amount is a decimal number in quotes")
    if int(entry["per"]) < 1:
        raise ValueError("per is 1 at least")
    return Price(unit=entry["unit"], per=int(entry["per"]), tiers=steps, source=entry["source"], basis=entry["basis"])
