"""`reproduce` for people: what changed since, tables first, then the verdict."""

from collections.abc import Mapping
from typing import Any


def reproduction_text(found: Mapping[str, Any]) -> str:
    """The verdict for a terminal: changed tables first."""
    lines = [f"{found['run_id']}  on {found['data']}, as of {found['as_of'] or 'the last day'}"]
    lines += [f"table     {change}" for change in found["changed_files"]]
    acting = [difference for difference in found["differences"] if found["error"] or difference["acts"] == "yes"]
    idle = [difference for difference in found["differences"] if difference not in acting]
    label = "no effect" if found["identical"] else "culprit"
    lines += [f"{label:9} {difference['kind']}: {difference['what']}" for difference in acting]
    lines += [f"no effect {difference['kind']}: {difference['what']}" for difference in idle]
    differing = [artifact for artifact in found["artifacts"] if artifact["state"] != "identical"]
    lines += [
        f"artifact  {artifact['path']} {artifact['state']}  {artifact['where']}".rstrip() for artifact in differing
    ]
    lines += [f"note      {note}" for note in found["notes"]]
    if found["error"]:
        return "\n".join([*lines, f"verdict   it can't be executed any more: {found['error']}"])
    if found["identical"]:
        return "\n".join([*lines, f"verdict   identical: {len(found['artifacts'])} artifacts, byte for byte"])
    if not acting:
        blamed = "nothing that is recorded differs: something in the graph isn't deterministic"
        lines.append(f"culprit   {'none of what changed since should matter' if idle else blamed}")
    return "\n".join([*lines, f"verdict   {len(differing)} of {len(found['artifacts'])} artifacts differ"])
