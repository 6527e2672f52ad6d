"""The command line as a person meets it: what it prints, where, and how it ends."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project

HEAVY = ("numpy", "pandas", "pandera", "pydantic", "hamilton", "sklearn", "scipy", "pyarrow")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "demo"
    new_project(folder)
    return folder


@pytest.fixture(scope="module")
def ran(project: Path) -> Result:
    return tvselect("run", "--project", str(project))


def tvselect(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_run_ends_with_winners_on_stdout(ran: Result, project: Path) -> None:
    assert ran.exit_code == 0, ran.stderr
    assert ran.stderr == ""
    assert "winners, " in ran.stdout
    assert "ledger head " in ran.stdout
    folders = list((project / "runs").glob("2*"))
    assert len(folders) == 1
    names = {path.name for path in folders[0].iterdir()}
    assert {"audit.jsonl", "receipt.json", "manifest.json", "portfolio_candidates.json", "settings.toml"} <= names
    assert {"features.parquet", "inference.parquet", "decisions.parquet", "clusters.parquet"} <= names
    assert {"lineage.json", "lineage.svg", "schema.json"} <= names
    assert not list((project / "runs").glob(".*partial"))


def test_portfolio_candidates_have_the_incumbents_shape(ran: Result, project: Path) -> None:
    folder = next((project / "runs").glob("2*"))
    winners = json.loads((folder / "portfolio_candidates.json").read_text())
    atoms = json.loads((folder / "manifest.json").read_text())["atoms"]
    assert isinstance(winners, list)
    assert len(winners) >= 15
    for winner in winners:
        assert {"symbol", "direction", "logic", "identity", "alpha_score"} <= winner.keys()
    assert {atom["asset"] for atom in atoms} == {winner["symbol"] for winner in winners}
    assert all(atom["weight"] == (1 if atom["direction"] == "LONG" else -1) for atom in atoms)
    assert all(
        atom["id"] == f"{atom['asset']}_{atom['logic']}_{atom['direction']}_{atom['timescale']}" for atom in atoms
    )


def test_the_sample_factor_is_recorded_without_further_edit(ran: Result, project: Path) -> None:
    folder = next((project / "runs").glob("2*"))
    factors = {entry["factor"] for entry in json.loads((folder / "schema.json").read_text())["factors"]}
    nodes = {node["name"]: node for node in json.loads((folder / "lineage.json").read_text())["nodes"]}
    assert "drawdown_resilience" in factors
    assert nodes["drawdown_resilience"]["dependencies"] == ["returns"]
    assert nodes["drawdown_resilience"]["declared"]["weight"] == 0.0
    assert "drawdown_resilience" in (folder / "lineage.svg").read_text()


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


def test_dry_run_shows_the_plan_and_leaves_nothing(ran: Result, project: Path) -> None:
    before = sorted((project / "runs").iterdir())
    planned = tvselect("run", "--project", str(project), "--dry-run", "--set", "recruitment.top_n=3")
    assert planned.exit_code == 0
    assert "recruitment.top_n  (command line)" in planned.stdout
    assert sorted((project / "runs").iterdir()) == before


def test_config_show_names_the_layer(project: Path) -> None:
    shown = tvselect("config", "show", "--project", str(project), "--origin")
    line = next(line for line in shown.stdout.splitlines() if line.startswith("features.modules"))
    assert line.endswith("tvselect.toml [base]")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("run", "--nonsense"), 2, "No such option"),
        (("run", "--profile", "v5"), 2, "no profile 'v5'"),
        (("run", "--set", "recruitment.flor=1"), 2, "recruitment.flor: unknown setting"),
        (("run", "--set", "weights.nope=1"), 2, "weights.nope: there is no factor 'nope'"),
        (("run", "--set", "gates.x={feature='nope',op='>=',threshold=1,kind='hard'}"), 2, "there is no factor 'nope'"),
        (("run", "--set", "scorers.log_mps.kind=nope"), 2, "there is no scorer 'nope'"),
        (("run", "--set", "clusters.bucketizer=nope"), 2, "there is no bucketizer 'nope'"),
        (("run", "--set", "features.modules=['nope']"), 2, "there is no module 'nope'"),
        (
            ("run", "--set", "gates.entropy.threshold=0.999"),
            2,
            "can never fail: permutation_entropy lies in [0, 0.9929]",
        ),
        (("run", "--set", "data.bars=['../../x.parquet']"), 2, "leads out of the folder"),
        (("run", "--set", "data.scans='../*.json'"), 2, "leads out of the folder"),
        (("run", "--as-of", "yesterday-ish"), 2, "is no date"),
        (("run", "--as-of", "1999-01-01"), 3, "days of returns"),
        (("run", "--data", "nowhere"), 3, "there is no data folder"),
        (("run", "--strict-data"), 3, "and the data must be strict"),
        (("run", "--strict-floor", "--set", "recruitment.floor=500"), 1, "fewer than the floor of 500"),
        (("show", "../../etc"), 2, "there is no run '../../etc'"),
        (("explain", "@first", "NOPE"), 2, "the run has no asset 'NOPE'"),
    ],
)
def test_errors_end_with_their_code_and_one_line(
    arguments: tuple[str, ...], code: int, message: str, ran: Result, project: Path
) -> None:
    first = min((project / "runs").glob("2*")).name
    ended = tvselect(*(first if part == "@first" else part for part in arguments), "--project", str(project))
    assert ended.exit_code == code, ended.output
    assert message in ended.stderr
    assert len(ended.stderr) < 700
    assert "Traceback" not in ended.output


def test_a_failed_run_is_recorded(ran: Result, project: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(project, own, ignore=shutil.ignore_patterns("runs"))
    (own / "data" / "bars.parquet").write_bytes(b"PAR1 nonsense")
    ended = tvselect("run", "--project", str(own))
    assert ended.exit_code == 3
    assert "bars.parquet can't be read as Parquet" in ended.stderr
    assert "FAILED" in tvselect("ls", "--project", str(own)).stdout
    assert "can't be read as Parquet" in tvselect("show", "--project", str(own)).stdout


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    ended = tvselect("init", str(tmp_path))
    assert ended.exit_code == 2
    assert "not empty" in ended.stderr


def test_explaining_an_asset_imports_no_pandas(ran: Result, project: Path) -> None:
    folder = min((project / "runs").glob("2*"))
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from tradingview_scraper.pipelines.selection.drivers.review.explain import explained\n"
        f"assert explained(Path({str(folder)!r}), 'SPY')['asset'] == 'SPY'\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("arguments", [("--help",), ("ls",), ("run", "--help"), ("show", "--json")])
def test_reading_commands_import_nothing_heavy(arguments: tuple[str, ...], ran: Result, project: Path) -> None:
    script = (
        "import sys\nfrom tradingview_scraper.pipelines.selection.drivers.cli.main import main\n"
        f"main({list(arguments)!r}, standalone_mode=False)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    if "--help" in arguments:
        script = script.replace("main([", "\ntry:\n    main([").replace(
            "standalone_mode=False)\n", "standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        )
    ended = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True)
    assert ended.stderr.strip().endswith("[]")
