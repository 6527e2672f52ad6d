"""What a reader of runs does where a record doesn't hold what it should: asks `verify` what became of it.

Runs are read as they were written. Where a reader stumbles, its record is verified: damage is named, and what stumbles over
a record that is whole is a defect of ours, which is not hidden.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError

# What Python and Arrow raise where a value is missing or of another kind than the reader takes for granted.
SYMPTOMS = (
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    OSError,
)


@contextmanager
def readable(project: Path, *references: str) -> Iterator[None]:
    """Raises `VerificationError` with the first damage where the block stumbles over one of these runs."""
    try:
        yield
    except SYMPTOMS:
        for reference in references:
            damage = first_damage(project, reference)
            if damage:
                raise VerificationError(damage) from None
        raise


def first_damage(project: Path, reference: str) -> str:
    """What is wrong with a run's record, empty where it is as it was left."""
    from tradingview_scraper.pipelines.selection.drivers.review.outside import Trees
    from tradingview_scraper.pipelines.selection.drivers.review.run_check import Checked, check_run
    from tradingview_scraper.pipelines.selection.drivers.review.verify import check_project, line_problems, run_lines

    folder, checked = run_folder(project, reference), Checked()
    check_run(project, folder, checked)
    lines = run_lines(check_project(project, Checked(), Trees(project)))
    checked.problems += line_problems(folder, lines.get(folder.name, []))
    if not checked.problems:
        return ""
    first, more = checked.problems[0], len(checked.problems) - 1
    rest = f" (and {more} more)" if more else ""
    return f"{first.file}: {first.kind}: {first.message}{rest}; see `tvselect verify {folder.name}`"
