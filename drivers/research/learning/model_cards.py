"""The card of a model: what it was made of, what it knows and how well, what it can't be trusted with.

Measures out of fold come from purged folds inside the training window; what a model is worth on dates after it only a walk says.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import predicted
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import probe_digest
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import Fits
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import Numbers, TrainingRows
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import quantile_of, rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import SUSPICIOUS_IC, SUSPICIOUS_T
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.learning import CARD_VERSION, LearningSettings

NOTHING = 2.0
"""Standard errors below which an IC is called noise."""


def model_card(
    identity: Mapping[str, Any], content: bytes, found: Fits, rows: TrainingRows, settings: LearningSettings
) -> dict[str, Any]:
    """The card, beginning with the model's identity (`model_identity`)."""
    inside = predicted(found.model, rows.values)
    outside = found.out_of_fold(rows.values)
    known = _ic(outside, rows)
    measures = {
        "ic_in_fold": _said(_mean(_ic(inside, rows), settings)),
        "ic_out_of_fold": _said(_mean(known, settings)),
    }
    return {
        "schema_version": CARD_VERSION,
        **identity,
        "file": {"digest": bytes_digest(content), "bytes": len(content)},
        "probe": {"digest": probe_digest(found.model, len(rows.features))},
        "measures": measures,
        "calibration": calibration(outside, rows, settings),
        "importance": importance(found, rows, known, settings),
        "limits": limits(rows, settings, _mean(known, settings), inside),
    }


def model_identity(
    scorer: str,
    rows: TrainingRows,
    *,
    usable_from: pd.Timestamp,
    parameters: Mapping[str, Any],
    entry_lag: int,
    shaping: Mapping[str, Any],
    libraries: Mapping[str, str],
    turned: tuple[str, ...],
) -> dict[str, Any]:
    """What makes one model another: rows, parameters, settings of features, libraries."""
    dates = rows.dates
    return {
        "scorer": scorer,
        "usable_from": str(usable_from.date()),
        "window": {
            "first": str(dates.iloc[0].date()),
            "last": str(dates.iloc[-1].date()),
            "dates": int(dates.nunique()),
            "rows": len(dates),
            "assets": rows.assets,
            "entry_lag": entry_lag,
            "purged_and_embargoed": rows.reach,
        },
        "data": {"rows_digest": rows_digest(rows)},
        "parameters": dict(parameters),
        "settings": dict(shaping),
        "features": list(rows.features),
        "turned": [name for name in turned if name in rows.features],
        "libraries": dict(libraries),
    }


def rows_digest(rows: TrainingRows) -> str:
    """The digest of all that was learned from: features, target, dates."""
    parts = (rows.values, rows.target, rows.excess, rows.places)
    return json_digest([bytes_digest(np.ascontiguousarray(part).tobytes()) for part in parts])


def calibration(outside: Numbers, rows: TrainingRows, settings: LearningSettings) -> list[dict[str, Any]]:
    """By fifths of what is foretold out of fold on each date: mean foretold, mean target with its error, mean excess."""
    frame = pd.DataFrame({"date": rows.dates, "foretold": outside, "target": rows.target, "excess": rows.excess})
    place = quantile_of(frame["foretold"], frame["date"])
    means = frame.groupby([frame["date"], place])[["foretold", "target", "excess"]].mean()
    return [
        {
            "fifth": int(fifth),
            "foretold": float(means["foretold"].xs(fifth, level=1).mean()),
            "target": _said(_mean(means["target"].xs(fifth, level=1), settings)),
            "excess": _said(_mean(means["excess"].xs(fifth, level=1), settings)),
        }
        for fifth in sorted(place.dropna().unique())
    ]


def importance(
    found: Fits, rows: TrainingRows, known: pd.Series, settings: LearningSettings
) -> dict[str, dict[str, Any]]:
    """By feature: the IC out of fold that is lost where its values change hands within each date, most first.

    One shuffle, seeded; Breiman (2001), on folds that weren't learned from. Features that say the same share their worth, and
    each then seems to have little.
    """
    rng = np.random.default_rng(settings.random_state)
    order = np.lexsort((rng.random(len(rows.places)), rows.places))
    lost: dict[str, Mean] = {}
    for column, name in enumerate(rows.features):
        shuffled = rows.values.copy()
        # Rows stand by date, so a date's places take a date's values.
        shuffled[:, column] = rows.values[order, column]
        lost[name] = _mean(known - _ic(found.out_of_fold(shuffled), rows), settings)
    return {name: _said(lost[name]) for name in sorted(lost, key=lambda each: (-lost[each].mean, each))}


def limits(rows: TrainingRows, settings: LearningSettings, known: Mean, foretold: Numbers) -> list[str]:
    """What a reader has to know before believing it; `known` is its rank IC out of fold, `foretold` what it says in fold."""
    found = [
        f"Learned from {rows.dates.nunique()} dates whose targets overlap for {settings.horizon} sessions: errors know that, "
        "the fit doesn't.",
        "The folds lie inside the window: parameters chosen by them flatter. A walk-forward says what it is worth.",
        "It foretells an order within a date's pool, not a return, and knows no cost.",
    ]
    if not known.mean > NOTHING * known.error:
        found.append("Out of fold it can't be told from noise.")
    if np.ptp(foretold) == 0:
        found.append("It says the same of everybody: nothing in its window was of use.")
    found += [
        f"{name} alone has a rank IC of {each.mean:.2f}: too good, it may see the future."
        for name, each in feature_ics(rows, settings).items()
        if abs(each.mean) > SUSPICIOUS_IC and abs(each.t) > SUSPICIOUS_T
    ]
    if rows.constant:
        found.append(f"Left out, for they don't vary: {', '.join(rows.constant)}.")
    return found


def feature_ics(rows: TrainingRows, settings: LearningSettings) -> dict[str, Mean]:
    """The rank IC of each feature by itself, with the excess that is to be foretold."""
    return {name: _mean(_ic(rows.values[:, place], rows), settings) for place, name in enumerate(rows.features)}


def _ic(scores: Numbers, rows: TrainingRows) -> pd.Series:
    return rank_ic(pd.Series(scores), pd.Series(rows.excess), rows.dates)


def _mean(series: pd.Series, settings: LearningSettings) -> Mean:
    return hac(series, settings.horizon, settings.stride)


def _said(mean: Mean) -> dict[str, Any]:
    return {"mean": mean.mean, "error": mean.error, "dates": mean.dates}
