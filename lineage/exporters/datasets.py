"""The datasets of a run for OpenLineage: its inputs, and the tables and documents that it wrote.

In this order: `input_datasets` (version, columns, rows, what was set aside), `feature_dataset` (the factors as the rungs read
them, with their declared ranges as assertions), `output_datasets` (columns, rows, column lineage).
A table that was read from several files, as the candidates from their scans, is one dataset, named by their folder.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.lineage.exporters import facets
from tradingview_scraper.pipelines.selection.lineage.graph.columns import column_lineage
from tradingview_scraper.pipelines.selection.lineage.graph.reads import DIRECT, ROWS
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, finite
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import (
    CANDIDATES,
    CLUSTERS,
    DECISIONS,
    FEATURES,
    INFERENCE,
    LINEAGE,
    MANIFEST,
    MODEL,
    POOL,
    QUARANTINE,
    SCHEMA,
    STANDINGS,
)

Dataset = dict[str, Any]
CANDIDATES_TABLE = "candidates"
# The artifacts that are data: a consumer of lineage has no use for pictures of it.
TABLES = (POOL, FEATURES, INFERENCE, CLUSTERS, DECISIONS, STANDINGS)
DOCUMENTS = (CANDIDATES, MANIFEST)


def input_datasets(run: RunRecord, namespace: str) -> list[Dataset]:
    """What the run read, one dataset per table."""
    tables, aside = _tables(run), _set_aside(run)
    found = []
    for table, sources in _sources(run).items():
        columns = tables.get(table, [])
        shown = {"version": _version(sources)}
        if columns:
            shown["schema"] = facets.schema((name, None, None) for name in columns)
        checks = _set_aside_assertions(aside.get(table, Counter()), columns)
        rows = sum(source["rows"] for source in sources)
        found.append(
            {
                "namespace": namespace,
                "name": _input_name(run, sources),
                "facets": shown,
                "inputFacets": {
                    "dataQualityMetrics": facets.quality_metrics(rows, {}, len(sources)),
                    "dataQualityAssertions": facets.quality_assertions(checks),
                },
            }
        )
    return found


def feature_dataset(run: RunRecord, namespace: str) -> Dataset:
    """The feature store as a rung reads it."""
    seen = (run.document(SCHEMA) or {}).get("factors", [])
    rows = int(run.receipt["pool"])
    columns = {entry["factor"]: _seen(entry, rows) for entry in seen}
    checks = [check for entry in seen for check in _factor_assertions(entry)]
    return {
        "namespace": namespace,
        "name": _output_name(FEATURES),
        "facets": {"version": facets.version(_artifacts(run)[FEATURES]["digest"])},
        "inputFacets": {
            "dataQualityMetrics": facets.quality_metrics(rows, columns, 1),
            "dataQualityAssertions": facets.quality_assertions(checks),
        },
    }


def output_datasets(
    run: RunRecord, namespace: str, files: tuple[str, ...] = (*TABLES, *DOCUMENTS), *, traced: bool = True
) -> list[Dataset]:
    """What the run wrote; if `traced`, with the input columns that each column comes from."""
    written, lineage = _artifacts(run), run.document(LINEAGE) if traced else None
    found = []
    for file in files:
        if file not in written:
            continue
        artifact = written[file]
        columns, rows = _columns(run, file)
        shown = {"version": facets.version(artifact["digest"])}
        if columns:
            shown["schema"] = facets.schema((column, kind, None) for column, kind in columns.items())
        from_columns = _traced(run, namespace, lineage, file, list(columns))
        if from_columns is not None:
            shown["columnLineage"] = from_columns
        found.append(
            {
                "namespace": namespace,
                "name": _output_name(file),
                "facets": shown,
                "outputFacets": {"outputStatistics": facets.output_statistics(rows, artifact["bytes"])},
            }
        )
    return found


def _traced(
    run: RunRecord, namespace: str, lineage: Mapping[str, Any] | None, file: str, columns: list[str]
) -> facets.Facet | None:
    """The column lineage of a file; None where no column of it can be traced."""
    if lineage is None:
        return None
    places = {table: (namespace, _input_name(run, sources)) for table, sources in _sources(run).items()}
    # The winners' documents take conviction from the inference table, and all else from the candidates as they came.
    prefix = (INFERENCE if file == CANDIDATES else file).partition(".")[0]
    fields: dict[str, list[dict[str, Any]]] = {}
    rows: dict[str, None] = {}
    for column in columns:
        try:
            sources = column_lineage(lineage, f"{prefix}.{column}")["fields"]
        except ConfigurationError:
            continue  # the key column, or one that was handed through from the input
        kept = [entry for entry in sources if entry["type"] != ROWS]
        rows |= {entry["field"]: None for entry in sources if entry["type"] == ROWS}
        fields[column] = [place for entry in kept for place in _input_fields(entry, places)]
    if not fields:
        return None
    whole = [place for field in sorted(rows) for place in _input_fields({"field": field, "type": ROWS}, places)]
    return facets.column_lineage(fields, whole)


def _input_fields(entry: Mapping[str, Any], places: Mapping[str, tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """A source column in the dataset of its table."""
    table, _, column = entry["field"].partition(".")
    how: dict[str, Any] = {"type": "DIRECT", "subtype": "TRANSFORMATION"}
    if entry["type"] != DIRECT:
        how = {"type": "INDIRECT", "subtype": "FILTER" if entry["type"] == ROWS else "CONDITIONAL"}
    if table in places:
        namespace, name = places[table]
        yield {"namespace": namespace, "name": name, "field": column or "*", "transformations": [how]}


def _columns(run: RunRecord, file: str) -> tuple[dict[str, str], int | None]:
    """Column to type, and the number of rows."""
    if file.endswith(".parquet"):
        schema = pq.read_schema(run.folder / file)
        kinds = {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
        return kinds, int(pq.read_metadata(run.folder / file).num_rows)
    content = run.document(file)
    records = content["atoms"] if isinstance(content, Mapping) else content
    return {name: "" for record in records for name in record}, len(records)


def _set_aside(run: RunRecord) -> dict[str, Counter[str]]:
    """Table to how many cells or rows were set aside, by reason."""
    path = run.folder / QUARANTINE
    found: dict[str, Counter[str]] = {}
    if path.is_file():
        read = pq.read_table(path, columns=["table", "reason", "cells", "treatment"])
        for table, reason, cells, treatment in zip(
            *(read[name].to_pylist() for name in read.column_names), strict=True
        ):
            if treatment != "absent":
                found.setdefault(table, Counter())[reason] += int(cells)
    return found


def _set_aside_assertions(reasons: Mapping[str, int], columns: list[str]) -> Iterator[dict[str, Any]]:
    total = sum(reasons.values())
    yield {
        "assertion": "nothing_set_aside",
        "success": total == 0,
        "severity": "warn",
        "expected": "0",
        "actual": str(total),
    }
    for reason in sorted(reasons):
        named = [word for word in reason.split() if word in columns]
        yield {
            "assertion": reason.replace(" ", "_"),
            "success": False,
            "severity": "warn",
            "description": f"{reason}: cells or rows set aside",
            "expected": "0",
            "actual": str(reasons[reason]),
            **({"column": named[0]} if named else {}),
        }


def _seen(entry: Mapping[str, Any], rows: int) -> dict[str, Any]:
    seen = entry["seen"]
    bounds = {"min": finite(seen["low"]), "max": finite(seen["high"])}
    counted = {"nullCount": seen["unknown"], "count": rows - seen["unknown"]}
    return {**counted, **{name: value for name, value in bounds.items() if value is not None}}


def _factor_assertions(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a factor declares of itself, and whether it held."""
    declared, seen, column = entry["declared"], entry["seen"], entry["factor"]
    low, high = finite(declared["low"]), finite(declared["high"])
    lowest, highest = finite(seen["low"]), finite(seen["high"])
    if low is not None or high is not None:
        inside = (low is None or lowest is None or lowest >= low) and (
            high is None or highest is None or highest <= high
        )
        yield {
            "assertion": "in_range",
            "success": inside,
            "column": column,
            "severity": "error",
            "expected": f"[{_bound(low, '-inf')}, {_bound(high, 'inf')}]",
            "actual": f"[{_bound(lowest, 'none')}, {_bound(highest, 'none')}]",
        }
    if not declared["nullable"]:
        yield {
            "assertion": "not_null",
            "success": seen["unknown"] == 0,
            "column": column,
            "severity": "error",
            "expected": "0",
            "actual": str(seen["unknown"]),
        }


def _bound(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.6g}"


def _tables(run: RunRecord) -> Mapping[str, list[str]]:
    """Source table to its columns, as far as the record tells."""
    found: Mapping[str, list[str]] = (run.document(LINEAGE) or {}).get("tables", {})
    return found


def _artifacts(run: RunRecord) -> dict[str, Mapping[str, Any]]:
    return {artifact["path"]: artifact for artifact in run.closing.get("artifacts", [])}


def _sources(run: RunRecord) -> dict[str, list[Mapping[str, Any]]]:
    """Table to what it was read from: one file, or, of the candidates, one file per scan."""
    tables = _tables(run)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for source in run.closing.get("inputs", []):
        own = source["name"] in tables or source["role"] == MODEL
        found.setdefault(source["name"] if own else CANDIDATES_TABLE, []).append(source)
    return found


def _version(sources: list[Mapping[str, Any]]) -> facets.Facet:
    """Of one source its own; of several the digest of all their digests."""
    if len(sources) == 1:
        return facets.version(sources[0]["digest"], sources[0]["version"])
    return facets.version(json_digest(sorted([source["source"], source["digest"]] for source in sources)))


def _input_name(run: RunRecord, sources: list[Mapping[str, Any]]) -> str:
    """The file below the project; of several the folder that they lie in."""
    names = [str(source["source"]) for source in sources]
    whole = names[0] if len(names) == 1 else posixpath.commonpath(names)
    folder = str(run.params.get("data", ""))
    return whole if "://" in whole or not folder or sources[0]["role"] == MODEL else posixpath.join(folder, whole)


def _output_name(file: str) -> str:
    """The same for every run, for a consumer follows a dataset over runs: its version tells them apart."""
    return f"selection/{file}"
