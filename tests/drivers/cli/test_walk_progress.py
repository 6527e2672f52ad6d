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
    assert said.startswith("\r\x1b[Ktvselect: 3 of 5 dates\r\x1b[Ktvselect: 4 of 5 dates, 10 s left")
    assert said.endswith("tvselect: 5 of 5 dates, 0 s left\r\x1b[K")
    assert "\n" not in said


def test_elsewhere_a_line_comes_every_half_minute() -> None:
    assert _told(io.StringIO()) == "tvselect: 5 of 5 dates, 0 s left\n"


def test_what_came_before_the_first_is_no_pace_and_each_round_has_its_own() -> None:
    now = iter([0.0, 1000.0, 1001.0, 2000.0, 2003.0])
    screen = Screen()
    progress = WalkProgress(screen, "models", clock=lambda: next(now))
    for done in (1, 2, 1, 2):
        progress(done, 3)
    said = screen.getvalue().split("\r\x1b[Ktvselect: ")
    assert said[1:] == ["1 of 3 models", "2 of 3 models, 1 s left", "1 of 3 models", "2 of 3 models, 3 s left"]


def test_quiet_says_nothing() -> None:
    assert _told(Screen(), quiet=True) == ""


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89, "89 s"), (120, "2 min"), (7500, "2 h 5 min")])
def test_spans_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words
