"""A body in one printable line."""

import pytest

from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import quoted


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b" slow\r\n  down ", "slow down"),
        (b"a\x1b[2Jb\x00", "a?[2Jb?"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (b"x" * 120, "x" * 120),
        (b"x" * 121, "x" * 120 + "..."),
    ],
)
def test_a_body_is_quoted_in_one_line(data: bytes, text: str) -> None:
    assert quoted(data) == text
