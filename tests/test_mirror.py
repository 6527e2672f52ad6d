"""Each module has its test file: `dataflow/x/y.py` is tested in `tests/dataflow/x/test_y.py`."""

from pathlib import Path

import pytest

from support.paths import ROOT

PACKAGES = ("dataflow", "schemas", "drivers", "lineage")
PAGE = "tested in the page of a real run: tests/drivers/recording/page/test_page_in_browser.py"
COLUMNS = "the columns that nodes read are tested from source to document: tests/lineage/graph/test_columns.py"
PARITY = "v3.4's: tested by tests/drivers/migration/test_oddities.py and test_parity.py"
WALK_PAGE = "sections of one page: tests/drivers/research/page/test_research_page.py"
TASKS = "by tasks that are done: tests/drivers/research/executors/test_task_executors.py"
WALK = "by whole walks: tests/drivers/research/walks/test_walk_forward.py"
# Module to the reason why it has no test file of its own, with the file that tests it.
READERS = "every format: tests/dataflow/ingestion/readers/test_table_files.py"
EXCEPTIONS = {
    "drivers/cli/certify_commands.py": "options around what tests/drivers/research/causality/test_certification.py calls",
    "drivers/review/fragility_text.py": "every figure shown: tests/drivers/cli/test_fragility_commands.py",
    "lineage/page/fragility_cells.py": "every figure shown: tests/drivers/cli/test_fragility_commands.py",
    "drivers/review/programs.py": "by who asks them: tests/drivers/review/test_anchor.py",
    "drivers/research/causality/date_trials.py": "by what they find: tests/drivers/research/causality/test_certification.py",
    "drivers/research/causality/answers.py": "by whose answers differ: tests/drivers/research/causality/test_certification.py",
    "drivers/research/causality/certificate_text.py": "what it tells: tests/drivers/research/causality/test_certification.py",
    "dataflow/ingestion/bar_checks.py": "each check on a market with one fault: tests/dataflow/ingestion/test_faults.py",
    "dataflow/ingestion/return_nodes.py": "the stage's nodes in one file: tests/dataflow/ingestion/test_nodes.py",
    "dataflow/ingestion/pool_table_nodes.py": "the stage's nodes in one file: tests/dataflow/ingestion/test_nodes.py",
    "dataflow/ingestion/data_folder.py": "by the provider that reads it: tests/dataflow/ingestion/providers/test_folder.py",
    "dataflow/ingestion/given_tables.py": "by both that give them: tests/dataflow/ingestion/providers",
    "dataflow/ingestion/lakehouse/table.py": "an interface; what fulfils it: test_parquet_table.py",
    "dataflow/ingestion/lakehouse/table_layouts.py": "columns only, by all that read and write: tests/drivers/lakehouse",
    "dataflow/ingestion/panels.py": "what the checks share: tests/dataflow/ingestion/test_market_checks.py",
    "dataflow/ingestion/profile_lists.py": "exclusions by every spelling: tests/dataflow/ingestion/test_matching.py",
    "dataflow/ingestion/bar_prices.py": "prices of markets with one fault: tests/dataflow/ingestion/test_faults.py",
    "dataflow/ingestion/readers/column_names.py": "read by every table: tests/dataflow/ingestion/test_side_tables.py",
    "dataflow/ingestion/symbol_words.py": "words only, tested by their parser: tests/dataflow/ingestion/test_symbols.py",
    "dataflow/components.py": "abstract base classes; what breaks them is refused in test_vandals.py",
    "dataflow/features/contract.py": "made from the declarations: tests/dataflow/features/test_nodes.py",
    "dataflow/features/kernels/entropy.py": "tested by its factor: tests/dataflow/features/factors/test_complexity.py",
    "dataflow/features/kernels/rescaled_range.py": "tested by its factor: factors/test_complexity.py",
    "dataflow/ingestion/readers/bar_shapes.py": READERS,
    "dataflow/ingestion/readers/contents.py": READERS,
    "dataflow/ingestion/readers/csv_files.py": READERS,
    "dataflow/ingestion/readers/json_files.py": "tests/dataflow/ingestion/test_input_problems.py",
    "dataflow/ingestion/readers/parquet_files.py": READERS,
    "dataflow/ingestion/readers/scan_files.py": "tests/dataflow/ingestion/test_candidate_scans.py",
    "drivers/cli/__main__.py": "calls main",
    "drivers/demo/project.py": "`init`: tests/drivers/cli/test_main.py, and every test on a sample project",
    "drivers/migration/incumbent.py": PARITY,
    "drivers/migration/live_engine.py": "tests/drivers/migration/test_live_reference.py",
    "drivers/migration/parity_report.py": "tests/drivers/migration/test_parity.py",
    "drivers/recording/page/data.py": PAGE,
    "drivers/research/calibration/calibration_text.py": "by its figures: tests/drivers/research/calibration/test_calibration.py",
    "drivers/research/tuning/tuning_text.py": "by its figures: tests/drivers/research/tuning/test_tuning.py",
    "drivers/research/page/book_sections.py": WALK_PAGE,
    "drivers/research/page/policy_sections.py": WALK_PAGE,
    "drivers/research/page/score_sections.py": WALK_PAGE,
    "drivers/research/executors/attended.py": TASKS,
    "drivers/research/executors/cluster_executors.py": TASKS,
    "drivers/research/executors/process_executor.py": TASKS,
    "drivers/research/executors/task_graph.py": TASKS,
    "drivers/research/walks/walk_files.py": WALK,
    "drivers/research/walks/walker.py": WALK,
    "schemas/data_version.py": "a record only: tests/dataflow/ingestion/lakehouse/test_parquet_table.py",
    "lineage/exporters/datasets.py": "tests/lineage/exporters/test_openlineage.py",
    "lineage/exporters/facets.py": "tests/lineage/exporters/test_openlineage.py",
    "lineage/graph/document.py": COLUMNS,
    "lineage/graph/reads.py": COLUMNS,
    "lineage/graph/sources.py": COLUMNS,
    "lineage/page/pagediff.py": "tests/lineage/page/test_page.py",
}


def modules() -> list[str]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.name != "__init__.py")


def mirror(module: str) -> Path:
    return ROOT / "tests" / Path(module).parent / f"test_{Path(module).name}"


@pytest.mark.parametrize("module", modules())
def test_each_module_has_its_test_file_or_a_reason(module: str) -> None:
    if module in EXCEPTIONS:
        assert not mirror(module).exists(), "it has one now: take it off the list"
    else:
        assert mirror(module).exists(), f"write {mirror(module).relative_to(ROOT)}, or say in EXCEPTIONS what tests it"


def test_every_exception_is_a_module() -> None:
    assert sorted(EXCEPTIONS.keys() - {*modules()}) == []
