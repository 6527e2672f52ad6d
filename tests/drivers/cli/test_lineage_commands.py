"""`tvselect lineage` as a person meets it: of a profile, of a run, rung by rung, in parts, by column, between two."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.review.lineage_documents import PARTS

GROUP = "{http://www.w3.org/2000/svg}g"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run, which climbs two rungs or more."""
    folder = tmp_path_factory.mktemp("lineage") / "demo"
    new_project(folder)
    assert tvselect("run", "--project", str(folder)).exit_code == 0
    return folder


def tvselect(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def lineage(project: Path, *arguments: str) -> str:
    done = tvselect("lineage", *arguments, "--project", str(project))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def classes(drawn: str) -> dict[str, set[str]]:
    groups = ElementTree.fromstring(drawn).iter(GROUP)
    return {str(g.get("data-name")): set(str(g.get("class")).split()) for g in groups if g.get("data-name")}


def events(project: Path) -> list[dict[str, list[str]]]:
    ledger = next((project / "runs").glob("2*/audit.jsonl"))
    found = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [event for event in found if event["event"] == "rung.completed"]


def test_a_profile_is_shown_stage_by_stage(project: Path) -> None:
    lines = lineage(project).splitlines()
    assert "  - momentum (features.factors.trend, factor) <- annual_return, sign" in lines
    assert "  - drawdown_resilience (factors.quality, factor) <- returns" in lines
    assert any(line.startswith("  = inferred (inference.nodes, border, re-executed) <- ") for line in lines)
    heads = [line.partition(" (")[0] for line in lines if line and not line.startswith(" ")]
    assert heads == ["input", "ingestion", "features", "inference", "partitioning", "policy", "synthesis"]


def test_a_run_is_shown_as_its_profile_was(project: Path) -> None:
    assert lineage(project, "@latest") == lineage(project)
    shown = json.loads(lineage(project, "@latest", "--format", "json"))["lineage"]
    assert shown == json.loads(next((project / "runs").glob("2*/lineage.json")).read_text())
    assert "close" in shown["tables"]["bars"]


def test_json_holds_no_infinity(project: Path) -> None:
    for arguments in ((), ("@latest",)):
        text = lineage(project, *arguments, "--format", "json")
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_rung_marks_what_it_executed(project: Path) -> None:
    rungs = events(project)
    assert len(rungs) >= 2
    for number, event in enumerate(rungs, start=1):
        marks = classes(lineage(project, "@latest", "--rung", str(number), "--format", "svg"))
        drawn = {name for name, words in marks.items() if "reexecuted" in words}
        assert drawn == set(event["nodes"]) & marks.keys()
    assert {"momentum", "inference_outputs"} <= set(rungs[0]["nodes"])
    assert "momentum" not in rungs[1]["nodes"]
    refused = tvselect("lineage", "@latest", "--rung", "9", "--project", str(project))
    assert refused.exit_code == 2
    assert f"it climbed {len(rungs)}" in refused.stderr


def test_the_rungs_of_a_profile_are_those_that_a_run_executes(project: Path) -> None:
    for rung in (2, 4):
        marks = classes(lineage(project, "--rung", str(rung), "--format", "svg"))
        assert {name for name, words in marks.items() if "reexecuted" in words} == set(events(project)[1]["nodes"])
    first = classes(lineage(project, "--rung", "1", "--format", "svg"))
    assert all("reexecuted" in words for words in first.values() if "input" not in words)


def names(project: Path, *arguments: str) -> set[str]:
    return {node["name"] for node in json.loads(lineage(project, *arguments, "--format", "json"))["lineage"]["nodes"]}


def test_parts_are_what_lies_above_below_and_between(project: Path) -> None:
    above = names(project, "--upstream", "wilder_lines")
    assert {"wilder_lines", "high", "low", "close", "tables", "adx_length"} <= above
    assert "momentum" not in above
    below = names(project, "--downstream", "momentum")
    assert {"momentum", "net_edge", "alpha_score", "winners"} - below == {"alpha_score"}
    assert "annual_return" not in below
    assert names(project, "--path", "high", "adx") == {"high", "wilder_lines", "adx"}
    assert names(project, "--path", "high", "adx") == names(project, "--upstream", "adx", "--downstream", "high")
    assert "weights" in classes(lineage(project, "--downstream", "weights", "--format", "svg"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--upstream", "nonsense"), "there is no node 'nonsense'"),
        (("--path", "adx", "high"), "no way leads from 'adx' to 'high'; is it the other way round?"),
        (("--column", "nonsense"), "there is no column or node 'nonsense'"),
        (("--profile", "nonsense"), "there is no profile 'nonsense'"),
        (("nonsense",), "there is no run 'nonsense'"),
        (("--output", "no/such/folder.svg"), "such/folder.svg can't be written"),
        (("diff", "v4", "nonsense"), "'nonsense' is no profile, run or commit"),
    ],
)
def test_what_there_is_not_is_refused_in_one_line(project: Path, arguments: tuple[str, ...], message: str) -> None:
    done = tvselect("lineage", *arguments, "--project", str(project))
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_column_is_traced_in_text_picture_and_json(project: Path) -> None:
    text = lineage(project, "@latest", "--column", "alpha_score")
    assert "DIRECT: made from\n  bars.close " in text
    traced = json.loads(lineage(project, "@latest", "--column", "alpha_score", "--format", "json"))["column_lineage"]
    assert {"field", "type", "via"} == traced["fields"][0].keys()
    drawn = classes(lineage(project, "@latest", "--column", "alpha_score", "--format", "svg"))
    assert set(drawn) == set(traced["nodes"])
    assert {"momentum", "fragility", "log_mps.conviction", "tables"} <= drawn.keys()
    assert not {"adx", "gate_verdicts", "rank_average"} & drawn.keys()


def test_files_get_the_format_of_their_name(project: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"dag.{suffix}" for suffix in ("svg", "json", "txt")]
    assert lineage(project, *(part for path in paths for part in ("--output", str(path)))) == ""
    assert classes(paths[0].read_text())
    assert json.loads(paths[1].read_text())["kind"] == "lineage"
    assert paths[2].read_text() == lineage(project)


def test_a_diff_takes_profiles_and_runs(project: Path) -> None:
    assert "the same nodes, edges and code" in lineage(project, "diff", "v4", "@latest")
    found = json.loads(lineage(project, "diff", "v4", "v3.4", "--format", "json"))["lineage_diff"]
    assert "full_correlation" in found["added"]
    assert "rank_average" in found["removed"]
    marks = classes(lineage(project, "diff", "v4", "v3.4", "--format", "svg"))
    assert "added" in marks["full_correlation"]
    assert "removed" in marks["rank_average"]


def test_every_answer_is_the_same_for_every_hash_seed(project: Path) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from tradingview_scraper.pipelines.selection.drivers.cli.main "
        "import main\nfor a in (['--format', 'json'], ['--format', 'svg'], ['--column', 'alpha_score'], "
        "['diff', 'v4', 'v3.4', '--format', 'svg']):\n"
        "    sys.stdout.write(CliRunner().invoke(main, ['lineage', *a, '--project', sys.argv[1]]).stdout)"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code, str(project)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(answers) == 1
    assert len(answers.pop()) > 10_000


def test_versions_do_not_depend_on_where_the_project_lies(project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(project, moved)
    assert lineage(moved, "--format", "json") == lineage(project, "--format", "json")
    assert str(project) not in lineage(project, "--format", "json")


def test_a_run_is_shown_without_heavy_imports(project: Path) -> None:
    heavy = ("numpy", "pandas", "pandera", "pydantic", "hamilton", "sklearn", "scipy", "pyarrow")
    code = (
        "import sys; from click.testing import CliRunner; from tradingview_scraper.pipelines.selection.drivers.cli.main "
        "import main\nfor a in ([], ['--column', 'alpha_score'], ['--rung', '2', '--format', 'svg']):\n"
        "    assert CliRunner().invoke(main, ['lineage', '@latest', *a, '--project', sys.argv[1]]).exit_code == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(project)], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_in_the_packages_own_repository_each_commit_builds_its_own_graph(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*arguments: str) -> None:
        subprocess.run(["git", *who, *arguments], cwd=folder, env=environment, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "one")
    wilder = folder / "dataflow" / "features" / "kernels" / "wilder.py"
    wilder.write_text(wilder.read_text().replace("weight = 1.0 / length", "weight = 2.0 / length"))
    git("commit", "--quiet", "--all", "-m", "two")
    found = json.loads(lineage(folder, "diff", "HEAD~1", "HEAD", "--format", "json"))["lineage_diff"]
    assert found["changed"] == {"wilder_lines": ["code"]}
    assert found["added"] == found["removed"] == found["edges_added"] == found["edges_removed"] == []
