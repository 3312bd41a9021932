"""`python -m local`: the whole system on this machine, without an AWS account, Docker or the Pulumi command."""

from __future__ import annotations

import click

from local.commands.chaos import chaos
from local.commands.demo import demo
from local.commands.listen import listen
from local.commands.load import load
from local.commands.new_provider import new_provider
from local.commands.send import send
from local.commands.simulate import simulate
from local.commands.up import up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run the payment webhook receiver on this machine."""


main.add_command(up)
main.add_command(send)
main.add_command(listen)
main.add_command(demo)
main.add_command(chaos)
main.add_command(load)
main.add_command(new_provider)
main.add_command(simulate)

if __name__ == "__main__":
    main(prog_name="python -m local")
