"""A calibration for people: what each gate vetoes of the pool and of noise, and how the noise is spread."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.calibration.gate_nulls import SHOWN, STEPS

BLIND = "cannot tell the pool from noise"


def calibration_text(found: Mapping[str, Any]) -> str:
    """The calibration for a terminal."""
    return "\n".join([*_head(found), "", *_shares(found), "", *_noise(found), "", *_others(found)])


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"calibration {found['calibration']}  profile {found['profile']}, {found['assets']} assets as of {found['as_of']}, "
        f"{found['days']} days"
    )
    kept = "every day on its own" if found["block"] == 1 else f"blocks of {found['block']} days"
    yield f"noise: {found['worlds']} worlds of the pool's own days in another order, {kept}, seed {found['seed']}"


def _shares(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'vetoed, in % of known values':62} {'pool':>6} {'noise (spread)':>15} {'p':>6}"
    for name, gate in found["gates"].items():
        stated = found["stated"][name]
        asks = f"{stated['feature']} {stated['op']} {gate['threshold']:.4g}"
        asks += f" ({stated['stated']})" if isinstance(stated["stated"], str) else ""
        yield f"{name:16} {asks:45} {_compared(gate)}"
    yield f"{'passes all':62} {_compared(found['all'])}"
    yield "spread: of a pool's share from world to world, all assets in one order; p: of noise that is as far from its mean"


def _compared(found: Mapping[str, Any]) -> str:
    pool, noise = _percent(found["pool"]), f"{_percent(found['noise'])} ({_percent(found['spread'])})"
    return f"{pool:>6} {noise:>15} {found['p']:6.3f}{'' if found['tells'] else f'  {BLIND}'}"


def _noise(found: Mapping[str, Any]) -> Iterator[str]:
    heads = "".join(f"{f'{100 * share:g} %':>9}" for share in SHOWN)
    yield f"{'quantiles of noise':24}{heads}  attainable          unknown %"
    for name, null in found["features"].items():
        values = (
            "".join(f"{null['quantiles'][round(share * STEPS)]:9.3g}" for share in SHOWN) if null["quantiles"] else ""
        )
        low, high = null["attainable"]
        edges = f"[{'-inf' if low is None else f'{low:.4g}'}, {'inf' if high is None else f'{high:.4g}'}]"
        yield f"{name:24}{values:{9 * len(SHOWN)}}  {edges:18}  {100 * null['unknown']:9.1f}"


def _others(found: Mapping[str, Any]) -> Iterator[str]:
    blind = [name for name, gate in found["gates"].items() if not gate["tells"]]
    yield f"{BLIND}: {', '.join(blind) or 'none'}"
    yield "not calibrated:"
    yield from (f"  {name}: {why}" for name, why in found["uncalibrated"].items())


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{100 * share:.1f}"
