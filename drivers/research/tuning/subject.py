"""`Subject`: what a search chooses, what a choice is worth on some dates, and which settings it stands for.

Weights, thresholds and a model's parameters are searched by one engine (`tuning`); each is a subject in a module of its own:
`weights`, `thresholds`, `parameters`. Beside it, what all of them read of a walk's settings.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Choice, Space
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

Mask = npt.NDArray[np.bool_]
"""Which of a walk's dates, in their order."""
TUNED = "tuned"
"""The name of the answer in a profile: of a challenger, or of a profile with other gates."""


class Subject(ABC):
    """What is searched over a walk."""

    what: ClassVar[str]
    """In one word, for people."""
    measure: ClassVar[str]
    """Whose rank IC is to be high."""
    scorer: str
    """The scorer that the choice shapes."""
    horizon: int
    """Sessions of the forward return that is to be foretold."""

    @property
    @abstractmethod
    def present(self) -> Choice:
        """What the walk had."""

    @abstractmethod
    def space(self, within: Mask) -> Space:
        """What may be chosen; ranges that are read off the data are of these dates alone."""

    @abstractmethod
    def inside(self, within: Mask) -> Callable[[Choice], pd.Series]:
        """Of a choice its rank IC on each of these dates, as a search that may see them all has it."""

    @abstractmethod
    def outside(self, choice: Choice, fold: DateFold) -> pd.Series:
        """The rank IC of a choice on each date that the fold holds out; what is fitted, is fitted on the others."""

    @abstractmethod
    def changed(self, choice: Choice) -> dict[str, Any]:
        """The walk's settings, flat, with the choice in them."""

    @abstractmethod
    def profile(self, choice: Choice) -> dict[str, Any]:
        """The choice as a table for `tvselect.toml`, from `profile` on."""

    def facts(self, choice: Choice) -> dict[str, float]:
        """What else is to be known of a choice."""
        return {}


def section(settings: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The flat settings below a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in settings.items() if name.startswith(prefix)}


def horizon_of(walk: WalkForward, horizon: int | None) -> int:
    """The horizon asked for, the walk's step where None. Raises `ConfigurationError` where the walk hasn't it."""
    ahead = walk.step if horizon is None else horizon
    if ahead not in walk.horizons:
        raise ConfigurationError(f"tune: the walk has no horizon of {ahead} sessions; it has {list(walk.horizons)}")
    return ahead


def dates_of(panel: pd.DataFrame) -> pd.DatetimeIndex:
    """The dates of a panel, in order."""
    return pd.DatetimeIndex(panel["date"].unique())
