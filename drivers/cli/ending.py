"""How every command ends: with its exit code and, where something went wrong, one line on stderr.

`Commands` is the group of all of them. Errors of ours bring their own code; wrong usage is 2; a place that can't be used is
2, a disk that is full or fails 1; input that is nested too deeply, or holds text that is no Unicode, 3; Ctrl-C is 130.
Anything else is a defect of ours and shows where it happened.
"""

import errno
import sys
from collections.abc import Sequence
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.errors import (
    DISK,
    ConfigurationError,
    DataContractError,
    SelectionError,
)

TOLD = (SelectionError, OSError, MemoryError, RecursionError, UnicodeError)
"""What ends a command with a line, always."""
LONGEST = 800
LEAST_ADDRESSES = 2**30
"""Bytes of addresses that the libraries and a small selection take."""
INTERRUPTED = 130
"""As a shell has it: 128 and the number of the signal."""


class Commands(click.Group):
    """A group that ends with the exit code of the error that stopped it, and one line about it."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run as click does, but say what is wrong in one line."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.ClickException as error:
            said(usage_text(error))
            code = error.exit_code
        except click.Abort:
            said("interrupted: nothing half is left")
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse what no file name and no setting can hold, before anything is done with it."""
        for argument in args:
            if not is_plain(argument):
                raise click.UsageError("an argument holds a NUL or isn't UTF-8 text: write it in plain text")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest command where there is none of the name."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            import difflib

            found = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            meant = f"did you mean {found[0]}?" if found else f"there are {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"there is no command {args[0]!r}; {meant}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours, or of the place, becomes one line on stderr."""
        try:
            refuse_too_few_addresses()
            return super().invoke(ctx)
        except _maybe_told() as error:
            if is_defect(error):
                raise
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read our output has had enough: click ends quietly
            said(ending_text(error))
            raise click.exceptions.Exit(ending_code(error)) from None


def ending_text(error: BaseException) -> str:
    """What is said of an error that ends a command."""
    if isinstance(error, SelectionError):
        return str(error)
    if is_want_of_memory(error):
        return "there isn't enough memory: give fewer assets or days (data.lookback)"
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    if isinstance(error, RecursionError):
        return "what was given is nested too deeply to be read"
    if isinstance(error, UnicodeError):
        return "what was given holds text that isn't Unicode, such as half a surrogate pair: write it anew as UTF-8"
    return str(error)


def ending_code(error: BaseException) -> int:
    """The exit code of an error that ends a command."""
    if isinstance(error, SelectionError):
        return error.exit_code
    if is_want_of_memory(error):
        return SelectionError.exit_code
    if isinstance(error, OSError):
        return SelectionError.exit_code if error.errno in DISK else ConfigurationError.exit_code
    return DataContractError.exit_code


def is_want_of_memory(error: BaseException) -> bool:
    """Whether there was no room for values, for a module, for a library that a module loads, or for a thread."""
    no_library = isinstance(error, OSError) and error.errno is None and "shared object" in str(error)
    return isinstance(error, MemoryError | ImportError) or no_library or _is_no_thread(error)


def is_defect(error: BaseException) -> bool:
    """Whether it is one of ours or of the installation. No module and no thread is none under a limit (`ulimit -v`)."""
    return not isinstance(error, TOLD) and not (is_want_of_memory(error) and has_limited_addresses())


def _of_threads() -> tuple[type[Exception], ...]:
    """What Python and Arrow raise where they can't start a thread; Arrow may not be loaded."""
    arrow = sys.modules.get("pyarrow")
    return (RuntimeError, *(() if arrow is None else (arrow.ArrowException,)))


def _maybe_told() -> tuple[type[Exception], ...]:
    return (*TOLD, ImportError, *_of_threads())


def _is_no_thread(error: BaseException) -> bool:
    return isinstance(error, _of_threads()) and "thread" in str(error)


def has_limited_addresses() -> bool:
    """Whether the process may have only so many addresses (`ulimit -v`): a library that finds no room fails to be imported."""
    return _addresses() is not None


def refuse_too_few_addresses() -> None:
    """Raises `ConfigurationError` under a limit with which libraries don't load: OpenBLAS would try forever."""
    limit = _addresses()
    if limit is not None and limit < LEAST_ADDRESSES:
        raise ConfigurationError(
            f"the process may have {limit >> 20} MB of addresses only (ulimit -v): the libraries alone take "
            f"{LEAST_ADDRESSES >> 20} MB; raise the limit"
        )


def _addresses() -> int | None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def said(text: str) -> None:
    """One line on stderr; of a very long one, such as a name of thousands of letters, its beginning and its end."""
    line = " ".join(text.split("\n"))
    if len(line) > LONGEST:
        line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
    say(f"tvselect: {line.encode(errors='replace').decode()}", err=True)


def is_plain(text: str) -> bool:
    """Whether a text holds no NUL and nothing that isn't Unicode."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def usage_text(error: click.ClickException) -> str:
    """What is wrong with what was typed, and where to read more."""
    text = error.format_message().replace("\n", " ").rstrip(".")
    ctx = getattr(error, "ctx", None)
    return f"{text}; see `{ctx.command_path} --help`" if ctx is not None else text
