"""A folder as the package, the file in it and its page judge it."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from shutil import copytree, rmtree
from typing import NamedTuple

from support.record_in_node import PageCheck
from support.tampering import FOLDERS
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored, checkpoint_now
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record.standalone_verifier import folder_problems


class Verdicts(NamedTuple):
    """What each found: files, with what is wrong; nothing where all is as it was left."""

    package: list[str]
    file: list[tuple[str, str]]
    page: list[tuple[str, str]]

    @property
    def agree(self) -> bool:
        """Whether all three say yes or all say no, and file and page say the same."""
        return bool(self.package) == bool(self.file) and sorted(self.file) == sorted(self.page)


def verdicts(folder: Path, checkpoint: Path | None, page: PageCheck) -> Verdicts:
    """Of a project with one run, the project's ledger beside it."""
    project, log = folder.parents[1], folder.parent / "audit.jsonl"
    found = verified(project, everything=True, checkpoint=checkpoint)
    kept = None if checkpoint is None else checkpoint.read_bytes()
    return Verdicts(
        [f"{problem['file']}: {problem['kind']}" for problem in found["problems"]],
        folder_problems(folder, log.read_bytes(), kept),
        page.problems(folder, log, checkpoint),
    )


def tampered(project: Path, run_id: str, scratch: Path, count: int, seed: int) -> Iterator[tuple[str, Path, Path]]:
    """Way, folder and outside checkpoint of `count` falsified copies, one after the other; every way in turn."""
    copytree(project, scratch / "whole")
    anchored(scratch / "whole", None, output=scratch / "kept")  # so that the ledger has two lines
    (scratch / "kept").write_bytes(checkpoint_now(scratch / "whole", scratch / "whole/runs", 2).text())
    ways = sorted(FOLDERS)
    for number in range(count):
        way, random = ways[number % len(ways)], Random(f"{seed} {number}")
        copytree(scratch / "whole", scratch / "copy")
        FOLDERS[way](scratch / "copy", scratch / "copy/runs" / run_id, random)
        yield way, scratch / "copy/runs" / run_id, scratch / "kept"
        rmtree(scratch / "copy")


def disagreement(way: str, found: Verdicts) -> str:
    """For people."""
    return json.dumps({"way": way, **found._asdict()}, indent=1)
