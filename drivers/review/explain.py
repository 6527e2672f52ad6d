"""The whole story of one asset in one run: what it was proposed as, how it stood at each gate, and what became of it.

A gate's verdict has three words: the asset passes, fails, or the gate is waived, which says by whom. Reads a finished
run's files with Arrow alone: no pandas, so that it starts quickly.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.fragility_record import recorded_fragility
from tradingview_scraper.pipelines.selection.drivers.review.fragility_text import asset_figures, stays_text
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CHALLENGERS, INFERENCE, POOL

MEANT = 3
NAMES = ("symbol", "scanner_symbol", "identity", "logics")
"""What a story takes from the pool, whose other columns are many."""
STORIES: Mapping[str, str] = {
    "winner": "won",
    "hard veto": "vetoed by a hard gate, which no rung loosens",
    "vetoed": "vetoed",
    "outranked": "eligible, but others of its cluster and direction rank higher",
    "identity taken": "eligible, but another asset of its identity took the place",
    "duplicate": "eligible, but its directed returns repeat those of a winner",
    "list full": "eligible, and its cluster had a seat, but the list was full (recruitment.max_winners)",
}


def explained(folder: Path, asset: str) -> dict[str, Any]:
    """The story of an asset, named as in the frames or as its scanner names it.

    Raises `ConfigurationError` where the run's pool has no such asset; an asset that ingestion left out is told why.
    """
    run = run_with_result(folder)
    found = next((row for row in run.rows(POOL, NAMES) if asset in (row["symbol"], row["scanner_symbol"])), None)
    if found is None:
        raise ConfigurationError(_absence(run, asset))
    symbol = found["symbol"]
    standing = run.standings[symbol]
    decisions = run.decisions([symbol])[symbol].values()
    gates = [_gate(decision, run.gates[decision["gate"]], run.ladder) for decision in decisions]
    scores = run.row(INFERENCE, symbol)
    return {
        "asset": symbol,
        "scanner_symbol": found["scanner_symbol"],
        "identity": found["identity"],
        "logics": found["logics"].split(","),
        "direction": standing["direction"],
        "outcome": standing["outcome"],
        "route": standing["route"],
        "duplicate_of": standing["duplicate_of"],
        "conviction": standing["alpha_score"],
        "pool_rank": f"{run.pool_ranks[symbol]} of {len(run.standings)}",
        "cluster": standing["cluster"],
        "cluster_rank": standing["rank"],
        "held": f"{symbol} {standing['direction']}" in run.params.get("recruitment.held", ()),
        "stay": run.params.get("recruitment.stay", 0.0),
        "cluster_before": _cluster_before(run, symbol),
        "fragility": asset_figures(recorded_fragility(folder), symbol),
        "rung": run.rung["rung"],
        "waived": {gate["gate"]: gate["waived_by"] for gate in gates if gate["verdict"] == "waived"},
        "would_pass_at_rung": _first_rung(gates),
        "substitute_rungs": [
            {"rung": rung["rung"], "recruit": rung["recruit"]} for rung in run.ladder if rung["recruit"] != "ranked"
        ],
        "gates": gates,
        "scorers": _scorers(run, symbol),
        "scores": {name: value for name, value in scores.items() if name.endswith(".score")},
        "probabilities": {name: value for name, value in scores.items() if ".p_" in name},
        "cluster_winners": _cluster_winners(run, standing["cluster"]),
    }


def _gate(decision: Mapping[str, Any], gate: Mapping[str, Any], ladder: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    passing = [rung["rung"] for rung in ladder if _passes(decision, gate, rung["thresholds"][decision["gate"]])]
    return {
        "gate": decision["gate"],
        "feature": gate["feature"],
        "kind": decision["kind"],
        "op": gate["op"],
        "value": decision["value"],
        "threshold": decision["threshold"],
        "margin": decision["margin"],
        "verdict": decision["verdict"],
        "passed": decision["passed"],
        "waived_by": decision["waived_by"],
        "reason": gate["reason"],
        "passes_from_rung": passing[0] if passing else None,
    }


def _passes(decision: Mapping[str, Any], gate: Mapping[str, Any], threshold: float) -> bool:
    """By the asset's own value: what is waived passes nothing."""
    if decision["value"] is None:
        return bool(decision["passed"]) and decision["verdict"] != "waived"
    return bool(COMPARISONS[gate["op"]](decision["value"], threshold))


def _first_rung(gates: Sequence[Mapping[str, Any]]) -> int | None:
    """The first rung at which the asset passes every gate that isn't waived, None where there is none."""
    needed = [gate["passes_from_rung"] for gate in gates if gate["verdict"] != "waived"]
    return None if None in needed else max([*needed, 1])


def _scorers(run: RunRecord, symbol: str) -> list[dict[str, Any]]:
    """What the champion, then each challenger makes of an asset: score, rank in the pool, outcome under its own ladder."""
    standing = run.standings[symbol]
    champion = next((scorer["name"] for scorer in run.closing["scorers"] if scorer["role"] == "champion"), "champion")
    decided = {"score": standing["alpha_score"], "rank": run.pool_ranks[symbol]}
    found = [{"scorer": champion, **decided, **{name: standing[name] for name in ("eligible", "outcome", "route")}}]
    if (run.folder / CHALLENGERS).is_file():
        found += [
            {
                "scorer": row["challenger"],
                **{name: row[name] for name in ("score", "rank", "eligible", "outcome", "route")},
            }
            for row in run.rows(CHALLENGERS)
            if row["symbol"] == symbol
        ]
    return found


def _cluster_before(run: RunRecord, symbol: str) -> dict[str, Any] | None:
    """Where the partition leaned on the one before, and the asset was in it: how many it was with, and is with still."""
    inertia = run.params.get("clusters.inertia", 0.0)
    groups = [[held.rpartition(" ")[0] for held in group] for group in run.params.get("clusters.held", ())]
    group = next((group for group in groups if symbol in group), None)
    if not inertia or group is None:
        return None
    with_it = [run.standings[name]["cluster"] for name in group if name != symbol and name in run.standings]
    still = with_it.count(run.standings[symbol]["cluster"])
    return {"inertia": inertia, "with": len(with_it), "still": still}


def _cluster_winners(run: RunRecord, cluster: int) -> list[dict[str, Any]]:
    members = [row for row in run.winners.values() if row["cluster"] == cluster]
    return [
        {"asset": row["symbol"], "direction": row["direction"], "conviction": row["alpha_score"], "route": row["route"]}
        for row in members
    ]


def _absence(run: RunRecord, asset: str) -> str:
    if asset in run.coverage["candidates_without_bars"]:
        return f"{asset} is a candidate, but has no bars: it never came into the pool"
    if asset in run.coverage["bars_without_candidates"]:
        return f"{asset} has bars, but no scanner proposed it: it never came into the pool"
    if asset in run.coverage.get("not_members", ()):
        return f"{asset} was no member of the universe on that day (table membership): it never came into the pool"
    meant = similar(asset, [name for row in run.rows(POOL, NAMES) for name in (row["symbol"], row["scanner_symbol"])])
    if not meant:
        return f"the run has no asset {asset!r}; name it as in portfolio_candidates.json or as its scanner does"
    return f"the run has no asset {asset!r}; did you mean {' or '.join(meant)}?"


def similar(asset: str, names: Sequence[str]) -> list[str]:
    """The names that were probably meant, at most three.

    In this order: the same but for case, prefix and punctuation; those that begin so, a base without its quote among
    them; those that differ by a letter or two.
    """
    from difflib import get_close_matches

    asked = _bare(asset)
    bare: dict[str, str] = {}
    for name in names:
        bare.setdefault(_bare(name), name)
    begins = sorted(key for key in bare if asked and key.startswith(asked))
    found = [asked, *sorted(begins, key=len), *get_close_matches(asked, sorted(bare), n=MEANT, cutoff=0.75)]
    return list(dict.fromkeys(bare[key] for key in found if key in bare))[:MEANT]


def _bare(name: str) -> str:
    return "".join(letter for letter in name.rpartition(":")[2].upper() if letter.isalnum())


def explanation_text(story: Mapping[str, Any]) -> str:
    """The story for a terminal, on one screen."""
    note = story["route"] or story["duplicate_of"]
    route = f" ({note})" if note else ""
    conviction = "unknown" if story["conviction"] is None else f"{story['conviction']:.6g}"
    head = [
        f"{story['asset']}  {story['direction']}  {', '.join(story['logics'])}  identity {story['identity']}",
        f"outcome     {STORIES[story['outcome']]}{route}, at rung {story['rung']}",
        f"conviction  {conviction}, {story['pool_rank']} in the pool",
        f"cluster     {story['cluster']}, "
        + (
            f"place {story['cluster_rank']:.0f} among its eligible"
            if story["cluster_rank"]
            else "not among its eligible"
        ),
    ]
    if before := story["cluster_before"]:
        head.append(
            f"inertia     of the {before['with']} assets that were in its cluster before, {before['still']} still are; they were "
            f"taken as nearer by {before['inertia']:.4g}"
        )
    if story["held"]:
        lead = f", and has a lead of {story['stay']:.4g} of the pool's places" if story["stay"] else ""
        head.append(f"held        it was on the list before{lead}")
    if figures := story["fragility"]:
        head.append(f"fragility   {stays_text(figures, story['outcome'])}")
    head.append(f"ladder      {_ladder_text(story)}")
    table = [
        "",
        f"{'gate':13} {'kind':9} {'value':>12}    {'threshold':>9} {'margin':>12}  {'verdict':19}  its value passes",
    ]
    for gate in story["gates"]:
        rung = f"from rung {gate['passes_from_rung']}" if gate["passes_from_rung"] else "at no rung"
        table.append(
            f"{gate['gate']:13} {gate['kind']:9} {_number(gate['value'])} {gate['op']:>2} {gate['threshold']:>9.4g} "
            f"{_number(gate['margin'])}  {verdict_text(gate):19}  {rung}"
            + (f"  ({gate['reason']})" if gate["reason"] and not gate["passed"] else "")
        )
    champion = ["", "component probabilities"]
    parts = [
        f"{name.partition('.p_')[2]} {value:.3f}" if value is not None else f"{name.partition('.p_')[2]} unknown"
        for name, value in _champions(story["probabilities"]).items()
    ]
    champion += ["  " + "   ".join(parts[start : start + 4]) for start in range(0, len(parts), 4)]
    champion += _scorer_lines(story["scorers"]) if len(story["scorers"]) > 1 else []
    won = [f"{winner['asset']} {winner['direction']} {winner['conviction']:.4g}" for winner in story["cluster_winners"]]
    return "\n".join(
        [*head, *table, *champion, "", f"winners of cluster {story['cluster']}: {', '.join(won) or 'none'}"]
    )


def _scorer_lines(scorers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The champion and, of each challenger, what its own ladder would have made of the asset."""
    width = max(len(each["scorer"]) for each in scorers)
    lines = [
        f"  {each['scorer']:{width}}  {_number(each['score'])}  rank {each['rank']:>5}  "
        + ("would be " if place else "")
        + each["outcome"]
        + (f" ({each['route']})" if each["route"] else "")
        for place, each in enumerate(scorers)
    ]
    return ["", "scorers", *lines]


def _ladder_text(story: Mapping[str, Any]) -> str:
    """From which rung on the asset passes, and what was waived for it or recruited past."""
    if story["outcome"] == "hard veto":
        failed = ", ".join(gate["gate"] for gate in story["gates"] if gate["kind"] == "hard" and not gate["passed"])
        return f"no rung loosens {failed}"
    if story["would_pass_at_rung"] is None:
        rungs = ", ".join(str(rung["rung"]) for rung in story["substitute_rungs"]) or "-"
        failed = ", ".join(gate["gate"] for gate in story["gates"] if not gate["passed"])
        past = f"recruited past {failed}" if story["route"] else f"may stand in at rung {rungs}"
        return f"passes all gates at no rung; {past}"
    waived = _waived_text(story["waived"])
    return f"passes every gate{f' but {waived},' if waived else ''} from rung {story['would_pass_at_rung']} on"


def _waived_text(waived: Mapping[str, str]) -> str:
    """Such as `adx and momentum, which are waived (benchmarks)`."""
    groups: dict[str, list[str]] = {}
    for gate, by in waived.items():
        groups.setdefault(by, []).append(gate)
    return ", ".join(
        f"{', '.join(gates[:-1])}{' and ' if gates[:-1] else ''}{gates[-1]}, "
        f"which {'are' if gates[:-1] else 'is'} waived ({by})"
        for by, gates in groups.items()
    )


def verdict_text(gate: Mapping[str, Any]) -> str:
    """Passes, fails or waived, with who waives it; an unknown value is said to be one."""
    if gate["verdict"] == "waived":
        return f"waived ({gate['waived_by']})"
    verb = "passes" if gate["passed"] else "fails"
    return f"{verb} (unknown)" if gate["verdict"] == "unknown" else verb


def _champions(probabilities: Mapping[str, Any]) -> dict[str, Any]:
    first = next(iter(probabilities), "").partition(".")[0]
    return {name: value for name, value in probabilities.items() if name.startswith(f"{first}.")}


def _number(value: float | None) -> str:
    return f"{'unknown':>12}" if value is None else f"{value:>12.5g}"
