"""`say`: how the command line prints, so that no text from data, settings or records acts on a terminal (`schemas.escapes`)."""

import click

from tradingview_scraper.pipelines.selection.schemas.escapes import seen


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, on stderr if `err`, with a newline behind it if `nl`."""
    click.echo(seen(text), err=err, nl=nl)
