"""The receipt: AWS's rules of counting, dated prices, and sums that add up."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cli.problems import Problem
from infra.alarms import ALARMS
from ops.__main__ import main
from ops.receipt import billing, model, prices, text
from ops.receipt.charges import Meter, total
from ops.receipt.model import Load

COUNTED = model.derive(Load(events=1))
PRICES = prices.load("us-east-1")


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"id": {"S": "é"}}, 4),
        ({"n": {"N": "1050"}}, 4),
        ({"n": {"N": "-1051"}}, 5),
        ({"n": {"N": "0"}}, 2),
        ({"b": {"B": b"\x00\x01\x02"}}, 4),
        ({"t": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "ab"}, {"NULL": True}]}}, 9),
        ({"m": {"M": {"k": {"S": "v"}}}}, 7),
    ],
)
def test_items_are_measured_as_dynamodb_says(item: billing.Item, size: int) -> None:
    """Names and texts in UTF-8, two digits a byte, zeros at the ends not counted, three bytes for a list or map."""
    assert billing.item_bytes(item) == size


@pytest.mark.parametrize(("sizes", "units"), [((0, 1), 1), ((0, 1024), 1), ((0, 1025), 2), ((3000, 10), 3)])
def test_a_write_is_billed_by_the_larger_item(sizes: tuple[int, int], units: int) -> None:
    """Whole kilobytes of the item before or after, one at least."""
    assert billing.write_units(*sizes) == units


@pytest.mark.parametrize(("sizes", "requests"), [([], 1), ([65536], 1), ([65537], 2), ([40_000, 40_000], 2)])
def test_messages_are_billed_by_64_kb_of_the_call(sizes: list[int], requests: int) -> None:
    """The messages of a call count together."""
    assert billing.message_requests(sizes) == requests


def test_tiers_apply_to_the_units_beyond_them() -> None:
    """10 TB of logs at the first price, the rest at the second; lines of one price share the tiers."""
    meter = Meter(PRICES)
    assert meter.charge("logs", "a", "logs", 10_000).amount == Decimal("5000.00")
    assert meter.charge("logs", "b", "logs", 1_240).amount == 240 * Decimal("0.50") + 1_000 * Decimal("0.25")


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=4))
def test_a_price_does_not_depend_on_how_its_units_are_split(parts: list[int]) -> None:
    """Lines of one price cost together what their sum costs."""
    meter = Meter(PRICES)
    apart = total(meter.charge("function", "time", "function_time", part) for part in parts)
    assert apart == PRICES["function_time"].of(Decimal(sum(parts)))


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "eu-central-1"])
def test_every_price_says_where_it_is_from(region: str) -> None:
    """Each region has all prices, above zero, with AWS's page and what it was held against."""
    found = prices.load(region)
    assert found.region == region
    assert found.prices.keys() == PRICES.prices.keys()
    for name, price in found.prices.items():
        assert price.source.startswith("https://aws.amazon.com/"), name
        assert price.basis, name
        assert all(amount > 0 for _, amount in price.tiers), name


def test_own_prices_take_the_place_of_the_list(tmp_path: Path) -> None:
    """A file with one price changes that one, and the receipt names the file."""
    file = tmp_path / "own.toml"
    file.write_text(
        '[prices.traces]\nunit = "trace"\nper = 1000000\nusd = "1.00"\nsource = "contract"\nbasis = "ours"\n'
    )
    found = prices.load("us-east-1", file)
    assert found["traces"].of(Decimal(2_000_000)) == Decimal("2.00")
    assert found["key"] == PRICES["key"]
    assert found.files == ["ops/prices/us-east-1.toml", str(file)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[prices.unheard]\nusd = '1'", "unknown prices unheard"),
        ("[prices.key]\nunit = 'key'\nper = 1\nusd = 1.5\nsource = 's'\nbasis = 'b'", "in quotes"),
        ("[prices.key]\nunit = 'key'\nper = 0\nusd = '1'\nsource = 's'\nbasis = 'b'", "per is 1 at least"),
        ("[prices.key]\nusd = '1'", "each price has unit"),
        ("not TOML", "own.toml"),
    ],
)
def test_own_prices_of_another_form_are_refused(tmp_path: Path, content: str, said: str) -> None:
    """The message says what is wrong, in one line."""
    file = tmp_path / "own.toml"
    file.write_text(content)
    with pytest.raises(Problem, match=said):
        prices.load("us-east-1", file)


def test_a_region_without_prices_is_named() -> None:
    """It is said which there are."""
    with pytest.raises(Problem, match="eu-central-1, eu-west-1, us-east-1"):
        prices.load("mars-north-1")


def test_the_bill_of_a_million_events() -> None:
    """The model's rows are units times price: three write units of an event of 2 KB, and so on."""
    charges = model.bill(Load(events=1_000_000), COUNTED, PRICES)
    amounts = {(charge.part, charge.what): charge.amount for charge in charges}
    assert amounts["table", "write"] == 3 * Decimal("0.625")
    assert amounts["queue", "send"] + amounts["queue", "receive and delete"] == 3 * Decimal("0.40")
    assert amounts["function", "time, assumed"] == 60_000 * Decimal("0.0000133334")
    assert amounts["network", "3 endpoints in 2 zones"] == 6 * 730 * Decimal("0.01")


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_more_events_never_cost_less(some: int, more: int) -> None:
    """What grows with the events grows; what does not stays the same."""
    low, high = (model.bill(Load(events=events), COUNTED, PRICES) for events in (some, some + more))
    assert total(low) < total(high)
    assert [each for each in low if each.events is None] == [each for each in high if each.events is None]


@pytest.mark.parametrize(
    ("runs_a_second", "share"), [(Decimal("0.001"), Decimal("0.9995")), (Decimal(1000), Decimal("0.05095"))]
)
def test_rare_runs_are_all_traced_and_frequent_ones_by_their_share(runs_a_second: Decimal, share: Decimal) -> None:
    """The first of each second, and 5 % of the others."""
    runs = runs_a_second * billing.MONTH_SECONDS
    assert abs(model.traced(runs) / runs - share) < Decimal("0.0001")


def test_ingress_and_network_are_paid_for_where_they_are() -> None:
    """A REST API brings its own lines, no network takes the endpoints' away."""
    parts = {each.part for each in model.bill(Load(events=1, rest_api=True, zones=0), COUNTED, PRICES)}
    assert "ingress" in parts
    assert "network" not in parts


def test_alarms_are_counted_by_the_metrics_they_read() -> None:
    """Five of the whole, and for each source four and the countdown's two."""
    assert {model.alarm_metrics(sources) for sources in (1, 3)} == {11, 23}
    assert len(ALARMS) == 9


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0.00000155", "0.00000155"),
        ("0.06", "0.06"),
        ("1.4296", "1.43"),
        ("4380", "4,380"),
        ("2", "2"),
        ("99.96", "100"),
    ],
)
def test_numbers_of_units_are_readable(number: str, shown: str) -> None:
    """Three digits, never an exponent."""
    assert text.quantity(Decimal(number)) == shown


def test_the_command_prints_the_model() -> None:
    """A load by options, prices of a region; nothing deployed is asked."""
    load = ["--events-per-month", "5000000", "--payload-kb", "4", "--network", "none"]
    result = CliRunner().invoke(main, ["receipt", "--model", "--region", "eu-west-1", *load])
    assert result.exit_code == 0, result.output
    assert "5,000,000 events a month of 4 KB" in result.output
    assert "ops/prices/eu-west-1.toml" in result.output
    assert "endpoints" not in result.output.partition("Not counted")[0]


def test_the_page_of_costs_is_what_the_command_prints() -> None:
    """The command that docs/cost.md names prints the block below it, to the letter."""
    text = (Path(__file__).parents[2] / "docs" / "cost.md").read_text()
    found = re.search(
        r"`python -m ops (receipt [^`]*)`.*?<!-- generated: receipt -->\n```text\n(.*?)```", text, re.DOTALL
    )
    assert found
    assert CliRunner().invoke(main, found[1].split()).output == found[2]


def test_the_command_says_what_is_missing() -> None:
    """A model needs a number of events."""
    result = CliRunner().invoke(main, ["receipt", "--model"])
    assert (result.exit_code, "--events-per-month" in result.output) == (2, True)
