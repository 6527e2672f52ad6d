"""Winners, clusters and assets in static HTML, against the run's own files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.lineage.page.asset_sections import sparkline, winners_html
from tradingview_scraper.pipelines.selection.lineage.page.markup import anchor


def frame(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"{name}.parquet").set_index("symbol")


def test_the_winners_are_those_of_the_manifest(folder: Path, still: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    atoms = {atom["asset"]: atom for atom in manifest["atoms"]}
    pool = frame(folder, "pool")
    table = still.tables["winners-table"]
    assert table.column(1) == list(atoms)
    for row, values, atom in zip(table.rows, table.values, atoms.values(), strict=True):
        assert row[2] == atom["direction"]
        assert row[4] == pool.at[atom["asset"], "sector"]
        assert row[5] == str(atom["cluster"])
        assert float(str(values[6])) == atom["conviction"]
        assert (row[8], row[9]) == (atom["route"], str(manifest["rung"]))
    assert table.column(0) == [str(place) for place in range(1, len(atoms) + 1)]


def test_a_winners_total_is_that_of_its_returns(data: dict[str, Any], still: Any) -> None:
    for spark, values in zip(data["sparks"], still.tables["winners-table"].values, strict=True):
        assert float(str(values[12])) == spark[-1]


def test_a_waived_gate_is_said_with_its_value(folder: Path, still: Any) -> None:
    decisions = pd.read_parquet(folder / "decisions.parquet").query("symbol == 'SPY' and verdict == 'waived'")
    assert len(decisions)
    why = next(row[10] for row in still.tables["winners-table"].rows if row[1] == "SPY")
    assert "a benchmark of the profile" in why
    for gate in decisions["gate"]:
        assert f"{gate} (" in why.partition("waived by benchmarks:")[2]


def test_clusters_have_all_their_members_and_sectors(folder: Path, still: Any) -> None:
    standings, pool = frame(folder, "standings"), frame(folder, "pool")
    table = still.tables["clusters-table"]
    assert [int(row[0]) for row in table.rows] == sorted(standings["cluster"].unique())
    assert table.ids == [f"cluster-{row[0]}" for row in table.rows]
    for row, links in zip(table.rows, table.links, strict=True):
        members = standings[standings["cluster"] == int(row[0])]
        assert set(row[6].split(", ")) == set(members.index)
        assert links == [f"#{anchor(name)}" for name in row[6].split(", ")]
        won = members["route"] != ""
        assert row[1:4] == [str(len(members)), str(members["eligible"].sum()), str(won.sum())]
        assert set(row[6].split(", ")[: won.sum()]) == set(members.index[won])
        sectors = pool.loc[members.index, "sector"].replace("", "unknown").value_counts()
        assert dict(part.split(" ", 1)[::-1] for part in row[5].split(", ")) == sectors.astype(str).to_dict()


def test_every_asset_has_a_row_that_links_lead_to(folder: Path, still: Any) -> None:
    standings = frame(folder, "standings")
    decisions = pd.read_parquet(folder / "decisions.parquet")
    failed = decisions[~decisions["passed"]].groupby("symbol")["gate"].apply(list).to_dict()
    table = still.tables["assets-table"]
    assert sorted(table.column(0)) == sorted(standings.index)
    assert table.ids == [anchor(name) for name in table.column(0)]
    assert [int(row[5]) for row in table.rows] == list(range(1, len(standings) + 1))
    for row, links in zip(table.rows, table.links, strict=True):
        standing = standings.loc[row[0]]
        assert links == [f"#{anchor(row[0])}", f"#cluster-{standing['cluster']}"]
        assert row[1] == standing["direction"]
        assert row[6] == (f"winner ({standing['route']})" if standing["route"] else standing["outcome"])
        said = row[7].partition("; waived")[0]
        assert [
            part.split(" (")[0].removeprefix("fails ") for part in said.split("), ") if said.startswith("fails")
        ] == (failed.get(row[0], []))


def test_every_link_of_the_page_leads_somewhere(still: Any) -> None:
    assert len(still.ids) == len(set(still.ids))
    assert {link.removeprefix("#") for link in still.links} <= set(still.ids)
    assert len(still.links) > 300


def test_without_winners_it_says_so() -> None:
    assert winners_html({"winners": []}) == "<p>Nobody won.</p>"


def test_a_winner_without_a_known_return_has_no_line() -> None:
    drawn = sparkline([None, None], "nothing")
    assert 'class="line" d=""' in drawn
    assert 'class="zero"' in drawn


def test_a_curve_begins_where_there_are_values() -> None:
    drawn = sparkline([None, 0.0, 0.5, None, 1.0], "A <")
    assert 'd="M37.5 32.0L75.0 17.0M150.0 2.0"' in drawn
    assert 'd="M0 32.0H150"' in drawn
    assert 'aria-label="A &lt;"' in drawn


@pytest.mark.parametrize("level", ["h1", "h2"])
def test_headings_are_in_order(still: Any, level: str, data: dict[str, Any]) -> None:
    found = [text for tag, text in still.headings if tag == level]
    if level == "h1":
        assert found == [f"Selection by {data['profile']} as of {data['as_of']}"]
    else:
        assert found[:5] == ["Verdict", "Winners", "Turnover", "Gates", "Ladder"]
        assert "Correlation of directed returns" in found
