"""Changed settings are ones that a run takes, and differ from the profile's where they say so."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.testing import changed_settings, setting_changes
from tradingview_scraper.pipelines.selection.drivers.testing.generated_settings import SECTIONS, alternatives

SLOW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def test_alternatives_lie_within_the_bounds_of_the_model() -> None:
    assert alternatives("data.sessions", "dates") == ["timestamps"]
    assert alternatives("clusters.directed", True) == [False]
    assert alternatives("clusters.shrinkage", 0.0) == [1.0, 0.01]
    assert alternatives("recruitment.floor", 1) == [2]
    assert alternatives("gates.adx.threshold", 20.0) == [40.0, 10.0, 21.0, 19.0, 20.01, 19.99]
    assert alternatives("gates.adx.kind", "hard") == ["relaxable"]
    assert alternatives("data.provider", "folder") == alternatives("clusters.held", ()) == []


@SLOW
@given(data=st.data(), profile=st.sampled_from(["v4", "v3.4"]))
def test_changes_are_taken_and_change_what_they_name(data: st.DataObject, profile: str) -> None:
    changes = data.draw(setting_changes(profile))
    before, after = (
        flat_names(resolved_settings(profile, settings=given).settings.model_dump()) for given in ({}, changes)
    )
    assert {name for name in before if repr(before[name]) != repr(after.get(name))} == set(changes)
    assert {name.partition(".")[0] for name in changes} <= set(SECTIONS)


@SLOW
@given(found=changed_settings(sections=["recruitment"], most=2))
def test_settings_are_ready_for_a_plan(found: object) -> None:
    assert plan(found).settings is found  # type: ignore[arg-type]
