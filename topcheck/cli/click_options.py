"""The options of a run, given to a command of the command line."""

import functools
import itertools
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from topcheck.cli.options import NO_CONFIG, Option
from topcheck.system import say

#: A word that is an option, and no value of the one before it, unless `=` makes it one.
_OPTION = re.compile("--([a-zA-Z]|$)")


class Command(click.Command):
    """A command that says which option has no value: an empty variable leaves nothing behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of a command line. Raises click.UsageError."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        flags = {name: one.is_flag for one in options for name in one.opts}
        words = itertools.takewhile("--".__ne__, args)
        for word, behind in zip(words, [*args[1:], "--"], strict=False):
            if flags.get(word) is False and _OPTION.match(behind):
                name = behind.partition("=")[0]  # nothing else may be told: it may be a secret
                why = f": the next word is {name}" if name in flags else ""
                raise click.UsageError(f"{word} has no value{why}", ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Raises OSError, where nobody reads it as well: click would end with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OSError(0, error.strerror) from None


def with_options(options: Sequence[Option]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command some options of a run; what is not typed may be configured."""

    def given(command: Callable[..., int]) -> Callable[..., int]:
        command = _configured(command)
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


def _configured(command: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(command)
    def run(**given: Any) -> int:
        from topcheck.cli.config import filled, read_config

        source = click.get_current_context().get_parameter_source
        typed = [name for name in given if source(name) is ParameterSource.COMMANDLINE]
        config = [] if given.get(NO_CONFIG.key) else read_config(Path(), os.environ)
        values, lines = filled(given, typed, config)
        for line in lines:
            say(line, error=True)
        return command(**values)

    return run
