"""Stage 3's nodes: what every scorer is given, the scorers side by side, and the border.

`scored_metrics` gathers the factors that some scorer weighs; `scoring_universe_mask` says against whom they are ranked (the
one node here that reads the rung); `pool_scoring` is what all scorers have in common; each scorer is a sub-dataflow of its
own (`scorer_dag`), which takes its own part of it; `inference_outputs` joins them.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from hamilton.function_modifiers import ResolveAt, group, inject, parameterized_subdag, resolve, source, tag, value

from tradingview_scraper.pipelines.selection.dataflow.components import Scoring
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration
from tradingview_scraper.pipelines.selection.dataflow.inference import scorer_dag
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import verdicts
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Rung


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda scored: inject(scored_columns=group(**{name: source(name) for name in scored})),
)
@tag(reads="* < scored_columns.* #raw_pool")
def scored_metrics(scored_columns: dict[str, pd.Series], raw_pool: pd.DataFrame) -> pd.DataFrame:
    """The factors that some scorer weighs, assets x factors, in the order of the profile's weights."""
    assets = raw_pool.index
    ordered = (each if each.index.equals(assets) else each.reindex(assets) for each in scored_columns.values())
    values = np.array([column.to_numpy() for column in ordered], dtype=np.float64).reshape(-1, len(assets))
    return pd.DataFrame(values.T, index=assets, columns=list(scored_columns), copy=False)


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda gated: inject(gate_columns=group(**{gate: source(name) for gate, name in gated.items()})),
)
@tag(reads=["gate_columns ~exempting_gates if scoring_universe != pool", "#raw_pool"])
def scoring_universe_mask(
    gate_columns: dict[str, pd.Series],
    raw_pool: pd.DataFrame,
    gates: dict[str, Gate],
    rung: Rung,
    scoring_universe: str,
    benchmark_assets: tuple,
    benchmark_waiver: str,
) -> pd.Series:
    """The assets against whom metrics are ranked: the pool, the sound, or the rung's eligible; the pool if these are none."""
    everybody = pd.Series(True, index=raw_pool.index)
    if scoring_universe == "pool":
        return everybody
    held = verdicts(
        gate_columns,
        gates,
        rung.thresholds,
        flagged=raw_pool["is_benchmark"].to_numpy(),
        waived=raw_pool.index.isin(benchmark_assets),
        waiver=benchmark_waiver,
    )
    mask = held.sound if scoring_universe == "sound" else held.eligible
    return pd.Series(mask, index=raw_pool.index) if mask.any() else everybody


@tag(
    reads=[
        "metrics.* < scored_metrics.*",
        "fragility < fragility",
        "universe < scoring_universe_mask",
        "features.* < feature_store.*",
        "direction < raw_pool.direction",
        "as_of < last_session",
    ]
)
def pool_scoring(
    scored_metrics: pd.DataFrame,
    scoring_universe_mask: pd.Series,
    fragility: pd.Series,
    feature_store: pd.DataFrame,
    raw_pool: pd.DataFrame,
    last_session: pd.Timestamp | None,
    declarations: dict[str, Declaration],
    probability_maps: dict[str, str],
    summation: str,
    believed: bool,
) -> Scoring:
    """What all scorers have in common, in the order in which sums are to run: by symbol, or as the columns come."""
    order = scored_metrics.index if summation == "column" else scored_metrics.index.sort_values()
    maps: Mapping[str, str] = {
        name: probability_maps.get(name, declarations[name].probability) for name in scored_metrics.columns
    }
    return Scoring(
        metrics=scored_metrics.reindex(order),
        weights={},
        maps=maps,
        fragility=fragility.reindex(order),
        universe=scoring_universe_mask.reindex(order).to_numpy(),
        checked=not believed,
        features=feature_store.reindex(order),
        direction=raw_pool["direction"].reindex(order),
        as_of=last_session,
    )


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda scorers: parameterized_subdag(
        scorer_dag,
        **{
            name: {
                "inputs": {"scorer": value(model), "scorer_name": value(name), "pool_scoring": source("pool_scoring")}
            }
            for name, model in scorers.items()
        },
    ),
)
@tag(reads=["score < conviction", "p_* < probabilities.*"])
def scorer_outputs(conviction: pd.Series, probabilities: pd.DataFrame) -> pd.DataFrame:
    """One scorer's `score` and `p_<factor>` columns."""
    values = np.vstack([conviction.to_numpy(), probabilities.to_numpy().T]).T
    return pd.DataFrame(values, index=conviction.index, columns=["score", *("p_" + probabilities.columns)], copy=False)


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda scorers: inject(outputs=group(**{name: source(name) for name in scorers})),
)
@tag(reads=["alpha_score < outputs.$champion.score", "* < outputs.*", "#raw_pool"])
def inference_outputs(outputs: dict[str, pd.DataFrame], raw_pool: pd.DataFrame, champion: str) -> pd.DataFrame:
    """`alpha_score`, the champion's conviction, then every scorer's outputs under its name; in the pool's order."""
    values = np.vstack(
        [outputs[champion]["score"], *(frame.to_numpy().T for frame in outputs.values())], dtype=np.float64
    )
    names = ["alpha_score", *(f"{name}.{column}" for name, frame in outputs.items() for column in frame.columns)]
    return pd.DataFrame(values.T, index=outputs[champion].index, columns=names, copy=False).reindex(raw_pool.index)


def inferred(engineered: SelectionContext, inference_outputs: pd.DataFrame) -> SelectionContext:
    """Border of the stage."""
    return engineered.enriched(inference_outputs=inference_outputs)
