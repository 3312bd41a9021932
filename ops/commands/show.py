"""`show`: one payment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.markup import escape
from rich.table import Table

from cli.console import console
from cli.problems import Problem
from lambda_src import money
from ops.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.ledger import Item
    from ops.stack import Stack


@click.command()
@click.argument("transaction_id")
@click.option("--json", "as_json", is_flag=True, help="Print the items as JSON, payloads as text.")
@click.pass_obj
def show(find: Callable[[], Stack], *, transaction_id: str, as_json: bool) -> None:
    """Show a payment's state and its history.

    TRANSACTION_ID is `{provider}:{payment id}`, the `subject` of published events, such as stripe:pi_3NG8Dt.
    """
    items = Ledger(find()).transaction(transaction_id)
    if not items:
        raise Problem(
            f"nothing is recorded of {transaction_id!r}; the form is `provider:payment id`, as in stripe:pi_3NG8Dt"
        )
    if as_json:
        click.echo(json.dumps([_printable(item) for item in items], indent=2))
        return
    _print(transaction_id, items)


def _print(transaction_id: str, items: Sequence[Item]) -> None:
    """Print what is recorded; texts are the provider's and may hold what looks like our markup."""
    events = [item for item in items if item["record"] != "state"]
    state = next((item for item in items if item["record"] == "state"), None)
    if state is None:
        console.print(f"[bold]{escape(transaction_id)}[/bold]: no state yet, its events have moved none")
    else:
        console.print(f"[bold]{escape(transaction_id)}[/bold] is [bold]{state['status']}[/bold] {amount_of(state)}")
        console.print(f"since {state['occurred_at']}, by {escape(state['event_type'])} {escape(state['event_id'])}")
    table = Table("happened", "received", "type", "status", box=box.SIMPLE_HEAD)
    table.add_column("amount", justify="right")
    table.add_column("event", overflow="fold")
    table.add_column("delivery", overflow="fold")
    for item in events:
        table.add_row(
            item["occurred_at"],
            item["received_at"],
            escape(item["event_type"]),
            item["status"],
            amount_of(item),
            escape(item["event_id"]),
            item["delivery_id"],
        )
    console.print(table)


def amount_of(item: Item) -> str:
    """Write an item's amount in major units with its currency; empty where there is none."""
    if item.get("amount") is None or not item.get("currency"):
        return ""
    digits = money.exponent(item["currency"])
    sign, amount = ("-" if item["amount"] < 0 else ""), abs(item["amount"])
    major, minor = divmod(amount, 10**digits)
    return f"{sign}{major}{f'.{minor:0{digits}}' if digits else ''} {item['currency']}"


def _printable(item: Item) -> dict[str, Any]:
    return {
        name: value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
        for name, value in item.items()
    }
