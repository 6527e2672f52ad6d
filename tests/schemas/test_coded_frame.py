"""A frame that comes coded: made and validated when it is first read, held from then on, and nobody can change it."""

import pickle
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from support.market import selection, upstream
from tradingview_scraper.pipelines.selection.schemas.coded_frame import CodedFrame, column
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


@dataclass(frozen=True, eq=False)
class Noted(CodedFrame):
    """Notes how often its frame is made."""

    given: pd.DataFrame
    eligible: np.ndarray
    made: list[str]

    def _made(self) -> pd.DataFrame:
        self.made.append("made")
        return self.given.copy()


def noted(frame: pd.DataFrame) -> Noted:
    return Noted(frame.index, frame, frame["eligible"].to_numpy(), [])


def begun() -> SelectionContext:
    whole = selection().context
    return SelectionContext(settings=whole.settings, raw_pool=whole.raw_pool, returns=whole.returns)


def test_the_frame_is_made_when_it_is_first_read_and_once() -> None:
    coded = noted(upstream("standings"))
    context = begun().enriched(standings=coded)
    assert context.eligible == upstream("standings")["eligible"].sum() > 0
    assert coded.made == []
    for _ in range(2):
        pd.testing.assert_frame_equal(context.standings, upstream("standings"))
    assert context.eligible == upstream("standings")["eligible"].sum()
    assert coded.made == ["made"]


@pytest.mark.parametrize(
    "way", [vars, dict, repr, SelectionContext.digest, pickle.dumps, lambda context: context == begun()]
)
def test_whichever_way_leads_to_it_the_frame_is_there(way: object) -> None:
    coded = noted(upstream("standings"))
    plain = begun().enriched(standings=upstream("standings"))
    found, expected = way(begun().enriched(standings=coded)), way(plain)  # type: ignore[operator]
    assert coded.made == ["made"]
    if isinstance(found, dict):
        pd.testing.assert_frame_equal(found["standings"], expected["standings"])
    elif isinstance(found, str):
        assert found == expected


def test_what_breaks_its_contract_is_refused_when_it_is_read() -> None:
    frame = upstream("standings").assign(outcome="lost")
    context = begun().enriched(standings=noted(frame))
    with pytest.raises(DataContractError, match="policy: Standings breaks its contract: `outcome`"):
        _ = context.standings


def test_other_assets_are_refused_at_once() -> None:
    with pytest.raises(DataContractError, match="policy: standings holds the pool's assets in another order"):
        begun().enriched(standings=noted(upstream("standings").iloc[::-1]))


def test_nobody_can_change_what_it_is_made_of_or_its_frame() -> None:
    coded = noted(upstream("standings").copy())
    with pytest.raises(ValueError, match="read-only"):
        coded.eligible[0] = False
    with pytest.raises(ValueError, match="read-only"):
        coded.frame["rank"].to_numpy()[0] = 9.0


def test_a_column_is_had_without_the_frame() -> None:
    coded = noted(upstream("standings"))
    np.testing.assert_array_equal(column(coded, "eligible"), column(coded.given, "eligible"))
    assert coded.made == []
