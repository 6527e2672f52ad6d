"""v4's `v3.4` profile against the live reference: bit for bit in everything, on whatever Hypothesis thinks of.

`TVSELECT_PARITY_EXAMPLES=2000 pytest tests/parity/test_live_reference.py` looks longer.
"""

import copy
import os

import pandas as pd
from hypothesis import HealthCheck, given, settings

from reference.universes import Universe, universes
from reference.v3_4 import answer
from support.answers import disagreements, v4_answer

EXAMPLES = int(os.environ.get("TVSELECT_PARITY_EXAMPLES", "50"))


@given(universes())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_profile_equals_the_live_reference(universe: Universe) -> None:
    returns, candidates, stats, case = universe
    before = returns.copy(), copy.deepcopy(candidates), None if stats is None else stats.copy(), copy.deepcopy(case)

    found = disagreements(v4_answer(*universe), answer(*universe))

    assert found == []
    pd.testing.assert_frame_equal(returns, before[0])
    assert (candidates, case) == (before[1], before[3])
    if stats is not None:
        pd.testing.assert_frame_equal(stats, before[2])
