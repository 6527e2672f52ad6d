"""Stage 6, synthesis: winners become strategy atoms, their composition and the documents that others read.

`atoms` are one for each logic that proposed a winner; `composition` gives their weights; `failed_gates` are those that a
rung recruited a winner past; `manifest` and `portfolio_candidates` are the two files; `synthesized` is the border.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import Proposal
from tradingview_scraper.pipelines.selection.dataflow.policy.records import CodedDecisions
from tradingview_scraper.pipelines.selection.schemas.atoms import StrategyAtom
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.frames import ROUTES
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.read_only import thawed
from tradingview_scraper.pipelines.selection.schemas.run_files import MANIFEST, RUN_FILES
from tradingview_scraper.pipelines.selection.schemas.settings import SynthesisSettings


def atoms(
    winners: pd.DataFrame, candidates_by_asset: dict[str, list[Proposal]], synthesis: SynthesisSettings
) -> tuple[StrategyAtom, ...]:
    """One atom for each winner and each logic that proposed it, in the winners' order, logics by name."""
    return tuple(
        StrategyAtom(
            asset=str(symbol),
            logic=logic,
            direction=winner["direction"],
            timescale=synthesis.timescale,
            conviction=float(winner["alpha_score"]),
        )
        for symbol, winner in winners.to_dict("index").items()
        for logic in _logics(candidates_by_asset.get(str(symbol), ()), winner["logic"])
    )


def _logics(proposed: Sequence[Proposal], own: str) -> list[str]:
    return [candidate.logic for candidate in proposed] or [own]


def composition(atoms: tuple[StrategyAtom, ...]) -> dict[str, int]:
    """Atom id to its weight: +1 long, -1 short."""
    return {atom.id: atom.weight for atom in atoms}


def failed_gates(winners: pd.DataFrame, decisions: CodedDecisions) -> dict[str, list[str]]:
    """Winner to the gates that it fails at the last rung, by name; no waived ones.

    A representative or a fill fails relaxable ones; in v3.4, whose substitutes need not be sound, hard ones too.
    """
    failed = decisions.failed(winners.index)
    return {str(symbol): sorted(gates) for symbol, gates in zip(winners.index, failed, strict=True)}


def manifest(
    atoms: tuple[StrategyAtom, ...],
    composition: dict[str, int],
    winners: pd.DataFrame,
    failed_gates: dict[str, list[str]],
    rung: Rung,
) -> dict[str, Any]:
    """The atoms as the portfolio optimiser reads them: each with how it came in and which gates it fails.

    `routes` counts winners, of which each may be several atoms.
    """
    routes, told = winners["route"].value_counts(), winners.to_dict("index")
    return {
        "schema_version": RUN_FILES[MANIFEST].version,
        "rung": rung.number,
        "routes": {route: int(routes[route]) for route in ROUTES if route in routes},
        "atoms": [
            {
                "id": atom.id,
                **atom.model_dump(mode="json"),
                "weight": composition[atom.id],
                "cluster": int(told[atom.asset]["cluster"]),
                "route": str(told[atom.asset]["route"]),
                "fails": failed_gates[atom.asset],
            }
            for atom in atoms
        ],
    }


def portfolio_candidates(
    winners: pd.DataFrame, raw_pool: pd.DataFrame, candidates_by_asset: dict[str, list[Proposal]]
) -> list[dict[str, Any]]:
    """The winners in the incumbent's shape: the candidate's own dict with `alpha_score`, best first.

    `symbol` is the asset's name in the returns; the scanner's, where it differs, becomes `scanner_symbol`.
    """
    documents = []
    for symbol, winner in winners.to_dict("index").items():
        given = _given(candidates_by_asset.get(str(symbol), ()))
        fields = {
            **given,
            "symbol": str(symbol),
            "identity": winner["identity"],
            "direction": winner["direction"],
            "logic": winner["logic"],
            "alpha_score": float(winner["alpha_score"]),
        }
        if given.get("symbol", symbol) != symbol:
            fields["scanner_symbol"] = given["symbol"]
        if winner["route"] != "ranked":
            fields["selection_note"] = f"recruited as {winner['route']}"
        documents.append(fields)
    return documents


def _given(proposed: Sequence[Proposal]) -> dict[str, Any]:
    return (
        {key: thawed(value) for key, value in proposed[0].given.items() if key not in ("universe_only", "scanner")}
        if proposed
        else {}
    )


def synthesized(decided: SelectionContext, atoms: tuple[StrategyAtom, ...]) -> SelectionContext:
    """Border of the stage."""
    return decided.enriched(atoms=atoms)
