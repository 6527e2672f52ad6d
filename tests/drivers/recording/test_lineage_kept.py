"""The default profile's graph is kept in `docs/`, so that a pull request shows what it does to the DAG."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import DOCS
from tradingview_scraper.pipelines.selection.drivers.cli.main import main


@pytest.mark.parametrize(("kept", "form"), [("dag.svg", "svg"), ("dag.txt", "text")])
def test_the_kept_graph_is_current(kept: str, form: str, tmp_path: Path) -> None:
    drawn = tmp_path / kept
    arguments = ["lineage", "--profile", "v4", "--format", form, "--output", str(drawn), "--project", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    renew = f"tvselect lineage --profile v4 --format {form} --output docs/{kept}"
    assert drawn.read_bytes() == (DOCS / kept).read_bytes(), f"renew it: {renew}"
