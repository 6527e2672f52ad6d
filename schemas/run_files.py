"""Every file of a run folder: its name, what it holds, and the version of its format where it has one.

`RUN_FILES` is the only list of them; who writes, reads, verifies or documents a run takes names and versions from here.
Imports nothing heavy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

RUNS = "runs"
"""The folder of all runs in a project; its own ledger lies in it under the same name as a run's."""

MODELS = "models"
"""The folder of a project's models, and of a walk's."""
MODEL = "model"
"""The role of a run's input that is a model."""

CALIBRATIONS = "calibrations"
"""The folder of a project's null distributions of gates (`tvselect calibrate`)."""

REPORTS = "reports"
"""The folder of a project's pages, and of what is found out of a run after it: a run's own folder is sealed."""

CERTIFICATES = "certificates"
"""The folder of a project's causality certificates (`tvselect certify`)."""

LOG = "log"
"""The folder in `runs/` of the Merkle tree over the project's ledger."""
CHECKPOINT = "checkpoint"
"""A tree's head, in that folder; beside a ledger, the one that was signed."""

LEDGER = "audit.jsonl"
RECEIPT = "receipt.json"
POOL = "pool.parquet"
FEATURES = "features.parquet"
INFERENCE = "inference.parquet"
CLUSTERS = "clusters.parquet"
DECISIONS = "decisions.parquet"
STANDINGS = "standings.parquet"
CHALLENGERS = "challengers.parquet"
FRAGILITY = "fragility.json"
QUARANTINE = "quarantine.parquet"
CANDIDATES = "portfolio_candidates.json"
MANIFEST = "manifest.json"
COVERAGE = "coverage.json"
INPUTS = "inputs.json"
SCHEMA = "schema.json"
LADDER = "ladder.json"
GATES = "gates.json"
SETTINGS = "settings.toml"
LINEAGE = "lineage.json"
PICTURE = "lineage.svg"
PAGE = "report.html"
VERIFIER = "verify.py"


@dataclass(frozen=True)
class RunFile:
    """One file of a run folder."""

    name: str
    holds: str
    """One line for people."""
    version: str | None = None
    """`schema_version` inside the file; None for a table, a picture and what has a format of its own."""
    always: bool = True
    """Whether every finished run has it."""


RUN_FILES: Mapping[str, RunFile] = {
    file.name: file
    for file in (
        RunFile(CANDIDATES, "the winners, best first, as candidate dicts in the incumbent's format"),
        RunFile(MANIFEST, "the strategy atoms and their composition, for a portfolio optimiser", "1.1"),
        RunFile(LEDGER, "the record: one event per line, each chained to the one before by its hash"),
        RunFile(RECEIPT, "what `ls` shows: status, date, winners, and the head of the ledger", "1.0"),
        RunFile(PAGE, "the page of the run for people: one HTML file that asks for nothing"),
        RunFile(POOL, "one row per asset: candidate, metadata, scanner fields"),
        RunFile(FEATURES, "one row per asset, one column per factor"),
        RunFile(INFERENCE, "conviction and component probabilities, one row per asset, columns per scorer"),
        RunFile(CLUSTERS, "the factor group of each asset"),
        RunFile(DECISIONS, "one row per asset and gate at the last rung: value, threshold, margin, verdict"),
        RunFile(STANDINGS, "one row per asset at the last rung: rank, outcome, route"),
        RunFile(
            CHALLENGERS, "whom each challenger would have chosen under its own ladder, a row per asset", always=False
        ),
        RunFile(
            FRAGILITY,
            "how often each winner stays where it is selected anew (`run --fragility`)",
            "1.0",
            always=False,
        ),
        RunFile(QUARANTINE, "bad cells and rows of the input that were set aside, each with its reason", always=False),
        RunFile(COVERAGE, "what came in, what became of it, what found no partner", "1.0"),
        RunFile(INPUTS, "digests of what was read, one per table, symbol and day", "1.0"),
        RunFile(SCHEMA, "each factor's declared range and the range that it showed", "1.0"),
        RunFile(LADDER, "the rungs with their thresholds and recruitment rules, and how far it was climbed", "1.0"),
        RunFile(GATES, "the gates: feature, comparison, threshold, kind", "1.0"),
        RunFile(SETTINGS, "the resolved settings"),
        RunFile(LINEAGE, "the dataflow: nodes, stages, what each reads", "1.1"),
        RunFile(PICTURE, "the dataflow drawn"),
        RunFile(VERIFIER, "checks the run's record with Python alone: `python verify.py`"),
    )
}
