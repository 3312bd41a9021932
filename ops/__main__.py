"""`python -m ops`: look after a deployed system, on AWS or in the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from cli.problems import Problem
from ops import stack as stacks
from ops.commands.dlq import dlq
from ops.commands.policy import policy
from ops.commands.receipt import receipt
from ops.commands.replay import replay
from ops.commands.rotate import rotate
from ops.commands.show import show
from ops.commands.status import status

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack

_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_NOT_HERE = frozenset(
    {
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ResourceNotFoundException",
        "ResourceNotFound",
        "ParameterNotFound",
        "NotFound",
    }
)


class Operations(click.Group):
    """Tells AWS's refusals in one line: they are the user's to mend."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Problem(
                "AWS credentials are missing: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret"
            ) from error
        except EndpointConnectionError as error:
            raise Problem(f"nobody answers: {error}") from error
        except ClientError as error:
            raise Problem(_refusal(error)) from error
        except BotoCoreError as error:
            raise Problem(f"AWS cannot be asked: {error}") from error


def _refusal(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "unknown error")
    said = f"AWS refuses {error.operation_name} ({code})"
    if code in _NOT_ALLOWED:
        return f"{said}: these credentials lack rights that `python -m ops policy` lists"
    if code in _NOT_HERE:
        return f"{said}: the stack's resources are not in this account; is it the stack you mean, and deployed?"
    return f"{said}: {error.response['Error'].get('Message', 'no reason given')}"


@click.group(cls=Operations, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--stack", "name", metavar="NAME", help="Pulumi stack, whose outputs the Pulumi CLI gives.")
@click.option(
    "--outputs",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with the outputs, made by `pulumi stack output --json`.",
)
@click.option("--local", "is_local", is_flag=True, help="The system that `python -m local up` runs.")
@click.pass_context
def main(ctx: click.Context, *, name: str | None, file: Path | None, is_local: bool) -> None:
    """Look after a deployed system: see its state, find a payment, bring dead letters back, rotate a secret.

    Without an option the stack is PULUMI_STACK's, else the local runner's. Region and account are the stack's own;
    credentials and endpoint are AWS's usual ones (AWS_PROFILE, AWS_ENDPOINT_URL, ...). Exit code 1: the system is not
    as it should be; 2: the command cannot do what you ask.
    """
    if sum((name is not None, file is not None, is_local)) > 1:
        raise Problem("give one of --stack, --outputs and --local")
    ctx.obj = _lazily(name, file, is_local=is_local)


def _lazily(name: str | None, file: Path | None, *, is_local: bool) -> Callable[[], Stack]:
    """Find the stack when a command wants it, so that `--help` needs none."""

    def find() -> Stack:
        if name is not None:
            return stacks.of_pulumi(name)
        if file is not None:
            return stacks.of_file(file)
        return stacks.of_local_runner() if is_local else stacks.default()

    return find


for command in (status, show, dlq, replay, rotate, receipt, policy):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m ops")
