"""A certificate in words."""

from collections.abc import Mapping
from typing import Any

SHOWN = 10


def certificate_text(found: Mapping[str, Any]) -> str:
    """What was checked, which components let the future show, and what they let show of the past that they don't declare."""
    counts = ", ".join(_counted(kind, len(names)) for kind, names in found["components"].items())
    windows = len(found["windows"])
    undeclared = len(found["components"]["factor"]) - windows
    lines = [
        f"profile {found['profile']} as of {', '.join(found['dates'])}: {counts}",
        f"later rows {', '.join(name for name in found['futures'] if ' ' not in name)}; and after a selection as of a later date",
        ", ".join(found["pasts"]) if found["pasts"] else "no row is older than the lookback",
        f"{windows} factors held to the window that they declare; {undeclared} declare none and may read the whole lookback",
        *_told("by the way", found["notes"]),
    ]
    if found["valid"]:
        return "\n".join([*lines, "certified: no answer differs in a bit"])
    return "\n".join(
        [
            *lines,
            *_told(
                "not certified: what comes after a date, or long before it, shows or can't be excluded",
                found["differing"],
            ),
        ]
    )


def _told(heading: str, findings: list[Mapping[str, str]]) -> list[str]:
    """The heading, and a line per component and fault with the trials that showed it; nothing where there is no fault."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for each in findings:
        trials = seen.setdefault((each["kind"], each["component"], each["what"]), [])
        trials += [each["trial"]] if each["trial"] and each["trial"] not in trials else []
    rows = [
        f"  {kind} {name}: {what}" + (f" ({', '.join(trials)})" if trials else "")
        for (kind, name, what), trials in seen.items()
    ]
    more = [f"  and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return [heading, *rows[:SHOWN], *more] if rows else []


def _counted(kind: str, count: int) -> str:
    plural = {"ingestion": "parts of ingestion", "list": "parts of the list"}.get(kind, f"{kind}s")
    return f"{count} {plural if count != 1 or kind in ('ingestion', 'list') else kind}"
