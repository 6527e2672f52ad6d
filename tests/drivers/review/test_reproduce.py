"""A run comes out byte for byte again, wherever and however it is executed; and if it doesn't, the culprit is named."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.sample import SampleRun
from support.scripts import script
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import (
    newer_differences,
    pinned_settings,
    reproduced,
)
from tradingview_scraper.pipelines.selection.drivers.review.reproduce_text import reproduction_text
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    VerificationError,
)

COMMAND = [sys.executable, "-m", "tradingview_scraper.pipelines.selection.drivers.cli.main", "reproduce"]
VARIANTS = {
    "seed 1, one thread, an old kernel, Tokyo, elsewhere": ("1", "1", "Prescott", "Asia/Tokyo", Path("/")),
    "seed 4242, two threads, a wide kernel, New York, inside": ("4242", "2", "SkylakeX", "America/New_York", None),
}


def culprits(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["kind"], item["what"]) for item in found["differences"] if item["acts"] == "yes"]


def differing(found: dict[str, Any]) -> dict[str, str]:
    return {item["path"]: item["where"] for item in found["artifacts"] if item["state"] != "identical"}


def bars_changed(project: Path, column: str) -> tuple[str, str]:
    """Change one value of one bar that was traded in the last days; its symbol and day."""
    path = project / "data/bars.parquet"
    bars = pd.read_parquet(path)
    row = bars.index[(bars["symbol"] == "VEGORAUSDT") & (bars["date"] == "2026-06-25")][0]
    bars.loc[row, column] *= 1.001
    bars.to_parquet(path)
    return "VEGORAUSDT", "2026-06-25"


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_bytes_are_the_same_in_another_process(variant: str, sample_run: SampleRun) -> None:
    seed, threads, kernel, zone, folder = VARIANTS[variant]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "OPENBLAS_CORETYPE": script("determinism").kernel_here(kernel),
    }
    answer = subprocess.run(
        [*COMMAND, sample_run.run_id, "--project", str(sample_run.project)],
        env={**environment, "TZ": zone},
        cwd=folder or sample_run.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "artifacts, byte for byte" in answer.stdout
    assert "culprit" not in answer.stdout


def test_another_dispatch_moves_last_bits_of_log_mps_and_is_the_culprit(sample_run: SampleRun) -> None:
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    if "X86_V4" not in found:
        pytest.skip("this processor has nothing that could be turned off")
    answer = subprocess.run(
        [*COMMAND, sample_run.run_id, "--project", str(sample_run.project), "--json"],
        env={**os.environ, "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == VerificationError.exit_code, answer.stderr
    told = json.loads(answer.stdout)["reproduction"]
    assert [what.partition(" ")[0] for kind, what in culprits(told) if kind == "machine"] == ["dispatch"]
    assert differing(told)["inference.parquet"].startswith("columns 2: alpha_score, log_mps.score; symbols")
    assert "features.parquet" not in differing(told)
    assert any(note.startswith("nothing discrete changed") for note in told["notes"])


def test_nothing_is_written(own_run: SampleRun) -> None:
    before = {path: path.stat().st_mtime_ns for path in own_run.project.rglob("*") if "__pycache__" not in path.parts}
    assert reproduced(own_run.project, own_run.run_id)["identical"]
    after = {path: path.stat().st_mtime_ns for path in own_run.project.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_a_threshold_edited_in_the_settings_of_the_run_is_the_culprit(own_run: SampleRun) -> None:
    path = own_run.folder / "settings.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("threshold = 20.0", "threshold = 26.0", 1), "utf-8")
    found = reproduced(own_run.project, own_run.run_id)
    assert not found["identical"]
    assert culprits(found) == [("settings", "settings.toml: gates.adx.threshold is 26.0, the ledger has 20")]
    assert differing(found)["decisions.parquet"].startswith("columns")
    assert "gates.json" in differing(found)


def test_a_setting_that_is_newer_than_the_run_is_named_and_taken_from_the_built_in_profile(own_run: SampleRun) -> None:
    file = own_run.folder / "settings.toml"
    text = file.read_text()
    for line in ('unknown_names = "refuse"', "max_scan_age_days = 30.0"):
        assert line in text
        text = text.replace(f"{line}\n", "")
    file.write_text(text)
    settings, newer = pinned_settings(own_run.folder)
    assert newer == ["data.max_scan_age_days", "data.unknown_names"]
    assert (settings.data.max_scan_age_days, settings.data.unknown_names) == (30, "refuse")
    first, second = (item["what"] for item in newer_differences(newer, settings))
    assert first.startswith("data.max_scan_age_days is newer than the run: taken as 30.0")
    assert '"refuse"' in second
    assert "--set data.unknown_names=" in second
    found = reproduced(own_run.project, own_run.run_id)
    assert found["error"] is None
    # The ledger of this run has both: there nothing is newer, and the file alone was changed.
    assert [item["what"] for item in found["differences"] if "newer" in item["what"]] == []


def test_a_run_with_values_that_no_setting_takes_reproduces(own_run: SampleRun) -> None:
    odd = {"compat": {"unchecked": {"recruitment.top_n": 0.5, "gates.health.threshold": float("nan")}}}
    made = run(own_run.project, profile="v3.4", settings=odd)
    assert made.selection.settings.recruitment.top_n == 0.5
    found = reproduced(own_run.project, made.run_id)
    assert (found["error"], found["identical"]) == (None, True)


def test_a_threshold_changed_in_the_profile_is_told_but_not_used(own_run: SampleRun) -> None:
    with (own_run.project / "tvselect.toml").open("a") as file:
        file.write("\n[profile.v4.gates.adx]\nthreshold = 26\n")
    found = reproduced(own_run.project, own_run.run_id)
    assert found["identical"]
    assert found["notes"] == ["a new run with profile v4 would have gates.adx.threshold = 26.0 (then 20)"]


def test_one_changed_bar_is_the_culprit_with_its_symbol_and_days(own_run: SampleRun) -> None:
    symbol, day = bars_changed(own_run.project, "close")
    found = reproduced(own_run.project, own_run.run_id)
    assert found["changed_files"] == ["bars.parquet: file changed"]
    assert culprits(found) == [
        ("inputs", f"bars: 1 symbol changed: {symbol}"),
        ("inputs", f"returns: 2 days changed: {day}, 2026-06-26"),
    ]
    assert reproduction_text(found).splitlines()[1] == "table     bars.parquet: file changed"


def test_a_high_that_no_return_shows_is_the_culprit_too(own_run: SampleRun) -> None:
    symbol, _ = bars_changed(own_run.project, "high")
    found = reproduced(own_run.project, own_run.run_id)
    assert culprits(found) == [("inputs", f"bars: 1 symbol changed: {symbol}")]
    assert (
        differing(found)["features.parquet"]
        == f"columns 4: adx, directed_movement, minus_di, plus_di; symbols 1: {symbol}"
    )


def test_a_bar_after_the_date_has_no_effect(own_run: SampleRun) -> None:
    path = own_run.project / "data/bars.parquet"
    bars = pd.read_parquet(path)
    later = bars[bars["date"] == "2026-06-30"].assign(date=pd.Timestamp("2026-07-01"))
    newcomer = later.iloc[:1].assign(symbol="AAAUSDT")
    pd.concat([bars, later, newcomer], ignore_index=True).to_parquet(path)
    found = reproduced(own_run.project, own_run.run_id)
    assert found["identical"]
    assert culprits(found) == []
    assert "no effect inputs: bars.parquet: file changed, content as of the date equal" in reproduction_text(found)


def test_one_changed_line_of_a_factor_is_the_culprit_with_its_node(own_run: SampleRun) -> None:
    path = own_run.project / "factors/quality.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("- 1.0).min()", "- 1.0).mean()"), "utf-8")
    found = reproduced(own_run.project, own_run.run_id)
    assert culprits(found) == [
        ("code", "your own: 1 module changed: factors"),
        ("code", "1 node changed: drawdown_resilience"),
    ]
    assert differing(found)["features.parquet"].startswith("columns 1: drawdown_resilience; symbols ")


def test_a_helper_beside_the_factors_counts_as_their_code(own_run: SampleRun) -> None:
    (own_run.project / "factors/helpers.py").write_text("X = 1\n")
    found = reproduced(own_run.project, own_run.run_id)
    assert found["identical"]
    assert culprits(found) == [("code", "your own: 1 module changed: factors")]


def test_another_library_version_is_told(own_run: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "tradingview_scraper.pipelines.selection.drivers.review.reproduce.environment_now"
    monkeypatch.setattr(module, lambda: {"python": "3.99", "libraries": {}})
    found = reproduced(own_run.project, own_run.run_id)
    assert found["identical"]
    kinds = {what.split()[0]: kind for kind, what in culprits(found)}
    assert kinds["python"] == kinds["numpy"] == "libraries"


def test_data_that_moved_is_found_where_it_is_named(own_run: SampleRun) -> None:
    (own_run.project / "data").rename(own_run.project / "moved")
    with pytest.raises(ConfigurationError, match="name it with --data"):
        reproduced(own_run.project, own_run.run_id)
    assert reproduced(own_run.project, own_run.run_id, data=own_run.project / "moved")["identical"]


def test_a_run_that_can_no_longer_be_executed_names_what_changed(own_run: SampleRun) -> None:
    (own_run.project / "data/bars.parquet").write_bytes(b"no table")
    found = reproduced(own_run.project, own_run.run_id)
    assert not found["identical"]
    assert culprits(found) == [("inputs", "bars.parquet: file changed")]
    assert "verdict   it can't be executed any more: ingestion: bars.parquet" in reproduction_text(found)


def test_a_failed_run_has_nothing_to_reproduce(own_run: SampleRun) -> None:
    with pytest.raises(DataContractError):
        run(own_run.project, as_of="1999-01-01")
    with pytest.raises(ConfigurationError, match="failed, so it has no result"):
        reproduced(own_run.project, "@latest")
