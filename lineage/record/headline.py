"""What a run came to, in one line and winner by winner: the same words for `run`, `show` and the run page.

`headline` is the line; `recruitment` maps a winner to its route and to the gates that it fails, both from the manifest.
Imports nothing heavy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]


def headline(manifest: Manifest, rung_name: str, floor: int) -> str:
    """How many won at which rung, by which routes, and how many of them fail gates that a rung recruited past.

    A missed floor comes first.
    """
    routes: Mapping[str, int] = manifest["routes"]
    count = sum(routes.values())
    missed = "" if count >= floor else f"the floor of {floor} is missed: "
    ways = ", ".join(f"{number} {route}" for route, number in routes.items())
    line = f"{missed}{_counted(count, 'winner')} at rung {manifest['rung']} ({rung_name})" + (
        f": {ways}" if ways else ""
    )
    failed = [fails for _, fails in recruitment(manifest).values() if fails]
    if not failed:
        return line
    gates = Counter(gate for fails in failed for gate in fails)
    named = ", ".join(f"{gate} ({gates[gate]})" for gate in sorted(gates, key=lambda gate: (-gates[gate], gate)))
    verb = "fails" if len(failed) == 1 else "fail"
    return f"{line}. {len(failed)} of them {verb} gates: recruited past {named}"


def recruitment(manifest: Manifest) -> dict[str, tuple[str, Sequence[str]]]:
    """Winner to its route and to the gates that it fails; a winner may be several atoms, which agree."""
    return {atom["asset"]: (atom["route"], atom["fails"]) for atom in manifest["atoms"]}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
