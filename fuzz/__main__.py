"""`python -m fuzz TARGET --seconds N`: fuzz one target until the time is over or something is found."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris
import click

with atheris.instrument_imports(include=["lambda_src"]):
    from fuzz.targets import TARGETS
    from lambda_src import providers

    # Otherwise each is imported when first used, and not seen into.
    for name in providers.PROVIDERS:
        providers.load(name)

from fuzz.seeds import seeds

FINDINGS = Path(__file__).parents[1] / ".build" / "fuzz"
LARGEST_INPUT_BYTES = 16_384


@click.command()
@click.argument("target", type=click.Choice(sorted(TARGETS)))
@click.option("--seconds", type=click.IntRange(min=1), default=600, show_default=True, help="How long.")
def main(target: str, seconds: int) -> None:
    """Fuzz TARGET. A finding ends it, exit code 77, and lies in .build/fuzz: put it into fuzz/corpus/TARGET."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(target)):
            (Path(corpus) / f"{number:04}").write_bytes(seed)
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={seconds}",
                f"-max_len={LARGEST_INPUT_BYTES}",
                f"-artifact_prefix={FINDINGS}/{target}-",
                "-timeout=10",
                "-print_final_stats=1",
                "-verbosity=1",
                corpus,
            ],
            TARGETS[target],
        )
        atheris.Fuzz()


main()
