"""What is asked: the request that a profile makes, and that it is the one that the public package sends."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.environments import environment, install, own_wheel, public_wheel, run
from support.scanner import Scanner, install_stand_in, serving
from support.scanner import rows as scanner_rows
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.scanning.screener import questions
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

DESK = """
[base.scanning]
page_rows = 250

[base.scanners.trend]
markets = ["crypto", "germany"]
columns = ["close", "Value.Traded", "ADX", "update_mode"]
filters = [
    { left = "ADX", operation = "greater", right = 20 },
    { left = "Perf.3M", operation = "in_range", right = [5, 80.5] },
    { left = "type", operation = "equal", right = "swap" },
    { left = "is_primary", operation = "equal", right = true },
    { left = "ATR", operation = "nempty" },
]
sort_by = "Value.Traded"
sort_order = "desc"
limit = 600
meta = { direction = "LONG", logic = "trend", market = "CRYPTO" }
"""
BODY = {
    "columns": ["close", "Value.Traded", "ADX", "update_mode"],
    "filter": [
        {"left": "ADX", "operation": "greater", "right": 20},
        {"left": "Perf.3M", "operation": "in_range", "right": [5, 80.5]},
        {"left": "type", "operation": "equal", "right": "swap"},
        {"left": "is_primary", "operation": "equal", "right": True},
        {"left": "ATR", "operation": "nempty"},
    ],
    "options": {"lang": "en"},
    "range": [250, 500],
    "sort": {"sortBy": "Value.Traded", "sortOrder": "desc"},
}
# The desk's filters, and no filters and no order; asked of the package and of us.
BARE = {"markets": ["crypto"], "columns": ["close"], "sort_by": ""}
REAL = """
import json, sys
from tradingview_scraper.symbols.screener import Screener
from tradingview_scraper.pipelines.selection.drivers.scanning.screener import questions, version

class Local(Screener):
    SUPPORTED_MARKETS = {name: sys.argv[1] + f"/{name}/scan" for name in Screener.SUPPORTED_MARKETS}

body = json.loads(sys.argv[2])
desk = Local().screen("crypto", body["filter"], body["columns"], "Value.Traded", "desc", 5)
bare = Local().screen("crypto", columns=["close"], limit=5)
print(json.dumps({"version": version(), "status": [desk["status"], bare["status"]]}))
"""


def settings(tmp_path: Path, text: str = DESK, **changed: Any) -> SelectionSettings:
    (tmp_path / "tvselect.toml").write_text(text, encoding="utf-8")
    return resolved_settings(project=tmp_path, settings=changed).settings


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    install_stand_in(monkeypatch)


@pytest.mark.usefixtures("stand_in")
def test_a_desk_s_profile_gives_exactly_this_request(tmp_path: Path) -> None:
    trend, germany = questions(settings(tmp_path))
    sent = json.dumps(trend.body(250, 500), sort_keys=True)
    assert sent == json.dumps(BODY, sort_keys=True)  # as text: 20 is neither 20.0 nor true
    assert (trend.name, trend.url) == ("trend_crypto", "https://scanner.tradingview.com/crypto/scan")
    assert (germany.name, germany.url) == ("trend_germany", "https://scanner.tradingview.com/germany/scan")
    assert trend.headers == {
        "User-Agent": "stand-in",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


@pytest.mark.usefixtures("stand_in")
def test_no_filters_and_no_order_are_left_out(tmp_path: Path) -> None:
    (bare,) = questions(settings(tmp_path, "", scanners={"bare": BARE}))
    assert bare.body(0, 5) == {"columns": ["close"], "options": {"lang": "en"}, "range": [0, 5]}


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/crypto/scan"),
        ("https://gateway.example.com/tv/", "https://gateway.example.com/tv/crypto/scan"),
    ],
)
def test_another_place_keeps_the_market_s_path(tmp_path: Path, base: str, url: str) -> None:
    assert questions(settings(tmp_path, **{"scanning.base_url": base}))[0].url == url


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scanning.base_url": "gateway"}, "must be an address"),
        (
            {"scanners.trend.markets": ["crypt"]},
            r"scanners\.trend\.markets: .* knows no market 'crypt'; did you mean crypto\?",
        ),
    ],
)
def test_what_can_t_be_asked_is_refused_before_anybody_is(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    found = settings(tmp_path, **changed)
    with pytest.raises(ConfigurationError, match=message):
        questions(found)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"columns": ["close", "ADX", "close"]}, "each column once, got close twice"),
        ({"columns": ["symbol"]}, "symbol comes with every row"),
        ({"columns": []}, "a list with at least one entry"),
        ({"markets": []}, "a list with at least one entry"),
        ({"markets": ["../x"]}, "markets"),
        ({"limit": -1}, "a whole number >= 0"),
        ({"meta": {"scanner": "other"}}, "data_category, direction"),
        ({"filters": [{"left": "ADX", "operation": "greater", "right": float("inf")}]}, "filters"),
        ({"filters": [{"left": "ADX", "op": "greater"}]}, "operation: is missing"),
    ],
)
def test_a_scanner_that_makes_no_sense_is_refused(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings(tmp_path, scanners={"trend": {"markets": ["crypto"], "columns": ["close"], **changed}})


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"extra `tradingview` isn't installed.*pip install 'tvselect\[tradingview\]'"
    ):
        questions(settings(tmp_path))


@pytest.fixture(scope="module")
def beside_the_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter for which both are installed, as the extra does it."""
    folder = tmp_path_factory.mktemp("beside")
    package = public_wheel("tradingview-scraper==0.4.21", folder)
    python = environment(folder / "env")
    for wheel in (package, own_wheel(folder / "own")):
        install(python, wheel)
    return python


@pytest.mark.slow
def test_the_request_is_the_one_that_the_package_sends(beside_the_package: Path, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(
        DESK.replace("limit = 600", "limit = 5").replace(', "germany"', "")
        + '[base.scanners.zbare]\nmarkets = ["crypto"]\ncolumns = ["close"]\nsort_by = ""\nlimit = 5\n',
        encoding="utf-8",
    )
    with serving([{"s": row["s"], "d": [1.0, 2.0, 3.0, "streaming"]} for row in scanner_rows(9)]) as scanner:
        tvselect = beside_the_package.with_name("tvselect")
        asked = ["--project", tmp_path, "--set", f"scanning.base_url={scanner.url}", "--json"]
        report = json.loads(run(tvselect, "scan", "trend", *asked))["scan"]["scans"]
        assert [(scan["name"], scan["rows"], scan["stated_total"]) for scan in report] == [("trend_crypto", 5, 9)]
        scanner.held = [{"s": row["s"], "d": [1.0]} for row in scanner.held]
        run(tvselect, "scan", "zbare", *asked)
        ours, scanner.requests = scanner.requests, []
        theirs = _package_asks(beside_the_package, scanner)
    assert ours == theirs
    assert "Mozilla" in scanner.headers[0]["User-Agent"]
    assert len(list((tmp_path / "data" / "scans").iterdir())) == 2


def _package_asks(python: Path, scanner: Scanner) -> list[tuple[str, dict[str, Any]]]:
    said = json.loads(run(python, "-I", "-c", REAL, scanner.url, json.dumps(BODY)))
    assert said == {"version": "0.4.21", "status": ["success", "success"]}
    return scanner.requests
