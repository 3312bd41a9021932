"""Writes the documents' tables from the code that they describe: `python -m local.readme`.

A test holds that each page is up to date.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import yaml

from lambda_src.providers import PROVIDERS
from local.adaptations import ADAPTATIONS
from local.samples import KINDS
from local.tables import filled, table
from ops.receipt import model, prices, report, text
from ops.receipt.charges import total
from ops.receipt.model import Load
from policy.exceptions import ACCEPTED

ROOT = Path(__file__).parents[1]
_FIELD = re.compile(r"^(\w[\w ]*?)\s{2,}(.*)$|^(Acknowledgement) (.*)$")


def updated(page: str) -> str:
    """Return a page's text with every generated table as it must be now."""
    before = (ROOT / page).read_text()
    if page == "README.md":
        before = _counted(before)
    return filled(before, {name: written() for name, written in PAGES[page].items()}, page=page)


def _counted(page: str) -> str:
    """Bring the number of providers up to date where the first paragraphs tell it; `generic` is counted as none."""
    count = len(PROVIDERS) - 1
    number = _TENS[count // 10] + (f"-{_ONES[count % 10]}" if count % 10 else "")
    page = re.sub(r"[A-Z][a-z]+(?:-[a-z]+)? kinds of webhook", f"{number} kinds of webhook", page, count=1)
    return re.sub(r"and \d+ more\]", f"and {len(PROVIDERS) - _NAMED} more]", page, count=1)


_TENS = {2: "Twenty", 3: "Thirty", 4: "Forty", 5: "Fifty"}
_ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMED = 3
"""Providers that the picture names before the number of the others."""


def _settings() -> str:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return table(
        ("Key", "Type", "Default", "Meaning"),
        (
            (f"`{key}`", entry["type"], f"`{entry['default']!r}`" if "default" in entry else "", entry["description"])
            for key, entry in declared.items()
        ),
    )


def _providers() -> str:
    columns = ("Header", "Signed", "Replay", "Retries", "Acknowledgement", "Not protected")
    rows = []
    for name in PROVIDERS:
        fields = fields_of(name)
        header = fields.get("Header") or fields["Headers"]
        rows.append((f"`{name}`", header, *(fields[column] for column in columns[1:])))
    return table(("Provider", *columns), rows)


def _coverage() -> str:
    rows = []
    for name in PROVIDERS:
        kinds = ", ".join(kind.replace("_", " ") for kind in KINDS[name] if kind != "batch")
        oracle = importlib.import_module(f"tests.conformance.rows.{name}").ROW.sdk
        rows.append((f"`{name}`", kinds, fields_of(name).get("Events", "one"), oracle))
    return table(("Provider", "Samples of", "Events in a request", "Held against the SDK"), rows)


def fields_of(provider: str) -> dict[str, str]:
    """Read the `Name   value` lines at the top of a provider's module, with their continuations, by name."""
    docstring = importlib.import_module(f"lambda_src.providers.{provider}").__doc__ or ""
    fields: dict[str, str] = {}
    last = ""
    for line in docstring.splitlines():
        if last and line.startswith(" " * 16):
            fields[last] += " " + line.strip()
        elif found := _FIELD.match(line):
            last = found[1] or found[3]
            fields[last] = found[2] or found[4]
        else:
            last = ""
    return fields


def _exceptions() -> str:
    return table(
        ("Rule", "Broken because", "In its place", "Ended by"),
        (
            (
                f"`{each.rule}`",
                each.reason,
                each.instead,
                ", ".join(f"`{key}: {json.dumps(value)}`" for key, value in each.removed_by.items()).replace('"', ""),
            )
            for each in ACCEPTED
        ),
    )


def _adaptations() -> str:
    return table(
        ("Resource", "Property", "Locally", "Because"),
        (
            (f"`{each.type.rpartition(':')[2]}`", f"`{each.property}`", str(each.kind), each.reason)
            for each in ADAPTATIONS
        ),
    )


def _receipt() -> str:
    """Return what `python -m ops receipt --model` prints, for the load that the text around it names."""
    load = Load(events=1_000_000)
    return f"```text\n{report.of_model(load, model.derive(load), prices.load('us-east-1'))}```\n"


def _bill() -> str:
    """Return what some loads cost, as docs/cost.md has it in full for one of them."""
    rows = []
    for events in (100_000, 1_000_000, 10_000_000, 100_000_000):
        sums = []
        for zones in (2, 0):
            load = Load(events=events, zones=zones)
            sums.append(text.money(total(model.bill(load, model.derive(load), prices.load("us-east-1")))))
        rows.append((f"{events:,}", *sums))
    return table(("Webhooks a month", "USD a month", "with `network: none`"), rows)


PAGES = {
    "README.md": {"bill": _bill},
    "docs/audit.md": {"exceptions": _exceptions},
    "docs/configuration.md": {"settings": _settings},
    "docs/cost.md": {"receipt": _receipt},
    "docs/emulator.md": {"adaptations": _adaptations},
    "docs/providers.md": {"providers": _providers, "coverage": _coverage},
}
"""The tables of each page, by the name in its mark."""

if __name__ == "__main__":
    for each in PAGES:
        (ROOT / each).write_text(updated(each))
