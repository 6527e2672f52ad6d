"""What a promotion or a rollback has changed, in plain words."""

from collections.abc import Mapping
from typing import Any


def promotion_text(moved: Mapping[str, Any]) -> str:
    """The line that was written to the project's ledger, for a terminal."""
    who = moved["actor"]
    lines = [
        f"profile {moved['profile']}: {moved['to']} is champion, {moved['from']} was",
        f"by {who['name']} ({who['source']}): {moved['reason']}",
    ]
    evidence = moved.get("evidence")
    if evidence is not None:
        said = "against the verdict" if moved["override"] else "as the verdict has it"
        lines.append(f"evidence: walk {evidence['walk']}, {evidence['verdict']}; {said}")
    return "\n".join(
        [
            *lines,
            f'line {moved["line"]} of runs/audit.jsonl; it decides runs of a profile that says champion = "@champion"',
        ]
    )
