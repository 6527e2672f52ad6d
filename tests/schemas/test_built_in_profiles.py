"""The list of built-in profiles is the folder's, and begins with the default."""

from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN


def test_each_file_is_listed_and_the_default_comes_first() -> None:
    assert {f"{name}.toml" for name in BUILT_IN} == {path.name for path in (ROOT / "schemas" / "profiles").iterdir()}
    assert resolved_settings().settings.profile == BUILT_IN[0]
