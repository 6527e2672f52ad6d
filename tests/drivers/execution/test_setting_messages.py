"""A table of wrong settings and what is said of each: what it must be, what it is, who said so; never a library's words."""

import re

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import suggestion
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

FOREIGN = re.compile(
    r"input should|pydantic|value error|valid (integer|number|string|tuple|dict)|extra inputs|pandas", re.I
)
WRONG = {
    "recruitment.flor=3": "recruitment.flor: unknown setting; did you mean recruitment.floor?",
    "flor=3": "flor: unknown setting; did you mean recruitment.floor",
    "gates.entropy.treshold=1": "gates.entropy.treshold: unknown setting; did you mean gates.entropy.threshold?",
    "colour=red": "colour: unknown setting",
    "recruitment.floor=three": "recruitment.floor: must be a whole number >= 1, got text",
    "recruitment.floor=0": "recruitment.floor: must be a whole number >= 1, got 0",
    "recruitment.floor=1.5": "recruitment.floor: must be a whole number >= 1, got 1.5",
    "recruitment.floor=[1]": "recruitment.floor: must be a whole number >= 1, got a list",
    "recruitment=5": "recruitment: must be a table, got 5",
    "data=[]": "data: must be a table, got an empty list",
    "gates=[]": "gates: must be a table, got an empty list",
    "data.bars=x.parquet": "data.bars: must be a list, got text",
    "data.bars=[1]": "data.bars.0: must be text, got 1",
    "data.symbol_join=strippd": "data.symbol_join: must be one of exact, stripped, got text; did you mean stripped?",
    "universe=all": "universe: must be one of candidates, returns, got text",
    "universe=2026-01-01": "universe: must be one of candidates, returns, got 2026-01-01",
    "features.random_walk_band=[1]": "features.random_walk_band: must be a list of 2 numbers, got a list",
    "features.random_walk_band=['a',1]": "features.random_walk_band.0: must be a number, got text",
    "features.entropy_order=9": "features.entropy_order: must be a whole number >= 3 and <= 7, got 9",
    "features.annualisation=365": "features.annualisation: must be a table, got 365",
    "features.annualisation.CRYPTO=-1": "features.annualisation.CRYPTO: must be a number > 0, got -1",
    "features.order_size=inf": "features.order_size: must be a finite number, got inf",
    "weights.momentum=nan": "weights.momentum: must be a finite number, got nan",
    "weights.momentum=big": "weights.momentum: must be a number, got text",
    "weights.Bad-Name=1": "weights.Bad-Name: no such name here: a name has lower case letters, digits and _",
    "gates.entropy.threshold=inf": "gates.entropy.threshold: must be a finite number, got inf",
    "gates.entropy.op='='": "gates.entropy.op: must be one of >=, >, <=, <, got text",
    "gates.entropy.kind=soft": "gates.entropy.kind: must be one of hard, relaxable, got text",
    "gates.mine={feature='adx'}": "gates.mine.op: is missing",
    "gates.health.exempt_benchmarks=true": "gates.health: a hard gate is never waived",
    "gates.metadata.unavailable=off": "gates.metadata: a hard gate is never waived",
    "ladder=[]": "ladder: must be a list with at least one entry, got an empty list",
    "ladder=[{name='a',recruit='all'}]": "ladder.0.recruit: must be one of ranked, representatives, fill, got text",
    "ladder=[{name='a',scale={adx=-1}}]": "ladder.0.scale.adx: must be a number > 0, got -1",
    "scorers.log_mps.role=boss": "scorers.log_mps.role: must be one of champion, challenger, got text",
    "scorers.rank_average.role=champion": "scorers: exactly one enabled scorer must have the role champion",
    "clusters.shrinkage=2": "clusters.shrinkage: must be a number >= 0 and <= 1, got 2",
    "data.defaults={tick_size=-1}": "data.defaults.tick_size: must be a number >= 0, got -1",
    "data.defaults={tick=1}": "data.defaults.tick: no such name here: it takes tick_size, lot_size, price_precision",
    "data.strict=maybe": "data.strict: must be true or false, got text",
    "probabilities.momentum=cdff": "probabilities.momentum: must be one of rank, rank_desc, cdf, got text; did you mean cdf?",
    "synthesis.timescale=daily": "synthesis.timescale: must be text such as 1d or 4h, got text",
    f"recruitment.floor={'9' * 5000}": "recruitment.floor: must be a whole number >= 1, got text",
}


def refusal(assignment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        resolved_settings(command_line=[assignment])
    return str(caught.value)


@pytest.mark.parametrize("assignment", WRONG, ids=lambda text: text[:40])
def test_what_is_wrong_is_said_in_plain_words_with_its_layer(assignment: str) -> None:
    said = refusal(assignment)
    assert said.startswith(WRONG[assignment])
    assert "(from command line)" in said
    assert "built-in" not in said
    assert not FOREIGN.search(said)
    assert len(said) < 500


@pytest.mark.parametrize("assignment", ["foo", "=3", "recruitment.=3", ".floor=3"])
def test_what_is_no_assignment_is_said_to_be_none(assignment: str) -> None:
    assert "is no setting: write section.key=value" in refusal(assignment)


def test_the_layer_that_gave_the_wrong_value_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"got -1 \(from environment\)"):
        resolved_settings(environment={"TVSELECT__DATA__DEFAULTS__TICK_SIZE": "-1"}, command_line=["data.strict=true"])


def test_many_wrong_settings_are_counted() -> None:
    with pytest.raises(ConfigurationError, match="; and 2 more"):
        resolved_settings(settings={f"nonsense_{number}": 1 for number in range(7)})


@pytest.mark.parametrize(
    ("name", "said"),
    [("V4", "did you mean v4 or v3.4?"), ("zzz", "there are v3.4, v4"), ("v33.4", "did you mean v3.4?")],
)
def test_a_suggestion_is_the_nearest_name_or_all(name: str, said: str) -> None:
    assert suggestion(name, ["v4", "v3.4"]) == said


def test_market_defaults_are_a_layer_that_the_command_line_may_change() -> None:
    found = resolved_settings(market_defaults="america", command_line=["data.defaults.lot_size=10"])
    assert dict(found.settings.data.defaults) == {"tick_size": 0.01, "lot_size": 10, "price_precision": 2}
    assert found.origins["data.defaults.tick_size"] == "command line --market-defaults america"
    assert found.origins["data.defaults.lot_size"] == "command line"
