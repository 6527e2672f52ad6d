"""The formats that people have give the bars that they were made from; what isn't one is refused with the mend."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.market import market
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_returns
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

TITLES = {"open": "Open", "high": "High", "low": "Low", "close": "Close", "adj_close": "Adj Close", "volume": "Volume"}


def bars() -> pd.DataFrame:
    names = sorted(market().bars["symbol"].unique()[:6].tolist())
    found = market().bars[market().bars["symbol"].isin(names)].copy()
    found["symbol"] = found["symbol"].astype(object)
    whole = found.dropna(subset=["date", "close"]).drop_duplicates(["symbol", "date"])
    return whole.assign(adj_close=whole["close"] * 0.9)[["symbol", "date", *TITLES]].reset_index(drop=True)


def tickers() -> pd.DataFrame:
    wide = bars().rename(columns=TITLES).pivot(index="date", columns="symbol", values=list(TITLES.values()))
    wide.index.name = "Date"
    wide.columns.names = ["Price", "Ticker"]
    return wide


def per_symbol(folder: Path) -> None:
    (folder / "bars").mkdir()
    for symbol, rows in bars().groupby("symbol"):
        rows.drop(columns="symbol").rename(columns=TITLES).to_csv(folder / "bars" / f"{symbol}.csv", index=False)


def parts(folder: Path) -> None:
    (folder / "bars.parquet").mkdir()
    (folder / "bars.parquet/_SUCCESS").touch()
    for number, rows in enumerate(np.array_split(np.arange(len(bars())), 3)):
        bars().iloc[rows].to_parquet(folder / f"bars.parquet/part-{number}.parquet")


def partitions(folder: Path) -> None:
    for symbol, rows in bars().groupby("symbol"):
        (folder / f"bars/symbol={symbol}").mkdir(parents=True)
        rows.drop(columns="symbol").to_parquet(folder / f"bars/symbol={symbol}/part.parquet")


FORMATS: dict[str, Callable[[Path], object]] = {
    "parquet": lambda folder: bars().to_parquet(folder / "bars.parquet"),
    "feather": lambda folder: bars().to_feather(folder / "bars.feather"),
    "long csv": lambda folder: bars().to_csv(folder / "bars.csv", index=False),
    "csv with its row numbers": lambda folder: bars().to_csv(folder / "bars.csv"),
    "semicolons and a byte order mark": lambda folder: (folder / "bars.csv").write_text(
        bars().to_csv(index=False, sep=";"), encoding="utf-8-sig"
    ),
    "title case": lambda folder: (
        bars().rename(columns={**TITLES, "date": "Date", "symbol": "Ticker"}).to_parquet(folder / "bars.parquet")
    ),
    "a two-level index": lambda folder: bars().set_index(["symbol", "date"]).to_parquet(folder / "bars.parquet"),
    "Yahoo's frame": lambda folder: tickers().to_parquet(folder / "bars.parquet"),
    "Yahoo's frame by ticker": lambda folder: (
        tickers().swaplevel(axis=1).sort_index(axis=1).to_parquet(folder / "bars.parquet")
    ),
    "Yahoo's frame under the name of closes": lambda folder: tickers().to_parquet(folder / "prices.parquet"),
    "long bars under the name of closes": lambda folder: bars().to_csv(folder / "prices.csv", index=False),
    "Yahoo's csv": lambda folder: tickers().to_csv(folder / "bars.csv"),
    "one csv per symbol": per_symbol,
    "a folder of parts": parts,
    "partitions by symbol": partitions,
    "Binance's klines": lambda folder: (
        bars()
        .assign(open_time=(bars()["date"] - pd.Timestamp(0)) // pd.Timedelta(microseconds=1), close_time=1)
        .drop(columns="date")
        .to_csv(folder / "bars.csv", index=False)
    ),
    "milliseconds": lambda folder: (
        bars()
        .assign(timestamp=(bars()["date"] - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1))
        .drop(columns="date")
        .to_csv(folder / "bars.csv", index=False)
    ),
}


def read(folder: Path) -> Tables:
    return FolderProvider(folder, resolved_settings().settings.data).tables(None)


def ordered(frame: pd.DataFrame | None) -> pd.DataFrame:
    assert frame is not None
    plain = frame.assign(symbol=frame["symbol"].astype(object)).dropna(subset=["close"])
    columns = ["symbol", "date", *TITLES]
    return plain[columns].sort_values(["symbol", "date"], ignore_index=True)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_bars(kind: str, tmp_path: Path) -> None:
    FORMATS[kind](tmp_path)
    expected = ordered(bars().assign(date=bars()["date"].astype("datetime64[us]")))
    pd.testing.assert_frame_equal(ordered(read(tmp_path).bars), expected)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_wide_closes_are_bars(ending: str, tmp_path: Path) -> None:
    wide = bars().pivot(index="date", columns="symbol", values="close")
    _ = wide.to_csv(tmp_path / "closes.csv") if ending == "csv" else wide.to_parquet(tmp_path / "prices.parquet")
    found = read(tmp_path).bars
    assert found is not None
    closes = found.assign(symbol=found["symbol"].astype(object)).pivot(index="date", columns="symbol", values="close")
    assert closes.index.tolist() == wide.index.tolist()
    assert closes.columns.tolist() == wide.columns.tolist()
    np.testing.assert_array_equal(closes.to_numpy(), wide.to_numpy())


REFUSED: dict[str, tuple[str, str, str]] = {
    "wide bars": ("bars.csv", "date,AAPL,MSFT\n2026-01-02,1,2\n", r"data\.closes"),
    "returns as closes": ("closes.csv", "date,AAPL,MSFT\n2026-01-02,-0.01,0.02\n", r"data\.returns"),
    "one symbol as closes": ("prices.csv", "Date,Open,Close,Volume\n2026-01-02,1,2,3\n", "prices of one .*bars/"),
    "two tables": ("A.csv", "Date,Close\n2026-01-02,1\n", "but 2 tables .*one per symbol"),
    "dates as numbers": ("bars.parquet", "", "numbers"),
    "counts of no unit": ("bars.csv", "symbol,timestamp,close\nA,12000000000,1\nA,12000086400,2\n", "since 1970"),
    "counts in a column of dates": ("bars.csv", "symbol,date,close\nA,1712012000,1\n", "are numbers .*timestamp"),
    "a column twice": ("bars.csv", "symbol,date,close,close\nA,2026-01-02,1,2\n", "more than one column"),
    "two spellings": ("bars.csv", "symbol,date,Close,CLOSE\nA,2026-01-02,1,2\n", "both spell close"),
    "ragged": ("bars.csv", "symbol,date,close\nA,2026-01-02,1,2\n", "can't be read as CSV"),
    "lines that end as on an old Mac": (
        "bars.csv",
        "symbol,date,close\rA,2026-01-02,1\r",
        "can't be read as CSV: .*LF",
    ),
    "a cell without an end": ("bars.csv", f"symbol,date,close\n{'A' * 140_000},2026-01-02,1\n", "can't be read as CSV"),
    "UTF-16": ("bars.csv", "\udcff\udcfes\0y\0", "UTF-8"),
    "nothing": ("prices_2026.xlsx", "", r"There is 1: prices_2026.xlsx; looked for bars\.parquet"),
    "an empty file": ("bars.csv", "", "empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_none_of_them_is_refused_with_what_mends_it(case: str, tmp_path: Path) -> None:
    name, text, said = REFUSED[case]
    if case == "dates as numbers":
        bars().assign(date=20260102).to_parquet(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    if case == "two tables":
        (tmp_path / "B.csv").write_text(text)
    with pytest.raises(DataContractError, match=said) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


def test_columns_of_two_levels_are_no_symbols(tmp_path: Path) -> None:
    bars().to_parquet(tmp_path / "bars.parquet")
    tickers()[["Close"]].pct_change(fill_method=None).to_parquet(tmp_path / "returns.parquet")
    with pytest.raises(DataContractError, match=r'the columns of returns.parquet have 2 levels .*frame\["Close"\]'):
        read(tmp_path)
    with pytest.raises(DataContractError, match="the columns of returns have 2 levels"):
        typed_returns(tickers())


def test_what_is_there_and_not_read_is_named(tmp_path: Path) -> None:
    bars().assign(Volume_Quoted=1.0).rename(columns={"adj_close": "AdjustClose"}).to_parquet(tmp_path / "bars.parquet")
    bars().to_csv(tmp_path / "ohlcv.csv")
    notes = " / ".join(read(tmp_path).notes)
    assert "bars.parquet is read, so ohlcv.csv is not" in notes
    assert "'AdjustClose' is not read; did you mean adj_close?" in notes


@pytest.mark.parametrize("column", ["AdjustedClosePrice", "Close (adj.) USD"])
def test_a_longer_spelling_of_what_is_missing_is_named(column: str, tmp_path: Path) -> None:
    bars().rename(columns={"adj_close": column}).to_parquet(tmp_path / "bars.parquet")
    assert f"bars.parquet: the column {column!r} is not read; did you mean adj_close?" in read(tmp_path).notes


def test_a_flipped_bit_in_a_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    bars().to_parquet(path, write_page_checksum=True)
    whole = path.read_bytes()
    pages = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    rng = np.random.default_rng(0)
    expected = ordered(read(tmp_path).bars)
    refused = 0
    for place, bit in zip(rng.integers(0, pages, 60).tolist(), rng.integers(0, 8, 60).tolist(), strict=True):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        try:
            pd.testing.assert_frame_equal(ordered(read(tmp_path).bars), expected)
        except DataContractError as error:
            refused += "\n" not in str(error)
    assert refused >= 55


def test_the_digest_is_of_the_bytes_that_were_parsed(tmp_path: Path) -> None:
    """A writer replaces the file all the while: what was parsed is what was digested."""
    path, stop = tmp_path / "bars.csv", threading.Event()
    versions = [f"symbol,date,close\nA,2026-01-02,{price}\n".encode() for price in range(1, 40)]
    digests = {bytes_digest(version): price for price, version in enumerate(versions, 1)}
    path.write_bytes(versions[0])

    def replace() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % len(versions)
            (tmp_path / "new").write_bytes(versions[number])
            (tmp_path / "new").replace(path)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(60):
            found = read(tmp_path)
            assert found.bars is not None
            assert digests[found.sources[0].digest] == found.bars["close"].iloc[0]
    finally:
        stop.set()
        writer.join()
