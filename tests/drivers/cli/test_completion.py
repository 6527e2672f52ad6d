"""What a shell is offered: commands, run ids, profiles, markets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli import completion
from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN

CODE = """
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
main(prog_name="tvselect")
"""


def offered(project: Path, words: str) -> list[str]:
    """What bash would be told for a line that ends in the last of these words."""
    typed = words.split(" ")
    environment = {**os.environ, completion.VARIABLE: "bash_complete", "COMP_WORDS": words}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(
        command,
        env={**environment, "COMP_CWORD": str(len(typed) - 1)},
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_commands_runs_profiles_and_markets_are_offered(own_run: SampleRun) -> None:
    path = own_run.project / "tvselect.toml"
    path.write_text(path.read_text() + "\n[profile.mine]\nextends = 'v4'\n")
    assert {"doctor"} <= set(offered(own_run.project, "tvselect do"))
    assert offered(own_run.project, f"tvselect show {own_run.run_id[:8]}") == [own_run.run_id]
    assert "@latest" in offered(own_run.project, "tvselect explain @")
    assert offered(own_run.project, "tvselect run --profile m") == ["mine"]
    assert offered(own_run.project, "tvselect run --market-defaults us") == ["us-stocks"]


def test_a_broken_project_file_offers_the_built_in_profiles(tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_bytes(b"\xff")
    assert offered(tmp_path, "tvselect run --profile v") == list(BUILT_IN)


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_script_names_the_variable(shell: str) -> None:
    done = tvselect("completion", shell)
    assert done.exit_code == 0
    assert completion.VARIABLE in done.stdout
