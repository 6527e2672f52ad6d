"""Text from data, settings or records, made harmless where people read it: what doesn't show itself becomes an escape.

NUL, escape, what turns the direction of writing and what ends a line without being a newline are written as in JSON, `\\u001b`:
in a JSON document that is the same text, elsewhere it is seen. `seen` is for a text, `seen_in` for all texts of a document, and
`on_one_line` also escapes newlines and tabs in them: for documents whose texts stand in the lines of an answer.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
UNSEEN_OR_BREAK = re.compile(f"{UNSEEN.pattern[:-1]}\t\n]")


def seen(text: str) -> str:
    """The text with its characters that don't show themselves as escapes; newlines and tabs stay."""
    return _escaped(text, UNSEEN)


def seen_in(document: Any) -> Any:
    """A document of plain values in which every text, names of fields included, is `seen`."""
    return _within(document, UNSEEN)


def on_one_line(document: Any) -> Any:
    """The same, and no text in it breaks a line."""
    return _within(document, UNSEEN_OR_BREAK)


def _within(value: Any, found: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return _escaped(value, found)
    if isinstance(value, Mapping):
        return {_within(key, found): _within(item, found) for key, item in value.items()}
    return [_within(item, found) for item in value] if isinstance(value, list | tuple) else value


def _escaped(text: str, found: re.Pattern[str]) -> str:
    return found.sub(lambda match: json.dumps(match[0])[1:-1], text)
