"""Targets: which are met is told by the same figures that are shown."""

import sys
from pathlib import Path

import pytest

from benchmarks.measured import Cost
from benchmarks.targets import Reached, command, simulated, targets_table


def test_a_row_says_what_is_met() -> None:
    share = Reached("a", 4.0, 1.0, "CPU s", 0.30, relative=True)
    alone = Reached("b", float("nan"), 30.04, "MB", 30.0)
    assert (share.judged, share.met, alone.met) == (0.25, True, False)
    assert targets_table([share, alone])[2:] == [
        "| a, CPU s | 4 | 1 | 0.25 of it | 0.3 of it | met |",
        "| b, MB |  | 30.04 |  | 30 | missed |",
    ]


def test_the_two_versions_take_turns_and_each_gets_its_own_figure() -> None:
    asked = []

    def measure(work: str, size: tuple[int, int, float], python: str) -> Cost:
        asked.append((work, size, python == "earlier"))
        cpu = 8.0 if python == "earlier" else 2.0 + size[2] * 50
        return Cost(work, *size, cpu, cpu, 100.0, {"a further rung": cpu / 1000})

    found = {(each.work, each.unit): each for each in simulated(measure, "earlier", 2)}
    assert asked[:4] == [("whole", (5_000, 1_000, 0.0), earlier) for earlier in (False, True)] * 2
    assert found["5,000 x 1,000, complete", "CPU s"].judged == 0.25
    assert found["5,000 x 1,000, 2 % of cells missing", "CPU s"].met is False
    assert found["the same, missing over complete", "CPU s"].judged == 1.5
    assert found["5,000 x 1,000, a further rung", "ms"].now == pytest.approx(2.0)
    assert sum(1 for work, size, earlier in asked if size[0] == 20_000) == 2


def test_a_command_is_measured_and_one_that_fails_says_why(tmp_path: Path) -> None:
    cpu, peak = command(sys.executable, ["config", "--help"], tmp_path)
    assert cpu > 0
    assert peak > 10
    with pytest.raises(SystemExit, match="tvselect explain failed"):
        command(sys.executable, ["explain"], tmp_path)
