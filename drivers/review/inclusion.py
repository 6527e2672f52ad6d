"""`prove`: that one run's line is in the project's ledger, for who may not see the other lines. Imports nothing heavy.

A proof is a small JSON document: the line, its place, the hashes that lead from it to the Merkle root over all lines (RFC 6962),
and the checkpoint with that root. It convinces whoever has that checkpoint from elsewhere. `since` is an older one that somebody
kept: the proof shows that the ledger continues it, too. docs/operation.md has the lines of Python that check it without us.
"""

from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.anchor import checkpoint_now, sound_head
from tradingview_scraper.pipelines.selection.drivers.review.run_check import ENDS
from tradingview_scraper.pipelines.selection.lineage.record import ledger, merkle
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, leaf_hashes, read_checkpoint
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, REPORTS, RUNS

VERSION = "1.0"


def written_proof(project: Path, reference: str, since: Path | None = None, output: Path | None = None) -> Path:
    """Write the proof of a run's line, and say where it lies: in the project's `reports/`, or at `output`.

    Raises as `inclusion`; `StorageError` where it can't be written.
    """
    run_id = run_folder(project, reference).name
    target = output or project / REPORTS / f"{run_id}-proof.json"
    return write_output(target, document(inclusion(project, run_id, since)))


def inclusion(project: Path, run_id: str, since: Path | None = None) -> dict[str, Any]:
    """The proof that a run's line is under the root over all lines of the project's ledger as it is now.

    Raises `ConfigurationError` where the checkpoint `since` can't be used, `VerificationError` where the ledger is broken, hasn't
    one line on the run, or doesn't continue that checkpoint.
    """
    path = project / RUNS / LEDGER
    size = sound_head(path).size
    places = [
        number
        for number, event in enumerate(ledger.read(path))
        if event.get("event") in ENDS and event.get("run_id") == run_id and number < size
    ]
    if len(places) != 1:
        raise VerificationError(
            f"{RUNS}/{LEDGER} has {len(places)} lines on the run {run_id}: `tvselect verify` says more"
        )
    (index,) = places
    now, node = checkpoint_now(project, project / RUNS, size), merkle.nodes(leaf_hashes(path)[:size])
    return {
        "schema_version": VERSION,
        "line": path.read_bytes().split(b"\n")[index].decode(),
        "index": index,
        "size": size,
        "hashes": _written(merkle.inclusion_proof(node, index, size)),
        "checkpoint": now.text().decode(),
        **({} if since is None else {"since": _consistency(since, now, node)}),
    }


def _consistency(path: Path, now: Checkpoint, node: merkle.Node) -> dict[str, Any]:
    """That the root now continues the one of an earlier checkpoint."""
    try:
        kept = read_checkpoint(path.read_bytes())
    except (OSError, VerificationError) as error:
        raise ConfigurationError(f"--since {path}: {error}") from None
    if kept.ledger != now.ledger or kept.size == 0:
        raise ConfigurationError(
            f"--since {path}: it pins {kept.size} lines of {kept.ledger}; one of {now.ledger} is meant"
        )
    if kept.size > now.size or merkle.root(node, kept.size) != kept.root:
        raise VerificationError(
            f"{now.ledger} has {now.size} lines and doesn't continue {path.name}, which pins {kept.size}: keep that file, and "
            f"see `tvselect verify --checkpoint {path.name}`"
        )
    return {
        "size": kept.size,
        "hashes": _written(merkle.consistency_proof(node, kept.size, now.size)),
        "checkpoint": kept.text().decode(),
    }


def _written(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]
