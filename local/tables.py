"""Tables of a page that are written from what they describe, between `<!-- generated: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def filled(text: str, tables: Mapping[str, str], *, page: str) -> str:
    """Return a page's text with every table in its place.

    Args:
        text: The page.
        tables: The tables by name.
        page: Name of the page, for the message.

    Raises:
        ValueError: The page has no place for a table.
    """
    for name, written in tables.items():
        place = re.search(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", text, re.DOTALL)
        if place is None:
            raise ValueError(f"{page} has no place for the table {name!r}: <!-- generated: {name} --> ... <!-- end -->")
        text = text[: place.end(1)] + written + text[place.start(2) :]
    return text
