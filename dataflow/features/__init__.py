"""Stage 2, features: one function per factor, its name is the column.

A user's own module needs only `factor` and `intermediate` from here; the built-in factors lie in `factors`.
"""

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor, intermediate

__all__ = ["factor", "intermediate"]
