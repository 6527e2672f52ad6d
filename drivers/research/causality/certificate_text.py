"""A certificate in words."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

SHOWN = 10


def certificate_text(found: Mapping[str, Any]) -> str:
    """What was checked, and which components let the future show."""
    counts = ", ".join(_counted(kind, len(names)) for kind, names in found["components"].items())
    lines = [
        f"profile {found['profile']} as of {', '.join(found['dates'])}: {counts}",
        f"later rows {', '.join(name for name in found['futures'] if ' ' not in name)}; and after a selection as of a later date",
    ]
    if found["valid"]:
        return "\n".join([*lines, "certified: no answer differs in a bit"])
    seen = Counter((each["kind"], each["component"], each["what"]) for each in found["differing"])
    rows = [f"  {kind} {name}: {what}, {count} times" for (kind, name, what), count in seen.items()]
    more = [f"  and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return "\n".join([*lines, "not certified: what comes after a date shows in", *rows[:SHOWN], *more])


def _counted(kind: str, count: int) -> str:
    plural = {"ingestion": "parts of ingestion", "list": "parts of the list"}.get(kind, f"{kind}s")
    return f"{count} {plural if count != 1 or kind in ('ingestion', 'list') else kind}"
