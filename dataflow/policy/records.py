"""What policy says of each asset at a rung, as arrays and codes; a frame is made of them when somebody asks for it.

A rung decides about thousands of assets and a dozen gates, and nobody reads the frames of a rung but the last: to make and to
check them took longer than to decide.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts
from tradingview_scraper.pipelines.selection.schemas.coded_frame import CodedFrame
from tradingview_scraper.pipelines.selection.schemas.frames import (
    DIRECTIONS,
    KINDS,
    OUTCOMES,
    VERDICTS,
    WAIVERS,
    WON_BY,
)


@dataclass(frozen=True, eq=False)
class CodedDecisions(CodedFrame):
    """One row per asset and gate: value, threshold, margin (>= 0 on the good side), verdict, who waived it."""

    gates: tuple[str, ...]
    verdicts: Verdicts

    def failed(self, symbols: pd.Index) -> list[list[str]]:
        """The gates that each of some assets fails, in the profile's order."""
        passed = self.verdicts.passed[self.assets.get_indexer(symbols)]
        return [[gate for gate, good in zip(self.gates, row, strict=True) if not good] for row in passed.tolist()]

    def _made(self) -> pd.DataFrame:
        held = self.verdicts
        assets, count = held.values.shape
        own = np.where(np.isnan(held.values), VERDICTS.index("unknown"), np.where(held.passed, 0, 1))
        verdict = np.where(held.waived > 0, VERDICTS.index("waived"), own).ravel()
        kinds = np.where(held.hard, KINDS.index("hard"), KINDS.index("relaxable"))
        return pd.DataFrame(
            {
                "symbol": pd.Categorical.from_codes(np.repeat(np.arange(assets), count), self.assets),
                "gate": pd.Categorical.from_codes(np.tile(np.arange(count), assets), pd.Index(list(self.gates))),
                "kind": pd.Categorical.from_codes(np.tile(kinds, assets), pd.Index(KINDS)),
                "value": held.values.ravel(),
                "threshold": np.tile(held.thresholds, assets),
                "margin": held.margins.ravel(),
                "verdict": pd.Categorical.from_codes(verdict, pd.Index(VERDICTS)),
                "passed": held.passed.ravel(),
                "waived_by": pd.Categorical.from_codes(held.waived.ravel(), pd.Index(WAIVERS)),
            }
        )


@dataclass(frozen=True, eq=False)
class CodedStandings(CodedFrame):
    """One row per asset: conviction, direction, cluster, whether eligible and sound, rank, outcome, route, whose duplicate.

    The arrays are those of `recruitment.Field` and `recruitment.Outcome`.
    """

    alpha_score: np.ndarray
    short: np.ndarray
    cluster: np.ndarray
    eligible: np.ndarray
    sound: np.ndarray
    served: np.ndarray
    rank: np.ndarray
    outcome: np.ndarray
    """A place in `schemas.frames.OUTCOMES`."""
    route: np.ndarray
    """A place in `schemas.frames.WON_BY`."""
    duplicate_of: np.ndarray
    """Position of the winner that the asset is a duplicate of, -1 where its outcome is another."""

    def at(self, order: np.ndarray) -> dict[str, Any]:
        """What is told of a winner (conviction, direction, cluster, route), for the assets at some positions."""
        return {
            "alpha_score": self.alpha_score[order],
            "direction": _named(DIRECTIONS, self.short[order]),
            "cluster": self.cluster[order],
            "route": _named(WON_BY, self.route[order]),
        }

    def _made(self) -> pd.DataFrame:
        repeats = self.duplicate_of >= 0
        copied = pd.array(["", *self.assets[self.duplicate_of[repeats]]], dtype="str")
        return pd.DataFrame(
            {
                "alpha_score": self.alpha_score,
                "direction": _named(DIRECTIONS, self.short),
                "cluster": self.cluster,
                "eligible": self.eligible,
                "sound": self.sound,
                "served": self.served,
                "rank": self.rank,
                "outcome": _named(OUTCOMES, self.outcome),
                "route": _named(WON_BY, self.route),
                "duplicate_of": copied.take(np.cumsum(repeats) * repeats),
            },
            index=self.assets,
        )


def _named(names: tuple[str, ...], places: np.ndarray) -> ExtensionArray:
    return pd.array(names, dtype="str").take(places.astype(np.intp))
