"""The reference has everything that the code has, and a new field without a meaning stops it."""

import click
import pytest

import reference_pages
from tradingview_scraper.pipelines.selection.dataflow.features import factors
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import declared_factors
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.lineage.record.figures import FIGURES
from tradingview_scraper.pipelines.selection.schemas.run_files import RUN_FILES


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference_pages.reference_pages()


def test_every_setting_has_a_line(pages: dict[str, str]):
    settings = resolved_settings("v4").settings.model_dump()
    sections = ("data", "features", "clusters", "recruitment", "synthesis", "compat")
    for key in [f"{section}.{key}" for section in sections for key in settings[section]]:
        assert f"| `{key}` | " in pages["settings.md"]


def test_every_factor_gate_figure_file_and_command_is_there(pages: dict[str, str]):
    for name in [name for module in factors.BUILT_IN for name in declared_factors(module)]:
        assert f"\n### {name}\n" in pages["factors.md"]
    for name in resolved_settings("v4").settings.active_gates:
        assert f"| `{name}` | " in pages["gates.md"]
    for name in FIGURES:
        assert f"| `{name}" in pages["figures.md"]
    for name in RUN_FILES:
        assert f"\n## {name}\n" in pages["files.md"]
    for name in main.list_commands(click.Context(main)):
        assert f"\n## tvselect {name}\n" in pages["commands.md"]


def test_both_profiles_stand_beside_each_other(pages: dict[str, str]):
    assert '| `universe` | `"candidates" or "returns"` | `"candidates"` | **`"returns"`** |' in pages["settings.md"]
    assert "| `entropy` | relaxable | `permutation_entropy <=` | fail | 0.9 | 1 | 1 | 1 |" in pages["gates.md"]


def test_a_field_of_the_manifest_without_a_meaning_stops_the_build():
    with pytest.raises(ValueError, match=r"says nothing of the fields mood$"):
        reference_pages.manifest_text({"schema_version": "9", "atoms": [{"id": "a", "mood": "good"}]})
