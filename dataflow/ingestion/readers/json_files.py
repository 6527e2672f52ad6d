"""JSON: bytes to value, strictly. A key that stands twice, text that isn't Unicode, or a depth beyond reason is refused.

NaN and Infinity, which JSON hasn't but Python writes, are read as such: missing, and an impossible number.
"""

import json
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def json_value(content: Content) -> Any:
    """The value of a JSON file in UTF-8, with or without a byte order mark.

    Raises `DataContractError` where it is no such file.
    """
    if content.data.startswith(_UTF16):
        raise DataContractError(f"ingestion: {content.name} is UTF-16; save it as UTF-8")
    try:
        text = content.data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object)
        if "\\ud" in text.casefold():
            _refuse_surrogates(value)
    except RecursionError:
        raise DataContractError(f"ingestion: {content.name} is no JSON of ours: nested too deeply") from None
    except ValueError as error:
        raise DataContractError(f"ingestion: {content.name} is no JSON: {str(error).splitlines()[0][:160]}") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a text isn't valid Unicode (a lone surrogate)") from None
