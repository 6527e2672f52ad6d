"""`ls`, `show` and `explain` as a person meets them."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import Result

from support.command_line import tvselect


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
    seen: set[str] = set()
    for row in standings:
        if row["outcome"] in seen:
            continue
        seen.add(row["outcome"])
        told = tvselect("explain", folder.name, row["symbol"], "--project", str(project))
        assert told.exit_code == 0, told.stderr
        assert "passes" in told.stdout
    assert {"winner", "vetoed", "hard veto"} <= seen


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
