"""The tables of input problems in DESIGN, sections 6 and 10: what is refused, how, and what runs on."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, market, returns, settings
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, SelectionError

NAMES = [f"A{number:02d}" for number in range(20)]


def small() -> pd.DataFrame:
    frame = returns()
    full = frame.columns[frame.notna().all()][: len(NAMES)]
    return frame[full].iloc[-150:].set_axis(NAMES[: len(full)], axis=1)


def run(frame: Any = None, given: Any = None, **options: Any) -> Any:
    frame = small() if frame is None else frame
    return select(frame, candidates(small().columns) if given is None else given, **options)


def refused(kind: type[SelectionError], code: int, *named: str) -> Any:
    class Refused:
        def __enter__(self) -> None:
            self._raises = pytest.raises(kind)
            self._caught = self._raises.__enter__()

        def __exit__(self, *error: Any) -> bool:
            held = self._raises.__exit__(*error)
            message = str(self._caught.value)
            assert self._caught.value.exit_code == code
            assert len(message) < 600
            assert "\n" not in message.strip()
            for part in named:
                assert part in message, message
            return bool(held)

    return Refused()


def infinite(frame: pd.DataFrame, value: Any = np.inf) -> pd.DataFrame:
    frame.iat[7, 2] = value
    return frame


# -- refused: returns

RETURNS: dict[str, tuple[Callable[[pd.DataFrame], Any], tuple[str, ...]]] = {
    "no rows": (lambda frame: frame.iloc[:0], ("0 days",)),
    "no columns": (lambda frame: frame.iloc[:, :0], ("0 assets",)),
    "one row": (lambda frame: frame.iloc[:1], ("1 days",)),
    "a list": (lambda frame: frame.to_numpy().tolist(), ("list",)),
    "a series": (lambda frame: frame["A00"], ("Series",)),
    "no dates": (lambda frame: frame.reset_index(drop=True), ("dates", "numbers")),
    "dates that are none": (lambda frame: frame.set_axis([f"day {n}" for n in range(len(frame))]), ("dates",)),
}


@pytest.mark.parametrize("case", RETURNS)
def test_returns_that_are_refused(case: str) -> None:
    spoil, named = RETURNS[case]
    with refused(DataContractError, 3, "ingestion: ", *named):
        run(spoil(small()))


def test_a_missing_table_is_refused() -> None:
    with refused(DataContractError, 3, "ingestion: ", "neither bars nor returns"):
        select(None, candidates(NAMES))


def test_returns_of_which_nothing_is_usable_are_refused() -> None:
    with refused(DataContractError, 3, "ingestion: "):
        run(small().astype(object).map(lambda _: "much"))


# -- refused: bars


def bars() -> pd.DataFrame:
    return market().bars[market().bars["symbol"].isin(market().bars["symbol"].unique()[:20])].copy()


BARS: dict[str, tuple[Callable[[pd.DataFrame], Any], tuple[str, ...]]] = {
    "no rows": (lambda frame: frame.iloc[:0], ("0 days",)),
    "one day": (lambda frame: frame[frame["date"] == frame["date"].max()], ("--as-of",)),
    "no close": (lambda frame: frame.drop(columns="close"), ("lacks", "close")),
    "no symbol": (lambda frame: frame.drop(columns="symbol"), ("lacks", "symbol")),
    "words": (
        lambda frame: frame.astype({"close": object}).assign(close="much"),
        ("not one close", "is a number", "much"),
    ),
    "dates that are none": (lambda frame: frame.assign(date="some day"), ("dates",)),
    "numbers for dates": (lambda frame: frame.assign(date=5), ("dates",)),
    "a list": (lambda frame: [1, 2], ("list",)),
}


@pytest.mark.parametrize("case", BARS)
def test_bars_that_are_refused(case: str) -> None:
    spoil, named = BARS[case]
    with refused(DataContractError, 3, "ingestion: ", *named):
        select(None, candidates(bars()["symbol"].unique()), bars=spoil(bars()))


# -- refused: candidates, statistics, date

CANDIDATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "none": ([], ("nothing proposes candidates", "candidates.csv", "universe=returns")),
    "no object": (["A00", "A01"], ("entry 0", "str")),
    "a list inside": ([["A00"]], ("entry 0", "list")),
    "no symbol": ([{"logic": "trend"}], ("none of the 1 entries", "symbol", "logic")),
    "a number for a symbol": ([{"symbol": 5}], ("none of the 1 entries", "symbol")),
    "an empty symbol": ([{"symbol": " "}], ("none of the 1 entries", "symbol")),
    "a text": ("A00", ("str",)),
    "a number": (5, ("int",)),
    "strangers": ([{"symbol": f"X{number}"} for number in range(999)], ("none of the candidates", "A00")),
    "one of them no stranger": (
        [{"symbol": name} for name in ("A00", *(f"X{number}" for number in range(19)))],
        ("only 1 of 20 candidates", "(A00)", "they lack for 19: X0", "data.strangers"),
    ),
}


@pytest.mark.parametrize("case", CANDIDATES)
def test_candidates_that_are_refused(case: str) -> None:
    given, named = CANDIDATES[case]
    with refused(DataContractError, 3, "ingestion: ", *named):
        run(given=given)


def test_few_candidates_may_have_few_partners() -> None:
    few = [{"symbol": name} for name in ("A00", *(f"X{number}" for number in range(18)))]
    assert run(given=few).coverage["candidates"] == 1
    many = [*few, {"symbol": "X18"}]
    assert run(given=many, settings={"data.strangers": "allow"}).coverage["candidates"] == 1


STATISTICS: dict[str, Any] = {
    "a list": [1, 2],
    "words": pd.DataFrame({"Antifragility_Score": ["high"]}, index=["A00"]),
}


@pytest.mark.parametrize("case", STATISTICS)
def test_statistics_that_are_refused(case: str) -> None:
    with refused(DataContractError, 3, "ingestion: ", "statistics"):
        run(statistics=STATISTICS[case])


def test_a_date_before_all_data_is_refused() -> None:
    with refused(DataContractError, 3, "ingestion: ", "0 days"):
        run(as_of="1999-12-31")


def test_a_date_that_is_none_is_refused() -> None:
    with refused(ConfigurationError, 2, "soon"):
        run(as_of="soon")


# -- quarantined: the run goes on, --strict-data refuses

CELLS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "infinite": (infinite, "infinite return"),
    "minus infinite": (lambda frame: infinite(frame, -np.inf), "infinite return"),
    "below -100 %": (lambda frame: infinite(frame, -1.5), "return below -100 %"),
    "a word": (lambda frame: infinite(frame.astype(object), "much"), "not a number"),
    "an object": (lambda frame: infinite(frame.astype(object), {"a": 1}), "not a number"),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_bad_cell_is_quarantined(case: str) -> None:
    spoil, reason = CELLS[case]
    found = run(spoil(small()))
    assert found.coverage["quarantined"] == {reason: 1}
    (row,) = [row for _, row in found.quarantine.iterrows()]
    assert (row["table"], row["symbol"], row["date"], row["reason"]) == ("returns", "A02", small().index[7], reason)
    assert np.isnan(found.context.returns.iloc[7, 2])
    assert found.context.feature_store["quarantined_share"].gt(0).sum() == 1
    with refused(DataContractError, 3, "ingestion: ", reason, "A02"):
        run(spoil(small()), settings={"data.strict": True})


LINES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "duplicate symbol": (lambda frame: pd.concat([frame, frame[["A03"]] * 0.5], axis=1), "duplicate symbol"),
    "duplicate date": (lambda frame: pd.concat([frame.iloc[[5]] * 0.5, frame]), "superseded by a later row"),
    "missing date": (lambda frame: pd.concat([frame, frame.iloc[[5]].set_axis([pd.NaT])]), "missing date"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_bad_row_or_column_is_quarantined(case: str) -> None:
    spoil, reason = LINES[case]
    found = run(spoil(small()))
    assert found.coverage["quarantined"] == {reason: 1}
    pd.testing.assert_frame_equal(found.context.returns, run().context.returns)
    with refused(DataContractError, 3, "ingestion: ", reason):
        run(spoil(small()), settings={"data.strict": True})


ROWS: dict[str, tuple[dict[str, float], str]] = {
    "infinite": ({"close": np.inf}, "infinite close"),
    "missing": ({"close": np.nan}, "missing close"),
    "zero": ({"close": 0.0}, "close not positive"),
    "negative": ({"low": -1.0}, "low not positive"),
    "crossed": ({"high": 1e-9}, "high below another price"),
    "above": ({"low": 1e9, "high": 2e9}, "low above another price"),
    "volume": ({"volume": -1.0}, "volume negative"),
}


@pytest.mark.parametrize("case", [*ROWS, "duplicate", "no symbol"])
def test_a_bad_bar_is_quarantined(case: str) -> None:
    clean = bars().dropna()
    clean = clean[(clean["close"] > 0) & np.isfinite(clean["close"]) & (clean["high"] >= clean["low"])].drop_duplicates(
        ["symbol", "date"]
    )
    row = clean.iloc[[500]]
    if case == "duplicate":
        dirty, reason = pd.concat([row.assign(close=row["high"]), clean]), "superseded by a later row"
    elif case == "no symbol":
        dirty, reason = pd.concat([clean, row.assign(symbol=None)]), "missing symbol"
    else:
        change, reason = ROWS[case]
        dirty = pd.concat([clean.drop(index=row.index), row.assign(**change)])
    given = candidates(clean["symbol"].unique())
    found, spotless = (select(None, given, bars=frame) for frame in (dirty, clean))
    counted, before = found.coverage["quarantined"], spotless.coverage["quarantined"]
    assert counted.get(reason, 0) == before.get(reason, 0) + 1
    others = found.context.returns.columns.drop(row["symbol"])
    pd.testing.assert_frame_equal(found.context.returns[others], spotless.context.returns[others])
    with refused(DataContractError, 3, "ingestion: ", reason):
        select(None, given, bars=dirty, settings={"data.strict": True})


VALUES = {
    "infinite value traded": {"value_traded": np.inf},
    "negative value traded": {"value_traded": -5.0},
    "infinite tick size": {"tick_size": np.inf},
    "impossible ADX": {"adx": 150.0},
    "unknown direction": {"direction": "UP"},
}


@pytest.mark.parametrize("case", VALUES)
def test_one_impossible_value_of_one_candidate_does_not_end_the_run(case: str) -> None:
    given = candidates(small().columns)
    given[3] = {**given[3], **VALUES[case]}
    found = run(given=given)
    assert sum(found.coverage["quarantined"].values()) == 1
    with refused(DataContractError, 3, "ingestion: ", "A03"):
        run(given=given, settings={"data.strict": True})


@pytest.mark.parametrize("value", [np.inf, -0.2])
def test_one_impossible_statistic_does_not_end_the_run(value: float) -> None:
    found = run(statistics=pd.DataFrame({"Regime_Survival_Score": [value]}, index=["A03"]))
    assert sum(found.coverage["quarantined"].values()) == 1


# -- taken as meant


def test_dates_come_in_any_order_zone_and_type() -> None:
    plain = run().context
    frame = small()
    assert run(frame.iloc[::-1]).context == plain
    assert run(frame.tz_localize("UTC")).context == plain
    assert run(frame.set_axis(frame.index.strftime("%Y-%m-%d"))).context == plain
    assert run(frame.set_axis(frame.index.date)).context == plain
    local = frame.tz_localize("UTC").tz_convert("Asia/Tokyo")
    assert run(local).context == plain
    assert run(frame.set_axis(frame.index.astype("datetime64[s]"))).context == plain


def test_numbers_come_in_any_type() -> None:
    plain = run().context
    frame = small()
    assert run(frame.astype(object)).context == plain
    assert run(frame.assign(A01=frame["A01"].map(repr))).context == plain
    assert run(frame.astype("Float64")).context == plain
    assert run(frame.set_axis(frame.columns.astype("category"), axis=1)).context == plain


def test_candidates_come_as_a_frame_with_holes() -> None:
    table = pd.DataFrame(candidates(small().columns))
    table["direction"] = [None] * 5 + [np.nan] * 5 + ["LONG"] * (len(table) - 10)
    table["logic"] = [None] * len(table)
    found = run(given=table)
    assert found.coverage["quarantined"] == {}
    assert (found.context.raw_pool["direction"] == "LONG").all()
    assert (found.context.raw_pool["logic"] == "trend").all()
    assert found.context == run().context


def test_a_column_of_nan_is_an_asset_that_never_traded() -> None:
    found = run(small().assign(A04=np.nan))
    assert found.context.standings.loc["A04", "outcome"] == "hard veto"
    assert found.context.feature_store.loc["A04", "observations"] == 0


# -- refused: settings

UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"data.barz": ["x"]}, "data.barz"),
    ({"weights.charm": 1.0}, "charm"),
    ({"probabilities.charm": "rank"}, "charm"),
    ({"gates.mine": {"feature": "charm", "op": ">=", "threshold": 1, "kind": "hard"}}, "charm"),
    ({"scorers.mine": {"kind": "oracle", "role": "challenger"}}, "oracle"),
    ({"scorers.mine": {"kind": "nowhere:Oracle", "role": "challenger"}}, "nowhere"),
    ({"scorers.mine": {"kind": "json:dumps", "role": "challenger"}}, "json:dumps"),
    ({"scorers.log_mps.parameters": {"power": 2}}, "log_mps"),
    ({"clusters.bucketizer": "kmeans"}, "kmeans"),
    ({"features.modules": ["nowhere_to_be_found"]}, "nowhere_to_be_found"),
    ({"gates.entropy.threshold": 0.999}, "can never fail"),
    ({"gates.health.threshold": -1.0}, "can never fail"),
    ({"weights": dict.fromkeys(settings().weights, 0.0)}, "weight"),
    ({"ladder": [{"name": "a"}, {"name": "b", "set": {"charm": 1.0}}]}, "charm"),
]


@pytest.mark.parametrize(("changed", "named"), UNKNOWN, ids=lambda value: str(value)[:40])
def test_what_is_unknown_is_refused_before_anything_is_read(changed: dict[str, Any], named: str) -> None:
    with refused(ConfigurationError, 2, named):
        select(None, None, settings=changed)


# -- folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "lake" / "data"
    write_market(market(), data)
    for name in ("bars.parquet", "statistics.parquet"):
        (data.parent / name).write_bytes((data / name).read_bytes())
    (data.parent / "scan.json").write_text("[]")
    return data


def read(folder: Path, **changed: Any) -> Any:
    chosen = resolved_settings(settings={f"data.{name}": value for name, value in changed.items()}).settings.data
    return FolderProvider(folder, chosen).tables(None)


def test_the_folder_itself_is_readable(folder: Path) -> None:
    tables = read(folder)
    assert len(tables.bars) == len(market().bars)
    assert {source.name for source in tables.sources} >= {"bars", "instruments", "statistics"}


OUTSIDE: list[dict[str, Any]] = [
    *({table: ["../bars.parquet"]} for table in ("bars", "returns", "instruments", "statistics")),
    {"bars": ["scans/../../bars.parquet"]},
    {"candidates": ["../scan.json"]},
    {"scans": "../*.json"},
    {"scans": "scans/../../*.json"},
    {"scans": "**/../../*.json"},
    {"scans": "/*.json"},
    {"bars": ["/bars.parquet"]},
]


@pytest.mark.parametrize("changed", OUTSIDE, ids=str)
def test_a_path_out_of_the_folder_is_refused(folder: Path, changed: dict[str, Any]) -> None:
    value = next(iter(changed.values()))
    with refused(ConfigurationError, 2, value if isinstance(value, str) else value[0], "folder"):
        read(folder, **changed)


@pytest.mark.parametrize("name", ["bars.parquet", "scans/link.json"])
def test_a_link_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(folder.parent / ("bars.parquet" if name.startswith("bars") else "scan.json"))
    with refused(ConfigurationError, 2, "folder"):
        read(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refused(DataContractError, 3, "ingestion: ", "no data folder"):
        read(tmp_path / "nowhere")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("exploded"),))


@pytest.mark.parametrize("name", ["bars.pkl", "bars.pickle", "bars.parquet"])
def test_a_pickle_is_refused_and_not_run(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / name).write_bytes(pickle.dumps(Bomb()))
    with refused(DataContractError, 3, "ingestion: ", name):
        read(folder, bars=[name])
    assert not (folder / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 99 + b"PAR1", b"symbol,date,close\n"])
def test_unreadable_parquet_is_refused(folder: Path, content: bytes) -> None:
    (folder / "bars.parquet").write_bytes(content)
    with refused(DataContractError, 3, "ingestion: ", "bars.parquet"):
        read(folder)


def test_truncated_parquet_is_refused(folder: Path) -> None:
    whole = (folder / "bars.parquet").read_bytes()
    (folder / "bars.parquet").write_bytes(whole[: len(whole) // 2])
    with refused(DataContractError, 3, "ingestion: ", "bars.parquet"):
        read(folder)


def test_a_parquet_file_without_close_is_refused(folder: Path) -> None:
    market().bars.drop(columns="close").to_parquet(folder / "bars.parquet")
    with refused(DataContractError, 3, "ingestion: ", "bars", "close"):
        read(folder)


SCANS: dict[str, tuple[str, tuple[str, ...]]] = {
    "no JSON": ("{", ("scan.json",)),
    "half": ('[{"symbol": "A"', ("scan.json",)),
    "no UTF-8": ("\udcff", ("scan.json",)),
    "a number": ("5", ("scan.json",)),
    "no data": ('{"meta": {}}', ("scan.json", "data")),
    "no objects": ('["A"]', ("scan.json", "entry 0", "str")),
    "no symbol": ("[{}]", ("scan.json", "has a symbol")),
    "a key twice": ('[{"symbol": "A", "symbol": "B"}]', ("scan.json", "'symbol' stands twice")),
    "too deep": ("[" * 100_000, ("scan.json", "deep")),
    "UTF-16": ("\udcff\udcfe[\0]\0", ("scan.json", "UTF-16")),
    "a lone surrogate": (r'[{"symbol": "A", "logic": "\ud800"}]', ("scan.json", "Unicode")),
    "a huge number": ('[{"symbol": "A", "Value.Traded": ' + "9" * 5000 + "}]", ("scan.json",)),
    "a failed scan": ('{"status": "failed", "data": []}', ("scan.json", "failed")),
    "values without names": ('{"data": [{"s": "NASDAQ:AAPL", "d": [1, 2]}]}', ("scan.json", "columns")),
    "no meta": ('{"meta": 5, "data": []}', ("scan.json", "meta")),
    "null meta": ('{"meta": null, "data": []}', ("scan.json", "meta")),
    "a date that is none": ('{"meta": {"asof": "soon"}, "data": []}', ("scan.json", "soon")),
}


@pytest.mark.parametrize("case", SCANS)
def test_a_scan_that_is_none_is_refused(folder: Path, case: str) -> None:
    text, named = SCANS[case]
    (folder / "scans" / "scan.json").write_bytes(text.encode(errors="surrogateescape"))
    with refused(DataContractError, 3, "ingestion: ", *named):
        read(folder)


@pytest.mark.parametrize("asof", ["2026-06-30T00:00:00Z", "2026-06-30T00:00:00+00:00", "2026-06-30", None])
def test_the_date_of_a_scan_may_have_a_zone_or_be_missing(folder: Path, asof: str | None) -> None:
    scan = {"meta": {"scanner": "own", "asof": asof}, "data": [{"symbol": "US:SPY"}]}
    (folder / "scans" / "scan.json").write_text(json.dumps(scan))
    chosen = resolved_settings().settings.data
    tables = FolderProvider(folder, chosen).tables(pd.Timestamp("2026-06-30"))
    assert any(record["scanner"] == "own" for record in tables.candidates)
    assert (
        not any(
            record["scanner"] == "own"
            for record in FolderProvider(folder, chosen).tables(pd.Timestamp("2026-06-29")).candidates
        )
        or not asof
    )


def test_no_scans_is_a_pattern_too(folder: Path) -> None:
    assert read(folder, scans="nothing/*.json").candidates == ()
    with refused(ConfigurationError, 2, "scans"):
        read(folder, scans="")


def test_an_error_dumps_no_frame_on_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DataContractError):
        run(given=[])
    assert "Node inputs" not in caplog.text
