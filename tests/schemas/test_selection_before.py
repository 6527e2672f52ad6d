"""A selection as the next one is told of it."""

from tradingview_scraper.pipelines.selection.schemas.selection_before import SelectionBefore


def test_a_list_and_a_partition_in_an_order_that_the_rows_dont_decide() -> None:
    rows = [("B", "SHORT", 2, True), ("C", "LONG", 1, False), ("A", "LONG", 2, True)]
    found = SelectionBefore.of(rows)
    assert found == SelectionBefore(("A LONG", "B SHORT"), (("C LONG",), ("A LONG", "B SHORT")))
    assert SelectionBefore.of(rows[::-1]) == found
    assert SelectionBefore.of([]) == SelectionBefore()
