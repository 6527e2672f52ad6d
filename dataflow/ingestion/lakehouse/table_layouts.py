"""The tables of a lakehouse: what identifies a row, which column is its valid date, and the types on disk.

`bars` hold numbers, `candidates`, `instruments` and `statistics` the records as they came, each as a JSON text beside what is
asked for by column: no field is lost, and a new one needs no new schema. All rows of one key are one statement: what is
said of a key later takes the place of all that was said before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from pandera.pandas import DataFrameSchema

from tradingview_scraper.pipelines.selection.schemas.lakehouse_rows import COUNT, NUMBER, TEXT, row_schema
from tradingview_scraper.pipelines.selection.schemas.lakehouse_rows import MOMENT as MOMENTS

LAKEHOUSE = "lakehouse"
"""The folder of the lakehouse in a project."""
MOMENT = pa.timestamp("us")
PRICES = ("open", "high", "low", "close", "adj_close", "volume", "quote_volume")


@dataclass(frozen=True)
class TableLayout:
    """One table."""

    name: str
    key: tuple[str, ...]
    """What a statement is about."""
    columns: Mapping[str, pa.DataType]
    """All that there may be; `known_at` comes with every table."""
    valid: str | None = None
    """The column of valid dates, by which a table is partitioned and read as of a date; None: valid as long as known."""
    place: str | None = None
    """The column that tells the rows of one key apart, where there may be several."""
    undigested: tuple[str, ...] = ()
    """Columns that say where a row came from, not what it says."""

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return self.key if self.place is None else (*self.key, self.place)

    @property
    def row_schema(self) -> DataFrameSchema:
        """What rows must be that are to be written."""
        return row_schema(self.name, {name: _KINDS[kind] for name, kind in self.columns.items()}, self.order)


_TEXT, _COUNT = pa.string(), pa.int64()
_KINDS = {_TEXT: TEXT, _COUNT: COUNT, MOMENT: MOMENTS, pa.float64(): NUMBER}

BARS = TableLayout(
    "bars", ("symbol", "date"), {"symbol": _TEXT, "date": MOMENT, **dict.fromkeys(PRICES, pa.float64())}, valid="date"
)
CANDIDATES = TableLayout(
    "candidates",
    ("export",),
    {
        "export": _TEXT,
        "scanner": _TEXT,
        "date": MOMENT,
        "row": _COUNT,
        "symbol": _TEXT,
        "record": _TEXT,
        "meta": _TEXT,
        "file": _TEXT,
    },
    valid="date",
    place="row",
    undigested=("file",),
)
"""A row per record of each export, and one without a record (row -1) with what the export says of itself."""
INSTRUMENTS = TableLayout("instruments", ("symbol",), {"symbol": _TEXT, "row": _COUNT, "record": _TEXT}, place="row")
STATISTICS = TableLayout("statistics", ("symbol",), {"symbol": _TEXT, "row": _COUNT, "record": _TEXT}, place="row")
MEMBERSHIP = TableLayout(
    "membership",
    ("symbol", "valid_from"),
    {"symbol": _TEXT, "valid_from": MOMENT, "valid_to": MOMENT, "sector": _TEXT},
    valid="valid_from",
)
"""Who belonged to a universe: from a day on, to a day (exclusive; missing: still)."""
ASIDE = TableLayout(
    "aside",
    ("table", "symbol", "date", "reason", "raw"),
    {"table": _TEXT, "symbol": _TEXT, "date": MOMENT, "reason": _TEXT, "raw": _TEXT, "copies": _COUNT},
    valid="date",
)
"""The rows of all sources that were set aside: as they came (`raw`, JSON), how often, and why."""

LAYOUTS: Mapping[str, TableLayout] = {
    layout.name: layout for layout in (BARS, CANDIDATES, INSTRUMENTS, STATISTICS, MEMBERSHIP, ASIDE)
}
