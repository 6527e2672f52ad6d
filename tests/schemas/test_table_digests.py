"""The digest of a long table: the same for the same content, another for any other."""

import struct
from collections.abc import Callable
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.schemas.table_digests import (
    schema_digest,
    symbol_digests,
    table_digest,
)

ORDER = ("symbol", "date")


def bars() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "symbol": np.repeat(["B", "A", "C"], 4),
            "date": np.tile(pd.date_range("2024-01-01", periods=4, unit="us").to_numpy(), 3),
            "close": rng.normal(size=12),
            "volume": np.where(np.arange(12) % 5 == 0, np.nan, 3.0),
            "note": [None, "x", "y", ""] * 3,
        }
    )


def digest(frame: pd.DataFrame) -> str:
    return table_digest(symbol_digests(frame, ORDER))


def test_the_digest_is_as_described() -> None:
    """By hand, from the module's description."""
    frame = pd.DataFrame({"symbol": ["A"], "date": pd.to_datetime(["2024-01-01"]).as_unit("us"), "close": [1.5]})
    header = b'{"close":"float64","date":"datetime"}'
    micros = 1_704_067_200_000_000
    of_symbol = sha256(header + struct.pack("<d", 1.5) + struct.pack("<q", micros)).digest()
    whole = sha256(b"table/v1\0" + struct.pack("<q", 1) + b"A" + of_symbol).hexdigest()
    assert digest(frame) == f"sha256:{whole}"


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=1)


EQUAL: list[Callable[[pd.DataFrame], pd.DataFrame]] = [
    shuffled,
    lambda frame: frame[["volume", "symbol", "note", "close", "date"]],
    lambda frame: frame.assign(symbol=frame["symbol"].astype("category")),
    lambda frame: shuffled(frame.assign(symbol=pd.Categorical(frame["symbol"], categories=["C", "B", "A"]))),
    lambda frame: frame.assign(date=frame["date"].astype("datetime64[ns]")),
    lambda frame: frame.assign(volume=frame["volume"].mask(frame["volume"].isna(), -np.nan)),
    lambda frame: frame.assign(note=frame["note"].astype("str")),
]


@pytest.mark.parametrize("change", EQUAL)
def test_how_it_is_held_does_not_count(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert digest(change(bars())) == digest(bars())


def one_bit(frame: pd.DataFrame) -> pd.DataFrame:
    values = frame["close"].to_numpy().copy()
    values.view(np.uint64)[7] ^= np.uint64(1)
    return frame.assign(close=values)


def test_the_two_zeros_are_one() -> None:
    assert digest(bars().assign(volume=-0.0)) == digest(bars().assign(volume=0.0))


OTHER: list[Callable[[pd.DataFrame], pd.DataFrame]] = [
    one_bit,
    lambda frame: frame.assign(symbol=frame["symbol"].replace("C", "D")),
    lambda frame: frame.assign(symbol=frame["symbol"].map({"A": "B", "B": "A", "C": "C"})),
    lambda frame: frame.rename(columns={"volume": "quote_volume"}),
    lambda frame: frame.assign(volume=frame["volume"].astype("float32")),
    lambda frame: frame.assign(note=frame["note"].replace("", "z")),
    lambda frame: frame.assign(note=frame["note"].fillna("")),
    lambda frame: frame.assign(date=frame["date"] + pd.Timedelta(microseconds=1)),
    lambda frame: frame.iloc[1:],
    lambda frame: frame.drop(columns="volume"),
]


@pytest.mark.parametrize("change", OTHER)
def test_what_it_says_counts(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert digest(change(bars())) != digest(bars())


def test_a_change_is_located() -> None:
    one, other = symbol_digests(bars(), ORDER), symbol_digests(one_bit(bars()), ORDER)
    assert [name for name in one if one[name] != other[name]] == ["A"]


def test_rows_without_a_symbol_and_empty_tables_have_digests() -> None:
    frame = bars().assign(symbol=["A"] * 4 + [None] * 4 + ["C"] * 4)
    assert sorted(symbol_digests(frame, ORDER)) == ["", "A", "C"]
    assert symbol_digests(frame.iloc[:0], ORDER) == {}
    assert table_digest({}) != digest(frame)


def test_the_schema_is_of_names_and_types() -> None:
    frame = bars()
    assert schema_digest(frame) == schema_digest(shuffled(frame).iloc[:3])
    assert schema_digest(frame) != schema_digest(frame.astype({"close": "float32"}))
