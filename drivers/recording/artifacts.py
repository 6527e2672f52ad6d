"""The files that a run leaves beside its ledger and receipt: functions of the selection, and of what was asked for beside it."""

from collections.abc import Mapping
from importlib import resources
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.contract import schema_report
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.inputs import inputs_document
from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import graph_nodes, table_columns
from tradingview_scraper.pipelines.selection.drivers.recording.page.challenger_table import challenger_rows
from tradingview_scraper.pipelines.selection.drivers.recording.page.data import page_data
from tradingview_scraper.pipelines.selection.lineage import record
from tradingview_scraper.pipelines.selection.lineage.graph.document import lineage_document, picture
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html
from tradingview_scraper.pipelines.selection.lineage.record.encoding import (
    document,
    incumbent_document,
    parquet,
    toml,
    with_null,
)
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.escapes import seen_in
from tradingview_scraper.pipelines.selection.schemas.run_files import (
    CANDIDATES,
    CHALLENGERS,
    CLUSTERS,
    COVERAGE,
    DECISIONS,
    FEATURES,
    FRAGILITY,
    GATES,
    INFERENCE,
    INPUTS,
    LADDER,
    LINEAGE,
    MANIFEST,
    PAGE,
    PICTURE,
    POOL,
    QUARANTINE,
    RUN_FILES,
    SCHEMA,
    SETTINGS,
    STANDINGS,
    VERIFIER,
)


def artifact_files(
    selection: Selection, fragility: Mapping[str, Any] | None = None, causality: str | None = None
) -> dict[str, bytes]:
    """File name to content.

    `fragility` is the document of the list, where it was measured; `causality` what the project's certificates said of the
    profile, for the page.
    """
    lineage = run_lineage(selection)
    title = f"tvselect {selection.settings.profile}"
    files = {
        **{name: parquet(frame) for name, frame in _frames(selection).items()},
        **{name: document(_versioned(name, content)) for name, content in _documents(selection, fragility).items()},
        CANDIDATES: incumbent_document(selection.portfolio_candidates),
        MANIFEST: document(selection.manifest),
        SETTINGS: toml(selection.graph.plan.stated.model_dump(exclude_none=True)),
        LINEAGE: document(lineage),
        VERIFIER: resources.files(record).joinpath("standalone_verifier.py").read_bytes(),
        PICTURE: picture(lineage, title=title, reexecuted=sorted(selection.graph.rerun)).encode(),
    }
    return {**files, PAGE: _page(selection, files, lineage, fragility, causality)}


def run_lineage(selection: Selection) -> dict[str, Any]:
    """The content of `lineage.json`."""
    return lineage_document(graph_nodes(selection.graph), table_columns(selection.tables))


def _frames(selection: Selection) -> dict[str, pd.DataFrame]:
    context = selection.context
    frames = {
        POOL: context.raw_pool,
        FEATURES: context.feature_store,
        INFERENCE: context.inference_outputs,
        CLUSTERS: context.clusters,
        DECISIONS: context.decisions,
        STANDINGS: context.standings,
    }
    if selection.challengers:
        frames[CHALLENGERS] = challenger_rows(selection)
    return {**frames, QUARANTINE: selection.quarantine} if len(selection.quarantine) else frames


def _documents(selection: Selection, fragility: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    settings = selection.settings
    ladder = [
        {"rung": rung.number, "name": rung.name, "recruit": rung.recruit, "thresholds": rung.thresholds}
        for rung in settings.rungs()
    ]
    gates = [{"gate": name, **gate.model_dump(exclude={"enabled"})} for name, gate in settings.active_gates.items()]
    return {
        COVERAGE: selection.coverage,
        INPUTS: inputs_document(selection),
        SCHEMA: {"factors": schema_report(selection.context.feature_store, selection.plan.declarations)},
        LADDER: {"rungs": ladder, "climbed": len(selection.rungs)},
        GATES: {"gates": gates},
        **({} if fragility is None else {FRAGILITY: fragility}),
    }


def _versioned(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema_version": RUN_FILES[name].version, **content}


def _page(
    selection: Selection,
    files: Mapping[str, bytes],
    lineage: Mapping[str, Any],
    fragility: Mapping[str, Any] | None,
    causality: str | None,
) -> bytes:
    """The run page, with the digests of the files beside it."""
    documentation = {node["name"]: node["documentation"] for node in lineage["nodes"]}
    data = page_data(selection, documentation, fragility, causality) | {
        "artifacts": [
            {"name": name, "bytes": len(content), "digest": bytes_digest(content)}
            for name, content in sorted(files.items())
        ]
    }
    # v3.4's thresholds and what it believes may be NaN or infinite; a page knows null. Names of assets may be anything.
    return page_html(seen_in(with_null(data)), files[PICTURE].decode()).encode()
