"""The context: frozen, lending copies, enriched only by frames that fit."""

import contextlib
import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from support.market import selection, upstream
from tradingview_scraper.pipelines.selection.schemas.context import CONTRACTS, SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FRAMES = tuple(CONTRACTS)
FIRST = ("raw_pool", "returns")
Change = Callable[[pd.DataFrame], Any]


@pytest.fixture(scope="module")
def finished() -> SelectionContext:
    """A context of its own, for tests that attack it."""
    whole = selection().context
    own = whole.settings.model_copy(deep=True)
    begun = SelectionContext(settings=own, raw_pool=whole.raw_pool, returns=whole.returns)
    frames = {name: getattr(whole, name) for name in FRAMES if name not in FIRST}
    return begun.enriched(**frames, atoms=whole.atoms)


def begun() -> SelectionContext:
    whole = selection().context
    return SelectionContext(settings=whole.settings, raw_pool=whole.raw_pool, returns=whole.returns)


# -- lending


def _cell(frame: pd.DataFrame) -> None:
    frame.iloc[0, 0] = frame.iloc[1, 0]


def _column(frame: pd.DataFrame) -> None:
    frame["stranger"] = 1.0


def _axis(frame: pd.DataFrame) -> None:
    frame.index = pd.RangeIndex(len(frame))


def _axis_name(frame: pd.DataFrame) -> None:
    frame.index.name = "stranger"


def _column_name(frame: pd.DataFrame) -> None:
    frame.columns.name = "stranger"


def _inplace(frame: pd.DataFrame) -> None:
    frame.drop(index=frame.index[0], inplace=True)


def _buffer(frame: pd.DataFrame) -> None:
    name = frame.select_dtypes("number").columns[0]
    frame[name].to_numpy()[0] = 77


def _array(frame: pd.DataFrame) -> None:
    name = frame.select_dtypes("number").columns[0]
    frame[name].array[0] = 77


def _values(frame: pd.DataFrame) -> None:
    frame.values[0, 0] = 77


def _view(frame: pd.DataFrame) -> None:
    name = frame.select_dtypes("number").columns[0]
    values = np.asarray(frame[name])
    values.flags.writeable = True
    values[0] = 77


def _index_buffer(frame: pd.DataFrame) -> None:
    frame.index.to_numpy()[0] = frame.index[1]


CHANGES = [
    *(_cell, _column, _axis, _axis_name, _column_name, _inplace),
    *(_buffer, _array, _values, _view, _index_buffer),
]
WAYS: dict[str, Callable[[SelectionContext, str], pd.DataFrame]] = {
    "attribute": getattr,
    "vars": lambda context, name: vars(context)[name],
    "dict": lambda context, name: context.__dict__[name],
    "iteration": lambda context, name: dict(context)[name],
    "model_dump": lambda context, name: context.model_dump()[name],
    "copy": lambda context, name: getattr(copy.copy(context), name),
    "model_copy": lambda context, name: getattr(context.model_copy(), name),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", FRAMES)
def test_a_borrower_changes_only_his_copy(finished: SelectionContext, name: str, change: Change) -> None:
    before = finished.digest()
    # A refusal (read-only) is as good as a copy.
    with contextlib.suppress(ValueError, TypeError):
        change(getattr(finished, name))
    assert finished.digest() == before


@pytest.mark.parametrize("change", [_cell, _column, _axis, _buffer, _array], ids=lambda change: change.__name__)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_round_leads_to_the_frames_themselves(finished: SelectionContext, way: str, change: Change) -> None:
    before = finished.digest()
    with contextlib.suppress(ValueError, TypeError):
        change(WAYS[way](finished, "returns"))
    assert finished.digest() == before


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda context: pickle.loads(pickle.dumps(context))])
def test_a_clone_is_equal_and_lends_as_well(
    finished: SelectionContext, clone: Callable[[Any], SelectionContext]
) -> None:
    other = clone(finished)
    assert other == finished
    for change in (_cell, _column, _buffer, _array):
        with contextlib.suppress(ValueError, TypeError):
            change(other.returns)
    assert other == finished


def test_what_the_giver_does_to_his_frames_is_his_affair() -> None:
    whole = selection().context
    pool, returns, features = whole.raw_pool.copy(), whole.returns.copy(), whole.feature_store.copy()
    context = SelectionContext(settings=whole.settings, raw_pool=pool, returns=returns).enriched(feature_store=features)
    before = context.digest()
    pool.loc[pool.index[0], "direction"] = "UP"
    returns.iloc[0, 0] = np.inf
    features.iloc[0, 0] = np.inf
    assert context.digest() == before


def test_attributes_cannot_be_set(finished: SelectionContext) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        finished.winners = None
    with pytest.raises(ValidationError, match="frozen"):
        del finished.winners


def test_settings_inside_a_context_cannot_be_changed(finished: SelectionContext) -> None:
    before = finished.digest()
    with contextlib.suppress(TypeError, ValidationError):
        finished.settings.weights["momentum"] = float("nan")
    assert finished.digest() == before


# -- comparing


def test_contexts_compare_by_content() -> None:
    one, other = begun(), begun()
    assert one is not other
    assert one == other
    assert one.digest() == other.digest()
    assert one != one.enriched(feature_store=selection().context.feature_store)
    assert one != "context"


def test_one_bit_makes_another_context() -> None:
    whole = selection().context
    returns = whole.returns
    returns.iloc[-1, 0] = np.nextafter(returns.iloc[-1, 0], 1.0)
    assert SelectionContext(settings=whole.settings, raw_pool=whole.raw_pool, returns=returns) != begun()


def test_a_context_that_compares_by_content_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(begun())


# -- enriching


def test_every_stage_adds_and_keeps(finished: SelectionContext) -> None:
    context = begun()
    for name in FRAMES:
        if name in FIRST:
            continue
        assert getattr(context, name) is None
        earlier = context
        context = context.enriched(**{name: upstream(name)})
        assert getattr(earlier, name) is None
        pd.testing.assert_frame_equal(getattr(context, name), upstream(name))


@pytest.mark.parametrize("name", FRAMES)
def test_no_stage_replaces_what_an_earlier_one_made(finished: SelectionContext, name: str) -> None:
    with pytest.raises(DataContractError, match=f"'{name}' is there already"):
        finished.enriched(**{name: getattr(finished, name)})


def test_settings_cannot_be_replaced(finished: SelectionContext) -> None:
    with pytest.raises(DataContractError, match="'settings' is there already"):
        finished.enriched(settings=finished.settings)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(DataContractError, match="no 'features'"):
        begun().enriched(features=upstream("feature_store"))


@pytest.mark.parametrize("update", [{"winners": None}, {"returns": pd.DataFrame()}])
def test_model_copy_with_an_update_is_refused(finished: SelectionContext, update: dict[str, Any]) -> None:
    with pytest.raises(DataContractError, match="enriched"):
        finished.model_copy(update=update)
    assert finished.model_copy() == finished


BY_ASSET = ("feature_store", "inference_outputs", "clusters", "standings")


@pytest.mark.parametrize("name", BY_ASSET)
def test_assets_in_another_order_are_refused(name: str) -> None:
    stage = CONTRACTS[name][0]
    with pytest.raises(DataContractError, match=f"{stage}: {name} holds the pool's assets in another order"):
        begun().enriched(**{name: upstream(name).iloc[::-1]})


@pytest.mark.parametrize("name", BY_ASSET)
def test_a_missing_asset_is_refused_and_named(name: str) -> None:
    frame = upstream(name)
    with pytest.raises(DataContractError, match=f"missing 1: {frame.index[3]}"):
        begun().enriched(**{name: frame.drop(index=frame.index[3])})


@pytest.mark.parametrize("name", BY_ASSET)
def test_a_strange_asset_is_refused_and_named(name: str) -> None:
    frame = upstream(name)
    with pytest.raises(DataContractError, match="not in the pool 1: STRANGER"):
        begun().enriched(**{name: frame.rename(index={frame.index[3]: "STRANGER"})})


def test_decisions_over_other_assets_are_refused() -> None:
    frame = upstream("decisions").copy()
    frame["symbol"] = frame["symbol"].cat.rename_categories({frame["symbol"].cat.categories[0]: "STRANGER"})
    with pytest.raises(DataContractError, match="STRANGER"):
        begun().enriched(decisions=frame)


def test_winners_outside_the_pool_are_refused() -> None:
    frame = upstream("winners").rename(index={upstream("winners").index[0]: "STRANGER"})
    with pytest.raises(DataContractError, match="not in the pool: 1: STRANGER"):
        begun().enriched(winners=frame)


@pytest.mark.parametrize("order", [("standings", "winners"), ("winners", "standings")])
def test_winners_that_fail_a_hard_gate_are_refused(order: tuple[str, str]) -> None:
    frames = {"standings": upstream("standings").copy(), "winners": upstream("winners")}
    frames["standings"].loc[frames["winners"].index[0], "sound"] = False
    with pytest.raises(DataContractError, match=f"hard gate: 1: {frames['winners'].index[0]}"):
        begun().enriched(**{name: frames[name] for name in order})


@pytest.mark.parametrize("value", ["atoms", [1, 2], ("atom",)])
def test_atoms_that_are_none_are_refused(value: Any) -> None:
    with pytest.raises((DataContractError, ValidationError)):
        begun().enriched(atoms=value)


@pytest.mark.parametrize("value", [None, "frame", [[1.0]], np.zeros((2, 2)), pd.Series([1.0])])
def test_what_is_no_frame_is_refused(value: Any) -> None:
    with pytest.raises(DataContractError, match=r"features: feature_store must be a pandas DataFrame"):
        begun().enriched(feature_store=value)


# -- constructing


def _infinite(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    returns.iloc[5, 0] = np.inf


def _unsorted(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    returns.index = returns.index[::-1]


def _zoned(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    returns.index = returns.index.tz_localize("UTC")


def _renamed(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    returns.columns = [*returns.columns[:-1], "STRANGER"]


def _direction(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    pool["direction"] = "UP"


def _numbers(pool: pd.DataFrame, returns: pd.DataFrame) -> None:
    pool["value_traded"] = np.inf


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_infinite, "infinite returns"),
        (_unsorted, "increasing"),
        (_zoned, "without time zone"),
        (_renamed, "STRANGER"),
        (_direction, "direction"),
        (_numbers, "infinite values"),
    ],
)
def test_an_invalid_context_cannot_be_constructed(spoil: Callable[..., None], message: str) -> None:
    whole = selection().context
    pool, returns = whole.raw_pool.copy(), whole.returns.copy()
    spoil(pool, returns)
    with pytest.raises(DataContractError, match=message) as caught:
        SelectionContext(settings=whole.settings, raw_pool=pool, returns=returns)
    assert str(caught.value).startswith("ingestion: ")
    assert len(str(caught.value)) < 600


def test_an_invalid_later_frame_cannot_be_constructed_either() -> None:
    whole = selection().context
    features = whole.feature_store.iloc[::-1]
    with pytest.raises(DataContractError, match="another order"):
        SelectionContext(
            settings=whole.settings, raw_pool=whole.raw_pool, returns=whole.returns, feature_store=features
        )


def test_unknown_fields_are_refused_without_showing_frames() -> None:
    whole = selection().context
    with pytest.raises(ValidationError) as caught:
        SelectionContext(settings=whole.settings, raw_pool=whole.raw_pool, returns=whole.returns, extra=whole.returns)
    assert len(str(caught.value)) < 300


def test_repr_is_short(finished: SelectionContext) -> None:
    assert len(repr(finished)) < 400
    assert "returns (399, 74)" in repr(finished)
