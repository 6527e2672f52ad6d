"""`ls`, `show` and `explain` as a person meets them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.schemas.escapes import seen


def test_ls_show_and_explain_tell_of_it(ran: Result, project: Path) -> None:
    listed = tvselect("ls", "--project", str(project))
    assert "FINISHED" in listed.stdout
    shown = json.loads(tvselect("show", "@latest", "--project", str(project), "--json").stdout)
    assert shown["schema_version"] == "1.0"
    winner = shown["run"]["candidates"][0]["symbol"]
    story = json.loads(tvselect("explain", "@latest", winner, "--project", str(project), "--json").stdout)
    explained = story["explanation"]
    assert explained["outcome"] == "winner"
    assert {gate["gate"] for gate in explained["gates"]} >= {"history", "metadata", "entropy", "net_edge"}
    text = tvselect("explain", "@latest", winner, "--project", str(project)).stdout
    assert "outcome     won" in text
    assert text.count("\n") <= 40


def test_every_asset_can_be_explained(ran: Result, project: Path) -> None:
    import pyarrow.parquet as pq

    folder = next((project / "runs").glob("2*"))
    standings = pq.read_table(folder / "standings.parquet").to_pylist()
    told_of: set[str] = set()
    for row in standings:
        if row["outcome"] in told_of:
            continue
        told_of.add(row["outcome"])
        told = tvselect("explain", folder.name, row["symbol"], "--project", str(project))
        assert told.exit_code == 0, told.stderr
        assert "passes" in told.stdout
    assert {"winner", "vetoed", "hard veto"} <= told_of


def test_what_it_would_take_is_told_by_either_name(ran: Result, project: Path) -> None:
    import pyarrow.parquet as pq

    pool = pq.read_table(next((project / "runs").glob("2*")) / "pool.parquet").to_pylist()
    row = next(row for row in pool if row["scanner_symbol"] != row["symbol"])
    told = [
        tvselect("explain", row[name], "--what-would-it-take", "--project", str(project)).stdout
        for name in ("symbol", "scanner_symbol")
    ]
    assert told[0].startswith(f"{row['symbol']}: ")
    assert told[0] == told[1]


def test_explaining_an_asset_imports_no_pandas(ran: Result, project: Path) -> None:
    folder = min((project / "runs").glob("2*"))
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from tradingview_scraper.pipelines.selection.drivers.review.explain import explained\n"
        f"assert explained(Path({str(folder)!r}), 'SPY')['asset'] == 'SPY'\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_ls_without_runs_says_how_to_make_one(tmp_path: Path) -> None:
    listed = tvselect("ls", "--project", str(tmp_path))
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "`tvselect run` makes one" in listed.stderr


def test_explain_means_the_latest_run_unless_one_is_named(ran: Result, project: Path) -> None:
    where = ("--project", str(project))
    assert tvselect("explain", "SPY", *where).stdout == tvselect("explain", "@latest", "SPY", *where).stdout
    for arguments in (("@latest",), (min((project / "runs").glob("2*")).name,), ("@latest", "SPY", "QQQ")):
        ended = tvselect("explain", *arguments, *where)
        assert ended.exit_code == 2
        assert "explain takes an asset, or a run and an asset" in ended.stderr


def test_an_unknown_asset_gets_the_nearest(ran: Result, project: Path) -> None:
    import pyarrow.parquet as pq

    pool = pq.read_table(min((project / "runs").glob("2*")) / "pool.parquet").to_pylist()
    perpetual = next(row["symbol"] for row in pool if row["symbol"].endswith("USDT"))
    typed = (perpetual.lower(), perpetual.removesuffix("USDT"), f"NOWHERE:{perpetual}", f"{perpetual}X")
    for name in typed:
        ended = tvselect("explain", name, "--project", str(project))
        assert ended.exit_code == 2
        assert f"did you mean {perpetual}" in ended.stderr


def test_ls_has_a_header_and_filters(ran: Result, project: Path) -> None:
    where = ("--project", str(project))
    head, *rows = tvselect("ls", *where).stdout.splitlines()
    assert head.startswith("run ")
    assert "ranked" in rows[0]
    assert tvselect("ls", *where, "--profile", "v5").stderr.startswith("none of the ")
    assert len(tvselect("ls", *where, "--limit", "1", "--status", "finished").stdout.splitlines()) == 2


def test_diff_without_arguments_compares_the_last_two(own_run: SampleRun) -> None:
    where = ("--project", str(own_run.project))
    alone = tvselect("diff", *where)
    assert alone.exit_code == 2
    assert "there is only 1 run" in alone.stderr
    assert tvselect("run", "--quiet", *where, "--as-of", "2026-06-26").exit_code == 0
    texts = {tvselect("diff", *names, *where).stdout for names in ((), ("@latest~1",), (own_run.run_id, "@latest"))}
    assert len(texts) == 1


ACTING = ("E\x1b[31mV", "B\u202eIDI", "N\nL", "Z\u200bW", "X\x00Y", "L\u2028S", "C\x9b31m", "T\tB")
"""Names of bars that would clear a screen, turn the direction of writing, or break a line."""


@pytest.fixture(scope="module")
def acting(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run whose pool has assets of these names, for which nobody made a candidate."""
    project = tmp_path_factory.mktemp("acting") / "project"
    shutil.copytree(sample_run.project, project, ignore=shutil.ignore_patterns("runs"))
    bars = pd.read_parquet(project / "data/bars.parquet")
    spy = bars[bars["symbol"] == "SPY"]
    pd.concat([bars, *(spy.assign(symbol=name) for name in ACTING)]).to_parquet(project / "data/bars.parquet")
    told = tvselect("run", "--set", "universe=returns", "--project", str(project))
    assert told.exit_code == 0, told.output
    assert harmless(told.output)
    return project


def harmless(text: str) -> bool:
    """Whether nothing in a text acts where it is shown; a narrow space is the page's own."""
    return all(letter.isprintable() or letter in "\n\t\u202f" for letter in text)


@pytest.mark.parametrize("name", [name for name in ACTING if "\x00" not in name])  # which no argument may hold
def test_a_name_that_would_act_is_one_line_with_escapes(name: str, acting: Path) -> None:
    told = tvselect("explain", name, "--project", str(acting)).stdout
    assert harmless(told)
    assert told.splitlines()[0].startswith(f"{json.dumps(name)[1:-1]}  LONG  ")
    assert (
        json.loads(tvselect("explain", name, "--json", "--project", str(acting)).stdout)["explanation"]["asset"] == name
    )


def test_nothing_that_would_act_is_printed_or_on_a_page(acting: Path) -> None:
    for command in (("show",), ("doctor",), ("show", "--json"), ("verify",)):
        told = tvselect(*command, "--project", str(acting))
        assert told.exit_code == 0, told.output
        assert harmless(told.output)
    page = Path(tvselect("report", "--project", str(acting)).stdout.strip())
    (own,) = (acting / "runs").glob("*/report.html")
    for path in (page, own):
        text = path.read_text("utf-8")
        assert harmless(text)
        names = page_parts(text)[0]["assets"]["symbol"]
        assert {seen(name) for name in ACTING} <= set(names)
