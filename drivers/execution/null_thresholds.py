"""Thresholds that a profile states as a share of noise, `"null:0.05"`: looked up in the project's calibrations.

`null:q` is the threshold that admits the share q of the noise, whatever the gate's comparison. `with_thresholds` replaces it by
the number of the newest calibration (`tvselect calibrate`) that was known on the date; nothing is computed here, so a run
without a calibration is refused with the command to type. `with_placeholders` is for who needs the settings but no threshold.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CALIBRATIONS

PREFIX = "null:"
LEAST = 0.005
"""The smallest share that can be asked for, and the step of the quantiles that a calibration keeps."""
TOLERANCE = 0.015
"""How far from what was asked a threshold's share may be; a factor with few values has no better one."""
SHAPING = ("universe", "features")
SHAPING_DATA = ("lookback", "sessions", "membership", "resample")
"""The settings on which a null depends; those of gates, scores and checks don't change it."""


@dataclass(frozen=True)
class Known:
    """Which calibrations count: those of data up to a date (None: all), of one data folder (None: any)."""

    as_of: date | None = None
    data: str | None = None


ANY = Known()


@dataclass(frozen=True)
class Calibration:
    """A calibration that was found."""

    name: str
    document: Mapping[str, Any]

    def has(self, feature: str) -> bool:
        """Whether it knows the feature's null."""
        return "quantiles" in self.document["features"].get(feature, {})


def with_thresholds(settings: Mapping[str, Any], project: Path | None, known: Known) -> dict[str, Any]:
    """Merged settings with a number for every share of noise, and in `calibrated` where it comes from.

    Raises `ConfigurationError` where a share is none, where no calibration fits, or where its factor has no such threshold.
    """
    shares = stated_shares(settings)
    if not shares:
        return dict(settings)
    gates, sources = dict(settings["gates"]), dict(settings.get("calibrated", {}))
    features = {name: str(gates[name]["feature"]) for name in shares}
    found = _newest(settings, project, known, features)
    for name, share in shares.items():
        gate = gates[name]
        quantiles = found.document["features"][features[name]]["quantiles"]
        threshold = threshold_of(name, share, gate["op"], quantiles)
        gates[name] = {**gate, "threshold": threshold}
        sources[name] = f"{PREFIX}{share:g}, calibration {found.name} as of {found.document['as_of']}"
    return {**settings, "gates": gates, "calibrated": sources}


def with_placeholders(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Merged settings with 0 for every share of noise, and a ladder of one rung: to be read, not to be run."""
    shares = stated_shares(settings)
    if not shares:
        return dict(settings)
    gates = {name: {**gate, "threshold": 0.0} if name in shares else gate for name, gate in settings["gates"].items()}
    return {**settings, "gates": gates, "ladder": [{"name": "strict"}], "unattainable": "allow"}


def stated_shares(settings: Mapping[str, Any]) -> dict[str, float]:
    """Gate to the share of noise that its threshold admits, for the gates that state one and are whole otherwise.

    Raises `ConfigurationError` where it is no share.
    """
    found = {}
    gates = settings.get("gates", {})
    for name, gate in gates.items() if isinstance(gates, Mapping) else ():
        threshold = gate.get("threshold") if isinstance(gate, Mapping) else None
        if not (isinstance(threshold, str) and threshold.startswith(PREFIX)):
            continue
        if isinstance(gate.get("feature"), str) and gate.get("op") in COMPARISONS and gate.get("enabled", True) is True:
            found[name] = _share(name, threshold)
    return found


def _share(name: str, text: str) -> float:
    try:
        share = float(text.removeprefix(PREFIX))
    except ValueError:
        share = -1.0
    if not LEAST <= share <= 1.0 - LEAST:
        raise ConfigurationError(
            f"gates.{name}.threshold: {text[:40]!r} is no share of noise: write {PREFIX}0.05, from {LEAST:g} to {1 - LEAST:g}"
        )
    return share


def threshold_of(name: str, share: float, op: str, quantiles: Sequence[float]) -> float:
    """The threshold that admits a share of noise, given the noise's quantiles at equal steps from 0 to 1.

    Raises `ConfigurationError` where there is none: a factor with few values jumps over it.
    """
    floors = op in (">=", ">")
    place = (1.0 - share if floors else share) * (len(quantiles) - 1)
    below = min(int(place), len(quantiles) - 2)
    low, high = quantiles[below], quantiles[below + 1]
    threshold = low + (place - below) * (high - low)
    # Where many values are alike only one of them may have the share.
    shares = {
        candidate: admitted_share(candidate, op, quantiles)
        for candidate in (threshold, low, high, quantiles[max(below - 1, 0)])
    }
    for candidate, admitted in shares.items():
        if abs(admitted - share) <= TOLERANCE:
            return candidate
    raise ConfigurationError(
        f"gates.{name}.threshold: no threshold admits {100 * share:g} % of noise, for many of its values are alike: at "
        f"{threshold:.4g} it is {100 * shares[threshold]:.1f} %. State a number, or another share"
    )


def admitted_share(threshold: float, op: str, quantiles: Sequence[float]) -> float:
    """The share of the quantiles that pass."""
    return sum(bool(COMPARISONS[op](value, threshold)) for value in quantiles) / len(quantiles)


def shape_digest(settings: Mapping[str, Any]) -> str:
    """The digest of the settings on which a null depends."""
    data = settings.get("data", {})
    shape = {name: settings.get(name) for name in SHAPING} | {name: data.get(name) for name in SHAPING_DATA}
    return json_digest(plain(shape))


def data_key(project: Path, data: object) -> str:
    """What a calibration calls the data: empty for the project's own, else the folder within the project, or in full."""
    if data is None:
        return ""
    if not isinstance(data, Path):
        return str(data)
    whole, home = data.resolve(), project.resolve()
    place = whole.relative_to(home).as_posix() if whole.is_relative_to(home) else whole.as_posix()
    return "" if place in ("data", "lakehouse") else place


def _newest(
    settings: Mapping[str, Any], project: Path | None, known: Known, features: Mapping[str, str]
) -> Calibration:
    """The newest calibration that fits; of several of one date that with most worlds, then the shortest blocks, least seed.

    Raises `ConfigurationError` with the command that makes one.
    """
    shape = shape_digest(settings)
    found = [
        each
        for each in ([] if project is None else calibrations(project))
        if each.document["settings"] == shape
        and (known.data is None or each.document["data"] == known.data)
        and (known.as_of is None or date.fromisoformat(each.document["as_of"]) <= _last_day(known.as_of))
        and all(each.has(feature) for feature in features.values())
    ]
    if not found:
        first = next(iter(features))
        when = "" if known.as_of is None else f" as of {_last_day(known.as_of)} or before"
        raise ConfigurationError(
            f"gates.{first}.threshold: {len(features)} thresholds are shares of noise ({', '.join(features)}), and there is no "
            f"calibration{when} of this data with these features{'' if project else ' (no project is given)'}: type "
            f"{_command(settings, known)}"
        )
    return max(found, key=_order)


def _order(each: Calibration) -> tuple[str, int, int, int, str]:
    found = each.document
    return str(found["as_of"]), int(found["worlds"]), -int(found["block"]), -int(found["seed"]), each.name


def _last_day(as_of: date) -> date:
    """The last day whose session was over: with a time of day, the day before."""
    if not isinstance(as_of, datetime):
        return as_of
    day = as_of.date()
    return day if as_of.time() == time() else date.fromordinal(day.toordinal() - 1)


def _command(settings: Mapping[str, Any], known: Known) -> str:
    parts = ["tvselect calibrate"]
    if settings.get("profile", "v4") != "v4":
        parts.append(f"--profile {settings['profile']}")
    if known.as_of is not None:
        parts.append(f"--as-of {_last_day(known.as_of)}")
    if known.data:
        parts.append(f"--data {known.data}")
    return " ".join(parts)


def calibrations(project: Path) -> list[Calibration]:
    """All calibrations of a project, by name. Raises `ConfigurationError` where a file is none."""
    found = []
    for path in sorted((project / CALIBRATIONS).glob("*.json")):
        try:
            document = json.loads(path.read_text("utf-8"))
            complete = {"as_of", "worlds", "block", "seed", "data", "settings", "features"} <= document.keys()
        except (OSError, ValueError, AttributeError):
            complete = False
        if not complete:
            raise ConfigurationError(f"{CALIBRATIONS}/{path.name} is no calibration: remove it, and calibrate again")
        found.append(Calibration(path.stem, document))
    return found
