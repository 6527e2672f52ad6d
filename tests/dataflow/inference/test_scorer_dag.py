"""One scorer's sub-dataflow: what the scorer answers, checked."""

import pandas as pd
import pytest

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.components import Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.scorer_dag import conviction, probabilities, scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError


class Turned(LogMps):
    """Everything that it answers is turned round: negative."""

    def probabilities(self, scoring: Scoring) -> pd.DataFrame:
        return -super().probabilities(scoring)

    def conviction(self, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
        return -super().conviction(probabilities, scoring)


def test_the_scorers_answers_are_handed_on() -> None:
    scoring, outputs = upstream("log_mps.scoring", "inference_outputs")
    p = probabilities(LogMps(), scoring)
    found = conviction(LogMps(), p, scoring)
    pd.testing.assert_frame_equal(
        p.add_prefix("log_mps.p_").reindex(outputs.index), outputs.filter(regex=r"^log_mps\.p_"), check_names=False
    )
    pd.testing.assert_series_equal(found.reindex(outputs.index), outputs["log_mps.score"], check_names=False)


def test_a_scorer_that_is_not_ready_is_not_asked() -> None:
    class Untrained(LogMps):
        def unready(self) -> str:
            return "nobody trained it"

    with pytest.raises(ComponentError, match="can't answer yet: nobody trained it"):
        probabilities(Untrained(), upstream("log_mps.scoring"))


def test_both_answers_are_checked() -> None:
    scoring = upstream("log_mps.scoring")
    with pytest.raises(ComponentError, match="must answer probabilities in"):
        probabilities(Turned(), scoring)
    with pytest.raises(ComponentError, match="must answer conviction finite"):
        conviction(Turned(), probabilities(LogMps(), scoring), scoring)


def test_a_scorer_is_given_its_part_of_what_all_have_in_common() -> None:
    pool = upstream("pool_scoring")
    found = scoring("mine", pool, {"mine": {"survival": 2.0, "momentum": -1.0}, "other": {"momentum": 1.0}})
    assert found.metrics.columns.tolist() == ["survival", "momentum"]
    assert found.weights == {"survival": 2.0, "momentum": -1.0}
    assert found.maps == {name: pool.maps[name] for name in ("survival", "momentum")}
    assert found.features is pool.features
