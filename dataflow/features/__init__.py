"""Stage 2, features: one function a factor, its name is the column.

`BUILT_IN` lists the modules that hold factors. A user's own module needs only `factor` from here.
"""

from types import ModuleType

from tradingview_scraper.pipelines.selection.dataflow.features import calendar
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor, intermediate
from tradingview_scraper.pipelines.selection.dataflow.features.factors import complexity, risk, trading, trend

BUILT_IN: tuple[ModuleType, ...] = (trend, risk, complexity, trading)
SUPPORTING: tuple[ModuleType, ...] = (calendar,)

__all__ = ["BUILT_IN", "SUPPORTING", "factor", "intermediate"]
