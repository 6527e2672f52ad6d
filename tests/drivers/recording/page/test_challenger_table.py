"""What each challenger would have chosen: against the selections themselves."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.market import longest, selected, selection
from tradingview_scraper.pipelines.selection.drivers.recording.page.challenger_table import (
    challenger_choices,
    challenger_rows,
)
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.frames import Challengers, validated

MINE = {"scorers.mine": {"kind": "log_mps", "role": "challenger", "weights": {"volatility": 1.0, "survival": 0.5}}}


def test_rows_say_what_the_scorer_would_have_done_as_champion() -> None:
    rows = challenger_rows(longest())
    turned = selected(
        {
            "recruitment.floor": 70,
            "scorers.log_mps.role": "challenger",
            "scorers.rank_average.role": "champion",
        }
    )
    standings = turned.context.standings
    assert rows["challenger"].unique().tolist() == ["rank_average"]
    assert rows["symbol"].tolist() == standings.index.tolist()
    for name in ("eligible", "outcome", "route"):
        assert rows[name].tolist() == standings[name].tolist()
    assert rows["score"].tolist() == standings["alpha_score"].tolist()
    assert set(rows.loc[rows["winner"], "symbol"]) == set(turned.winners.index)
    assert set(rows.loc[rows["champion_winner"], "symbol"]) == set(longest().winners.index)
    best = rows.sort_values("champion_rank")["symbol"]
    conviction = longest().conviction.reindex(best)
    assert (np.diff(conviction) <= 0).all()


def test_choices_are_counted_as_sets_and_name_the_assets_that_differ() -> None:
    run = selected(MINE)
    found = challenger_choices(run)
    assert list(found) == ["rank_average", "mine"]
    for name, climb in run.challengers.items():
        metrics = found[name]["metrics"]
        own, winners = set(climb.winners.index), set(run.winners.index)
        assert metrics["winners_shared"] == len(own & winners)
        assert metrics["winners_jaccard"] == len(own & winners) / len(own | winners)
        assert (metrics["rung"], metrics["winners"]) == (len(climb.rungs), len(own))
        scores = run.context.inference_outputs
        expected = scores["alpha_score"].corr(scores[f"{name}.score"], method="spearman")
        assert metrics["rank_correlation"] == pytest.approx(expected, abs=1e-12)
        ranks = [scores[column].rank(ascending=False) for column in (f"{name}.score", "alpha_score")]
        apart = (ranks[0] - ranks[1]).abs()
        assert len(found[name]["differs"]) == 5
        for each in found[name]["differs"]:
            assert abs(each["rank"] - each["champion_rank"]) >= apart.nlargest(10).min()
            assert each["winner"] == (each["asset"] in own)
            assert each["champion_winner"] == (each["asset"] in winners)
    assert found["mine"]["metrics"]["rank_correlation"] < found["rank_average"]["metrics"]["rank_correlation"]


def test_where_nobody_wins_the_share_is_unknown() -> None:
    nobody = selected(
        {"benchmarks": [], "gates.adx.threshold": 99.0, "gates.adx.unavailable": "fail", "ladder": [{"name": "strict"}]}
    )
    assert nobody.winners.empty
    metrics = challenger_choices(nobody)["rank_average"]["metrics"]
    assert metrics["winners_jaccard"] == {"null": "nan"}
    assert metrics["winners"] == metrics["winners_shared"] == 0


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "one row per challenger and asset"),
        (lambda rows: rows.assign(winner=~rows["winner"]), "winners are those with a route"),
        (lambda rows: rows.assign(rank=0), "greater_than_or_equal_to"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(broken, said: str) -> None:
    rows = challenger_rows(selection())
    with pytest.raises(DataContractError, match=said):
        validated(broken(rows), Challengers, "recording")


def test_a_run_without_challengers_has_no_table(sample_run, tmp_path: Path) -> None:
    data = sample_run.project / "data"
    alone = run(tmp_path, data=data, as_of="2026-06-30", settings={"scorers.rank_average.enabled": False})
    assert not (alone.folder / "challengers.parquet").exists()
    assert (sample_run.folder / "challengers.parquet").exists()
    assert not alone.selection.challengers
    assert math.isfinite(alone.selection.conviction.sum())
