"""The files that a run leaves beside its ledger and receipt, each a function of the selection alone."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.contract import schema_report
from tradingview_scraper.pipelines.selection.drivers.execution.plan import built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import (
    graph_nodes,
    reexecuted_nodes,
    table_columns,
)
from tradingview_scraper.pipelines.selection.drivers.recording.page.data import page_data
from tradingview_scraper.pipelines.selection.lineage.graph.document import lineage_document, picture
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, parquet, toml
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest

DOCUMENT_VERSION = "1.0"


def artifact_files(selection: Selection) -> dict[str, bytes]:
    """File name to content."""
    context = selection.context
    frames: dict[str, pd.DataFrame] = {
        "pool": context.raw_pool,
        "features": context.feature_store,
        "inference": context.inference_outputs,
        "clusters": context.clusters,
        "decisions": context.decisions,
        "standings": context.standings,
    }
    if len(selection.quarantine):
        frames["quarantine"] = selection.quarantine
    dr = built_driver(selection.plan)
    lineage = lineage_document(graph_nodes(dr, selection.plan), table_columns(selection.climb.values["tables"]))
    reexecuted = reexecuted_nodes(dr, selection.plan)
    factors = schema_report(context.feature_store, selection.plan.declarations)
    ladder = [
        {"rung": rung.number, "name": rung.name, "recruit": rung.recruit, "thresholds": rung.thresholds}
        for rung in selection.settings.rungs()
    ]
    gates = [
        {"gate": name, **gate.model_dump(exclude={"enabled"})} for name, gate in selection.settings.active_gates.items()
    ]
    files = {
        **{f"{name}.parquet": parquet(frame) for name, frame in frames.items()},
        "portfolio_candidates.json": document(selection.winners),
        "manifest.json": document(selection.manifest),
        "coverage.json": document({"schema_version": DOCUMENT_VERSION, **selection.coverage}),
        "schema.json": document({"schema_version": DOCUMENT_VERSION, "factors": factors}),
        "ladder.json": document({"schema_version": DOCUMENT_VERSION, "rungs": ladder, "climbed": len(selection.rungs)}),
        "gates.json": document({"schema_version": DOCUMENT_VERSION, "gates": gates}),
        "settings.toml": toml(selection.settings.model_dump(exclude_none=True)),
        "lineage.json": document(lineage),
        "lineage.svg": picture(lineage, title=f"tvselect {selection.settings.profile}", reexecuted=reexecuted).encode(),
    }
    return {**files, "report.html": _page(selection, files, lineage)}


def _page(selection: Selection, files: Mapping[str, bytes], lineage: Mapping[str, Any]) -> bytes:
    """The run page, with the digests of the files beside it."""
    documentation = {node["name"]: node["documentation"] for node in lineage["nodes"]}
    data = page_data(selection, documentation) | {
        "artifacts": [
            {"name": name, "bytes": len(content), "digest": bytes_digest(content)}
            for name, content in sorted(files.items())
        ]
    }
    return page_html(data, files["lineage.svg"].decode()).encode()
