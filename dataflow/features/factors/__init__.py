"""The built-in factors: every public function of these modules is a column of the feature store.

`BUILT_IN` has the modules in the order of the columns.
"""

from types import ModuleType

from tradingview_scraper.pipelines.selection.dataflow.features.factors import complexity, risk, trading, trend

BUILT_IN: tuple[ModuleType, ...] = (trend, risk, complexity, trading)

__all__ = ["BUILT_IN"]
