"""How the command line starts, and how it ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from support.command_line import tvselect

HEAVY = ("numpy", "pandas", "pandera", "pydantic", "hamilton", "sklearn", "scipy", "pyarrow")
PARTS = (
    "scipy.cluster.hierarchy",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.special",
    "hypothesis",
    "pyarrow.fs",
)
"""What only some commands need of them: SciPy's parts no run of the sample, Arrow's file systems nobody who only reads."""


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
        (("run", "--market-defaults", "us-stock"), 2, "no market 'us-stock'; did you mean us-stocks?"),
        (("rnu",), 2, "no command 'rnu'; did you mean run?"),
        (("lineage", "--output", "x.png"), 2, "can't draw .png; there are .txt, .svg, .json"),
        (("show", "@latest~999"), 2, "@latest~0 is the last"),
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
    assert len(ended.stderr.splitlines()[-1]) < 700
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("--help",), ()),
        (("run", "--help"), ()),
        (("ls",), ()),
        (("show", "--json"), ()),
        (("verify", "@latest"), ()),
        (("explain", "@latest", "SPY"), ("pyarrow",)),
        (("config", "show"), ("pydantic",)),
        (("run", "--dry-run"), ("hamilton", "numpy", "pandas", "pandera", "pyarrow", "pyarrow.fs", "pydantic")),
    ],
)
def test_a_command_imports_nothing_heavy_but_what_it_needs(
    arguments: tuple[str, ...], needed: tuple[str, ...], ran: Result, project: Path
) -> None:
    assert imported(arguments, project) <= {*needed}


def test_a_run_imports_of_scipy_what_it_computes_with(ran: Result, project: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns("runs"))
    assert imported(("run", "--quiet"), copy) == {*HEAVY, "pyarrow.fs"} - {"sklearn"}


def imported(arguments: tuple[str, ...], project: Path) -> set[str]:
    """Which of `HEAVY` and `PARTS` a command imports."""
    script = (
        "import sys\nfrom tradingview_scraper.pipelines.selection.drivers.cli.main import main\n"
        f"try:\n    main({list(arguments)!r}, standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        f"print(*sorted(set({HEAVY + PARTS!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


def test_help_ends_with_the_exit_codes() -> None:
    shown = tvselect("--help").stdout
    assert [line.split()[0] for line in shown.rstrip().splitlines()[-6:]] == ["0", "1", "2", "3", "4", "130"]
