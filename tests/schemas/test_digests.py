"""Digests of frames: published vectors, an independent reading of `frame/v1`, what counts and what doesn't."""

import hashlib
import json
import math
import struct
from collections.abc import Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.schemas.digests import (
    changed_columns,
    column_digests,
    frame_digest,
    index_digest,
    joined_digest,
)

DAY = 86_400_000_000_000  # nanoseconds
DAYS = pd.date_range("2026-01-01", periods=4, tz="UTC")


def market() -> pd.DataFrame:
    """One column a kind of value."""
    return pd.DataFrame(
        {
            "close": [1.5, -0.0, math.nan, 4.0],
            "weight": np.array([1, 2, 3, 4], dtype="float32"),
            "rank": [4, 3, 2, 1],
            "listed": [True, False, True, True],
            "sector": ["defi", None, "", "ünï"],
            "seen": [pd.Timestamp("2026-01-01", tz="UTC"), pd.NaT, DAYS[1], DAYS[2]],
            "venues": pd.Series([["A"], None, [], ["A", "B"]], dtype=object).to_numpy(),
        },
        index=pd.Index(["BTC", "ADA", "ETH", "SOL"], name="symbol"),
    )


# Published: a change of any of these is a new scheme, not a fix.
VECTORS = {
    "close": "sha256:508710d12ccc4892f97a46a875a3353f205003d136f036f17b3c55f16fd0a18e",
    "weight": "sha256:53e6970d0be8885040547dd7e14ff1676b6e81b9f971e08dc262ccf23b27e5b9",
    "rank": "sha256:ab8793dc021ce05e350802ee282e57aff3d562320f3a6952650b3210fb2121bf",
    "listed": "sha256:c87735e2aea8e73dfa6028156e488d3ed95892a47065ec0f38d4351c1de608d3",
    "sector": "sha256:bdc6af8b563591c2d04914425fa32a2580acb9cd398784ada6119ad7d0c6c1e6",
    "seen": "sha256:128e97b3760eb4109297edb6a98c14126785845289b9013a56a2a19827888164",
    "venues": "sha256:d49f2f03e7774d725b60917b7dada1b44480be368e493120849623699964ffa6",
}
INDEX = "sha256:64454e118f8b977a4aafe7965583100efc5899bd7268fca5da9dbafb9da28a86"
FRAME = "sha256:04db124ae721479acaacad89fac7ad6c684af56ff4a216d9fc584e755ceb2f43"
EMPTY = "sha256:c2aa50a1fe56ac99dfd695425ceda2bfd1fb9c2b57cc87d17cd736feecdfcac0"


def test_published_vectors() -> None:
    assert column_digests(market()) == VECTORS
    assert index_digest(market().index) == INDEX
    assert frame_digest(market()) == FRAME
    assert frame_digest(pd.DataFrame()) == EMPTY


def by_hand(name: str | None, tag: str, payload: bytes) -> bytes:
    text = b"" if name is None else name.encode()
    length = struct.pack("<q", -1 if name is None else len(text))
    return hashlib.sha256(length + text + struct.pack("<q", len(tag)) + tag.encode() + payload).digest()


def test_the_scheme_computed_by_hand() -> None:
    """In the order of the index: ADA, BTC, ETH, SOL."""
    day, missing = 1_767_225_600_000_000_000, -(2**63)
    columns = {
        "close": by_hand("close", "float64", struct.pack("<ddQd", 0.0, 1.5, 0x7FF8 << 48, 4.0)),
        "weight": by_hand("weight", "float32", struct.pack("<4f", 2, 1, 3, 4)),
        "rank": by_hand("rank", "int64", struct.pack("<4q", 3, 4, 2, 1)),
        "listed": by_hand("listed", "bool", bytes([0, 1, 1, 1])),
        "sector": by_hand("sector", "string", struct.pack("<4q", -1, 4, 0, 5) + "defiünï".encode()),
        "seen": by_hand("seen", "datetime[UTC]", struct.pack("<4q", missing, day, day + DAY, day + 2 * DAY)),
        "venues": by_hand("venues", "json", struct.pack("<4q", -1, 5, 2, 9) + b'["A"][]["A","B"]'),
    }
    level = by_hand("symbol", "string", struct.pack("<4q", 3, 3, 3, 3) + b"ADABTCETHSOL")
    index = hashlib.sha256(b"index\0" + level).digest()
    root = hashlib.sha256(b"frame/v1\0" + index + b"".join(columns[name] for name in sorted(columns)))
    assert column_digests(market()) == {name: "sha256:" + digest.hex() for name, digest in columns.items()}
    assert index_digest(market().index) == "sha256:" + index.hex()
    assert frame_digest(market()) == "sha256:" + root.hexdigest()


def nan(payload: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", payload))[0])


def with_column(**values: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**values)


SAME: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "columns reversed": lambda frame: frame[frame.columns[::-1]],
    "rows reversed": lambda frame: frame.iloc[::-1],
    "copied": lambda frame: frame.copy(deep=True),
    "column by column": lambda frame: pd.concat([frame[[name]] for name in frame], axis=1),
    "positive zero": with_column(close=[1.5, 0.0, math.nan, 4.0]),
    "NaN with payload": with_column(close=[1.5, 0.0, nan(0xFFF8_0000_DEAD_BEEF), 4.0]),
    "signalling NaN": with_column(close=[1.5, 0.0, nan(0x7FF0_0000_0000_0001), 4.0]),
    "nullable float": lambda frame: frame.astype({"close": "Float64"}),
    "nullable integer": lambda frame: frame.astype({"rank": "Int64"}),
    "nullable bool": lambda frame: frame.astype({"listed": "boolean"}),
    "Arrow": lambda frame: frame.astype({"close": "double[pyarrow]", "rank": "int64[pyarrow]"}),
    "Arrow bool": lambda frame: frame.astype({"listed": "bool[pyarrow]"}),
    "sparse": lambda frame: frame.astype({"weight": pd.SparseDtype("float32")}),
    "big endian": lambda frame: frame.astype({"close": ">f8", "rank": ">i8"}),
    "object texts": with_column(sector=np.array(["defi", None, "", "ünï"], dtype=object)),
    "NaN among texts": with_column(sector=np.array(["defi", math.nan, "", "ünï"], dtype=object)),
    "categories": lambda frame: frame.astype({"sector": "category"}),
    "other categories": with_column(sector=pd.Categorical(["defi", None, "", "ünï"], ["ünï", "x", "", "defi"])),
    "string[python]": lambda frame: frame.astype({"sector": pd.StringDtype("python")}),
    "seconds": lambda frame: frame.astype({"seen": "datetime64[s, UTC]"}),
    "nanoseconds": lambda frame: frame.astype({"seen": "datetime64[ns, UTC]"}),
    "another UTC": lambda frame: frame.assign(seen=frame["seen"].dt.tz_convert(UTC)),
    "object index": lambda frame: frame.set_axis(pd.Index(frame.index, dtype=object, name="symbol")),
    "categorical index": lambda frame: frame.set_axis(frame.index.astype(pd.CategoricalDtype(frame.index))),
    "named columns": lambda frame: frame.rename_axis(columns="feature"),
}


@pytest.mark.parametrize("name", SAME)
def test_how_a_frame_is_held_does_not_count(name: str) -> None:
    assert changed_columns(column_digests(market()), column_digests(SAME[name](market()))) == []
    assert frame_digest(SAME[name](market())) == frame_digest(market())


OTHER: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "renamed": (lambda frame: frame.rename(columns={"rank": "place"}), ["place", "rank"]),
    "dropped": (lambda frame: frame.drop(columns="rank"), ["rank"]),
    "swapped": (lambda frame: frame.rename(columns={"rank": "close", "close": "rank"}), ["close", "rank"]),
    "one ulp": (with_column(close=[math.nextafter(1.5, 2), 0.0, math.nan, 4.0]), ["close"]),
    "filled": (with_column(close=[1.5, 0.0, 0.0, 4.0]), ["close"]),
    "float32": (lambda frame: frame.astype({"close": "float32"}), ["close"]),
    "int32": (lambda frame: frame.astype({"rank": "int32"}), ["rank"]),
    "uint64": (lambda frame: frame.astype({"rank": "uint64"}), ["rank"]),
    "float of int": (lambda frame: frame.astype({"rank": "float64"}), ["rank"]),
    "int of bool": (lambda frame: frame.astype({"listed": "int64"}), ["listed"]),
    "gap": (with_column(rank=pd.array([4, None, 2, 1], dtype="Int64")), ["rank"]),
    "gap for zero": (with_column(rank=[4, 0, 2, 1]), ["rank"]),
    "None as text": (with_column(sector=["defi", "None", "", "ünï"]), ["sector"]),
    "empty for missing": (with_column(sector=["defi", "", "", "ünï"]), ["sector"]),
    "texts cut elsewhere": (with_column(sector=["def", None, "i", "ünï"]), ["sector"]),
    "normal form": (with_column(sector=["defi", None, "", "u\u0308ni\u0308"]), ["sector"]),
    "naive": (lambda frame: frame.assign(seen=frame["seen"].dt.tz_localize(None)), ["seen"]),
    "zone": (lambda frame: frame.assign(seen=frame["seen"].dt.tz_convert(ZoneInfo("Asia/Tokyo"))), ["seen"]),
    "microsecond": (lambda frame: frame.assign(seen=frame["seen"] + pd.Timedelta(microseconds=1)), ["seen"]),
    "one venue": (with_column(venues=pd.Series([["B"], None, [], ["A", "B"]]).to_numpy()), ["venues"]),
    "index renamed": (lambda frame: frame.rename_axis("asset"), []),
    "index unnamed": (lambda frame: frame.rename_axis(None), []),
    "index relabelled": (lambda frame: frame.rename(index={"SOL": "SUI"}), []),
    "rows relabelled": (lambda frame: frame.rename(index={"SOL": "ADA", "ADA": "SOL"}), sorted(VECTORS)),
    "row dropped": (lambda frame: frame.drop(index="SOL"), sorted(VECTORS)),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_counts_is_located(name: str) -> None:
    change, columns = OTHER[name]
    assert changed_columns(column_digests(market()), column_digests(change(market()))) == columns
    assert frame_digest(change(market())) != frame_digest(market())


FLOATS = st.floats(width=64)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_order_does_not_count_and_each_value_does(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    values = data.draw(st.lists(st.lists(FLOATS, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    frame = pd.DataFrame(values, dtype=float).add_prefix("c").add_prefix("r", axis=0)
    shuffled = frame.loc[data.draw(st.permutations(list(frame.index))), data.draw(st.permutations(list(frame.columns)))]
    assert frame_digest(shuffled) == frame_digest(frame)
    row, column, new = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1)), data.draw(FLOATS)
    changed = frame.copy()
    changed.iloc[row, column] = new
    same = new == values[row][column] or (math.isnan(new) and math.isnan(values[row][column]))
    found = changed_columns(column_digests(frame), column_digests(changed))
    assert found == ([] if same else [f"c{column}"])


def test_row_layout_and_blocks_of_columns_do_not_count() -> None:
    values = np.random.default_rng(0).normal(size=(30, 200))
    values[3, 7] = math.nan
    frames = [pd.DataFrame(np.asarray(values, order=order)).add_prefix("c") for order in ("C", "F")]
    single = {name: column_digests(frames[0][[name]])[name] for name in map(str, frames[0])}
    assert column_digests(frames[0]) == column_digests(frames[1]) == single


def test_stored_leaves_give_the_frame_digest() -> None:
    assert joined_digest(INDEX, json.loads(json.dumps(VECTORS))) == FRAME
