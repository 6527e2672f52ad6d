"""What all subjects read of a walk's settings."""

import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import dates_of, horizon_of, section
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_a_section_has_the_rest_of_its_names() -> None:
    flat = {"gates.adx.op": ">=", "gates.adx.threshold": 20, "gates.adx2.op": "<", "weights.adx": 1.0}
    assert section(flat, "gates.adx.") == {"op": ">=", "threshold": 20}


def test_the_horizon_is_the_step_unless_another_one_of_the_walk_is_asked_for() -> None:
    assert (horizon_of(walked(), None), horizon_of(walked(), 1)) == (walked().step, 1)
    with pytest.raises(ConfigurationError, match=r"no horizon of 4 sessions; it has \[1, 5, 6, 21\]"):
        horizon_of(walked(), 4)


def test_dates_are_each_once_in_order() -> None:
    found = dates_of(walked().panel)
    assert (len(found), found.is_monotonic_increasing, found.is_unique) == (10, True, True)
