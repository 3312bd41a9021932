"""`python -m local`: the whole system on this machine, without an AWS account, Docker or the Pulumi command."""

from __future__ import annotations

import click

from local.commands import demo, send, up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run the payment webhook receiver on this machine."""


main.add_command(up.up)
main.add_command(send.send)
main.add_command(demo.demo)

if __name__ == "__main__":
    main(prog_name="python -m local")
