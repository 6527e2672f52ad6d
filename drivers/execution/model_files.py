"""Model files, read: which model of a scorer is usable on a date, and whether it is what was trained.

    models/SCORER/DATE.skops    the fitted pipeline
    models/SCORER/DATE.json     its card

`ModelFolder.usable` finds the newest card whose model is usable on the date; `verified_model` lets the file in after, in this
order: its content (a pickle is refused before anything of it is read), its digest, the types in it (a pinned list), the
parameters it was trained under, what it foretells of the probe. Training (`drivers.research.learning`) writes through the same
names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from tradingview_scraper.pipelines.selection.dataflow.components import Source
from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import TrainedModel, predicted
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError, offenders
from tradingview_scraper.pipelines.selection.schemas.learning import CARD_VERSION, learning_settings
from tradingview_scraper.pipelines.selection.schemas.run_files import MODEL, MODELS
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

FILE, CARD = ".skops", ".json"
REFUSED = (".pkl", ".pickle", ".joblib", ".sav", ".dill", ".cloudpickle")
TRUSTED = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils._bunch.Bunch",
)
"""What a file may hold beside what skops itself trusts: estimators of scikit-learn, arrays, plain values."""
SHAPING = ("features.", "universe", "data.lookback", "data.fields", "data.sessions")
"""Settings that shape features, by the beginnings of their names: a model is of those that it was trained under."""
BROKEN = (ValueError, TypeError, LookupError, AttributeError, ImportError, OSError, RuntimeError, BadZipFile)
"""What reading a file raises that was cut, or put together by somebody else."""
PROBES, PROBE_SEED, PROBE_DIGITS = 64, 20260101, 9
DO = "delete the model and its card and run `tvselect train` again, or restore them from a copy"


@dataclass(frozen=True)
class ModelFolder:
    """The models of one scorer. See `dataflow.inference.trained_models.Models`."""

    scorer: str
    settings: SelectionSettings
    folder: Path | None
    """The folder of all models; None: there is no project to have any."""
    pinned: Mapping[str, str] = field(default_factory=dict)
    """Where a run is done again: the models that it used, place to digest; no other is looked at."""
    _read: dict[Path, TrainedModel] = field(default_factory=dict, compare=False, repr=False)

    def absent(self) -> str:
        """That there is no model at all, and what makes one; empty where there is."""
        if self._cards:
            return ""
        return (
            f"scorers.{self.scorer}: no model of it is there; `tvselect train {self.scorer}` makes them (or switch it off: "
            f"--set scorers.{self.scorer}.enabled=false)"
        )

    def usable(self, as_of: pd.Timestamp | None) -> TrainedModel:
        """The newest model that is usable on the date, verified; a file is read once."""
        found = [(card, place) for place, card in self._cards if as_of is None or _usable_from(card) <= as_of]
        if not found:
            first = min((_usable_from(card) for _, card in self._cards), default=None)
            raise ConfigurationError(
                self.absent()
                or f"scorers.{self.scorer}: no model of it is usable on {as_of and as_of.date()}, the first is from "
                f"{first and first.date()} on; `tvselect train {self.scorer} --from DATE --to DATE` makes earlier ones"
            )
        card, place = max(found, key=lambda each: (_usable_from(each[0]), each[1].name))
        if self.pinned.get(named(place), card["file"]["digest"]) != card["file"]["digest"]:
            raise VerificationError(
                f"{named(place)} isn't the file that the run used ({self.pinned[named(place)]}): restore it from a copy"
            )
        if place not in self._read:
            self._read[place] = verified_model(place, card, self.scorer, self.settings)
        return self._read[place]

    @cached_property
    def _cards(self) -> list[tuple[Path, dict[str, Any]]]:
        """Each model's file and card, by date."""
        home = None if self.folder is None else self.folder / self.scorer
        if home is None or not home.is_dir():
            return []
        refuse_pickles(home)
        places = [path.with_suffix(FILE) for path in sorted(home.glob(f"*{CARD}"))]
        if self.pinned:
            places = [place for place in places if named(place) in self.pinned]
        return [(place, read_card(place)) for place in places]


def named(place: Path) -> str:
    """How records name a model's file: below the project or the walk."""
    return f"{MODELS}/{place.parent.name}/{place.name}"


def refuse_pickles(home: Path) -> None:
    """Raises `ConfigurationError` where a file has the name of a pickle: it would run code when it is read."""
    pickles = [path.name for path in sorted(home.iterdir()) if path.suffix.lower() in REFUSED]
    if pickles:
        raise ConfigurationError(
            f"{MODELS}/{home.name}: pickles and joblib files run code when they are read, so none ever is: {offenders(pickles)}; "
            f"move them away, `tvselect train {home.name}` makes models without"
        )


def read_card(place: Path) -> dict[str, Any]:
    """The card beside a model's file. Raises `VerificationError` where it is none."""
    try:
        card: dict[str, Any] = json.loads(place.with_suffix(CARD).read_text("utf-8"))
        pd.Timestamp(card["usable_from"])
        complete = (
            card["schema_version"] == CARD_VERSION
            and {"file", "features", "parameters", "settings", "window", "measures", "limits"} <= card.keys()
        )
    except (OSError, ValueError, KeyError, TypeError):
        complete = False
    if not complete:
        raise VerificationError(f"{named(place.with_suffix(CARD))} is no model card of format {CARD_VERSION}; {DO}")
    return card


def verified_model(place: Path, card: Mapping[str, Any], scorer: str, settings: SelectionSettings) -> TrainedModel:
    """The model of a file, if it is what its card says and what the profile asks.

    Raises `VerificationError` where the file isn't what was trained, `ConfigurationError` where it was trained otherwise than
    the profile says now.
    """
    try:
        content = place.read_bytes()
    except OSError as error:
        raise VerificationError(f"{named(place)} can't be read ({error.strerror}), its card is there; {DO}") from None
    refuse_foreign_content(content, named(place))
    if bytes_digest(content) != card["file"]["digest"]:
        raise VerificationError(
            f"{named(place)} isn't the file that was trained: its digest is another than its card's; {DO}"
        )
    learning = learning_settings(scorer, settings.scorers[scorer].parameters)
    _refuse_other_training(card, scorer, settings, named(place))
    pipeline = loaded(content, named(place), own_types(learning.settings.estimator))
    features = tuple(card["features"])
    try:
        probe = probe_digest(pipeline, len(features))
    except BROKEN as error:
        raise VerificationError(
            f"{named(place)} can't foretell the probe ({type(error).__name__}: {error}); {DO}"
        ) from None
    if probe != card["probe"]["digest"]:
        raise VerificationError(
            f"{named(place)} foretells other values of the probe than when it was trained ({_versions(card)}); {DO}"
        )
    return TrainedModel(
        scorer=scorer,
        usable_from=_usable_from(card),
        features=features,
        blind=tuple(card["turned"]),
        normalise=learning.settings.normalise,
        pipeline=pipeline,
        source=Source(
            f"model {scorer}",
            named(place),
            card["window"]["rows"],
            len(features),
            card["file"]["digest"],
            kind=MODEL,
            card=card,
        ),
    )


def refuse_foreign_content(content: bytes, name: str) -> None:
    """Raises `VerificationError` where the content is no archive as skops writes it."""
    if content[:2] == b"PK":
        return
    # Protocol 2 and later begin with 0x80; 0 and 1 end with a dot; joblib may compress with zlib, gzip, bz2 or xz.
    compressed = content[:1] == b"\x78" or content[:2] in (b"\x1f\x8b", b"BZ") or content[:6] == b"\xfd7zXZ\x00"
    what = "a pickle or joblib file: it would run code when it is read, so it isn't"
    if not (compressed or content[:1] == b"\x80" or content[-1:] == b"."):
        what = "no file of skops"
    raise VerificationError(f"{name} is {what}; {DO}")


def loaded(content: bytes, name: str, own: Sequence[str]) -> Any:
    """The fitted pipeline in a file, if it holds trusted types only.

    Raises `ConfigurationError` where skops isn't installed, `VerificationError` naming a type that isn't trusted.
    """
    skops = skops_io()
    trusted = [*TRUSTED, *own]
    try:
        strange = [name for name in skops.get_untrusted_types(data=content) if name not in trusted]
        if not strange:
            return skops.loads(content, trusted=trusted)
    except BROKEN as error:
        raise VerificationError(f"{name} is no whole file of skops ({type(error).__name__}); {DO}") from None
    raise VerificationError(
        f"{name} holds types that no model of ours has: {offenders(strange)}; it isn't loaded; {DO}"
    )


def skops_io() -> Any:
    """The module `skops.io`. Raises `ConfigurationError` where it isn't installed."""
    try:
        import skops.io
    except ImportError as error:
        raise ConfigurationError(f"models need skops ({error}): pip install 'tvselect[research]'") from None
    return skops.io


def own_types(estimator: str) -> list[str]:
    """The type that a profile names as its estimator, as skops names it; none for a built-in one."""
    if ":" not in estimator:
        return []
    module, _, name = estimator.partition(":")
    found = getattr(loaded_module(module, "estimator"), name, None)
    return [f"{found.__module__}.{found.__qualname__}"] if isinstance(found, type) else []


def probe_digest(pipeline: Any, features: int) -> str:
    """The digest of what a pipeline foretells of fixed rows, to nine digits: last bits are the processor's.

    64 rows of uniform numbers in (-0.5, 0.5), one in sixteen unknown, always the same for a number of features.
    """
    rng = np.random.default_rng(PROBE_SEED)
    rows = rng.random((PROBES, features)) - 0.5
    rows[rng.random(rows.shape) < 1 / 16] = np.nan
    with threadpool_limits(1):
        values = predicted(pipeline, rows)
    return "sha256:" + sha256("\n".join(f"{value:.{PROBE_DIGITS}g}" for value in values + 0.0).encode()).hexdigest()


def shaping_settings(settings: SelectionSettings) -> dict[str, Any]:
    """The settings that shape features, flat."""
    flat: dict[str, Any] = plain(flat_names(settings.model_dump()))
    return {name: value for name, value in sorted(flat.items()) if name.startswith(SHAPING)}


def _usable_from(card: Mapping[str, Any]) -> pd.Timestamp:
    return pd.Timestamp(card["usable_from"])


def _refuse_other_training(card: Mapping[str, Any], scorer: str, settings: SelectionSettings, name: str) -> None:
    then = {"parameters": card["parameters"], **card["settings"]}
    now = {"parameters": plain(dict(settings.scorers[scorer].parameters)), **shaping_settings(settings)}
    other = sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))
    if other:
        raise ConfigurationError(
            f"{name} was trained otherwise than the profile says now, in {offenders(other)}; `tvselect train {scorer}` into an "
            "empty folder makes models that fit, or set back what was changed"
        )


def _versions(card: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(card.get("libraries", {}).items()))
