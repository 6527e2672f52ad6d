"""The house keeps to its plan, and the script that says so catches each way of leaving it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".ci" / "structure.py"
NAMESPACE = "tradingview_scraper.pipelines.selection"


def checked(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for top in ("dataflow", "schemas", "drivers", "lineage"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_to_its_plan() -> None:
    found = checked(ROOT)
    assert found.returncode == 0, found.stdout
    for figure in ("files ", "floors ", "largest module", "median", "largest complexity"):
        assert figure in found.stdout


def test_drivers_alone_are_counted_by_hand(tmp_path: Path) -> None:
    """A diamond of four folders: what lies deeper in a folder is of that folder, and two imports make one arrow."""
    house = {
        "execution/plan.py": "def plan() -> None: ...\n",
        "recording/run.py": f"from {NAMESPACE}.drivers.execution import plan\n"
        f"from {NAMESPACE}.drivers.recording.page import data\n",
        "recording/page/data.py": f"from {NAMESPACE}.drivers.execution import plan\n",
        "review/show.py": f"from {NAMESPACE}.drivers.recording.page import data\nimport {NAMESPACE}.schemas.errors\n",
        "demo/market.py": f"from {NAMESPACE}.drivers.execution import plan\n",
        "cli/main.py": f"from {NAMESPACE}.drivers.demo import market\nfrom {NAMESPACE}.drivers.review import show\n",
    }
    for path, text in {**{f"drivers/{name}": text for name, text in house.items()}, "schemas/errors.py": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "pyproject.toml").write_text("[tool.setuptools]\npackages = []\n")
    found = checked(tmp_path)
    lines = found.stdout.splitlines()
    begin = lines.index("drivers alone: folders 5, floors 4 (plan: 4), arrows between folders 5")
    arrows = ["cli -> demo, review", "demo -> execution", "recording -> execution", "review -> recording"]
    assert lines[begin + 1 : begin + 5] == [f"  {arrow}" for arrow in arrows]
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("schemas/planted.py", f"from {NAMESPACE}.lineage.record import runs\n", "imports lineage.record.runs"),
        ("dataflow/planted.py", f"import {NAMESPACE}.drivers.demo.market\n", "imports drivers.demo.market"),
        ("lineage/planted.py", f"def f():\n    from {NAMESPACE}.dataflow import components\n", "imports dataflow.comp"),
        ("drivers/execution/planted.py", f"from {NAMESPACE}.drivers.recording.run import run\n", "against the plan"),
        ("drivers/review/planted.py", f"from {NAMESPACE}.drivers.migration import bridge\n", "against the plan"),
        (
            "drivers/execution/planted.py",
            f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {NAMESPACE}.drivers.cli import main\n",
            "imports drivers.cli.main, against the plan",
        ),
        ("schemas/planted.py", "from . import errors\n", "relative import"),
        ("drivers/demo/settings.py", "", "settings.py stands twice"),
        ("dataflow/planted/__init__.py", "", "dataflow/planted: not among pyproject's packages"),
        ("schemas/stages.py", f"from {NAMESPACE}.schemas import planted\n", "circle of modules"),
        (
            "dataflow/features/kernels/planted.py",
            f"from {NAMESPACE}.dataflow.features import nodes\n",
            "circle of folders",
        ),
    ],
)
def test_what_leaves_the_plan_is_refused(path: str, text: str, words: str, copy: Path) -> None:
    planted = copy / path
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text)
    if words == "circle of modules":
        (copy / "schemas" / "planted.py").write_text(f"from {NAMESPACE}.schemas import stages\n")
    found = checked(copy)
    assert found.returncode == 1, found.stdout
    refused = [line for line in found.stdout.splitlines() if line.startswith("REFUSED")]
    assert any(words in line for line in refused), refused
