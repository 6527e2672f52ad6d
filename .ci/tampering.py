"""How much of what is done to a record afterwards is found: many seeded falsifications, as `tests/support/tampering.py` has them.

    python .ci/tampering.py --logs 10000 --folders 1000 --records 100000

`--logs`: falsified project ledgers of 300 lines (bits, lines, cut tails, forks, rewritten genesis), each held against one
checkpoint that was kept elsewhere: what wasn't found is counted by its way. `--folders`: falsified run folders of the demo,
judged by the package, by the `verify.py` in the folder and by the run's page (in Node): where the three disagree, or one
with a checkpoint finds nothing, is counted, and the first three are printed. `--records`: CPU seconds to verify the demo's run
in a project whose ledger has so many lines, with a checkpoint and without. Exit code 1 if something wasn't found. `--seed`
makes others.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.record_in_node import page_check  # noqa: E402
from support.tampering import chained, falsified, tree_anew, written_anew  # noqa: E402
from support.three_verifiers import disagreement, tampered, verdicts  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.recording.run import run  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.review.outside import Trees  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified  # noqa: E402
from tradingview_scraper.pipelines.selection.lineage.record import ledger, merkle  # noqa: E402
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint  # noqa: E402

LINES = 300


def missed_logs(count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """Falsified ledgers by way, and of these those that were not found given a checkpoint of the whole."""
    tried, missed = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        runs = Path(scratch, "runs")
        runs.mkdir()
        for number in range(LINES):
            ledger.append(runs / "audit.jsonl", {"event": "run.completed", "run_id": f"r{number}", "pool": number})
        events, lines = list(ledger.read(runs / "audit.jsonl")), []
        lines = (runs / "audit.jsonl").read_bytes().splitlines(keepends=True)
        assert [line + b"\n" for line in chained(events)] == lines
        leaves = [merkle.leaf_hash(line[:-1]) for line in lines]
        kept = Checkpoint("runs/audit.jsonl", LINES, merkle.root(merkle.nodes(leaves), LINES))
        assert Trees(Path(scratch)).contradiction(runs, kept, "it") is None
        for number in range(count):
            way, forged = falsified(events, lines, Random(f"{seed} {number}"))
            assert forged != lines
            (runs / "audit.jsonl").write_bytes(b"".join(forged))
            tried[way] += 1
            agrees = Trees(Path(scratch)).contradiction(runs, kept, "it") is None
            # What is added behind the lines of the checkpoint is the chain's to find.
            missed[way] += agrees and ledger.verify(runs / "audit.jsonl", trusted=LINES).ok
    return tried, missed


def disagreements(count: int, seed: int) -> list[str]:
    """Falsified folders on which the three disagree, or that one of them takes for sound though it has a checkpoint."""
    found = []
    with tempfile.TemporaryDirectory() as scratch, page_check() as page:
        new_project(Path(scratch, "demo"))
        made = run(Path(scratch, "demo"))
        for way, folder, kept in tampered(Path(scratch, "demo"), made.run_id, Path(scratch), count, seed):
            judged = verdicts(folder, kept, page)
            if not judged.agree or not judged.package:
                found.append(disagreement(way, judged))
    return found


def seconds_to_verify(records: int) -> dict[str, float]:
    """CPU seconds of `verify` with a checkpoint from outside and without, in a project of so many records."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        project, kept = Path(scratch, "demo"), Path(scratch, "kept")
        new_project(project)
        made = run(project)
        (line,) = ledger.read(project / "runs/audit.jsonl")
        written_anew(
            project / "runs/audit.jsonl",
            [*({**line, "run_id": f"20260101-000000-{number:06x}"} for number in range(records - 1)), line],
        )
        tree_anew(project)
        anchored(project, None, output=kept)
        for name, checkpoint in (("with a checkpoint", kept), ("without", None)):
            started = time.process_time()
            judged = verified(project, made.run_id, checkpoint=checkpoint)
            found[name] = time.process_time() - started
            assert judged["ok"], judged["problems"][:3]
    return found


def main() -> int:
    """Both counts, and the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=int, default=10_000)
    parser.add_argument("--folders", type=int, default=1_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.process_time()
    tried, missed = missed_logs(asked.logs, asked.seed)
    for way in sorted(tried):
        print(f"{way:20} {tried[way]:6} falsified {missed[way]:6} not found")
    print(
        f"{'ledgers':20} {tried.total():6} falsified {missed.total():6} not found  {time.process_time() - started:.0f} s CPU"
    )
    started = time.process_time()
    found = disagreements(asked.folders, asked.seed) if asked.folders else []
    print(*found[:3], sep="\n")
    print(
        f"{'folders':20} {asked.folders:6} falsified {len(found):6} judged differently  {time.process_time() - started:.0f} s"
    )
    for name, seconds in seconds_to_verify(asked.records).items() if asked.records else ():
        print(f"{asked.records} records verified {name}: {seconds:.2f} s CPU")
    return 1 if missed.total() or found else 0


if __name__ == "__main__":
    sys.exit(main())
