"""A frame that isn't made before somebody asks for it: its columns as arrays and codes, which cost next to nothing."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable, frozen


@dataclass(frozen=True, eq=False)
class CodedFrame(Immutable, ABC):
    """What a frame is made of, read-only; a context takes it in the frame's place and gives the frame to whoever reads it."""

    assets: pd.Index
    """The pool's."""

    def __post_init__(self) -> None:
        frozen(vars(self))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The frame, read-only; made at the first request, then held."""
        return frozen(self._made())

    @abstractmethod
    def _made(self) -> pd.DataFrame:
        """The frame, new."""


def column(table: pd.DataFrame | CodedFrame, name: str) -> np.ndarray:
    """A column of a frame, or of one that is coded, which isn't made for it; one that isn't coded itself."""
    values = getattr(table, name) if isinstance(table, CodedFrame) else table[name].to_numpy()
    return np.asarray(values)
