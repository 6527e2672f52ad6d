"""Every model accepts what the pipeline makes and refuses what it must not let pass."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from support.market import longest, selection
from tradingview_scraper.pipelines.selection.schemas.context import CONTRACTS
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.frames import validated

FRAMES = tuple(CONTRACTS)


def made(name: str) -> pd.DataFrame:
    return getattr(selection().context, name).copy()


def checked(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    stage, model = CONTRACTS[name]
    return validated(frame, model, stage)


@pytest.mark.parametrize("name", FRAMES)
def test_what_the_pipeline_makes_passes_unchanged(name: str) -> None:
    for run in (selection(), longest()):
        frame = getattr(run.context, name)
        assert checked(name, frame) is frame


@pytest.mark.parametrize("name", FRAMES)
def test_an_empty_frame_is_refused(name: str) -> None:
    with pytest.raises(DataContractError, match=f"^{CONTRACTS[name][0]}: "):
        checked(name, pd.DataFrame())


BY_SYMBOL = [name for name in FRAMES if name not in ("returns", "decisions")]


@pytest.mark.parametrize("name", BY_SYMBOL)
def test_duplicate_symbols_are_refused_and_named(name: str) -> None:
    frame = made(name)
    frame = pd.concat([frame, frame.iloc[:1]])
    with pytest.raises(DataContractError, match=frame.index[0]):
        checked(name, frame)


@pytest.mark.parametrize("name", BY_SYMBOL)
def test_an_unnamed_index_is_refused(name: str) -> None:
    with pytest.raises(DataContractError, match="symbol"):
        checked(name, made(name).rename_axis(index=None))


COLUMNS = [
    *((name, column) for name in ("raw_pool",) for column in ("identity", "direction", "market", "quarantined")),
    ("inference_outputs", "alpha_score"),
    ("clusters", "cluster"),
    *(("decisions", column) for column in ("symbol", "gate", "value", "verdict", "passed", "waived_by")),
    *(("standings", column) for column in ("eligible", "sound", "outcome", "route")),
    *(("winners", column) for column in ("alpha_score", "identity", "route")),
]


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_missing_column_is_refused_and_named(name: str, column: str) -> None:
    with pytest.raises(DataContractError, match=column) as caught:
        checked(name, made(name).drop(columns=column))
    assert len(str(caught.value)) < 600


def test_no_factor_column_may_go_missing() -> None:
    store = selection().context.feature_store
    assert store.shape[1] >= 25
    assert (store.dtypes == np.float64).all()


def put(column: object, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = value
        return frame

    return change


def cell(value: object, column: str | int = 0) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        position = frame.columns.get_loc(column) if isinstance(column, str) else column
        frame.iloc[0, position] = value
        return frame

    return change


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[:, :1]], axis=1)


BROKEN: list[tuple[str, Callable[[pd.DataFrame], pd.DataFrame], str]] = [
    ("raw_pool", cell("UP", "direction"), "direction"),
    ("raw_pool", cell(-1.0, "quarantined"), "quarantined"),
    ("raw_pool", cell(np.inf, "value_traded"), "infinite"),
    ("raw_pool", put("has_candidate", 1), "has_candidate"),
    ("raw_pool", put("identity", 1.0), "identity"),
    ("returns", cell(np.inf), "infinite"),
    ("returns", lambda frame: frame.astype(np.float32), "float64"),
    ("returns", lambda frame: frame.astype({frame.columns[0]: object}), "float64"),
    ("returns", twice, "unique"),
    ("returns", lambda frame: frame.iloc[::-1], "increasing"),
    ("returns", lambda frame: frame.iloc[[0, 0, 1]], "unique"),
    ("returns", lambda frame: frame.tz_localize("Asia/Tokyo"), "time zone"),
    ("returns", lambda frame: frame.reset_index(drop=True), "dates"),
    ("feature_store", cell(-np.inf), "infinite"),
    ("feature_store", put("momentum", 1), "float64"),
    ("feature_store", put("note", "text"), "float64"),
    ("feature_store", twice, "unique"),
    ("inference_outputs", cell(-0.1, "alpha_score"), "alpha_score"),
    ("inference_outputs", cell(np.inf, "log_mps.score"), "infinite"),
    ("inference_outputs", cell(1.01, "log_mps.p_momentum"), r"\[0, 1\]"),
    ("inference_outputs", cell(-0.01, "rank_average.p_momentum"), r"\[0, 1\]"),
    ("inference_outputs", put("extra", 1), "float64"),
    ("clusters", cell(0, "cluster"), "cluster"),
    ("clusters", put("cluster", 1.0), "cluster"),
    ("decisions", cell(np.nan, "threshold"), "threshold"),
    ("decisions", cell(np.nan, "margin"), "margin"),
    ("decisions", put("passed", 1), "passed"),
    ("decisions", put("verdict", "pass"), "verdict"),
    ("decisions", cell("waived", "verdict"), "who waived a gate"),
    ("decisions", cell("benchmarks", "waived_by"), "who waived a gate"),
    ("decisions", cell("fail", "verdict"), "fail is not"),
    ("standings", cell(0.0, "rank"), "rank"),
    ("standings", cell("lost", "outcome"), "outcome"),
    ("standings", cell("luck", "route"), "route"),
    ("winners", cell(np.nan, "alpha_score"), "alpha_score"),
    ("winners", cell("", "route"), "route"),
]


@pytest.mark.parametrize(("name", "change", "message"), BROKEN)
def test_a_frame_that_breaks_its_contract_is_refused(
    name: str, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    stage = CONTRACTS[name][0]
    with pytest.raises(DataContractError, match=message) as caught:
        checked(name, change(made(name)))
    assert str(caught.value).startswith(f"{stage}: ")
    assert len(str(caught.value)) < 600


def test_a_message_counts_the_offenders_and_names_the_first_few() -> None:
    frame = made("standings")
    frame["outcome"] = "lost"
    with pytest.raises(DataContractError) as caught:
        checked("standings", frame)
    assert f"{len(frame)}: {', '.join(frame.index[:5])} and {len(frame) - 5} more" in str(caught.value)


def test_all_that_is_broken_is_said_at_once() -> None:
    frame = made("winners")
    frame["route"] = "luck"
    frame["direction"] = "UP"
    with pytest.raises(DataContractError, match=r"direction.*route"):
        checked("winners", frame)
