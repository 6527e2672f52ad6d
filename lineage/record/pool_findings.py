"""What of the settings moves nothing on a run's pool, and whom its own trend contradicts: for `doctor`, `show` and the run page.

Sentences made of two figures of the audit, `against_trend` and `weighed_values`. Imports nothing heavy.
"""

from collections.abc import Mapping
from typing import Any

WEIGHED, AGAINST = "weighed_values.", "against_trend"


def pool_findings(figures: Mapping[str, Any], lookback: int) -> list[str]:
    """The sentences; none for what a record from before these figures doesn't say.

    `lookback` is the window of momentum, in days; 0: all there are.
    """
    idle = [
        name.removeprefix(WEIGHED) for name, count in figures.items() if name.startswith(WEIGHED) and _below(count, 2)
    ]
    found = [f"the weight of {name} moves nothing: all assets have the same value, or none" for name in idle]
    against = figures.get(AGAINST)
    if isinstance(against, int | float) and against > 0:
        found.append(
            f"{against:.0f} of {figures['pool']:.0f} candidates go against their own trend over {lookback or 'all'} days "
            "(momentum below 0)"
        )
    return found


def _below(value: Any, limit: int) -> bool:
    return isinstance(value, int | float) and value < limit
