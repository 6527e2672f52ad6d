"""`ls`: which runs, in which order, in which columns."""

import pytest

from tradingview_scraper.pipelines.selection.drivers.review.run_list import COLUMNS, listed, run_list_text

RECEIPTS = [
    {"run_id": "20260101-000000-aaaaaa", "status": "FINISHED", "profile": "v4", "winners": 17, "pool": 200, "rung": 2,
     "routes": {"ranked": 12, "fill": 5}, "as_of": "2025-12-31"},
    {"run_id": "20260102-000000-aaaaaa", "status": "FAILED", "profile": "v3.4"},
    {"run_id": "20260103-000000-aaaaaa", "status": "BROKEN"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({}, [0, 1, 2]),
        ({"profile": "v4"}, [0]),
        ({"status": "FAILED"}, [1]),
        ({"since": "20260102"}, [1, 2]),
        ({"since": "20260102-000000-aaaaaa"}, [1, 2]),
        ({"since": "20260102-000000-aaaaab"}, [2]),
        ({"limit": 1}, [2]),
        ({"limit": 2}, [1, 2]),
        ({"limit": 9}, [0, 1, 2]),
        ({"profile": "v4", "status": "FAILED"}, []),
        ({"since": "20260102", "limit": 1, "status": "FAILED"}, [1]),
        ({"profile": "v5"}, []),
    ],
)
def test_filters_leave_what_is_meant(filters: dict[str, object], places: list[int]) -> None:
    assert listed(RECEIPTS, **filters) == [RECEIPTS[place] for place in places]  # type: ignore[arg-type]


def test_columns_stand_under_their_heads() -> None:
    head, first, failed, broken = run_list_text(RECEIPTS).splitlines()
    assert head.split("  ")[0] == "run"
    assert all(name in head for name in COLUMNS)
    assert first[head.index("by route") :] == "12 ranked, 5 fill"
    assert first[: head.index("pool") + 4].endswith("  200")
    assert failed.split()[1:3] == ["FAILED", "v3.4"]
    assert broken.split()[:2] == ["20260103-000000-aaaaaa", "BROKEN"]


TEXT = """\
run                     status    profile       as of       winners   pool  rung  by route
20260101-000000-aaaaaa  FINISHED  v4            2025-12-31       17    200     2  12 ranked, 5 fill
20260102-000000-aaaaaa  FAILED    v3.4          -                 -      -     -
20260103-000000-aaaaaa  BROKEN    -             -                 -      -     -"""


def test_the_text_by_hand() -> None:
    assert run_list_text(RECEIPTS).splitlines() == TEXT.splitlines()
