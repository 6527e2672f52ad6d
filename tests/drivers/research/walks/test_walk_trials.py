"""A scorer's trial is what it is and what surrounds it; dates, data and its part are not."""

from pathlib import Path
from typing import Any

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials, trial_count


def asked(**changes: Any) -> dict[str, Any]:
    known = walked().asked
    return {**known, "settings": {**known["settings"], **changes}}


def digests(**changes: Any) -> dict[str, str]:
    return {name: trial.digest for name, trial in scorer_trials(asked(**changes), "w").items()}


def test_what_makes_another_trial() -> None:
    same = digests()
    assert len(set(same.values())) == len(same) == 2
    assert digests(**{"data.lookback": 9, "profile": "other", "scorers.log_mps.role": "challenger"}) == same
    other = digests(**{"scorers.log_mps.kind": "mine:Other"})
    assert other["log_mps"] != same["log_mps"]
    assert other["rank_average"] == same["rank_average"]
    for change in ({"gates.entropy.threshold": 0.5}, {"weights.momentum": 9.0}, {"features.entropy_window": 9}):
        assert not set(digests(**change).values()) & set(same.values())
    assert digests(**{"scorers.rank_average.enabled": False}) == {"log_mps": same["log_mps"]}


def test_a_finished_walk_records_its_scorers_and_a_second_look_is_no_further_trial(tmp_path: Path) -> None:
    first = walk(tmp_path, "2026-03-02", "2026-03-02")
    second = walk(tmp_path, "2026-03-08", "2026-03-08")
    again = walk(tmp_path, "2026-03-08", "2026-03-08")
    assert trial_count(tmp_path) == 2
    looks = [(trial.name, trial.what) for trial in recorded_trials(tmp_path)]
    names = ("log_mps", "rank_average")
    assert again.folder == second.folder
    assert looks == [(name, f"walk {each.folder.name}") for each in (first, second) for name in names]
