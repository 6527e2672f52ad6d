import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.frames import validated
from tradingview_scraper.pipelines.selection.schemas.walk_panel import WalkPanel


@pytest.fixture
def panel() -> pd.DataFrame:
    return walked().panel.copy()


def test_a_walks_panel_fulfils_it(panel: pd.DataFrame) -> None:
    assert validated(panel, WalkPanel, "walk-forward") is panel


def _repeated(panel: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([panel, panel.iloc[:1]], ignore_index=True)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (_repeated, "one row per date and symbol"),
        (lambda panel: panel.assign(winner=~panel["winner"]), "winners are those with a route"),
        (lambda panel: panel.assign(**{"forward.6": "x"}), "known prefix and its type"),
        (lambda panel: panel.assign(**{"winner.other": 1.0}), "known prefix and its type"),
        (lambda panel: panel.assign(stray=1.0), "known prefix and its type"),
        (lambda panel: panel.assign(**{"forward.6": np.inf}), "infinite values"),
        (lambda panel: panel.assign(direction="UP"), "isin"),
        (lambda panel: panel.drop(columns="cluster"), "lacks the column cluster"),
        (lambda panel: panel.assign(date="2026-03-02"), "`date`"),
    ],
)
def test_what_breaks_it_is_refused(panel: pd.DataFrame, broken, said: str) -> None:
    with pytest.raises(DataContractError, match=said):
        validated(broken(panel), WalkPanel, "walk-forward")
