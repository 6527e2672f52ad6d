"""The card says what the model knows: by a planted signal, and by hand."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.worlds import ASSETS, rows, settings, world
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fits
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_bytes import model_bytes
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_cards import (
    calibration,
    limits,
    model_card,
    model_identity,
    rows_digest,
)
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import training_rows
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings


@cache
def card() -> dict[str, Any]:
    found, told = rows(), {"horizon": 2, "train": 140, "stride": 3, "embargo": 2}
    identity = model_identity(
        "mine",
        found,
        usable_from=pd.Timestamp("2024-09-06"),
        parameters=told,
        entry_lag=1,
        shaping={},
        libraries={},
        turned=("signal", "elsewhere"),
    )
    fit = fits("mine", learning_settings("mine", told), found)
    return model_card(identity, model_bytes(fit.model), fit, found, settings())


def test_a_planted_signal_is_what_it_leans_on() -> None:
    found = card()
    assert next(iter(found["importance"])) == "signal"
    assert found["importance"]["signal"]["mean"] > 0.3
    assert abs(found["importance"]["noise"]["mean"]) < 0.05
    assert found["measures"]["ic_in_fold"]["mean"] >= found["measures"]["ic_out_of_fold"]["mean"] > 0.3
    assert not [line for line in found["limits"] if "noise" in line]
    # The signal is planted so strongly that it looks like a leak: that is said.
    assert [line[:30] for line in found["limits"] if "future" in line] == ["signal alone has a rank IC of "]
    fifths = found["calibration"]
    assert [each["fifth"] for each in fifths] == [1, 2, 3, 4, 5]
    assert np.all(np.diff([each["target"]["mean"] for each in fifths]) > 0)


def test_it_says_what_it_was_made_of() -> None:
    found = card()
    assert found["window"]["purged_and_embargoed"] == 5
    assert (found["features"], found["turned"]) == (["gappy", "noise", "signal"], ["signal"])
    assert found["data"]["rows_digest"] == rows_digest(rows()) != rows_digest(rows(horizon=3))
    canonical(found)  # nothing in it that has no one spelling


def test_calibration_by_hand() -> None:
    found = rows()
    perfect = calibration(found.target, found, settings())
    for each in perfect:
        assert each["foretold"] == pytest.approx(each["target"]["mean"])
    # Forty ranks cut into fifths: the lowest eight have a mean of (-19.5 - ... - 12.5) / 8 / 40 = -0.4.
    assert perfect[0]["foretold"] == pytest.approx(-0.4)


def test_limits_say_what_cant_be_told_from_noise_and_what_was_left_out() -> None:
    found = rows()
    some = found.target
    assert limits(found, settings(), Mean(0.01, 0.01, 50), some)[3] == "Out of fold it can't be told from noise."
    said = limits(found, settings(), Mean(0.03, 0.01, 50), some)
    assert said[-1] == "Left out, for they don't vary: still."
    same = limits(found, settings(), Mean(0.03, 0.01, 50), np.zeros_like(some))
    assert [line for line in same if line not in said] == [
        "It says the same of everybody: nothing in its window was of use."
    ]


def test_a_feature_shifted_by_a_day_is_named() -> None:
    panel, outcomes = world(0.0)
    tomorrow = outcomes.returns.shift(-1)
    places = outcomes.sessions.get_indexer(pd.DatetimeIndex(panel["date"]))
    leaky = panel.assign(**{"feature.shifted": tomorrow.to_numpy()[places, np.arange(len(panel)) % ASSETS]})
    told = settings(horizon=1, embargo=0, turned="shifted")
    named = [
        [
            line
            for line in limits(training_rows(frame, outcomes, told, 0), told, Mean(0, 1, 9), np.arange(2.0))
            if "future" in line
        ]
        for frame in (panel, leaky)
    ]
    assert named[0] == []
    assert named[1][0].startswith("shifted alone has a rank IC of 0.9")
