"""`say`: how the command line prints, so that no text from data, settings or records acts on a terminal.

Characters that don't show themselves (NUL, escape, what turns the direction of writing, what ends a line without being a
newline) are printed as JSON escapes, `\\u001b`. In JSON that is the same text; elsewhere it is seen. Newlines and tabs stay.
"""

import json
import re

import click

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def seen(text: str) -> str:
    """The text with its characters that don't show themselves as escapes."""
    return UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, on stderr if `err`, with a newline behind it if `nl`."""
    click.echo(seen(text), err=err, nl=nl)
