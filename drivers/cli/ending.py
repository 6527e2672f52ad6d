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

from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    SelectionError,
)

INTERRUPTED = 130
"""As a shell has it: 128 and the number of the signal."""
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EMFILE, errno.ENFILE)


class Commands(click.Group):
    """A group that ends with the exit code of the error that stopped it, and one line about it."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, standalone_mode: bool = True, **options: Any) -> Any:
        """Run as click does, but say what is wrong in one line."""
        if not standalone_mode:
            return super().main(args, *rest, standalone_mode=False, **options)
        try:
            code = super().main(args, *rest, standalone_mode=False, **options)
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
            return super().invoke(ctx)
        except SelectionError as error:
            said(str(error))
            code = error.exit_code
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read our output has had enough: click ends quietly
            said(place_text(error))
            code = 1 if error.errno in _DISK else ConfigurationError.exit_code
        except MemoryError:
            said("there isn't enough memory: give fewer assets or days (data.lookback)")
            code = SelectionError.exit_code
        except RecursionError:
            said("what was given is nested too deeply to be read")
            code = DataContractError.exit_code
        except UnicodeError as error:
            said(
                f"what was given holds text that is no Unicode ({error.reason if hasattr(error, 'reason') else error})"
            )
            code = DataContractError.exit_code
        ctx.exit(code)


def said(text: str) -> None:
    """One line on stderr."""
    line = " ".join(text.split("\n"))
    click.echo(f"tvselect: {line.encode(errors='replace').decode()}", err=True)


def is_plain(text: str) -> bool:
    """Whether a text holds no NUL and nothing that isn't Unicode."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def place_text(error: OSError) -> str:
    """Which place can't be used, and why."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def usage_text(error: click.ClickException) -> str:
    """What is wrong with what was typed, and where to read more."""
    text = error.format_message().replace("\n", " ").rstrip(".")
    ctx = getattr(error, "ctx", None)
    return f"{text}; see `{ctx.command_path} --help`" if ctx is not None else text
