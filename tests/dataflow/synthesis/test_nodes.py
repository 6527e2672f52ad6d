"""Winners become atoms, a composition and the incumbent's list."""

import json

from support.market import candidates, longest, records, returns, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select


def test_one_atom_a_winner_and_logic() -> None:
    run = longest()
    pool, winners = run.context.raw_pool, run.context.winners
    expected = [(name, logic) for name in winners.index for logic in pool.at[name, "logics"].split(",")]
    assert [(atom.asset, atom.logic) for atom in run.context.atoms] == expected
    for atom in run.context.atoms:
        assert atom.direction == winners.at[atom.asset, "direction"]
        assert atom.conviction == winners.at[atom.asset, "alpha_score"]
        assert atom.timescale == "1d"


def test_an_asset_that_two_logics_propose_has_two_atoms() -> None:
    frame = returns().iloc[-120:, :16]
    given = [*candidates(frame.columns), *candidates(frame.columns[:16], logic="breakout")]
    run = select(frame, given)
    assert len(run.portfolio_candidates) >= 1
    assert len(run.context.atoms) == 2 * len(run.portfolio_candidates)
    assert len({atom.id for atom in run.context.atoms}) == len(run.context.atoms)


def test_the_manifest_is_json_and_agrees_with_the_atoms() -> None:
    run = selection()
    manifest = json.loads(json.dumps(run.manifest, allow_nan=False))
    assert manifest["schema_version"]
    assert [entry["id"] for entry in manifest["atoms"]] == [atom.id for atom in run.context.atoms]
    for entry, atom in zip(manifest["atoms"], run.context.atoms, strict=True):
        assert entry["weight"] == (1 if atom.direction == "LONG" else -1)
        assert entry["cluster"] == run.context.winners.at[atom.asset, "cluster"]
        assert entry["conviction"] == atom.conviction


def test_the_incumbents_list_holds_the_candidates_own_fields() -> None:
    run = selection()
    json.dumps(run.portfolio_candidates, allow_nan=False)
    own = {}
    for record in records():
        if not record["universe_only"]:
            own.setdefault(record["symbol"], record)
    assert [winner["symbol"] for winner in run.portfolio_candidates] == run.context.winners.index.tolist()
    compared = 0
    for winner in run.portfolio_candidates:
        assert winner["alpha_score"] == run.conviction[winner["symbol"]]
        assert ("selection_note" in winner) == (run.context.winners.at[winner["symbol"], "route"] != "ranked")
        record = own.get(winner.get("scanner_symbol", winner["symbol"]), {})
        for field in ("Value.Traded", "close", "base"):
            if field in record:
                assert winner[field] == record[field]
                compared += 1
        assert not {"universe_only", "scanner"} & winner.keys()
    assert compared > 10
