"""What a table of a lakehouse is asked, whatever format it is stored in."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion

ALL_KNOWN = pd.Timestamp("9999-12-31")
"""A `known_at` after every other: what was restated later is seen, too."""


@dataclass(frozen=True)
class Read:
    """The rows that a question got, and which content that is."""

    frame: pd.DataFrame
    """The columns of the table's layout that it has, and `known_at`; symbols of bars as a category in their order."""
    version: DataVersion
    notes: tuple[str, ...] = ()
    """What the last ingest had to say of its source."""


@dataclass(frozen=True)
class TableVersion:
    """One version of a table: when what it added was known, and how many rows it added."""

    version: int
    known_at: str
    rows: int
    new: int
    restated: int


class Table(Protocol):
    """A table with versions whose rows carry a valid date and the moment from which they were known."""

    def read(
        self,
        *,
        as_of: pd.Timestamp | None = None,
        known_at: pd.Timestamp | None = None,
        symbols: Collection[str] | None = None,
        since: pd.Timestamp | None = None,
        version: int | None = None,
    ) -> Read:
        """The rows as they were known.

        Parameters
        ----------
        as_of : valid dates up to the end of this day (or up to this moment); None: all. Rows without one are always read.
        known_at : what was known at the end of this day (or at this moment); None: of the as-of date, or all.
        symbols : only these; None: all.
        since : valid dates from this day on; None: all.
        version : of the table; None: the latest.

        Raises `DataContractError` where the table or the version isn't there, or a file isn't what was written.
        """

    def latest_version(self) -> int | None:
        """The number of the latest version, None where the table isn't there."""

    def last_date(self) -> pd.Timestamp | None:
        """The last valid date in the latest version, found without reading rows; None where there is none."""

    def versions(self) -> list[TableVersion]:
        """All versions, oldest first; none where the table isn't there."""
