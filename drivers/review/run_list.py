"""`ls`: the runs of a project, one per line under a header."""

from collections.abc import Mapping, Sequence
from typing import Any

Receipt = Mapping[str, Any]
COLUMNS = {"run": 22, "status": 8, "profile": 12, "as of": 10, "winners": 7, "pool": 5, "rung": 4, "by route": 0}
"""Column to its width."""
_RIGHT = ("winners", "pool", "rung")


def listed(
    receipts: Sequence[Receipt],
    *,
    profile: str | None = None,
    status: str | None = None,
    since: str | None = None,
    limit: int | None = None,
) -> list[Receipt]:
    """The receipts that are meant, oldest first; `since` is a day as run ids begin (`20260630`), `limit` keeps the newest."""
    found = [
        receipt
        for receipt in receipts
        if (profile is None or receipt.get("profile") == profile)
        and (status is None or receipt.get("status") == status)
        and (since is None or receipt["run_id"] >= since)
    ]
    return found[-limit:] if limit else found


def run_list_text(receipts: Sequence[Receipt]) -> str:
    """A header and a line per receipt: id, status, profile, date, winners of pool, rung, winners by route."""
    rows = [dict(zip(COLUMNS, COLUMNS, strict=True)), *(_row(receipt) for receipt in receipts)]
    return "\n".join("  ".join(_cell(name, row[name]) for name in COLUMNS).rstrip() for row in rows)


def _row(receipt: Receipt) -> dict[str, str]:
    routes = receipt.get("routes")
    return {
        "run": receipt["run_id"],
        "status": str(receipt.get("status", "-")),
        "profile": str(receipt.get("profile", "-")),
        "as of": str(receipt.get("as_of") or "-"),
        "winners": str(receipt.get("winners", "-")),
        "pool": str(receipt.get("pool", "-")),
        "rung": str(receipt.get("rung", "-")),
        "by route": ", ".join(f"{count} {route}" for route, count in routes.items())
        if isinstance(routes, dict)
        else "",
    }


def _cell(name: str, text: str) -> str:
    return text.rjust(COLUMNS[name]) if name in _RIGHT else text.ljust(COLUMNS[name])
