"""`calibrated`: what a profile's gates do to noise made of the pool's own days, as a file that thresholds can be read from.

Ingestion runs once as of the date. What was asked (data, settings, code, worlds, blocks, seed) names the file,
`calibrations/ID.json`, so the same question is computed once. Then the worlds, then the shares.
"""

import json
from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.checks import attainable_range
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import (
    PREFIX,
    Calibration,
    calibrations,
    data_key,
    shape_digest,
    threshold_of,
)
from tradingview_scraper.pipelines.selection.drivers.recording.events import environment_now, package_code, user_code
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.calibration.gate_nulls import (
    Noise,
    Progress,
    feature_null,
    gate_shares,
    noise_of,
    passes_all,
    uncalibrated,
)
from tradingview_scraper.pipelines.selection.drivers.research.calibration.pool_features import PoolFeatures, prepared
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, with_null
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.schemas.digests import frame_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CALIBRATIONS

VERSION = "1.0"


def calibrated(
    request: Request,
    *,
    worlds: int = 200,
    block: int = 1,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """The calibration of a request's gates, from its file or computed and written.

    Parameters
    ----------
    request
        Made with `calibrating`, so that thresholds which are shares of noise have placeholders.
    worlds, block, seed
        Worlds of each kind; days that stay together; where the draws begin.

    Raises `ConfigurationError` where no gate's feature depends on the order of days, or no threshold has a stated share.
    """
    if worlds < 2 or block < 1:
        raise ConfigurationError("calibrate: it takes two worlds and blocks of one day at least")
    pool = prepared(Graph(request.plan), request.provider, request.as_of, request.moment)
    asked = _asked(request, pool, worlds, block, seed)
    name = json_digest(asked).removeprefix("sha256:")[:16]
    known = {each.name: each for each in calibrations(request.project)}
    if name not in known:
        noise = noise_of(pool, worlds=worlds, block=block, seed=seed, progress=progress)
        content = {"schema_version": VERSION, **asked, **_found(request, pool, noise)}
        place = write_output(request.project / CALIBRATIONS / f"{name}.json", document(with_null(content)))
        known[name] = Calibration(name, json.loads(place.read_text("utf-8")))
    return {"calibration": name, **known[name].document}


def _asked(request: Request, pool: PoolFeatures, worlds: int, block: int, seed: int) -> dict[str, Any]:
    """What makes one calibration another."""
    settings, shares = request.plan.settings, request.resolved.shares
    paths = pool.paths
    stated = {
        name: {
            "feature": gate.feature,
            "op": gate.op,
            "stated": f"{PREFIX}{shares[name]:g}" if name in shares else gate.threshold,
            "unknown": gate.unknown,
        }
        for name, gate in settings.active_gates.items()
    }
    return {
        "profile": settings.profile,
        "as_of": str(paths.returns.index[-1].date()),
        "data": data_key(request.project, request.data),
        "assets": paths.returns.shape[1],
        "days": len(paths.returns),
        "worlds": worlds,
        "block": block,
        "seed": seed,
        "settings": shape_digest(settings.model_dump()),
        "inputs": {
            "returns": frame_digest(paths.returns),
            "bars": [frame_digest(frame) for frame in (paths.high, paths.low, paths.close)],
            "features": frame_digest(pool.of(paths)),
        },
        "stated": stated,
        "code": {**package_code(), "modules": user_code(settings)},
        "libraries": environment_now()["libraries"],
    }


def _found(request: Request, pool: PoolFeatures, noise: Noise) -> dict[str, Any]:
    """The null of each feature and the shares of each gate."""
    settings, shares = request.plan.settings, request.resolved.shares
    gates = settings.active_gates
    without = uncalibrated(pool, noise, gates)
    _refuse_shares_without_null(shares, without)
    features = {
        feature: feature_null(noise.pool[feature], noise.alone[feature])
        for feature in sorted({gate.feature for name, gate in gates.items() if name not in without})
    }
    for feature, null in features.items():
        null["attainable"] = list(attainable_range(feature, settings, request.plan.declarations[feature]))
    thresholds = {
        name: threshold_of(name, shares[name], gate.op, features[gate.feature]["quantiles"])
        if name in shares
        else gate.threshold
        for name, gate in gates.items()
    }
    return {
        "gates": {
            name: {"threshold": thresholds[name], **gate_shares(noise, gate, thresholds[name])}
            for name, gate in gates.items()
            if name not in without
        },
        "all": passes_all(noise, gates, thresholds),
        "uncalibrated": without,
        "features": features,
    }


def _refuse_shares_without_null(shares: Mapping[str, float], without: Mapping[str, str]) -> None:
    lost = [name for name in shares if name in without]
    if lost:
        raise ConfigurationError(
            f"gates.{lost[0]}.threshold: {PREFIX}{shares[lost[0]]:g} can't be calibrated, for {without[lost[0]]}: state a number"
        )
