"""Thresholds as shares of noise: how they are written, which calibration counts, and what is refused."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import (
    TOLERANCE,
    Known,
    data_key,
    shape_digest,
    threshold_of,
    with_placeholders,
    with_thresholds,
)
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

GATES = {"trend": {"feature": "adx", "op": ">=", "threshold": "null:0.25", "kind": "relaxable"}}
SETTINGS = {"profile": "mine", "universe": "returns", "features": {"adx_length": 14}, "gates": GATES}
HUNDRED = list(range(101))


def calibration(project: Path, name: str, **changes: Any) -> None:
    content = {
        "as_of": "2026-03-18",
        "worlds": 200,
        "block": 1,
        "seed": 0,
        "data": "",
        "settings": shape_digest(SETTINGS),
        "features": {"adx": {"quantiles": HUNDRED}},
        **changes,
    }
    (project / "calibrations").mkdir(exist_ok=True)
    (project / "calibrations" / f"{name}.json").write_text(json.dumps(content))


def threshold(project: Path, known: Known = Known()) -> tuple[float, str]:  # noqa: B008
    found = with_thresholds(SETTINGS, project, known)
    return found["gates"]["trend"]["threshold"], found["calibrated"]["trend"]


@given(share=st.floats(0.005, 0.995), op=st.sampled_from([">=", ">", "<=", "<"]))
def test_a_threshold_admits_its_share_whatever_the_comparison(share: float, op: str) -> None:
    noise = np.random.default_rng(0).normal(size=20_000)
    found = threshold_of("g", share, op, np.quantile(noise, np.arange(201) / 200).tolist())
    passing = noise >= found if op in (">=", ">") else noise <= found
    assert passing.mean() == pytest.approx(share, abs=0.005)


def test_values_that_are_alike_have_no_threshold_between() -> None:
    noise = np.repeat([0.0, 1.0], [120, 81]).tolist()
    assert threshold_of("g", 0.6, "<=", noise) == 0.0
    with pytest.raises(ConfigurationError, match=r"no threshold admits 30 % of noise.* at 0 it is 59.7 %"):
        threshold_of("g", 0.3, "<=", noise)
    assert TOLERANCE == 0.015


@pytest.mark.parametrize("text", ["null:", "null:x", "null:0", "null:1", "null:nan", "null:-0.2"])
def test_what_is_no_share_is_refused(text: str) -> None:
    wrong = {**SETTINGS, "gates": {"trend": {**GATES["trend"], "threshold": text}}}
    with pytest.raises(ConfigurationError, match=r"gates.trend.threshold: .* is no share of noise: write null:0.05"):
        with_thresholds(wrong, None, Known())


def test_numbers_pass_and_a_gate_that_is_off_or_not_whole_is_left_alone() -> None:
    for changes in ({"threshold": 3}, {"enabled": False}, {"op": "?"}, {"feature": 1}):
        stated = {**SETTINGS, "gates": {"trend": {**GATES["trend"], **changes}}}
        assert with_thresholds(stated, None, Known()) == stated


def test_the_newest_calibration_that_was_known_counts(tmp_path: Path) -> None:
    calibration(tmp_path, "old", as_of="2026-02-01", features={"adx": {"quantiles": [value / 10 for value in HUNDRED]}})
    calibration(tmp_path, "new")
    assert threshold(tmp_path) == (75, "null:0.25, calibration new as of 2026-03-18")
    assert threshold(tmp_path, Known(date(2026, 3, 18)))[0] == 75
    assert threshold(tmp_path, Known(pd.Timestamp("2026-03-18")))[0] == 75
    assert threshold(tmp_path, Known(pd.Timestamp("2026-03-18 09:00")))[0] == 7.5
    assert threshold(tmp_path, Known(date(2026, 3, 17)))[0] == 7.5


def test_of_one_date_that_with_most_worlds_and_shortest_blocks_counts(tmp_path: Path) -> None:
    for name, changes in {"a": {"worlds": 100}, "b": {}, "c": {"block": 5}, "d": {"seed": 3}}.items():
        calibration(tmp_path, name, **changes)
    assert "calibration b " in threshold(tmp_path)[1]


def test_other_data_other_settings_and_other_features_do_not_count(tmp_path: Path) -> None:
    calibration(tmp_path, "elsewhere", data="crypto")
    calibration(tmp_path, "others", settings="sha256:0")
    calibration(tmp_path, "without", features={"hurst": {"quantiles": HUNDRED}})
    said = (
        r"gates.trend.threshold: 1 thresholds are shares of noise \(trend\), and there is no calibration as of 2026-03-01 or "
        r"before of this data with these features: type tvselect calibrate --profile mine --as-of 2026-03-01"
    )
    with pytest.raises(ConfigurationError, match=said):
        threshold(tmp_path, Known(date(2026, 3, 1), ""))
    assert "calibration elsewhere " in threshold(tmp_path, Known(None, "crypto"))[1]
    with pytest.raises(ConfigurationError, match="no project is given"):
        with_thresholds(SETTINGS, None, Known())


def test_a_file_that_is_no_calibration_is_named(tmp_path: Path) -> None:
    (tmp_path / "calibrations").mkdir()
    for content in ("", "[]", "{}"):
        (tmp_path / "calibrations" / "x.json").write_text(content)
        with pytest.raises(ConfigurationError, match=r"calibrations/x.json is no calibration: remove it"):
            threshold(tmp_path)


def test_placeholders_let_settings_be_read() -> None:
    held = with_placeholders(SETTINGS)
    assert held["gates"]["trend"]["threshold"] == 0.0
    assert with_placeholders({**SETTINGS, "gates": {}}) == {**SETTINGS, "gates": {}}
    stated = {"gates.adx.threshold": "null:0.25"}
    assert resolved_settings(settings=stated, known=None).settings.gates["adx"].threshold == 0.0
    with pytest.raises(ConfigurationError, match="type tvselect calibrate"):
        resolved_settings(settings=stated)


def test_a_data_folder_has_one_name_however_it_is_spelled(tmp_path: Path) -> None:
    assert data_key(tmp_path, None) == data_key(tmp_path, tmp_path / "data") == ""
    assert data_key(tmp_path, tmp_path / "x" / ".." / "crypto") == "crypto"
    assert data_key(tmp_path / "a", tmp_path / "crypto") == (tmp_path / "crypto").resolve().as_posix()
    assert data_key(tmp_path, "s3://b/c") == "s3://b/c"
