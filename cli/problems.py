"""Ends of a command that are told in one line on stderr, without a traceback."""

from __future__ import annotations

import click


class Problem(click.ClickException):
    """A mistake that the user can mend: exit code 2."""

    exit_code = 2


class Failure(click.ClickException):
    """The system did not do what it must: exit code 1."""

    exit_code = 1
