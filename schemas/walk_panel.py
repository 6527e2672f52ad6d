"""The panel of a walk-forward: one row per date and asset, what was known then beside what came after.

Beside the columns of `WalkPanel` a panel has, by prefix:

| column | type | |
| --- | --- | --- |
| `score.SCORER` | float | each scorer's conviction |
| `winner.SCORER` | bool | whom each scorer would have chosen under its own ladder; the champion's are the winners |
| `without.PART` | bool | of a walk with ablation: whom the selection would have chosen without a part of it |
| `feature.FACTOR` | float | each factor, NaN where unknown |
| `gate.GATE` | bool | whether the asset passed the gate at the first rung |
| `forward.H` | float | simple return of the asset over the next H sessions from the entry on, NaN where not known yet |

`forward.H` isn't turned by direction: a SHORT earns minus its return.
"""

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS, OUTCOMES, ROUTES

SCORE, WINNER, WITHOUT = "score.", "winner.", "without."
FEATURE, GATE, FORWARD = "feature.", "gate.", "forward."
_NUMBER, _TRUTH = np.dtype(float), np.dtype(bool)
_TYPES = {
    **dict.fromkeys((SCORE, FEATURE, FORWARD), _NUMBER),
    **dict.fromkeys((WINNER, WITHOUT, GATE), _TRUTH),
}


class _Panel(pa.DataFrameModel):
    class Config:
        coerce = False
        strict = False


class WalkPanel(_Panel):
    """Panel of a walk-forward."""

    date: Series[pd.Timestamp] = pa.Field()
    """The session as of which the selection was made."""
    symbol: Series[str]
    direction: Series[str] = pa.Field(isin=DIRECTIONS)
    cluster: Series[int] = pa.Field(ge=1)
    conviction: Series[float] = pa.Field(nullable=True)
    """The champion's."""
    sound: Series[bool]
    eligible: Series[bool]
    """At the date's last rung, as are outcome and route."""
    rung: Series[int] = pa.Field(ge=1)
    """The rung at which the date's selection ended; the same in all rows of a date."""
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    route: Series[str] = pa.Field(isin=("", *ROUTES))
    winner: Series[bool]
    sessions_left: Series[float] = pa.Field(nullable=True, ge=0)
    """Sessions after the date until the asset's last return, where that lies before the end of the data; else NaN."""

    @pa.dataframe_check(error="one row per date and symbol")
    @classmethod
    def _keys(cls, frame: pd.DataFrame) -> bool:
        return not frame.duplicated(["date", "symbol"]).any()

    @pa.dataframe_check(error="winners are those with a route")
    @classmethod
    def _winners(cls, frame: pd.DataFrame) -> bool:
        return bool((frame["winner"] == (frame["route"] != "")).all())

    @pa.dataframe_check(error="columns beside the fixed ones have a known prefix and its type")
    @classmethod
    def _prefixed(cls, frame: pd.DataFrame) -> bool:
        further = [name for name in frame.columns if name not in cls.__annotations__]
        kinds = {name: next((kind for kind in _TYPES if name.startswith(kind)), None) for name in further}
        return all(kind is not None and frame[name].dtype == _TYPES[kind] for name, kind in kinds.items())

    @pa.dataframe_check(error="infinite values")
    @classmethod
    def _finite(cls, frame: pd.DataFrame) -> bool:
        return not np.isinf(frame.select_dtypes("float").to_numpy()).any()
