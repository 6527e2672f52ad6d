"""Stage 6, synthesis: winners become strategy atoms, their composition and the documents that others read.

`atoms` are one for each logic that proposed a winner; `composition` gives their weights; `manifest` and
`portfolio_candidates` are the two files; `synthesized` is the border.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import Proposal
from tradingview_scraper.pipelines.selection.schemas.atoms import StrategyAtom
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.frozen import thawed
from tradingview_scraper.pipelines.selection.schemas.settings import SynthesisSettings

MANIFEST_VERSION = "1.0"


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
        for symbol, winner in winners.iterrows()
        for logic in _logics(candidates_by_asset.get(str(symbol), ()), winner["logic"])
    )


def _logics(proposed: Sequence[Proposal], own: str) -> list[str]:
    return [candidate.logic for candidate in proposed] or [own]


def composition(atoms: tuple[StrategyAtom, ...]) -> dict[str, int]:
    """Atom id to its weight: +1 long, -1 short."""
    return {atom.id: atom.weight for atom in atoms}


def manifest(atoms: tuple[StrategyAtom, ...], composition: dict[str, int], winners: pd.DataFrame) -> dict[str, Any]:
    """The atoms as the portfolio optimiser reads them."""
    return {
        "schema_version": MANIFEST_VERSION,
        "atoms": [
            {
                "id": atom.id,
                **atom.model_dump(mode="json"),
                "weight": composition[atom.id],
                "cluster": int(winners["cluster"][atom.asset]),
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
    for symbol, winner in winners.iterrows():
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
