"""What each challenger would have chosen under a ladder of its own, for the record.

`challenger_rows` is `challengers.parquet`; `challenger_choices` is what the closing event, and with it `show` and the exporters,
say of each challenger: its rung, how far its list and its ranks agree with the champion's, on which assets they differ most.
"""

from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.lineage.record.agreement import (
    jaccard,
    most_different,
    rank_correlation,
    ranks,
)
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.frames import Challengers, validated

DIFFERENT = 5
"""Assets that are named where ranks differ most."""


def challenger_rows(selection: Selection) -> pd.DataFrame:
    """One row per challenger and asset, in the profile's and the pool's order; see `schemas.frames.Challengers`."""
    table = pd.concat([_rows(selection, name) for name in selection.challengers], ignore_index=True)
    return validated(table, Challengers, "recording")


def challenger_choices(selection: Selection) -> dict[str, dict[str, Any]]:
    """Challenger to its figures (`metrics`) and to the assets on which it differs most from the champion (`differs`)."""
    return {name: _choice(selection, name) for name in selection.challengers}


def _rows(selection: Selection, challenger: str) -> pd.DataFrame:
    champion, own = selection.context.standings, selection.challengers[challenger].context.standings
    symbols = own.index.to_numpy(dtype=str)
    return pd.DataFrame(
        {
            "challenger": pd.array([challenger] * len(own), dtype="str"),
            "symbol": pd.array(symbols, dtype="str"),
            "score": own["alpha_score"].to_numpy(),
            "rank": ranks(own["alpha_score"].to_numpy(), symbols),
            "champion_rank": ranks(champion["alpha_score"].to_numpy(), symbols),
            "eligible": own["eligible"].to_numpy(),
            "outcome": own["outcome"].to_numpy(),
            "route": own["route"].to_numpy(),
            "winner": (own["route"] != "").to_numpy(),
            "champion_winner": (champion["route"] != "").to_numpy(),
        }
    )


def _choice(selection: Selection, challenger: str) -> dict[str, Any]:
    rows = _rows(selection, challenger)
    symbols, chosen, winners = rows["symbol"].to_numpy(), rows["winner"], rows["champion_winner"]
    shared = int((chosen & winners).sum())
    places = most_different(rows["rank"].to_numpy(), rows["champion_rank"].to_numpy(), symbols.astype(str), DIFFERENT)
    champion = selection.conviction.to_numpy()
    metrics: dict[str, Any] = {
        "rung": selection.challengers[challenger].rungs[-1].number,
        "winners": int(chosen.sum()),
        "winners_shared": shared,
        "winners_jaccard": jaccard(int(chosen.sum()), int(winners.sum()), shared),
        "rank_correlation": rank_correlation(champion, rows["score"].to_numpy(dtype=np.float64)),
    }
    named = rows.rename(columns={"symbol": "asset"})[["asset", "rank", "champion_rank", "winner", "champion_winner"]]
    return {
        "metrics": {name: plain(value) for name, value in metrics.items()},
        "differs": named.iloc[places].to_dict("records"),
    }
