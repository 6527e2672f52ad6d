"""`ls`: the runs of a project, one per line."""

from collections.abc import Mapping, Sequence
from typing import Any


def run_list_text(receipts: Sequence[Mapping[str, Any]]) -> str:
    """A line per receipt, oldest first: id, status, profile, date, winners of pool, rung."""
    return "\n".join(
        f"{receipt['run_id']}  {receipt['status']:8}  {receipt['profile']:12}  {receipt.get('as_of') or '-':10}  "
        f"{receipt.get('winners', '-'):>4} of {receipt.get('pool', '-'):>5}  rung {receipt.get('rung', '-')}"
        for receipt in receipts
    )
