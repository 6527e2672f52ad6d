"""`diff` for people: a table per section, each cell in its place."""

from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.diff_text import comparison_text

NOTHING: dict[str, Any] = {
    "a": "one",
    "b": "two",
    "winners": {"came": [], "went": [], "stayed": []},
    **dict.fromkeys(("inputs", "params", "code", "metrics", "gates", "conviction"), ()),
}


def winner(symbol: str, reason: str) -> dict[str, Any]:
    return {"symbol": symbol, "direction": "LONG", "route": "fill", "conviction": 0.123456789, "reason": reason}


FOUND: dict[str, Any] = {
    **NOTHING,
    "winners": {
        "came": [winner("A", "x|y")],
        "went": [winner("LONGER", "gone")],
        "stayed": [winner("S", ""), winner("T", "w")],
    },
    "inputs": [{"table": "bars", "change": "new"}],
    "params": [{"name": "floor", "old": None, "new": 15}],
    "code": [{"name": "digest", "old": "sha256:0123456789abcdef", "new": "x" * 61}],
    "gates": [{"gate": "adx", "threshold": [20.0, 26.5], "vetoes": [None, 3]}],
    "conviction": [{"symbol": "C", "old": 1e-9, "new": 2.0}],
    "metrics": [{"name": "winners", "old": True, "new": ["é"]}],
}


def test_no_difference_is_said() -> None:
    assert comparison_text(NOTHING) == (
        "one -> two\nwinners: 0 stayed, 0 came, 0 went\n\n"
        "no difference in inputs, settings, code, metrics, gates or winners"
    )


def test_text_has_a_section_per_table_in_order() -> None:
    heading, *sections = comparison_text(FOUND).split("\n\n")
    assert heading == "one -> two\nwinners: 2 stayed, 1 came, 1 went"
    lines = {section.splitlines()[0]: [line.split("  ") for line in section.splitlines()[1:]] for section in sections}
    cells = {title: [[cell.strip() for cell in row if cell.strip()] for row in rows] for title, rows in lines.items()}
    assert cells == {
        "came": [["A", "LONG", "fill", "0.123457", "x|y"]],
        "went": [["LONGER", "LONG", "fill", "0.123457", "gone"]],
        "stayed, but changed": [["T", "LONG", "fill", "0.123457", "w"]],
        "inputs": [["bars", "new"]],
        "settings": [["floor", "-", "15"]],
        "code and libraries": [["digest", "0123456789ab", "x" * 57 + "..."]],
        "gates": [["adx", "20", "26.5", "-", "3"]],
        "conviction that moved most": [["C", "1e-09", "2"]],
        "metrics": [["winners", "true", '["é"]']],
    }
    assert list(cells)[-1] == "metrics"
    assert "  A       LONG       fill   0.123457    x|y" in sections[0]


def test_markdown_escapes_what_would_end_a_cell() -> None:
    text = comparison_text(FOUND, markdown=True)
    assert text.startswith("### one -> two\n\nwinners: 2 stayed")
    assert (
        "#### came\n\n| winner | direction | route | conviction | why |\n| --- | --- | --- | --- | --- |\n| A | LONG"
        in text
    )
    assert "| x\\|y |" in text


def test_columns_are_as_wide_as_their_widest_cell_or_head() -> None:
    params = [{"name": "a", "old": "xx", "new": 1.0}, {"name": "longer than setting", "old": 2, "new": None}]
    assert comparison_text({**NOTHING, "params": params}).splitlines()[3:] == [
        "settings",
        "  a                    xx  1",
        "  longer than setting  2   -",
    ]
    marked = comparison_text({**NOTHING, "params": params[:1]}, markdown=True)
    assert marked.splitlines() == [
        "### one -> two",
        "",
        "winners: 0 stayed, 0 came, 0 went",
        "",
        "#### settings",
        "",
        "| setting | A | B |",
        "| --- | --- | --- |",
        "| a | xx | 1 |",
    ]


def test_a_value_of_sixty_letters_is_shown_whole() -> None:
    assert "y" * 60 in comparison_text({**NOTHING, "params": [{"name": "n", "old": None, "new": "y" * 60}]})
