"""Rows of a lakehouse are what their table says, or refused by the name of the column."""

import pandas as pd
import pytest

from support.lakes import bars
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS, LAYOUTS
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.frames import validated
from tradingview_scraper.pipelines.selection.schemas.lakehouse_rows import COUNT, MOMENT, NUMBER, TEXT, is_of

MOMENTS = pd.Series(pd.to_datetime(["2024-01-01", None]))


def test_what_a_table_takes() -> None:
    frame = bars()
    assert validated(frame, BARS.row_schema, "ingest") is frame
    validated(frame.assign(symbol=frame["symbol"].astype("category"), volume=3), BARS.row_schema, "ingest")
    for layout in LAYOUTS.values():
        assert {*layout.row_schema.columns} == {*layout.columns, "known_at"}


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("close", "1.5", "`close` must be numbers"),
        ("close", True, "`close` must be numbers"),
        ("symbol", 5, "`symbol` must be text"),
        ("date", "2024-01-01", "`date` must be moments without a time zone"),
        ("known_at", pd.Timestamp("2024-01-01", tz="UTC"), "`known_at` must be moments without a time zone"),
        ("known_at", pd.NaT, "known_at"),
        ("price", 1.0, "a column that it doesn't take; it takes symbol, date, open"),
    ],
)
def test_a_changed_type_is_refused_by_name(column: str, values: object, said: str) -> None:
    with pytest.raises(DataContractError, match=f"ingest: bars breaks its contract: .*{said}"):
        validated(bars().assign(**{column: values}), BARS.row_schema, "ingest")


def test_a_row_without_what_identifies_it_is_refused() -> None:
    with pytest.raises(DataContractError, match="symbol"):
        validated(bars().drop(columns="symbol"), BARS.row_schema, "ingest")


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (pd.Series(["a", None]), {TEXT}),
        (pd.Series(["a", "b"], dtype="category"), {TEXT}),
        (pd.Series([1, 2], dtype="category"), set()),
        (pd.Series(["a", 1], dtype=object), set()),
        (pd.Series([None, None], dtype=object), {TEXT}),
        (pd.Series([None, None], dtype=float), {TEXT, NUMBER}),
        (pd.Series([1, 2]), {NUMBER, COUNT}),
        (pd.Series([1.5, None]), {NUMBER}),
        (pd.Series([True, False]), set()),
        (MOMENTS, {MOMENT}),
        (MOMENTS.dt.tz_localize("UTC"), set()),
    ],
)
def test_a_kind_is_what_a_column_means(values: pd.Series, kinds: set[str]) -> None:
    assert {kind for kind in (TEXT, NUMBER, COUNT, MOMENT) if is_of(values, kind)} == kinds
