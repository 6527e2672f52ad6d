"""Stage 5, policy: one pass of the selection controller at one rung.

`gate_verdicts` holds every asset against every gate; `decisions` is the record of it; `standings` ranks, recruits and says
what became of each asset; `winners` are the recruited, best first; `decided` is the border. The frames of decisions and
standings are made when they are asked for (`records`).
"""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import ResolveAt, group, inject, resolve, source, tag

from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts, verdicts
from tradingview_scraper.pipelines.selection.dataflow.policy.records import CodedDecisions, CodedStandings
from tradingview_scraper.pipelines.selection.dataflow.policy.recruitment import Field, best_first, recruited
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS, OUTCOMES, WON_BY
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Rung
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, RecruitmentSettings

# Above this a permutation entropy is that of pure noise (V3_4.md, section 7).
HIGHEST_SUBSTITUTE_ENTROPY = 0.999


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda gated: inject(gate_columns=group(**{gate: source(name) for gate, name in gated.items()})),
)
@tag(reads=["* < gate_columns.* ~exempting_gates.*", "#raw_pool"])
def gate_verdicts(
    gate_columns: dict[str, pd.Series],
    raw_pool: pd.DataFrame,
    gates: dict[str, Gate],
    rung: Rung,
    benchmark_assets: tuple,
    benchmark_waiver: str,
) -> Verdicts:
    """Every asset against every gate at this rung's thresholds."""
    return verdicts(
        gate_columns,
        gates,
        rung.thresholds,
        flagged=raw_pool["is_benchmark"].to_numpy(),
        waived=raw_pool.index.isin(benchmark_assets),
        waiver=benchmark_waiver,
    )


@tag(reads=["* < gate_verdicts.*", "{value,threshold,margin,verdict,passed,waived_by} < gate_verdicts", "#raw_pool"])
def decisions(gate_verdicts: Verdicts, raw_pool: pd.DataFrame, gates: dict[str, Gate]) -> CodedDecisions:
    """One row per asset and gate: value, threshold, margin (>= 0 on the good side), verdict, who waived it."""
    return CodedDecisions(raw_pool.index, tuple(gates), gate_verdicts)


def substitutes(gate_verdicts: Verdicts, permutation_entropy: pd.Series, substitute_rule: str) -> pd.Series:
    """Who may represent a cluster or fill up: the sound; in v3.4 whoever is not pure noise, vetoed or not."""
    admitted = (
        gate_verdicts.sound
        if substitute_rule == "sound"
        else (permutation_entropy <= HIGHEST_SUBSTITUTE_ENTROPY).to_numpy()
    )
    return pd.Series(admitted, index=permutation_entropy.index)


@tag(
    reads=[
        "alpha_score < inference_outputs.alpha_score",
        "cluster < clusters",
        "direction < raw_pool.direction",
        "direction < recent_return if winner_direction != candidate",
        "{eligible,sound} < gate_verdicts",
        "{served,rank,outcome,route} < inference_outputs.alpha_score ~gate_verdicts ~clusters ~seats ~substitutes",
        "{served,rank,outcome,route} < ~raw_pool.{direction,identity,has_candidate} ~recent_return",
        "duplicate_of < ~inference_outputs.alpha_score ~gate_verdicts ~clusters ~seats ~substitutes",
        "{outcome,route,duplicate_of} < ~duplicates",
        "#raw_pool",
    ]
)
def standings(
    gate_verdicts: Verdicts,
    inference_outputs: pd.DataFrame,
    clusters: pd.DataFrame,
    raw_pool: pd.DataFrame,
    recent_return: pd.Series,
    seats: pd.Series,
    substitutes: pd.Series,
    duplicates: Duplicates,
    rung: Rung,
    recruitment: RecruitmentSettings,
    held_winners: tuple,
    compat: CompatSettings,
    benchmark_assets: tuple,
) -> CodedStandings:
    """One row per asset: conviction, direction, cluster, whether eligible and sound, rank, outcome, route and whose duplicate."""
    benchmark = raw_pool.index.isin(benchmark_assets)
    undirected = ~raw_pool["direction"].isin(DIRECTIONS).to_numpy()
    field = Field(
        symbols=raw_pool.index,
        score=inference_outputs["alpha_score"].to_numpy(),
        # A benchmark that says neither competes among the shorts, for v3.4 puts there what isn't LONG.
        short=(raw_pool["direction"] == "SHORT").to_numpy() | (undirected & benchmark),
        cluster=clusters["cluster"].to_numpy(),
        identity=raw_pool["identity"].to_numpy(),
        momentum=recent_return.to_numpy(),
        eligible=gate_verdicts.eligible,
        sound=gate_verdicts.sound,
        substitute=substitutes.to_numpy(),
        benchmark=benchmark,
        has_candidate=raw_pool["has_candidate"].to_numpy(),
        seats=seats.to_numpy(),
        undirected=undirected,
        held=_on_the_list(raw_pool, held_winners),
    )
    finder = duplicates if recruitment.duplicate_correlation < 1 else None
    found = recruited(field, rung, recruitment, compat, finder)
    return CodedStandings(
        assets=field.symbols,
        alpha_score=field.score,
        short=found.short,
        cluster=field.cluster,
        eligible=field.eligible,
        sound=field.sound,
        served=found.served,
        rank=found.rank,
        outcome=found.outcome,
        route=found.route,
        duplicate_of=np.where(found.outcome == OUTCOMES.index("duplicate"), found.duplicate_of, -1),
    )


def _on_the_list(raw_pool: pd.DataFrame, held: tuple[str, ...]) -> np.ndarray:
    """Whether each asset was on the list before in the direction that it has now."""
    if not held:
        return np.zeros(len(raw_pool), dtype=bool)
    named = raw_pool.index.astype(str) + " " + raw_pool["direction"].astype(str)
    return np.asarray(named.isin(held))


@tag(reads=["{alpha_score,direction,cluster,route} < standings.*", "{identity,logic} < raw_pool.*", "#standings.route"])
def winners(standings: CodedStandings, raw_pool: pd.DataFrame, score_ties: str, winner_order: str) -> pd.DataFrame:
    """The recruited assets, best first, ties by symbol; or (v3.4) as they were recruited."""
    order = best_first(standings.alpha_score, standings.assets, score_ties)
    order = order[(standings.route > 0)[order]]
    if winner_order == "recruitment":
        fills = standings.route == WON_BY.index("fill")
        side = np.where(fills, 0, standings.cluster * 2 + standings.short)
        order = order[np.lexsort((side[order], fills[order]))]
    given = {name: raw_pool[name].array.take(order) for name in ("identity", "logic")}
    return pd.DataFrame({**standings.at(order), **given}, index=standings.assets.take(order).rename("symbol"))


def decided(
    partitioned: SelectionContext, decisions: CodedDecisions, standings: CodedStandings, winners: pd.DataFrame
) -> SelectionContext:
    """Border of the stage."""
    return partitioned.enriched(decisions=decisions, standings=standings, winners=winners)
