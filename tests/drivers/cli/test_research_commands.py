"""`walk-forward` as a person meets it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.market import market
from support.walks import scans
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market

SPAN = ("--from", "2026-02-20", "--to", "2026-04-05", "--every", "20d", "--horizons", "1,5")
SETTINGS = ("--set", "data.max_scan_age_days=1000", "--defaults", "us-stocks")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walk")
    dated = {f"{n}.json": document for n, document in enumerate(scans())}
    write_market(replace(market(), scans=dated), folder / "data")
    return folder


def test_it_prints_words_or_a_document(project: Path) -> None:
    words = tvselect("walk-forward", "--project", str(project), *SPAN, *SETTINGS)
    assert words.exit_code == 0, words.stderr
    assert "3 dates from 2026-02-20 to 2026-04-01, one per 20 sessions" in words.stdout
    answer = tvselect("walk-forward", "--project", str(project), *SPAN, *SETTINGS, "--json")
    found = json.loads(answer.stdout)["walk"]
    assert found["dates"]["all"] == 3
    assert list(found["information"]["conviction"]) == ["1", "5", "20"]
    assert (project / "walks" / found["walk"] / "manifest.json").exists()
    assert len(list((project / "walks").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--every", "1w"), "write a number of sessions such as 5d"),
        (("--horizons", "1,x"), "write numbers of sessions such as 1,5,21"),
        (("--from", "18/03/2026"), "is no date"),
        (("--to", "2020-01-01"), "before it begins"),
        (("--workers", "0"), "workers"),
        (("--executor", "spark"), "'spark' is not one of 'local', 'processes', 'ray', 'dask'"),
        (("--executor", "local", "--workers", "2"), "leave out the workers"),
        (("--cluster", "auto"), "--cluster goes with ray or dask"),
    ],
)
def test_wrong_usage_ends_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = tvselect("walk-forward", "--project", str(project), *SPAN, *SETTINGS, *arguments)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_dates_without_data_end_with_3(project: Path) -> None:
    ended = tvselect("walk-forward", "--project", str(project), "--from", "2030-01-01", "--to", "2030-02-01", *SETTINGS)
    assert ended.exit_code == 3
    assert "there is no session from 2030-01-01" in ended.stderr
