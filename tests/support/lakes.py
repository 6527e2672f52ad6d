"""Lakehouses that tests read, made by the real `ingest` from the simulated market."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import PARQUET
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS, LAYOUTS
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest, known_from
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

NOW = pd.Timestamp("2026-07-01 06:00:00")


def data_settings(**changed: object) -> DataSettings:
    """The data settings of `v4`."""
    given = {**SETTINGS, **{f"data.{name}": value for name, value in changed.items()}}
    return resolved_settings(settings=given).settings.data


@cache
def _folder() -> TemporaryDirectory[str]:
    kept = TemporaryDirectory()
    write_market(market(), Path(kept.name) / "data")
    return kept


@cache
def _lake(stored_as: str) -> TemporaryDirectory[str]:
    kept = TemporaryDirectory()
    lakehouse = Path(kept.name) / "lakehouse"
    ingest(market_folder(), lakehouse, data_settings(), known_from(None, NOW), stored_as=stored_as)
    return kept


def market_folder() -> Path:
    """The market as a data folder. Not to be changed."""
    return Path(_folder().name) / "data"


def market_lake(stored_as: str = PARQUET) -> Path:
    """The lakehouse into which that folder was ingested at `NOW`. Not to be changed."""
    return Path(_lake(stored_as).name) / "lakehouse"


def table(lakehouse: AnyPlace, name: str = "bars") -> ParquetTable:
    """A table of a lakehouse."""
    return ParquetTable(lakehouse, LAYOUTS[name])


def bars(symbols: str = "AB", days: int = 3, known_at: str = "2024-02-01", scale: float = 1.0) -> pd.DataFrame:
    """Rows of the table `bars`: a symbol per letter, days from 2024-01-01 on, a close that tells them apart."""
    dates = pd.date_range("2024-01-01", periods=days, unit="us")
    frame = pd.DataFrame(
        {
            "symbol": np.repeat(list(symbols), days),
            "date": np.tile(dates.to_numpy(), len(symbols)),
            "close": scale * (np.arange(len(symbols) * days) + 1.0),
        }
    )
    assert set(frame.columns) <= set(BARS.columns)
    return frame.assign(known_at=pd.Timestamp(known_at).as_unit("us"))
