"""What no settings model takes for a number."""

import pytest
from pydantic import Field, ValidationError

from tradingview_scraper.pipelines.selection.schemas.section import LARGEST, Section


class Example(Section):
    count: int = 1
    share: float = 0.5
    flag: bool = False
    weights: dict[str, float] = Field(default_factory=dict)
    windows: tuple[int, ...] = ()
    either: float | int | str | bool = 0


@pytest.mark.parametrize(
    "given",
    [{"count": True}, {"share": False}, {"weights": {"a": True}}, {"windows": [3, True]}, {"count": LARGEST + 1}],
)
def test_a_slip_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="must be a"):
        Example.model_validate(given)


def test_what_is_meant_is_taken() -> None:
    found = Example.model_validate({"count": "5", "share": 1, "flag": 0, "windows": [LARGEST], "either": True})
    assert (found.count, found.share, found.flag, found.windows, found.either) == (5, 1.0, False, (LARGEST,), True)
