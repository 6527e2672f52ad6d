"""What each part of the selection is worth: the book of the list without it beside the winners'."""

from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.book_measures import Trading, list_table
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import hac
from tradingview_scraper.pipelines.selection.schemas.walk_panel import WITHOUT


def ablation_table(panel: pd.DataFrame, returns: pd.DataFrame, trading: Trading) -> dict[str, dict[str, Any]]:
    """Part to `list_table` of the list without it, and to what the winners earned beyond that list: gross and net.

    Empty for a walk without ablation. A part is worth having where `worth` and `net_worth` are above 0.
    """
    step = trading.step
    held = {name.removeprefix(WITHOUT): panel[name] for name in panel.columns if name.startswith(WITHOUT)}
    gross, net = book_returns(panel, panel["winner"], step), trading.net(panel, panel["winner"])
    found = list_table(panel, held, returns, trading)
    for name, rows in held.items():
        found[name] |= {
            "worth": hac(gross - book_returns(panel, rows, step), step, step),
            "net_worth": hac(net - trading.net(panel, rows), step, step),
        }
    return found
