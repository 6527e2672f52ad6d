"""The checks of wide bars: prints that reverse, volume in another unit. Those of returns are `plausibility`'s."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import adjusted_prices
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import masked_cells
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import (
    Judgement,
    finding_entries,
    prints,
    refuse,
    volume_unit,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import quarantined
from tradingview_scraper.pipelines.selection.schemas.settings import CheckSettings


def bar_judgements(wide_bars: dict[str, pd.DataFrame], checks: CheckSettings) -> dict[str, Judgement]:
    """Name of the check to what it found, for the checks that are on.

    Raises `DataContractError` where a check that refuses has found something.
    """
    closes = adjusted_prices(wide_bars)
    rows = closes.to_numpy().T
    found: dict[str, Judgement] = {}
    if checks.prints.severity != "off":
        cells = prints(rows, checks)
        found["prints"] = _bar_judgement("prints", cells, rows, closes, checks.prints.most)
    if checks.volume_unit.severity != "off" and "volume" in wide_bars:
        volume = wide_bars["volume"].to_numpy().T
        found["volume_unit"] = _bar_judgement("volume_unit", volume_unit(volume, rows, checks), volume, closes, 0)
    for name, judgement in found.items():
        severity = getattr(checks, name).severity
        if severity == "refuse" and judgement.cells.any():
            refuse(name, judgement.quarantine)
        if severity == "mask" and name != "prints":
            judgement.suspects[:] = 0
    return found


def _bar_judgement(name: str, cells: np.ndarray, values: np.ndarray, frame: pd.DataFrame, most: int) -> Judgement:
    """A check's finding on wide bars; an asset with more than `most` of its cells is suspect."""
    found = masked_cells(cells)
    entries = finding_entries(name, found, "bars", frame.columns, pd.DatetimeIndex(frame.index), values)
    return Judgement(cells, quarantined(entries), (cells.sum(axis=1) > most).astype(int))
