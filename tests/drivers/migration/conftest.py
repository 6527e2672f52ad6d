"""One comparison of both policies on the simulated market, for every test that only reads it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from support.market import market
from support.sample import kept
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market

AS_OF = "2026-06-30"


@pytest.fixture(scope="session")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The market's folder `data`, the document as `json` and `text`, and what was `said` meanwhile."""

    def made(folder: Path) -> dict[str, Path]:
        places = {"data": folder / "data", "text": folder / "shadow.md"}
        write_market(market(), places["data"])
        arguments = [
            "--data",
            places["data"],
            "--project",
            folder,
            "--as-of",
            AS_OF,
            "--json",
            "--output",
            places["text"],
        ]
        done = CliRunner().invoke(main, ["shadow", *map(str, arguments)])
        assert done.exit_code == 0, done.stderr
        for name, found in (("json", done.stdout), ("said", done.stderr)):
            places[name] = folder / f"shadow.{name}"
            places[name].write_text(found, encoding="utf-8")
        return places

    return kept(tmp_path_factory, "shadow", made)
