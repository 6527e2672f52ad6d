"""The six stages in their order, the node that is each one's border, and which are executed anew at a further rung.

The only list of them: dataflow, drivers and lineage take their names from here. Imports nothing.
"""

from collections.abc import Mapping

BORDERS: Mapping[str, str] = {
    "ingestion": "ingested",
    "features": "engineered",
    "inference": "inferred",
    "partitioning": "partitioned",
    "policy": "decided",
    "synthesis": "synthesized",
}
"""Stage to its border: the node that hands the context on, enriched by what the stage found."""

STAGES: tuple[str, ...] = tuple(BORDERS)

REEXECUTED: tuple[str, ...] = ("inference", "policy")
"""The stages of which every node is executed anew at a further rung."""

CLIMBED: tuple[str, ...] = STAGES[STAGES.index(REEXECUTED[0]) : STAGES.index(REEXECUTED[-1]) + 1]
"""The stages whose borders the context passes at every rung: partitioning, too, though its values are computed once."""

VALIDATING: tuple[str, ...] = (*BORDERS.values(), "feature_store")
"""The nodes where frames pass a Pandera model."""
