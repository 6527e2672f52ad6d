"""What a layer may not say: it would change nothing, and nobody would notice."""

import math
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.layer_checks import emptied
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names, resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

V4 = resolved_settings("v4").settings.model_dump()
TABLES = [name for name, value in V4.items() if isinstance(value, dict) and value]
ENTRIES = [f"{name}.{key}" for name in TABLES for key, value in V4[name].items() if isinstance(value, dict) and value]


@pytest.mark.parametrize("name", [*TABLES, *ENTRIES])
def test_an_empty_table_over_one_with_entries_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name}: an empty table changes nothing.*from command line"):
        resolved_settings("v4", command_line=[f"{name}={{}}"])


def test_an_empty_table_over_an_empty_one_says_what_is() -> None:
    assert dict(resolved_settings("v4", settings={"data.exclude": {}}).settings.data.exclude) == {}
    assert [*emptied({"a": {}, "b": {"c": {}, "d": {}}, "e": 1}, {"a": {}, "b": {"c": {"x": 1}}, "e": {}})] == ["b.c"]


@pytest.mark.parametrize(
    ("setting", "instead"), [("profile='x'", "--profile"), ("calibrated.adx='y'", "gates.adx.threshold")]
)
def test_what_is_filled_in_cant_be_set(setting: str, instead: str) -> None:
    with pytest.raises(ConfigurationError, match=f"it is filled in, and can't be set: .*{instead}.*command line"):
        resolved_settings("v4", command_line=[setting])


def test_a_built_in_profile_extends_what_it_extends(tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text("[profile.v4]\nextends = 'v3.4'\n")
    with pytest.raises(ConfigurationError, match=r"\[profile\.v4\] extends: v4 is built in"):
        resolved_settings("v4", project=tmp_path)


def test_no_number_is_infinite_or_none_at_all() -> None:
    numbers = [
        name
        for name, value in flat_names(V4).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and not name.startswith("compat.")
    ]
    assert len(numbers) > 60
    for name in numbers:
        for wrong in (math.inf, -math.inf, math.nan, True, 10**400):
            with pytest.raises(ConfigurationError, match=name.split(".")[0]):
                resolved_settings("v4", settings={name: wrong})
