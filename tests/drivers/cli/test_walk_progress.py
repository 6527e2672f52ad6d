import io

import pytest

from tradingview_scraper.pipelines.selection.drivers.cli.walk_progress import WalkProgress, span


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def _told(stream: io.StringIO, quiet: bool = False) -> str:
    now = iter([0.0, 10.0, 20.0, 40.0])
    progress = WalkProgress(stream, quiet=quiet, clock=lambda: next(now))
    for done in (3, 4, 5):
        progress(done, 5)
    return stream.getvalue()


def test_a_terminal_has_one_line_that_goes_away() -> None:
    said = _told(Screen())
    assert said.startswith("\r\x1b[Ktvselect: 3 of 5 dates, 20 s left")
    assert said.endswith("tvselect: 5 of 5 dates, 0 s left\r\x1b[K")
    assert "\n" not in said


def test_elsewhere_a_line_comes_every_half_minute() -> None:
    assert _told(io.StringIO()) == "tvselect: 5 of 5 dates, 0 s left\n"


def test_quiet_says_nothing() -> None:
    assert _told(Screen(), quiet=True) == ""


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89, "89 s"), (120, "2 min"), (7500, "2 h 5 min")])
def test_spans_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words
