"""The options of a run, given to a command of the command line."""

from collections.abc import Callable, Sequence

import click

from topcheck.cli.options import Option


def with_options(options: Sequence[Option]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command some options of a run."""

    def given(command: Callable[..., int]) -> Callable[..., int]:
        for option in reversed(options):
            kind = click.Choice(option.choices) if option.choices else option.read
            command = click.option(
                option.name, type=None if option.flag else kind, is_flag=option.flag,
                multiple=option.repeatable, metavar=option.metavar, help=option.help,
                default=None if option.default is None else str(option.default),
                show_default=option.default is not None,
            )(command)  # fmt: skip
        return command

    return given
