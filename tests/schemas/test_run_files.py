"""The list of a run's files is whole, and says one line of each."""

from tradingview_scraper.pipelines.selection.schemas import run_files
from tradingview_scraper.pipelines.selection.schemas.run_files import CHALLENGERS, FRAGILITY, QUARANTINE, RUN_FILES


def test_every_name_is_listed_under_itself() -> None:
    named = {value for name, value in vars(run_files).items() if name.isupper() and isinstance(value, str)}
    folders = {run_files.RUNS, run_files.LOG, run_files.MODELS, run_files.REPORTS}
    places = {*folders, run_files.CALIBRATIONS, run_files.CERTIFICATES}
    assert named - {*places, run_files.MODEL, run_files.CHECKPOINT} == RUN_FILES.keys()
    assert all(file.name == name for name, file in RUN_FILES.items())


def test_each_says_what_it_holds_and_only_what_was_found_or_asked_for_may_be_absent() -> None:
    assert all(file.holds and "\n" not in file.holds for file in RUN_FILES.values())
    assert [name for name, file in RUN_FILES.items() if not file.always] == [CHALLENGERS, FRAGILITY, QUARANTINE]


def test_only_json_has_a_version() -> None:
    assert all(name.endswith(".json") for name, file in RUN_FILES.items() if file.version is not None)
