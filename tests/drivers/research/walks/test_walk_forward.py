"""A walk is a row of cold selections; what comes after a date touches nothing of it; and it can be stopped at any date."""

import pickle
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import SETTINGS, market
from support.walks import files, provider, scans, walk, walked
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import replaced
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import partition_stability
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import walk_document
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import walk_text
from tradingview_scraper.pipelines.selection.drivers.research.walks import walk_files
from tradingview_scraper.pipelines.selection.drivers.research.walks.ablations import ablated
from tradingview_scraper.pipelines.selection.drivers.research.walks.date_tasks import DateTask, WalkReference, _provider
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import known_rows
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FORWARD, WITHOUT


def known(panel: pd.DataFrame) -> pd.DataFrame:
    """What was known on the dates."""
    return panel.drop(columns=["sessions_left", *(name for name in panel.columns if name.startswith(FORWARD))])


def test_the_dates_of_a_walk_equal_cold_selections() -> None:
    panel = walked().panel
    for date in panel["date"].unique():
        cold = select(
            *(None, scans(), market().statistics),
            bars=market().bars,
            as_of=date,
            settings={**SETTINGS, "data.max_scan_age_days": 1000},
        )
        rows = known(panel[panel["date"] == date]).reset_index(drop=True)
        again = known_rows(cold, date)
        if date == panel["date"].iloc[-1]:
            again = again.join(ablated(cold, date).add_prefix(WITHOUT), on="symbol")
        pd.testing.assert_frame_equal(rows[again.columns], again, check_exact=True)
        assert {*rows.columns} - {*again.columns} <= {*rows.filter(like=WITHOUT).columns}
        assert rows["winner"].sum() == len(cold.winners)


def test_forward_returns_are_those_of_the_bars() -> None:
    panel = walked().panel
    row = panel[panel["winner"] & panel["symbol"].str.endswith("USDT")].iloc[0]
    closes = market().bars.query("symbol == @row.symbol").drop_duplicates("date").set_index("date")["close"]
    entry, exit_ = (closes[row["date"] + pd.Timedelta(days=days)] for days in (1, 7))
    assert row["forward.6"] == pytest.approx(exit_ / entry - 1)
    assert panel["forward.21"].isna().mean() == 0


def test_what_comes_after_a_date_changes_only_its_forward_returns(tmp_path: Path) -> None:
    bars = market().bars.copy()
    later = (bars["date"] > "2026-03-02").to_numpy()
    noise = np.exp(np.random.default_rng(3).normal(0, 0.05, later.sum()))
    bars.loc[later, ["open", "high", "low", "close"]] = (
        bars.loc[later, ["open", "high", "low", "close"]].to_numpy() * noise[:, None]
    )
    poisoned = walk(tmp_path, "2026-03-02", "2026-03-02", provider=provider(bars), ablation=True).panel
    clean = walked().panel
    clean = clean[clean["date"] == pd.Timestamp("2026-03-02")].reset_index(drop=True)
    pd.testing.assert_frame_equal(known(poisoned), known(clean), check_exact=True)
    assert (poisoned["forward.6"] != clean["forward.6"]).mean() > 0.9


def test_stopped_and_resumed_or_in_processes_the_bytes_are_the_same(tmp_path: Path) -> None:
    write_market(
        replace(market(), scans={f"{n}.json": document for n, document in enumerate(scans())}), tmp_path / "data"
    )

    def walked_in(name: str, **arguments: Any) -> WalkForward:
        (tmp_path / name).mkdir(exist_ok=True)
        given = {"data": tmp_path / "data", "provider": None, "every": "30d", **arguments}
        return walk(tmp_path / name, "2026-01-10", "2026-03-30", **given)

    def stop_after_two(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    whole = walked_in("whole")
    assert [end["status"] for end in whole.ends] == ["refused", "selected", "selected"]
    assert "no candidates as of this date" in whole.ends[0]["reason"]
    with pytest.raises(KeyboardInterrupt):
        walked_in("stopped", progress=stop_after_two)
    done: list[int] = []
    resumed = walked_in("stopped", progress=lambda now, total: done.append(now))
    assert done == [3]
    parallel = walked_in("parallel", workers=2)
    assert files(whole.folder) == files(resumed.folder) == files(parallel.folder)
    for name, package in (("ray", "ray"), ("dask", "distributed")):
        if find_spec(package) is not None:
            assert files(walked_in(name, executor=name).folder) == files(whole.folder)
    assert whole.folder.name == resumed.folder.name == parallel.folder.name


def test_where_lists_carry_over_each_date_knows_the_one_before(tmp_path: Path) -> None:
    # More eligible than seats, so that there is somebody to be beaten by.
    seats = {"recruitment.floor": 5, "recruitment.top_n": 1, "clusters.max_clusters": 8}
    seats |= {f"gates.{name}.enabled": False for name in ("efficiency", "adx", "net_edge", "momentum")}
    stay = {**seats, "recruitment.stay": 0.3}
    whole = walk(tmp_path / "whole", settings=stay, workers=2)
    first, second = (whole.panel[whole.panel["date"] == date] for date in whole.panel["date"].unique()[:2])
    held = sorted(first.loc[first["winner"], "symbol"] + " " + first.loc[first["winner"], "direction"])
    cold = select(
        *(None, scans(), market().statistics),
        bars=market().bars,
        as_of=second["date"].iloc[0],
        settings={**SETTINGS, "data.max_scan_age_days": 1000, **stay, "recruitment.held": held},
    )
    assert sorted(second.loc[second["winner"], "symbol"]) == sorted(cold.winners.index)
    alone = walk(tmp_path / "alone", settings=seats)
    assert replaced(whole.panel, whole.panel["winner"]).mean() < replaced(alone.panel, alone.panel["winner"]).mean()
    before = files(whole.folder)
    (whole.folder / "dates" / f"{second['date'].iloc[0].date()}.json").unlink()
    assert files(walk(tmp_path / "whole", settings=stay).folder) == before


def test_with_inertia_each_date_leans_on_the_partition_before(tmp_path: Path) -> None:
    inert = {"clusters.inertia": 0.2, "recruitment.stay": 0.3}
    panel = walk(tmp_path, end="2026-03-08", settings=inert).panel
    first, second = (panel[panel["date"] == date] for date in panel["date"].unique())
    positions = first["symbol"] + " " + first["direction"]
    held = [positions[first["cluster"] == number].tolist() for number in sorted(first["cluster"].unique())]
    given = {**SETTINGS, "data.max_scan_age_days": 1000, **inert}
    cold = select(
        *(None, scans(), market().statistics),
        bars=market().bars,
        as_of=second["date"].iloc[0],
        settings=given | {"clusters.held": held, "recruitment.held": positions[first["winner"]].tolist()},
    )
    # Challengers' lists among the rows: they climb with the same list before.
    rows = known_rows(cold, second["date"].iloc[0])
    pd.testing.assert_frame_equal(known(second).reset_index(drop=True)[rows.columns], rows, check_exact=True)
    plain = walked().panel
    plain = plain[plain["date"].isin(panel["date"])]
    assert partition_stability(plain).iloc[-1] < partition_stability(panel).iloc[-1]


def test_a_date_whose_rows_were_changed_is_walked_again(tmp_path: Path) -> None:
    one = walk(tmp_path, "2026-03-02", "2026-03-02")
    rows = one.folder / "dates" / "2026-03-02.parquet"
    date = pd.Timestamp("2026-03-02")
    assert walk_files.date_end(one.folder, date) == one.ends[0]
    rows.write_bytes(rows.read_bytes()[:-1] + b"x")
    assert walk_files.date_end(one.folder, date) is None


def test_two_at_one_walk_are_one_too_many(tmp_path: Path) -> None:
    one = walk(tmp_path, end="2026-03-02")
    (one.folder / "dates" / ".2026-03-02.json.1234.tmp").write_text("cut")
    with walk_files.alone(one.folder):
        assert not list(one.folder.rglob(".*.tmp"))
        with pytest.raises(ConfigurationError, match=f"another process is at this walk \\({one.folder.name}\\)"):
            walk(tmp_path, end="2026-03-02")


def test_an_exclusion_of_what_isnt_listed_yet_doesnt_end_the_walk(tmp_path: Path) -> None:
    name = str(walked().panel["symbol"].iloc[0])
    first = walked().panel["date"].iloc[0]
    bars = market().bars
    late = bars[(bars["symbol"] != name) | (bars["date"] > first)]
    documents = scans()
    for document in documents:
        document["data"] = [row for row in document["data"] if name not in row["symbol"]]
    unlisted = MemoryProvider(None, documents, market().statistics, late)
    found = walk(tmp_path, end="2026-03-08", provider=unlisted, settings={"data.exclude": {name: "not ours"}})
    assert [end["status"] for end in found.ends] == ["selected", "selected"]
    with pytest.raises(ConfigurationError, match="NOSUCH"):
        walk(tmp_path, settings={"data.exclude": {"NOSUCH": "misspelled"}})


def test_a_factor_that_raises_ends_the_walk_and_names_the_date(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import pandas as pd\n"
        "from tradingview_scraper.pipelines.selection.dataflow.features import factor\n\n\n"
        "@factor(low=0.0)\n"
        "def broken(returns: pd.DataFrame) -> pd.Series:\n"
        "    '''Fails.'''\n"
        "    raise ZeroDivisionError('oh')\n"
    )
    with pytest.raises(ConfigurationError, match=r"2026-03-02: features: .*broken.* raised ZeroDivisionError"):
        walk(tmp_path, settings={"features.modules": ["own"]})


@pytest.mark.parametrize("wrong", [{"horizons": ()}, {"horizons": (0,)}, {"entry_lag": -1}, {"workers": 0}])
def test_senseless_arguments_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="at least"):
        walk(tmp_path, **wrong)


LEAK = """
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features import factor


@factor()
def tomorrow(returns: pd.DataFrame) -> pd.Series:
    '''The next session's return, as a table shifted by a day the wrong way has it.'''
    shifted = pd.read_parquet(Path(__file__).with_name("shifted.parquet"))
    return shifted.loc[returns.index[-1]].reindex(returns.columns)
"""


def test_a_feature_shifted_into_the_future_by_a_day_is_named(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAK)
    walked().returns.shift(-1).to_parquet(tmp_path / "shifted.parquet")
    span = ("2026-03-02", "2026-04-25")
    told = {"settings": {"features.modules": ["leaky"]}, "entry_lag": 0, "horizons": (1,)}
    found = walk_document(walk(tmp_path, *span, **told), 10.0)
    assert found["too_good"]["feature.tomorrow"]["horizon"] == 1
    assert found["too_good"]["feature.tomorrow"]["ic"]["mean"] > 0.5
    assert "feature.tomorrow has a rank IC of 0." in walk_text(found)
    assert walk_document(walked(), 10.0)["too_good"] == {}


def test_a_provider_given_as_an_object_is_walked_here_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"given as an object and is none of data\.provider 'folder'"):
        walk(tmp_path, workers=2)


def test_a_worker_refuses_data_that_changed_under_the_walk(tmp_path: Path) -> None:
    write_market(market(), tmp_path / "data")
    settings = resolved_settings("v4", settings=SETTINGS).settings
    held = HeldFolder(tmp_path / "data", settings.data)
    told = WalkReference(tmp_path, tmp_path / "data", tmp_path, settings, (1,), 1, False, held.digests, (), "")
    assert _provider(told).tables(None).sources == held.tables(None).sources
    (tmp_path / "data" / "bars.parquet").write_bytes(b"")
    market().bars.iloc[:-1].to_parquet(tmp_path / "data" / "bars.parquet")
    with pytest.raises(ConfigurationError, match=r"bars\.parquet in data isn't what the walk began with"):
        _provider(told)


def test_a_worker_with_another_version_is_refused(tmp_path: Path) -> None:
    settings = resolved_settings("v4", settings=SETTINGS).settings
    told = WalkReference(tmp_path, tmp_path, tmp_path, settings, (1,), 1, False, (), (), "sha256:0")
    with pytest.raises(ConfigurationError, match="a worker has another tvselect"):
        DateTask("2026-03-02", pickle.dumps(told)).answer()


def test_each_name_of_drivers_can_be_imported() -> None:
    from tradingview_scraper.pipelines.selection import drivers

    assert all(callable(getattr(drivers, name)) for name in drivers.__all__)
