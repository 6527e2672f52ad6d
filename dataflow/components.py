"""The interfaces of the swappable components: provider, scorer, bucketizer.

| kind                | brings                    | the profile's key         | built-in ones, a file each         |
| ------------------- | ------------------------- | ------------------------- | ---------------------------------- |
| `DiscoveryProvider` | the tables                | `data.provider`           | `dataflow/ingestion/providers/`    |
| `ConvictionScorer`  | convictions from metrics  | `scorers.NAME.kind`       | `dataflow/inference/scorers/`      |
| `FactorBucketizer`  | groups of the pool        | `clusters.bucketizer`     | `dataflow/partitioning/bucketizers/` |

A bare name is the module of that name in the kind's folder; `module:Class` is a class of the user's own project.
A component gets what its constructor asks for, by the names of its parameters: any key of the `parameters` table in its
section of the profile; `settings`, that section itself (`DataSettings`, `ScorerSettings`, `ClusterSettings`); and, for a
provider, `folder`, the path of the data folder. A constructor only stores; what is wrong shows at use. What its methods
answer is checked (`dataflow.component_answers`), and an error names the component by the profile's key.

    class Volatile(ConvictionScorer):
        def __init__(self, settings: ScorerSettings, floor: float = 0.1) -> None:
            self._settings, self._floor = settings, floor
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion


@dataclass(frozen=True)
class Source:
    """One table that a provider read: what the ledger calls an input."""

    name: str
    uri: str
    rows: int
    columns: int
    digest: str
    kind: str = ""
    """Which table it is: bars, returns, instruments, statistics, candidates; empty where the provider doesn't say."""
    version: DataVersion | None = None
    """Which read of a table with versions it was."""
    what: str = ""
    """What a reader has to know of its place, such as that nothing verifies it."""
    card: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """Of a model what its card says; empty for a table."""


@dataclass(frozen=True)
class Tables:
    """All that a provider knows as of a date; absent tables are `None`."""

    candidates: Sequence[Mapping[str, Any]]
    bars: pd.DataFrame | None = None
    returns: pd.DataFrame | None = None
    instruments: pd.DataFrame | None = None
    statistics: pd.DataFrame | None = None
    membership: pd.DataFrame | None = None
    """Who belonged to the universe when: symbol, valid_from, valid_to, sector; None: nobody says."""
    quarantine: pd.DataFrame | None = None
    """What the provider had to set aside to type the tables."""
    sources: tuple[Source, ...] = ()
    point_in_time: bool = True
    """Whether everything is as it was known on the date; a table without dates can't promise that."""
    notes: tuple[str, ...] = field(default=())
    """What a reader has to know of it, such as why it isn't point in time."""
    scans: Mapping[str, pd.Timestamp | None] = field(default_factory=dict)
    """Scanner (as its records name it) to the date of the export that was read, None where it has none."""
    last_session: pd.Timestamp | None = None
    """The last session that is seen; ingestion fills it in."""
    aged_at: pd.Timestamp | None = None
    """The date against which ages count; ingestion fills it in."""
    beyond: Mapping[str, str] = field(default_factory=dict)
    """What there is after the last session and isn't seen, a sentence each; no artifact has it, the ledger does."""
    asked: tuple[str, ...] = ()
    """The live scanners that candidates were asked of (`tvselect scan`): which, when, how many rows."""


class DiscoveryProvider(ABC):
    """Brings candidates, bars or returns, instruments and statistics as they were known on a date."""

    @abstractmethod
    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """The tables with nothing after `as_of` (None: all there is).

        Bars and returns are typed and cut by `typed_bars` and `typed_returns` of `dataflow.ingestion.typed_tables`.

        Raises `DataContractError` where a file can't be read or lacks a column.
        """

    def pinned(self, versions: Mapping[str, DataVersion]) -> "DiscoveryProvider":
        """The provider that reads what an earlier run read; itself, where its tables have no versions."""
        return self

    def whole(self) -> "DiscoveryProvider":
        """The provider whose tables have all rows, for who wants a whole history; itself, unless it leaves out old ones.

        One may leave out what is older than any window (`horizon.window_days`): no selection looks at it.
        """
        return self

    def held_now(self) -> "DiscoveryProvider":
        """The provider that goes on reading what there is now, whatever is added; itself, where its tables have no versions."""
        return self


@dataclass(frozen=True)
class Scoring:
    """What a scorer is given: metrics of the whole pool and how they count, and all else that is known of the assets."""

    metrics: pd.DataFrame
    """Assets x the factors that this scorer weighs, in the order of its weights."""
    weights: Mapping[str, float]
    """Its own where the profile gives it some, else the profile's; never 0."""
    maps: Mapping[str, str]
    """Factor to probability map: rank, rank_desc or cdf."""
    fragility: pd.Series
    universe: np.ndarray
    """The assets (bool, in the order of `metrics`) against whom ranks and moments are taken."""
    checked: bool = True
    """Whether answers must be numbers in their range; those of v3.4 on what it believes needn't."""
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Assets x all factors, weighed or not, NaN where unknown."""
    direction: pd.Series = field(default_factory=lambda: pd.Series(dtype=str))
    """Each asset's candidate's: LONG or SHORT."""
    as_of: pd.Timestamp | None = None
    """The last session that is seen; None where there are no dates."""


class ConvictionScorer(ABC):
    """Turns the scored metrics of a pool into one conviction per asset; the higher, the better."""

    # Which columns the two methods read, for lineage (`lineage.graph.reads`); a scorer that doesn't say reads them all.
    probability_reads: ClassVar[Sequence[str]] = ("scoring",)
    conviction_reads: ClassVar[Sequence[str]] = ("probabilities", "scoring")

    def unready(self) -> str:
        """Why it can't answer yet, such as a model that isn't there; empty where it can.

        Such a scorer isn't probed when the profile is read, and a run that asks it fails with this reason.
        """
        return ""

    def sources(self, as_of: pd.Timestamp | None) -> tuple[Source, ...]:
        """The files that its answer of a date hangs on, beside the tables, such as a model: the record lists them."""
        return ()

    @abstractmethod
    def probabilities(self, scoring: Scoring) -> pd.DataFrame:
        """Assets x scored factors, each value in [0, 1], NaN where unknown."""

    @abstractmethod
    def conviction(self, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
        """One finite number >= 0 per asset, indexed as the metrics are."""


class FactorBucketizer(ABC):
    """Partitions the pool into factor groups by pairwise distance."""

    @abstractmethod
    def labels(self, distance: np.ndarray) -> np.ndarray:
        """A group label per asset, for a symmetric (N, N) distance with a zero diagonal; shape (N,), none missing."""

    def memory(self, assets: int) -> int:
        """Bytes that it takes for so many assets, at most: here those of the square matrix, and twice as much on the way."""
        return 24 * assets**2


class TreeBucketizer(FactorBucketizer):
    """Grows a tree of the distances and cuts it; the tree is computed once, for the groups and for the order of the run page."""

    @abstractmethod
    def tree(self, distance: Distances) -> np.ndarray:
        """The linkage as SciPy has it, (N - 1, 4); of a single asset it has no rows."""

    @abstractmethod
    def cut(self, tree: np.ndarray) -> np.ndarray:
        """A group label per asset, shape (N,), from the linkage."""

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """The groups that its tree is cut into."""
        return self.cut(self.tree(Distances.of_square(distance)))

    @property
    def cuts_its_tree(self) -> bool:
        """Whether its groups are those of its tree: a class of a user's own may answer `labels` otherwise."""
        return type(self).labels is TreeBucketizer.labels
