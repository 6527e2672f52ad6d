"""The long trials on real data, `.ci/soak.py` and `.ci/counterfactuals.py`, with a few of each on the simulated market."""

from pathlib import Path
from typing import Any

import pytest

from support.market import market
from support.scripts import script


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulated market as one of the data sets."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "crypto_perps").mkdir()
    bars = market().bars
    bars.assign(symbol=bars["symbol"].astype("category")).to_parquet(folder / "crypto_perps" / "ohlcv.parquet")
    return folder


def test_a_short_soak_ends_by_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    universes, soak = script("real_universes"), script("soak")
    found = universes.markets(data)
    assert soak.in_one_process(found, 3, 1) in (True, False)  # what three selections grow says nothing
    assert not soak.by_commands(found, 1, 1)
    told = capsys.readouterr().out
    assert "UNNAMED" not in told
    assert "verify --all: exit 0" in told
    assert "open files" in told


def test_an_ending_without_a_name_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    universes, soak = script("real_universes"), script("soak")

    def broken(*given: Any, **options: Any) -> None:
        raise KeyError("symbol")

    monkeypatch.setattr(soak, "select", broken)
    assert soak.in_one_process(universes.markets(data), 1, 1)
    assert "UNNAMED KeyError" in capsys.readouterr().out


def test_growth_is_a_slope_that_single_values_do_not_tilt() -> None:
    script("real_universes")
    soak = script("soak")
    values = [1.0 * place for place in range(20)]
    values[7] = 500.0
    assert soak.robust_slope(soak.np.array(values)) == pytest.approx(1.0)


def test_answers_are_confirmed(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script("real_universes")
    asked = script("counterfactuals")
    monkeypatch.setattr("sys.argv", ["counterfactuals", "--data", str(data), "--answers", "2"])
    assert asked.main() == 0
    assert "2 answers on" in capsys.readouterr().out
    monkeypatch.setattr(
        asked, "what_it_takes", lambda selection, symbol: [asked.Takes(place=len(selection.conviction))]
    )
    assert asked.main() == 1
