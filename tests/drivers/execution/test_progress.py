"""What a run says while it goes on, and to whom."""

import io
import logging
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.market import SETTINGS, longest, market, selected
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.execution import progress
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select

INPUT = "tvselect: "
LINE = re.compile(r"time=\S+Z level=(INFO|DEBUG) stage=(\w+)((?: \w+=\S+)+)")


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, verbose: bool = False, quiet: bool = False) -> Selection:
    with progress.shown(stream, verbose=verbose, quiet=quiet):
        return selected({"recruitment.floor": 70})


def test_one_line_a_stage_and_rung_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "WAIT", 3600.0)
    screen = Screen()
    found = shown(screen)
    lines = [LINE.fullmatch(line) for line in screen.getvalue().splitlines() if not line.startswith(INPUT)]
    assert all(lines)
    stages = [line.group(2) for line in lines if line]
    rungs = len(found.rungs)
    assert Counter(stages) == {
        "ingestion": 1,
        "features": 1,
        "inference": rungs,
        "partitioning": rungs,
        "policy": rungs,
        "synthesis": 1,
    }
    assert stages[:5] == ["ingestion", "features", "inference", "partitioning", "policy"]
    assert f"assets={len(found.context.raw_pool)}" in screen.getvalue()
    assert f"stage=policy rung={rungs} " in screen.getvalue()


def test_verbose_names_every_node_once_an_execution() -> None:
    stream = io.StringIO()
    found = shown(stream, verbose=True)
    named = Counter(re.findall(r"level=DEBUG .* node=(\S+) ", stream.getvalue()))
    assert named == {name: len(seconds) for name, seconds in found.executions.items()}


def test_counts_add_up_to_the_ledgers() -> None:
    stream = io.StringIO()
    found = shown(stream, verbose=True)
    told: Counter[str] = Counter()
    for stage, count in re.findall(r"stage=(\w+)(?: rung=\d+)? (?:nodes|later)=(\d+)", stream.getvalue()):
        told[stage] += int(count)
    executed: Counter[str] = Counter()
    for name, seconds in found.executions.items():
        executed[found.graph.stages[name]] += len(seconds)
    assert told == executed


def test_nothing_if_quiet() -> None:
    screen = Screen()
    shown(screen, quiet=True)
    assert screen.getvalue() == ""


def test_without_a_terminal_only_what_was_read_is_said() -> None:
    stream = io.StringIO()
    found = shown(stream)
    lines = stream.getvalue().splitlines()
    assert all(line.startswith(INPUT) for line in lines)
    bars = found.tables.bars
    assert bars is not None
    assert f"{len(bars):,} rows, {bars['symbol'].nunique()} symbols" in lines[0]
    assert f"pool of {len(found.context.raw_pool)}: " in stream.getvalue()
    assert "metadata" not in stream.getvalue()  # this market lacks none


def test_the_bar_shows_stage_and_assets_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "WAIT", 0.0)
    screen = Screen()
    found = shown(screen)
    text = screen.getvalue()
    assert re.search(rf"\[#+\.+\] 5/6 policy, rung 1, \d+ nodes, {len(found.context.raw_pool)} assets", text)
    assert "1/6 ingestion, rung 1, 1 nodes, reading" in text
    # What is left on the screen: a carriage return with the rest erased takes back what stands before it.
    left = [line.rpartition("\x1b[K")[2] for line in text.split("\n")]
    assert all(LINE.fullmatch(line) for line in left[:-1] if not line.startswith(INPUT))
    assert left[-1] == ""


def test_logging_is_left_as_it_was_and_changes_no_result() -> None:
    logger = progress.LOGGER
    before = (logger.level, logger.propagate, list(logger.handlers))
    found = shown(io.StringIO(), verbose=True)
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
    assert found.context == longest().context
    assert progress.watchers(found.plan) == ()


def test_anybody_may_listen(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "tvselect"):
        selected()
    assert any("stage=synthesis" in message for message in caplog.messages)


def test_the_command_line_keeps_stdout_for_results(own_run: SampleRun, tmp_path: Path) -> None:
    arguments = ["run", "--project", str(own_run.project)]
    silent, told = CliRunner().invoke(main, arguments), CliRunner().invoke(main, [*arguments, "--verbose"])
    assert all(line.startswith(INPUT) for line in silent.stderr.splitlines())
    assert CliRunner().invoke(main, [*arguments, "--quiet"]).stderr == ""
    assert "level=INFO stage=policy" in told.stderr
    assert "level=" not in told.stdout


@pytest.mark.parametrize(("as_of", "dated"), [("2026-06-25", False), (None, False), ("2026-06-25", True)])
def test_what_may_be_of_after_the_date_is_said_before_anything_is_selected(as_of: str | None, dated: bool) -> None:
    stream = io.StringIO()
    instruments = None if dated else market().instruments
    scans = list(market().scans.values())
    with progress.shown(stream):
        select(None, scans, bars=market().bars, instruments=instruments, as_of=as_of, settings=SETTINGS)
    lines = stream.getvalue().splitlines()
    said = [line for line in lines if "not point in time" in line]
    expected = (
        "not point in time: instruments carry no date: taken as known on the as-of date (--strict-pit refuses it)"
    )
    assert said == ([f"{INPUT}{expected}"] if as_of is not None and not dated else [])
    assert not said or lines.index(said[0]) < lines.index(next(line for line in lines if "pool of" in line))
