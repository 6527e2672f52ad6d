"""Models are let in by what they are: each way of being another is refused with its reason."""

import json
import pickle
import sys
import zlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from support.worlds import profile, written_models
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import ModelFolder, probe_digest
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_bytes import model_bytes
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    SelectionError,
    VerificationError,
)

LATE = pd.Timestamp("2024-12-31")


def folder(models: Path, pinned: dict[str, str] | None = None, **parameters: Any) -> ModelFolder:
    return ModelFolder("mine", profile(**{"estimator": "ridge", **parameters}), models, pinned or {})


def put(place: Path, content: bytes, **changes: Any) -> None:
    """A file with a card that vouches for it."""
    card = json.loads(place.with_suffix(".json").read_text())
    file = {"digest": bytes_digest(content), "bytes": len(content)}
    place.write_bytes(content)
    place.with_suffix(".json").write_text(json.dumps({**card, "file": file, **changes}))


def test_the_newest_that_was_there_on_the_date(tmp_path: Path) -> None:
    written_models(tmp_path, "2024-09-06", "2024-10-04", "2024-11-01")
    found = folder(tmp_path)
    assert found.absent() == ""
    at = {
        day: str(found.usable(pd.Timestamp(day)).usable_from.date())
        for day in ("2024-10-03", "2024-10-04", "2024-10-31")
    }
    assert at == {"2024-10-03": "2024-09-06", "2024-10-04": "2024-10-04", "2024-10-31": "2024-10-04"}
    assert found.usable(None).source.uri == "models/mine/2024-11-01.skops"
    with pytest.raises(
        ConfigurationError, match=r"no model of it is usable on 2024-09-05, the first is from 2024-09-06 on"
    ):
        found.usable(pd.Timestamp("2024-09-05"))


def test_without_models_it_says_what_makes_them(tmp_path: Path) -> None:
    for models in (None, tmp_path):
        found = ModelFolder("mine", profile(), models)
        assert "`tvselect train mine` makes them" in found.absent()
        with pytest.raises(ConfigurationError, match="no model of it is there"):
            found.usable(LATE)


def test_a_run_done_again_takes_the_model_that_it_used(tmp_path: Path) -> None:
    written_models(tmp_path, "2024-09-06", "2024-10-04")
    first = folder(tmp_path).usable(pd.Timestamp("2024-09-06")).source
    assert folder(tmp_path, {first.uri: first.digest}).usable(LATE).source == first
    with pytest.raises(VerificationError, match="isn't the file that the run used"):
        folder(tmp_path, {first.uri: "sha256:1"}).usable(LATE)


def flipped(place: Path) -> None:
    content = place.read_bytes()
    place.write_bytes(content[:400] + bytes([content[400] ^ 1]) + content[401:])


def other_weights(place: Path) -> None:
    filled = SimpleImputer().fit([[1.0, 0, 0]])
    put(place, model_bytes(Pipeline([("imputer", filled), ("estimator", Ridge().fit([[1.0, 0, 0]], [1.0]))])))


def blind(place: Path) -> None:
    put(place, model_bytes(Pipeline([("estimator", Ridge().fit([[1.0, 0, 0]], [1.0]))])))


def foreign(place: Path) -> None:
    put(place, model_bytes(Pipeline([("estimator", FunctionTransformer(func=zlib.crc32))])))


def pickled(place: Path) -> None:
    put(place, pickle.dumps(Ridge()))


def compressed(place: Path) -> None:
    put(place, zlib.compress(pickle.dumps(Ridge())))


def text(place: Path) -> None:
    put(place, b"{}")


def cut(place: Path) -> None:
    put(place, place.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (flipped, "its digest is another than its card's"),
        (other_weights, "foretells other values of the probe"),
        (blind, r"can't foretell the probe \(ValueError: Input X contains NaN"),
        (foreign, r"holds types that no model of ours has: 1: zlib\.crc32; it isn't loaded"),
        (pickled, "is a pickle or joblib file: it would run code when it is read, so it isn't"),
        (compressed, "is a pickle or joblib file"),
        (text, "is no file of skops"),
        (cut, "is no whole file of skops"),
        (Path.unlink, "can't be read"),
        (lambda place: place.with_suffix(".json").write_text("{}"), "2024-09-06.json is no model card of format 1.0"),
    ],
)
def test_a_file_that_isnt_what_was_trained_is_refused(tmp_path: Path, spoil: Any, said: str) -> None:
    spoil(written_models(tmp_path, "2024-09-06")[0])
    with pytest.raises(VerificationError, match=said):
        folder(tmp_path).usable(LATE)


def test_the_name_of_a_pickle_is_enough(tmp_path: Path) -> None:
    written_models(tmp_path, "2024-09-06")
    (tmp_path / "mine" / "old.PKL").write_bytes(b"")
    (tmp_path / "mine" / "old.joblib").write_bytes(b"")
    with pytest.raises(
        ConfigurationError, match=r"run code when they are read, .* 2: old.PKL, old.joblib; move them away"
    ):
        folder(tmp_path).usable(LATE)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"horizon": 3}, "1: parameters"), ({"estimator": "boosting"}, "1: parameters")],
)
def test_a_model_that_was_trained_otherwise_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    written_models(tmp_path, "2024-09-06")
    with pytest.raises(ConfigurationError, match=f"trained otherwise than the profile says now, in {said}"):
        folder(tmp_path, **change).usable(LATE)


def test_settings_of_features_count_too(tmp_path: Path) -> None:
    place = written_models(tmp_path, "2024-09-06")[0]
    card = json.loads(place.with_suffix(".json").read_text())
    put(place, place.read_bytes(), settings={**card["settings"], "features.momentum_window": 90})
    with pytest.raises(ConfigurationError, match=r"in 1: features\.momentum_window; `tvselect train mine`"):
        folder(tmp_path).usable(LATE)


def test_without_skops_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_models(tmp_path, "2024-09-06")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(SelectionError, match=r"pip install 'tvselect\[research\]'"):
        folder(tmp_path).usable(LATE)


class Constant:
    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, rows: Any) -> Any:
        return rows[:, 1] * 0 + self.value


def test_the_probe_tells_nine_digits_apart_and_no_last_bits() -> None:
    digests = [probe_digest(Constant(value), 3) for value in (0.123456789, 0.123456789 + 1e-15, 0.123456788)]
    assert digests[0] == digests[1] != digests[2]
