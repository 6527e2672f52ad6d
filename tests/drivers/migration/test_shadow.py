"""`tvselect shadow`: both policies on one input, and what the difference is charged to."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from support.market import SHARED
from support.paths import DOCS
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.migration import shadow
from tradingview_scraper.pipelines.selection.drivers.migration.shadow import (
    ABSENT,
    Change,
    Flip,
    Step,
    attributed,
    causes,
)

PERPETUALS = SHARED / "data" / "crypto_perps"
STABLE = ("compat.correlation_method", "compat.condition_number", "compat.summation")


def step(setting: str, rung: int = 1, **fates: str) -> Step:
    return Step(Flip(setting, None, None), fates, rung)


def test_every_asset_is_charged_to_the_flip_after_which_it_stays() -> None:
    steps = [
        Step(None, {"A": "winner LONG", "B": "vetoed", "C": "vetoed", "D": "vetoed"}, 1),
        step("one", A="vetoed", B="winner LONG", C="winner LONG", D="vetoed"),
        step("two", A="vetoed", B="winner SHORT", C="vetoed", D="vetoed"),
        step("three", A="vetoed", B="winner SHORT", C="vetoed", D="vetoed", E="winner LONG"),
        step("four", A="vetoed", B="winner SHORT", C="vetoed", E="winner LONG"),
    ]

    changes, passing = attributed(steps)

    assert {change.asset: (change.before, change.after, change.cause) for change in changes} == {
        "A": ("winner LONG", "vetoed", "one"),
        "B": ("vetoed", "winner SHORT", "two"),
        "D": ("vetoed", ABSENT, "four"),
        "E": (ABSENT, "winner LONG", "three"),
    }
    assert passing == ("C",)
    assert {change.asset: change.of_a_winner for change in changes} == {"A": True, "B": True, "D": False, "E": True}
    assert next(change for change in changes if change.asset == "B").path == (
        ("one", "winner LONG"),
        ("two", "winner SHORT"),
    )
    assert sum(causes(changes).values()) == len(changes)
    assert list(causes([Change("X", "", "", "b", ()), Change("Y", "", "", "b", ()), Change("Z", "", "", "a", ())])) == [
        "b",
        "a",
    ]


def test_the_settings_differ_only_in_what_decides() -> None:
    before, after = shadow.compared_settings()

    path = [flip.setting for flip in shadow.flips(before, after)]

    assert tuple(path[:3]) == STABLE
    assert path[-1] == "unattainable"
    assert not {*path} & {*shadow.SHAPE}
    everything = {flip.setting for flip in shadow.flips(resolved_settings("v3.4").settings, after)}
    assert everything - {*path} == {"universe", "data.lookback", "data.symbol_join"}
    assert path.index("gates.momentum.enabled") + 1 == path.index("compat.min_momentum")
    assert shadow.flips(after, after) == []


def test_the_incumbents_own_settings_count() -> None:
    before, after = shadow.compared_settings(incumbent={"features": {"feat_predictability_vetoes": True}})
    path = {flip.setting for flip in shadow.flips(before, after)}
    assert "gates.entropy.enabled" not in path
    assert "gates.entropy.unknown" in path


@pytest.fixture(scope="module")
def document(shadowed: dict[str, Path]) -> dict:  # type: ignore[type-arg]
    assert "compat.score_ties" in shadowed["said"].read_text("utf-8")
    found = json.loads(shadowed["json"].read_text("utf-8"))
    assert (found["schema_version"], found["kind"]) == ("1.0", "shadow")
    return dict(found["shadow"])


def test_the_causes_add_up_to_the_whole_difference(document: dict) -> None:  # type: ignore[type-arg]
    found = document["differences"]
    assert found["winners"]
    for kind in ("winners", "others"):
        assert sum(found[f"causes_of_{kind}"].values()) == len(found[kind])
    settings = [flip["setting"] for flip in found["flips"]]
    for change in [*found["winners"], *found["others"]]:
        assert change["incumbent"] != change["v4"]
        assert change["cause"] in settings
        assert change["cause"] == change["path"][-1]["setting"]
        assert change["path"][-1]["to"] == change["v4"]
    assert not {*STABLE} & {change["cause"] for change in found["winners"]}


def test_both_ends_are_the_two_selections(document: dict) -> None:  # type: ignore[type-arg]
    found = document["differences"]
    assert document["v4"]["winners"] == found["flips"][-1]["winners"]
    gained = sum(change["v4"].startswith("winner") for change in found["winners"])
    lost = sum(change["incumbent"].startswith("winner") for change in found["winners"])
    assert document["v4"]["winners"] - document["incumbent"]["winners"] == gained - lost
    assert document["incumbent"]["pool"] == document["v4"]["pool"]
    assert [source["name"] for source in document["sources"]][:2] == ["bars", "instruments"]


def test_the_document_can_be_signed(document: dict, shadowed: dict[str, Path]) -> None:  # type: ignore[type-arg]
    text = shadowed["text"].read_text(encoding="utf-8")
    for heading in ("## Winners that differ", "## Causes", "## The settings", "## Signed"):
        assert heading in text
    for change in document["differences"]["winners"]:
        assert f"| {change['asset']} | {change['incumbent']} | {change['v4']} | `{change['cause']}` |" in text
    assert f"as of {document['as_of']}" in text
    assert all(source["digest"] in text for source in document["sources"])


def test_a_date_that_is_none_is_refused(shadowed: dict[str, Path]) -> None:
    arguments = ["shadow", "--data", str(shadowed["data"]), "--as-of", "someday"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "'someday' is no date" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not PERPETUALS.exists(), reason="the real data is not beside this checkout")
def test_on_real_perpetuals_every_differing_winner_has_a_cause(tmp_path: Path) -> None:
    bars = pd.read_parquet(PERPETUALS / "ohlcv.parquet")
    recent = bars[bars["date"] > bars["date"].max() - pd.Timedelta(days=500)]
    traded = (recent["close"] * recent["volume"]).groupby(recent["symbol"]).sum().nlargest(60)
    recent[recent["symbol"].isin(traded.index)].to_parquet(tmp_path / "ohlcv.parquet")
    shutil.copytree(PERPETUALS / "scans", tmp_path / "scans")
    arguments = ["shadow", "--data", tmp_path, "--as-of", "2026-03-18", "--project", tmp_path, "--json"]
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["shadow"]
    winners = found["differences"]["winners"]
    assert winners
    assert sum(found["differences"]["causes_of_winners"].values()) == len(winners)


def test_the_page_on_parity_has_every_setting_in_which_the_two_differ() -> None:
    page = (DOCS / "parity.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    before, after = resolved_settings("v3.4").settings, resolved_settings("v4").settings
    assert {flip.setting for flip in shadow.flips(before, after)} <= listed
