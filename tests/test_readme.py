"""The README tells the truth: its tables, its example, its commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import stripe

from local import readme

ROOT = Path(__file__).parents[1]
TEXT = readme.README.read_text()


def _block(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, marker
    return found[1]


def test_generated_tables_are_up_to_date() -> None:
    """Settings, providers and adaptations are as the code has them; mend with `python -m local.readme`."""
    assert readme.updated(TEXT) == TEXT


def test_the_example_event_follows_the_schema() -> None:
    """The published event that the README shows is valid by the shipped schema."""
    schema = json.loads((ROOT / "schemas/payment-event.1.json").read_text())
    jsonschema.validate(json.loads(_block("example: event")), schema, format_checker=jsonschema.FormatChecker())


def test_every_make_target_that_is_named_exists() -> None:
    """`make X` in the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(re.findall(r"```bash\n(.*?)```|`(make .*?)`", TEXT)[0])))
    assert named | {"demo", "test", "deploy", "lock"} <= targets


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\((schemas/[^)]+)\)|`((?:tests|infra|lambda_src|local)/[\w/.]+)`", TEXT)))
)
def test_every_file_that_is_named_exists(path: tuple[str, str]) -> None:
    """A path in the README is there."""
    assert (ROOT / (path[0] or path[1])).exists()


def _write_own_payload(directory: Path) -> None:
    """What a reader has who captured a webhook: its raw body and its headers."""
    body = '{"id": "evt_captured", "type": "charge.updated", "created": 1760000000, "data": {"object": {"id": "ch_1"}}}'
    (directory / "body.json").write_text(body)
    signature = stripe.WebhookSignature.generate_signature_header(body, "whsec_test")
    (directory / "headers.json").write_text(json.dumps({"Stripe-Signature": signature}))


def test_the_commands_of_the_first_minutes_do_what_they_say(tmp_path: Path) -> None:
    """`up` and each `send` of the README are run; each answers the status that its comment promises."""
    _write_own_payload(tmp_path)
    up, *sends = _block("run: local").strip().splitlines()
    command, _, comment = up.partition("#")
    assert "JSON" in comment
    words = [sys.executable, *shlex.split(command.replace("&", ""))[1:], "--env", "readme"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as system:  # noqa: S603 - from the README
        try:
            assert system.stdout is not None
            assert json.loads(system.stdout.readline())["source_urls"].keys() == {"shop"}
            for line in sends:
                command, _, promise = line.partition("# ")
                done = subprocess.run(  # noqa: S603 - from the README
                    [sys.executable, *shlex.split(command)[1:]],
                    cwd=tmp_path,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=True,
                )
                assert f" {promise[:3]} " in done.stdout, line
        finally:
            system.terminate()
