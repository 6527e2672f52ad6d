"""The table of models."""

import json
from pathlib import Path

from support.worlds import written_models
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import Trained
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_text import (
    training_document,
    training_text,
)


def test_one_line_per_model_and_what_the_last_one_leans_on(tmp_path: Path) -> None:
    places = written_models(tmp_path / "models", "2024-09-06", "2024-10-04")
    cards = [json.loads(place.with_suffix(".json").read_text()) for place in places]
    found = training_document("mine", [Trained(places[0], cards[0], True), Trained(places[1], cards[1], False)])
    lines = training_text(found).splitlines()
    assert lines[0] == "scorer mine: 2 models"
    outside = cards[0]["measures"]["ic_out_of_fold"]
    assert lines[2].startswith("models/mine/2024-09-06.skops (kept)")
    assert lines[2].endswith(f"{1000 * outside['mean']:.0f} ({1000 * outside['error']:.0f})")
    assert lines[4].startswith("the last one leans on, by IC x 1000 that is lost without: signal ")
    assert lines[5:] == cards[1]["limits"]
    cards[1]["measures"]["ic_in_fold"]["error"] = {"null": "nan"}
    assert " (?) " in training_text(training_document("mine", [Trained(places[1], cards[1], False)]))
